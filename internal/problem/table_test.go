package problem

import (
	"bytes"
	"flag"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider/kakao"
	"github.com/norang-login/norang/kakao/koe"
)

var update = flag.Bool("update", false, "write docs/problems.md and docs/problems.ko.md")

// declared reads the exported constants of type Code from the source: a list by hand would miss the one that matters.
func declared(t *testing.T) map[Code]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "code.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[Code]string{}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			if id, ok := v.Type.(*ast.Ident); !ok || id.Name != "Code" {
				t.Errorf("constant %s has no type Code", v.Names[0].Name)
				continue
			}
			lit := v.Values[0].(*ast.BasicLit)
			codes[Code(constant.StringVal(constant.MakeFromLiteral(lit.Value, lit.Kind, 0)))] = v.Names[0].Name
		}
	}
	if len(codes) < 30 {
		t.Fatalf("found only %d codes in code.go", len(codes))
	}
	return codes
}

func TestEveryCodeHasARowAndTexts(t *testing.T) {
	codes := declared(t)
	rows := map[Code]int{}
	for _, c := range Codes() {
		rows[c]++
		if _, ok := codes[c]; !ok {
			t.Errorf("row %s has no constant", c)
		}
	}
	for c, name := range codes {
		if rows[c] != 1 {
			t.Errorf("%s (%s) has %d rows", name, c, rows[c])
		}
		p := Of(c)
		if p.Code != c {
			t.Errorf("Of(%s) is %s", c, p.Code)
		}
		checkWhole(t, p)
	}
}

// checkWhole reports missing parts of a Problem.
func checkWhole(t *testing.T, p Problem) {
	t.Helper()
	if http.StatusText(p.Status) == "" || p.Status < 400 {
		t.Errorf("%s: status %d", p.Code, p.Status)
	}
	switch p.Owner {
	case User, Developer, Operator, ProviderSide:
	default:
		t.Errorf("%s: owner %q", p.Code, p.Owner)
	}
	for _, key := range []string{"problem." + p.text + ".title", "problem." + p.text + ".detail"} {
		if !i18n.Has(key) {
			t.Errorf("%s: no text %s", p.Code, key)
		}
	}
	if (p.Action == ActionNone) != (p.label == "") || p.label != "" && !i18n.Has(p.label) {
		t.Errorf("%s: action %q with label %q", p.Code, p.Action, p.label)
	}
	for _, l := range i18n.Langs() {
		if s := p.Title(l, testWords) + p.Detail(l, testWords); strings.ContainsAny(s, "{}") {
			t.Errorf("%s: %s", p.Code, s)
		}
	}
	// 503 without a time to come back makes clients hammer.
	if (p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests) && p.RetryAfter <= 0 {
		t.Errorf("%s: status %d without RetryAfter", p.Code, p.Status)
	}
	// What a stranger causes at will must not wake anybody.
	if p.Owner == User && p.Status < 500 && p.Level > slog.LevelInfo {
		t.Errorf("%s: level %s", p.Code, p.Level)
	}
}

func TestEveryProblemTextIsUsed(t *testing.T) {
	used := map[string]bool{}
	for _, r := range table {
		text := r.text
		if text == "" {
			text = string(r.code)
		}
		used["problem."+text+".title"], used["problem."+text+".detail"] = true, true
	}
	for _, key := range i18n.Keys() {
		rest, ok := strings.CutPrefix(key, "problem.")
		if ok && (strings.HasSuffix(rest, ".title") || strings.HasSuffix(rest, ".detail")) && !used[key] {
			t.Errorf("text %s belongs to no code", key)
		}
	}
}

