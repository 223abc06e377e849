package account

import (
	"errors"
	"strings"
	"testing"
)

// The first lines are the examples of RFC 7396, appendix A, whose target and patch are objects.
func TestMetaIsMergedAsInRFC7396(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ meta, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, ``},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{``, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},

		{`{"a":1}`, `null`, ``},
		{``, `{}`, ``},
		{`{"a":1}`, `{}`, `{"a":1}`},
		{``, `{"n":12345678901234567890.5,"t":true}`, `{"n":12345678901234567890.5,"t":true}`},
		{``, `{"a":"<노랑>"}`, `{"a":"<노랑>"}`},
		{`{"b":{"c":1}}`, ` {"a" : [1, {"x":null}]} `, `{"a":[1,{"x":null}],"b":{"c":1}}`},
	} {
		u := User{Status: Active}
		if c.meta != "" {
			u.Meta = []byte(c.meta)
		}
		after, changed, err := Patch{Meta: []byte(c.patch)}.Apply(u)
		if err != nil || string(after.Meta) != c.want || changed != (c.meta != c.want) {
			t.Errorf("%s with %s: %s, changed %t, %v, want %s", c.meta, c.patch, after.Meta, changed, err, c.want)
		}
	}
}

func TestInvalidMetaIsRefused(t *testing.T) {
	t.Parallel()
	for patch, want := range map[string]error{
		``: ErrInvalidMeta, `[]`: ErrInvalidMeta, `"a"`: ErrInvalidMeta, `1`: ErrInvalidMeta, `{"a":1} x`: ErrInvalidMeta,
		`{"a":1}{}`: ErrInvalidMeta, `{"a":1,"a":2}`: ErrInvalidMeta, `{"a":{"b":1,"b":2}}`: ErrInvalidMeta,
		"{\"a\":\"\xb0\xa1\"}": ErrInvalidMeta, "{\"\xb0\xa1\":1}": ErrInvalidMeta,
		`{"a":"\ud800"}`: ErrInvalidMeta, `{"\uDC00":1}`: ErrInvalidMeta, `{"a":"\\\ud83d\u0041"}`: ErrInvalidMeta,
		`{"a":"\u0000"}`: ErrInvalidMeta, `{"\u0000":1}`: ErrInvalidMeta, `{"a":`: ErrInvalidMeta, `{"a" 1}`: ErrInvalidMeta,
		`{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`: ErrInvalidMeta,
		`{"a":"` + strings.Repeat("x", MaxMeta-8) + `"}`:                    nil,
		`{"a":"\ud83d\ude00\\ud800 \\\ufffd"}`:                              nil,
		`{"a":"` + strings.Repeat("x", MaxMeta-7) + `"}`:                    ErrMetaTooLarge,
	} {
		p := Patch{Meta: []byte(patch)}
		if _, _, err := p.Apply(User{Status: Active}); !errors.Is(err, want) {
			t.Errorf("%.40s: %v, want %v", patch, err, want)
		}
		if err := p.Check(); want == ErrInvalidMeta && !errors.Is(err, want) {
			t.Errorf("%.40s: Check: %v", patch, err)
		}
	}
}

func TestPatchOfARef(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	u := User{Status: Disabled, Ref: "1"}
	for _, c := range []struct {
		ref     *string
		want    string
		changed bool
		err     error
	}{
		{nil, "1", false, nil}, {text("1"), "1", false, nil}, {text("2"), "2", true, nil}, {text(""), "", true, nil},
		{text("a\x00b"), "1", false, ErrInvalidRef}, {text("\xff"), "1", false, ErrInvalidRef},
		{text("a\ufffd"), "1", false, ErrInvalidRef},
		{text(strings.Repeat("x", MaxRef)), strings.Repeat("x", MaxRef), true, nil},
		{text(strings.Repeat("x", MaxRef+1)), "1", false, ErrInvalidRef},
	} {
		after, changed, err := Patch{Ref: c.ref}.Apply(u)
		if after.Ref != c.want || changed != c.changed || !errors.Is(err, c.err) {
			t.Errorf("%q, %t, %v, want %+v", after.Ref, changed, err, c)
		}
	}
	if _, _, err := (Patch{Ref: text("2")}).Apply(User{Status: Withdrawn}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a withdrawn user: %v", err)
	}
}
