package i18n

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func readTexts(t *testing.T, l Lang) map[string]string {
	t.Helper()
	raw, err := files.ReadFile(string(l) + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatal(err)
	}
	// encoding/json silently keeps the last of two equal keys.
	if n := strings.Count(string(raw), "\n  \""); n != len(texts) {
		t.Errorf("%s.json: %d lines for %d keys: duplicate key", l, n, len(texts))
	}
	return texts
}

func TestBothLanguagesHaveTheSameKeys(t *testing.T) {
	t.Parallel()
	ko, en := readTexts(t, Ko), readTexts(t, En)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(ko)), slices.Sorted(maps.Keys(en))); diff != "" {
		t.Errorf("keys (-ko +en):\n%s", diff)
	}
	for key := range ko {
		if ko[key] == "" || en[key] == "" {
			t.Errorf("%s: empty", key)
		}
		if diff := cmp.Diff(placeholders(Ko, key), placeholders(En, key)); diff != "" {
			t.Errorf("%s: placeholders (-ko +en):\n%s", key, diff)
		}
	}
}

// placeholders are the names in a text without Korean particles, and without "service", which one language may use
// where the other says "our".
func placeholders(l Lang, key string) []string {
	var names []string
	for _, p := range Parts(l, key) {
		if p.Name != "" && p.Name != "service" {
			names = append(names, hangul.ReplaceAllString(p.Name, ""))
		}
	}
	slices.Sort(names)
	return names
}

var hangul = regexp.MustCompile(`[가-힣]+$`)

// The last sound of a value is unknown, so no particle may depend on it. {account} always ends in 계정, which
// provider.NewSet checks; {provider로} brings its own particle.
var soundParticle = regexp.MustCompile(`\}(을|를|이|가|은|는|과|와|로|으로|아|야|이에요|예요|이라|라)([^가-힣]|$)`)

// forbidden are pleading, stiff, literally translated and wrong words: users are 회원, Kakao writes
// 카카오계정, and pages use 해요체.
var forbidden = []string{
	"정말 떠나시나요", "단추", "한 채로", "한 때", "유효하지 않은 요청", "되었습니다", "고객님", "카카오 계정", "습니다",
}

func TestKoreanTone(t *testing.T) {
	t.Parallel()
	for key, text := range readTexts(t, Ko) {
		if soundParticle.MatchString(strings.ReplaceAll(text, "{account}", "계정")) {
			t.Errorf("%s: a particle depends on the value of a placeholder: %s", key, text)
		}
		for _, word := range forbidden {
			if strings.Contains(text, word) {
				t.Errorf("%s: %q in %s", key, word, text)
			}
		}
	}
	for _, text := range []string{"{name}을 찾았어요", "{name}이에요", "{name}로 가요"} {
		if !soundParticle.MatchString(text) {
			t.Errorf("the pattern does not match %s", text)
		}
	}
}

func TestEnglishTone(t *testing.T) {
	t.Parallel()
	for key, text := range readTexts(t, En) {
		if strings.Contains(strings.ToLower(text), "log in") || strings.Contains(text, "Login") {
			t.Errorf("%s: write sign in; only a provider's button says Login: %s", key, text)
		}
	}
}