// Texts and statuses that must not change by accident.
func TestAgreedProblems(t *testing.T) {
	words := Words{Service: "놀이터", RequestID: "r-1", Provider: (&kakao.Provider{}).Info()}
	for _, c := range []struct {
		code          Code
		status        int
		action        Action
		title, detail string
	}{
		{LoginExpired, 400, ActionSignIn, "로그인 시간이 지났어요", "안전을 위해 20분 안에 마쳐야 해요."},
		{LoginOtherBrowser, 400, ActionSignIn, "처음 로그인을 누른 브라우저가 아니에요", "여기서 새로 로그인하면 돼요."},
		{LoginAlreadyUsed, 400, ActionHome, "이미 사용한 링크예요", "로그인을 마쳤다면 그대로 이용하면 돼요."},
		{LoginUnderAge, 403, ActionHome, "만 14세부터 가입할 수 있어요", "입력한 정보는 저장하지 않았어요."},
		{LoginDisabled, 403, ActionSupport, "이용이 정지된 계정이에요", "이유가 궁금하면 문의해 주세요."},
		{ProviderUnavailable, 503, ActionSignIn, "카카오에서 답이 오지 않아요", "잠시 뒤 다시 해 주세요. 이미 로그인한 기기는 그대로 쓸 수 있어요."},
		{ProviderRejected, 502, ActionSupport, "지금은 카카오 로그인을 쓸 수 없어요", "놀이터에서 고쳐야 하는 문제예요. 문의할 때 이 번호를 알려 주세요: r-1"},
		{OfProvider("KOE010"), 502, ActionSupport, "지금은 카카오 로그인을 쓸 수 없어요", "놀이터에서 고쳐야 하는 문제예요. 문의할 때 이 번호를 알려 주세요: r-1"},
		{OfProvider("-406"), 403, ActionHome, "만 14세부터 가입할 수 있어요", "입력한 정보는 저장하지 않았어요."},
		{OfProvider("KOE237"), 503, ActionHome, "짧은 시간에 로그인이 너무 많았어요", "10분쯤 뒤에 다시 해 주세요. 이미 로그인한 기기는 그대로 쓸 수 있어요."},
		{OfProvider("KOE003"), 503, ActionSignIn, "카카오에서 답이 오지 않아요", "잠시 뒤 다시 해 주세요. 이미 로그인한 기기는 그대로 쓸 수 있어요."},
		{OfProvider("KOE320"), 502, ActionSignIn, "카카오 로그인을 마치지 못했어요", "다시 로그인해 주세요. 계속 안 되면 문의할 때 이 번호를 알려 주세요: r-1"},
	} {
		own, _ := c.code.ofProvider()
		p := lookup(c.code, kakao.Explain(own))
		if p.Code != c.code || p.Status != c.status || p.Action != c.action {
			t.Errorf("%s: %s %d %s", c.code, p.Code, p.Status, p.Action)
		}
		if diff := cmp.Diff([]string{c.title, c.detail}, []string{p.Title(i18n.Ko, words), p.Detail(i18n.Ko,
			words)}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.code, diff)
		}
	}
}

func TestEveryCodeOfKakaoIsAProblem(t *testing.T) {
	for _, e := range koe.All() {
		code := OfProvider(string(e.Code))
		if want := Code("provider." + string(e.Code)); code != want {
			t.Errorf("OfProvider(%s) = %s", e.Code, code)
			continue
		}
		p := From(ofKakao(string(e.Code), nil))
		if p.Code != code {
			t.Errorf("Of(%s) is %s", code, p.Code)
		}
		checkWhole(t, p)
		for _, l := range i18n.Langs() {
			if p.Hint(l) == "" {
				t.Errorf("%s: nothing for the developer in %s", code, l)
			}
		}
	}
}

// An undocumented code is repeated if it has the form of a code; free text is not.
func TestXS02_StrangeProviderCodes(t *testing.T) {
	for _, code := range []string{"KOE999", "server_busy", "-401", "ACCESS_DENIED"} {
		if p := From(ofKakao(code, nil)); p.Code != Code("provider."+code) || p.Status != 502 && code != "-401" {
			t.Errorf("%s: %s %d", code, p.Code, p.Status)
		}
	}
	for _, s := range []string{
		"", "-1 ", "<svg onload=alert(1)>", "KOE320\r\nX: y", "KOE３２０", strings.Repeat("x", 41),
	} {
		if got := OfProvider(s); got != ProviderRejected {
			t.Errorf("OfProvider(%q) = %q", s, got)
		}
		if p := Of(Code("provider." + s)); p.Code != Internal {
			t.Errorf("Of(provider.%q) = %q", s, p.Code)
		}
	}
}

var testWords = Words{Service: "S", RequestID: "R", Provider: (&kakao.Provider{}).Info()}

func kakaoCodes() documented {
	d := documented{Info: (&kakao.Provider{}).Info(), Explain: kakao.Explain}
	for _, e := range koe.All() {
		d.Codes = append(d.Codes, string(e.Code))
	}
	return d
}

func TestDocs(t *testing.T) {
	for l, file := range map[i18n.Lang]string{
		i18n.En: "../../docs/problems.md", i18n.Ko: "../../docs/problems.ko.md",
	} {
		var buf bytes.Buffer
		if err := writeDocs(&buf, l, kakaoCodes()); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(file, buf.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), buf.String()); diff != "" {
			t.Errorf("%s is out of date; run go test ./internal/problem -update (-file +table):\n%s", file, diff)
		}
		for _, c := range Codes() {
			if !strings.Contains(buf.String(), `<a id="`+anchor(c)+`">`) {
				t.Errorf("%s: no anchor for %s", file, c)
			}
		}
	}
}
