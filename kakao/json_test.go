package kakao

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/oauthclient"
)

// parse parses a value and returns the error.
func parse(s string) error {
	p := parser{b: []byte(s)}
	p.skip()
	return p.done()
}

func TestParserAcceptsValidJSON(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		`{}`, `[]`, `""`, `0`, `-0`, `1.5e-7`, `true`, `false`, `null`, " \t\r\n{ } ",
		`{"a":{"b":[1,"x",{"c":null}]},"d":[]}`,
		`"\"\\\/\b\f\n\r\t\u00e9\ud83e\udd81"`, `"\ud83e"`, `"\udd81\ud83e"`, `{"a":1,"A":2,"":3}`, `"🦁"`,
		`[[[[1]]]]`,
	} {
		if err := parse(s); err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if !json.Valid([]byte(s)) {
			t.Errorf("%s: encoding/json rejects it", s)
		}
	}
}

func TestParserRejectsInvalidJSON(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		``, ` `, `{`, `}`, `[`, `]`, `{]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a":1 "b":2}`, `[1,]`, `[,1]`,
		`[1 2]`, `{a:1}`, `{'a':1}`, `{1:2}`,
		`01`, `-`, `+1`, `.5`, `1.`, `1e`, `1e+`, `0x1`, `NaN`, `Infinity`, `tru`, `True`, `nul`, `nulll`, `"`,
		`"\`, `"\x"`, `"\u12"`, `"\u12g4"`, "\"\x01\"", "\"a\nb\"", "{\"\xff\":1}", "{\"\\n\xff\":1}",
		`{}{}`, `{} x`, `1 2`, "\ufeff{}", `{}` + "\x00", `/**/{}`, `{"a":1,"a":1}`, `{"a":1,"\u0061":2}`,
		`[{"a":{"b":1,"b":2}}]`,
		strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1),
	} {
		if err := parse(s); err == nil {
			t.Errorf("%.60q accepted", s)
		}
	}
}

// The numbers cover both storages of the duplicate check and its limit.
func TestParserRejectsDuplicatesAmongManyMembers(t *testing.T) {
	t.Parallel()
	object := func(n int, more string) string {
		var b strings.Builder
		b.WriteString("{")
		for i := range n {
			fmt.Fprintf(&b, `"k%d":%d,`, i, i)
		}
		return b.String() + more + "}"
	}
	for _, n := range []int{1, 63, 64, 65, 200, maxMembers - 1} {
		if err := parse(object(n, `"z":1`)); err != nil {
			t.Errorf("%d members: %v", n, err)
		}
		for _, dup := range []int{0, n / 2, n - 1} {
			if err := parse(object(n, fmt.Sprintf(`"k%d":1`, dup))); err == nil {
				t.Errorf("%d members: duplicate k%d accepted", n, dup)
			}
		}
	}
	if err := parse(object(maxMembers, `"z":1`)); err == nil {
		t.Error("no limit on the number of members")
	}
}

func TestParserIsStrictAboutTypes(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int64{
		"0":                   0,
		"null":                0,
		"-5":                  -5,
		"9223372036854775807": 9223372036854775807,
		" 7":                  7,
	} {
		p := parser{b: []byte(s)}
		if got := p.int(); got != want || p.done() != nil {
			t.Errorf("int(%s) = %d, %v", s, got, p.err)
		}
	}
	for _, s := range []string{
		"9223372036854775808", "1.0", "1e3", `"1"`, "true", "[]", "{}", "-9223372036854775809",
	} {
		p := parser{b: []byte(s)}
		if got := p.int(); p.done() == nil || got != 0 {
			t.Errorf("int(%s) = %d", s, got)
		}
	}
	for s, want := range map[string]Flag{"true": Yes, "false": No, "null": Absent} {
		p := parser{b: []byte(s)}
		if got := p.flag(); got != want || p.done() != nil {
			t.Errorf("flag(%s) = %v", s, got)
		}
	}
	for _, s := range []string{`"true"`, "1", "0", "TRUE", "[]"} {
		p := parser{b: []byte(s)}
		if got := p.flag(); p.done() == nil || got != Absent {
			t.Errorf("flag(%s) = %v", s, got)
		}
	}
	for _, s := range []string{"\"\xff\"", "\"\\n\xff\"", "\"\xed\xa0\xbd\xed\xb8\x80\""} {
		p := parser{b: []byte(s)}
		if got := p.str(); p.done() == nil || got != "" {
			t.Errorf("str(%q) = %q", s, got)
		}
	}
}

// Input of reports.md, section M, and its neighbours.
func TestLoneSurrogateAloneIsReplaced(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`"x\ud83d\u0041y"`:                 "x\ufffdAy",
		`"\ud83e\udd81 \ud83e x"`:          "🦁 \ufffd x",
		`"\ud83d\ud83e\udd81"`:             "\ufffd🦁",
		`"\ud83d\ud83d"`:                   "\ufffd\ufffd",
		`"\udd81\ud83e\n"`:                 "\ufffd\ufffd\n",
		`"\ud83d\n\u0042"`:                 "\ufffd\nB",
		`"\ud83d\u0022}"`:                  "\ufffd\"}",
		`"\ud83d"`:                         "\ufffd",
		"\"가\xff나\"":                       "가\ufffd나",
		"\"\\t\xed\xa0\xbd\xed\xb8\x80!\"": "\t\ufffd!",
	} {
		p := parser{b: []byte(in)}
		if got := p.stringOrSkip(); got != want || p.done() != nil {
			t.Errorf("%q: got %q, want %q, %v", in, got, want, p.err)
		}
	}
	if err := parse(`"\ud83d\u00g1"`); err == nil {
		t.Error("a malformed escape after a lone surrogate is accepted")
	}
}

func TestOtherMembersMayHaveAnyType(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{
		`21599`: 21599, `"21599"`: 21599, `21599.0`: 21599, `"21599.9"`: 21599, `"x"`: 0, `""`: 0, `null`: 0, `[1]`: 0,
		`{"a":1}`: 0, `true`: 0, `1e3`: 0, `9223372036854775808`: 0,
	} {
		p := parser{b: []byte(in)}
		if got := p.intOrSkip(); got != want || p.done() != nil {
			t.Errorf("intOrSkip(%s) = %d, %v", in, got, p.err)
		}
	}
	for _, in := range []string{`5`, `{"a":[{}]}`, `[]`, `"x"`, `null`, `1.5`} {
		p := parser{b: []byte(in)}
		if got := p.flagOrSkip(); got != Absent || p.done() != nil {
			t.Errorf("flagOrSkip(%s) = %v, %v", in, got, p.err)
		}
		p = parser{b: []byte(in)}
		if p.arrayOrSkip(p.skip); p.done() != nil {
			t.Errorf("arrayOrSkip(%s): %v", in, p.err)
		}
		p = parser{b: []byte(in)}
		for o := p.objectOrSkip(); o.next(); {
			p.skip()
		}
		if p.done() != nil {
			t.Errorf("objectOrSkip(%s): %v", in, p.err)
		}
	}
	for _, in := range []string{`{"a":1,"a":2}`, `[1,]`, `tru`, `"`} {
		p := parser{b: []byte(in)}
		if p.stringOrSkip(); p.done() == nil {
			t.Errorf("%s is skipped, but is not valid", in)
		}
	}
}

// The errors may be logged.
func TestParserErrorsContainNoInput(t *testing.T) {
	t.Parallel()
	for _, s := range []string{`{"planted":planted}`, `{"planted":1,"planted":2}`, `"planted`, `{"planted"`} {
		if err := parse(s); err == nil || strings.Contains(err.Error(), "planted") {
			t.Errorf("%v", err)
		}
	}
}

func TestParserStopsAtTheFirstError(t *testing.T) {
	t.Parallel()
	p := parser{b: []byte(`{"a":[1,x,{"b":2}]}`)}
	p.skip()
	first := p.err
	p.skip()
	p.str()
	p.int()
	p.array(func() { t.Error("an element after the error") })
	for o := p.object(); o.next(); {
		t.Error("a member after the error")
	}
	if p.done() != first || first == nil {
		t.Errorf("%v, %v", first, p.err)
	}
}

func TestPrintableTruncatesAtCharacterBoundary(t *testing.T) {
	t.Parallel()
	for n := range 12 {
		if s := oauthclient.Printable("가나다라", n); len(s) > n || !utf8.ValidString(s) {
			t.Errorf("%d: %q", n, s)
		}
	}
}