func TestT(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		got, want string
	}{
		{T(Ko, "home.in.title", "name", "라이언"), "라이언님, 반가워요"},
		{T(En, "home.in.title", "name", "Ryan"), "Hello, Ryan"},
		{T("", "home.in.title_nameless"), "로그인했어요"},
		{T(Ko, "home.in.title"), "님, 반가워요"},
		{T(Ko, "home.in.title", "name"), "님, 반가워요"},
		{T(Ko, "no.such_key"), "no.such_key"},
		// LI-05: a value is text, neither a format nor a placeholder.
		{T(En, "home.in.title", "name", "%s%n{name}%!d(MISSING)"), "Hello, %s%n{name}%!d(MISSING)"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestWithParticle(t *testing.T) {
	for _, c := range [][4]string{
		{"카카오", "으로", "로", "카카오로"}, {"구글", "으로", "로", "구글로"}, {"라인", "으로", "로", "라인으로"},
		{"카카오", "이", "가", "카카오가"}, {"구글", "이", "가", "구글이"}, {"Okta", "으로", "로", "Okta(으)로"},
		{"Okta", "이", "가", "Okta(이)가"},
	} {
		if got := WithParticle(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%q, want %q", got, c[3])
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]Part{
		"":        nil,
		"a":       {{Text: "a"}},
		"{x}":     {{Name: "x"}},
		"a{x}b":   {{Text: "a"}, {Name: "x"}, {Text: "b"}},
		"{x}{y}":  {{Name: "x"}, {Name: "y"}},
		"a}b":     {{Text: "a}b"}},
		"a{b":     {{Text: "a{b"}},
		"}{":      {{Text: "}{"}},
		"{x} }{x": {{Name: "x"}, {Text: " }{x"}},
	} {
		if diff := cmp.Diff(want, split(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// Every key that code or a template uses exists, and every key is used. Package problem tests the keys of problems.
func TestKeysExistAndAreUsed(t *testing.T) {
	t.Parallel()
	literal := regexp.MustCompile(`"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*"`)
	inTemplate := regexp.MustCompile(`\b(?:t|text) [.$][A-Za-z]* "([^"]+)"`)
	named := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == ".git" || name == "testdata" || name == "node_modules" {
				return filepath.SkipDir
			}
			return nil
		}
		isGo := strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
		if !isGo && !strings.HasSuffix(path, ".html") {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range literal.FindAllString(string(raw), -1) {
			named[strings.Trim(m, `"`)] = true
		}
		if isGo {
			for _, key := range keysOfCalls(t, path, raw) {
				if !Has(key) {
					t.Errorf("%s: no text %q", path, key)
				}
			}
			return nil
		}
		if strings.Contains(filepath.ToSlash(path), "internal/page/") {
			for _, m := range inTemplate.FindAllStringSubmatch(string(raw), -1) {
				if !Has(m[1]) {
					t.Errorf("%s: no text %q", path, m[1])
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// Keys made of a prefix and a value of a closed set.
	families := []string{
		"notice.", "device.form.", "device.system.", "device.browser.", "log.session.", "log.user.",
		"log.identity.",
		"log.provider.", "log.consent.", "log.grant.", "scope.", "consents.at.",
		"console.nav.", "console.status.", "console.role.", "console.action.", "console.person.do.", "console.keys.scope.",
		"console.person.email.",
		"console.list.", "console.step.", "console.todo.", "console.overview.", "console.attempts.", "console.audit.",
		"console.outcome.", "console.reason.", "console.job.", "console.result.", "console.event.", "console.actor.",
		"console.browser.", "console.device.", "console.failure.", "console.check.", "console.why.",
		"console.access.", "console.notices.", "console.jobs.", "console.events.", "console.line.",
	}
	for _, key := range Keys() {
		problemText := strings.HasPrefix(key, "problem.") && (strings.HasSuffix(key, ".title") ||
			strings.HasSuffix(key, ".detail"))
		// A text may have a variant for a provider, such as "links.in_app.kakao".
		base := key[:max(0, strings.LastIndexByte(key, '.'))]
		if named[key] || Has(base) && named[base] || problemText || slices.ContainsFunc(families,
			func(f string) bool { return strings.HasPrefix(key, f) }) {
			continue
		}
		t.Errorf("text %s is not used", key)
	}
}

// keysOfCalls finds the keys in calls of i18n.T, i18n.Parts and i18n.Has.
func keysOfCalls(t *testing.T, path string, raw []byte) []string {
	t.Helper()
	if !strings.Contains(string(raw), "internal/i18n\"") {
		return nil
	}
	f, err := parser.ParseFile(token.NewFileSet(), path, raw, 0)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 2 {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "T" && sel.Sel.Name != "Parts" {
			return true
		}
		if lit, ok := call.Args[1].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if key, err := strconv.Unquote(lit.Value); err == nil {
				keys = append(keys, key)
			}
		}
		return true
	})
	return keys
}
