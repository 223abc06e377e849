package admin

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// constants are the values of the string constants of a package whose type or name matches.
func constants(t *testing.T, dir string, matches func(name, typ string) bool) (values []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	prefixes := map[string]string{"AccessPrefix": audit.AccessPrefix, "RolePrefix": audit.RolePrefix}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil || strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			typ := ""
			if id, ok := spec.Type.(*ast.Ident); ok {
				typ = id.Name
			}
			if !matches(spec.Names[0].Name, typ) {
				return true
			}
			value, prefix := spec.Values[0], ""
			if sum, ok := value.(*ast.BinaryExpr); ok {
				prefix, value = prefixes[sum.X.(*ast.Ident).Name], sum.Y
			}
			if lit, ok := value.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, prefix+text)
			}
			return true
		})
	}
	return values
}

// ofSignIn are the codes that a sign-in may end with.
var ofSignIn = regexp.MustCompile(
	`^((login|link|join|consent|handoff|mobile|provider|limit|store)\..+|` +
		`session\.none|csrf\.refused|request\.bad|internal)$`)

// A provider's own code is part of the words; earlier versions stored it behind the provider's name.
func TestFailuresAreShownInWords(t *testing.T) {
	t.Parallel()
	r := &Request{Request: &web.Request{Lang: i18n.En}}
	for code, want := range map[string]string{
		"login.expired": "Not finished within 20 minutes", "provider.ABC123": "Provider error ABC123",
		"p.ABC123": "Provider error ABC123", "internal": "Error of this service", "other": "Other codes", "odd": "odd",
	} {
		if got := failureName(r, code); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}

// Every problem code is shown in words, in both languages and without a gap where a provider's name would be. The code
// itself is a second line.
func TestProblemCodesAreShownInWords(t *testing.T) {
	t.Parallel()
	for _, l := range i18n.Langs() {
		r := &Request{Request: &web.Request{Lang: l}}
		for _, code := range problem.Codes() {
			said := failureName(r, string(code))
			if said == string(code) || said != strings.TrimSpace(said) || strings.Contains(said, "  ") {
				t.Errorf("%s: %s is shown as %q", l, code, said)
			}
		}
	}
}

// What came of a provider notice and of merging accounts is shown in words, and an operator's own words as they are.
func TestReasonsOfEntriesAreShownInWords(t *testing.T) {
	t.Parallel()
	const id = "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e"
	r, p := &Request{Request: &web.Request{Lang: i18n.En}}, &Reports{}
	for _, c := range []struct {
		kind         audit.Kind
		reason, want string
	}{
		{audit.ProviderNotice, "UNLINK: withdrawn", "UNLINK: account closed"},
		{audit.ProviderNotice, "UNLINK: never joined, removed", "UNLINK: never joined, deleted"},
		{audit.Merged, "into " + id, "remaining user " + id},
		{audit.Merged, "from " + id, "user who was merged and is gone " + id},
		{audit.UserDisable, "gone", "gone"},
		{audit.UserDisable, "into " + id, "into " + id},
		{audit.SignIn, "", ""},
	} {
		e := audit.Entry{Event: audit.Event{Kind: c.kind, Reason: c.reason}}
		if got := p.reason(r, &e); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.kind, c.reason, got, c.want)
		}
	}
}

// The console shows what is stored in words, in both languages, and filters by every kind of entry.
func TestStoredValuesHaveWords(t *testing.T) {
	t.Parallel()
	ofType := func(want string) func(string, string) bool {
		return func(_, typ string) bool { return typ == want }
	}
	called := func(prefix, suffix string) func(string, string) bool {
		return func(name, typ string) bool {
			return typ == "" && strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix)
		}
	}
	kinds := constants(t, "audit", ofType("Kind"))
	for _, c := range []struct {
		family string
		least  int
		values []string
	}{
		{"action", 50, kinds},
		{"outcome", 7, constants(t, "audit", ofType("Outcome"))},
		{"reason", 9, constants(t, "session", called("Reason", ""))},
		{"reason", 10, constants(t, "account", ofType("Reason"))},
		{"job", 3, constants(t, "withdrawal", called("", "Job"))},
		{"job", 2, constants(t, "providertoken", called("", "Job"))},
		{"job", 1, constants(t, "consent", called("", "Job"))},
		{"result", 10, slices.DeleteFunc(constants(t, "withdrawal", called("Notice", "")), func(v string) bool {
			return v == "notice" // the kind of the job
		})},
		{"event", 11, constants(t, "events", ofType("Kind"))},
		{"failure", 50, slices.DeleteFunc(constants(t, "problem", ofType("Code")), func(code string) bool {
			return !ofSignIn.MatchString(code)
		})},
	} {
		if len(c.values) < c.least {
			t.Errorf("%d values of %s, want at least %d: %v", len(c.values), c.family, c.least, c.values)
		}
		for _, v := range c.values {
			if !i18n.Has(wordKey(c.family, v)) { // in one language and so in both
				t.Errorf("%s %q has no text", c.family, v)
			}
		}
	}
	for _, kind := range session.BrowserKinds {
		if !i18n.Has(wordKey("browser", kind)) && !i18n.Has("device.browser."+kind) {
			t.Errorf("browser %q has no text", kind)
		}
	}
	for _, device := range session.Devices {
		if !i18n.Has(wordKey("device", device)) {
			t.Errorf("device %q has no text", device)
		}
	}
	for _, k := range kinds {
		if !slices.Contains(userKinds, audit.Kind(k)) && !slices.Contains(accessKinds, audit.Kind(k)) {
			t.Errorf("no filter for %s", k)
		}
	}
}
