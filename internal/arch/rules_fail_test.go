package arch

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func build(t *testing.T, files map[string]string) *module {
	t.Helper()
	root := fstest.MapFS{}
	for name, body := range files {
		root[name] = &fstest.MapFile{Data: []byte(body)}
	}
	m, err := read(root)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// source is a file of a package that imports packages of this module ("internal/web") or others ("testing").
func source(pkg string, imports ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "// Package %s belongs to a test.\npackage %s\n\n", pkg, pkg)
	for _, p := range imports {
		if strings.HasPrefix(p, "internal/") || strings.HasPrefix(p, "kakao") || strings.HasPrefix(p, "cmd/") {
			p = modulePath + "/" + p
		}
		fmt.Fprintf(&b, "import _ %q\n", p)
	}
	return b.String()
}

// methods are n methods of a type, with names of a beginning.
func methods(typ, name string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "\nfunc (%s) %s%d() {}\n", typ, name, i)
	}
	return b.String()
}

// sample is a small module and the places at which a rule must report a violation.
type sample struct {
	rule   string
	files  map[string]string
	places []string
}

// broken are modules that break a rule.
var broken = []sample{
	{"bounded tests", map[string]string{
		"internal/cli/a_test.go": "package cli\n\nfunc TestA(t *testing.T) {\n\tRun(t.Context(), nil)\n" +
			"\tserveUntil(t.Context())\n}\n",
		"internal/e2e/a_test.go": "package e2e\n\nfunc TestA(t *testing.T) {\n\tcli.Run(context.Background(), nil)\n" +
			"\tkakaotest.ListenAndServe(t.Context(), f, nil)\n}\n",
	}, []string{
		"internal/cli/a_test.go:4", "internal/cli/a_test.go:5", "internal/e2e/a_test.go:4", "internal/e2e/a_test.go:5",
	}},
	{"layers", map[string]string{"internal/login/a.go": source("login", "internal/web")}, []string{"internal/login/a.go"}},
	{
		"layers",
		map[string]string{"internal/login/a.go": source("login", "internal/consent")},
		[]string{"internal/login/a.go"},
	},
	{
		"layers",
		map[string]string{"internal/consent/a.go": source("consent", "internal/login")},
		[]string{"internal/consent/a.go"},
	},
	{
		"layers",
		map[string]string{"internal/account/a.go": source("account", "internal/session")},
		[]string{"internal/account/a.go"},
	},
	{
		"layers",
		map[string]string{"internal/failpoint/a.go": source("failpoint", "internal/seal")},
		[]string{"internal/failpoint/a.go"},
	},
	{"layers", map[string]string{"kakao/a.go": source("kakao", modulePath)}, []string{"kakao/a.go"}},
	{"layers", map[string]string{"internal/novel/a.go": source("novel")}, []string{"internal/novel"}},
	{"layers", map[string]string{"internal/web/a.go": source("web", "internal/novel")}, []string{"internal/web/a.go"}},
	{
		"layers",
		map[string]string{"examples/shop/main.go": source("main", "internal/app")},
		[]string{"examples/shop/main.go"},
	},
	{
		"restricted imports",
		map[string]string{"internal/app/a.go": source("app", "internal/config")},
		[]string{"internal/app/a.go"},
	},
	{
		"restricted imports",
		map[string]string{"internal/cli/a.go": source("cli", "internal/store")},
		[]string{"internal/cli/a.go"},
	},
	{
		"restricted imports",
		map[string]string{"internal/app/a.go": source("app", "kakao/kakaotest")},
		[]string{"internal/app/a.go"},
	},
	{
		"kernel",
		map[string]string{
			"internal/web/a.go":        source("web", "internal/login", "internal/session"),
			"internal/web/b_test.go":   source("web", "internal/consent"),
			"internal/web/signin/a.go": source("signin", "internal/login"),
		},
		[]string{"internal/web/a.go", "internal/web/b_test.go"},
	},
	{"independent packages", map[string]string{
		"kakao/a.go": source("kakao", "kakao/kakaotest"), "kakao/kakaotest/a.go": source("kakaotest", "kakao"),
	}, []string{"kakao/a.go", "kakao/kakaotest/a.go"}},
	{
		"independent packages",
		map[string]string{"kakao/a_test.go": source("kakao", "kakao/kakaotest")},
		[]string{"kakao/a_test.go"},
	},
	{"test code", map[string]string{
		"internal/web/a.go":         source("web", "testing"),
		"internal/page/a.go":        source("page", "internal/testkit/browsertest"),
		"kakao/kakaotest/a.go":      source("kakaotest", "net/http/httptest"),
		"internal/provider/a.go":    source("provider", "github.com/coreos/go-oidc/v3/oidc"),
		"internal/provider/b.go":    source("provider", "golang.org/x/oauth2"),
		"internal/provider/fine.go": source("provider", "golang.org/x/oauth2x", "testingx"),
	}, []string{"internal/page/a.go", "internal/provider/a.go", "internal/provider/b.go", "internal/web/a.go",
		"kakao/kakaotest/a.go"}},
	{"neutral packages", map[string]string{
		"internal/web/a.go":   "package web\n\n// Kakao says so.\nvar x = \"카카오\"\n",
		"internal/login/a.go": "package login\n\nfunc KakaoLogin() {}\n",
	}, []string{"internal/login/a.go", "internal/web/a.go", "internal/web/a.go"}},
	{"line length", map[string]string{
		"internal/web/a_test.go": "package web\n\n// " + strings.Repeat("가", 118) + "\n",
	}, []string{"internal/web/a_test.go:3"}},
	{"type size", map[string]string{
		"internal/web/a.go": "package web\n\ntype T struct {\n" + strings.Repeat(
			"\ta, b int\n",
			6,
		) + "\tc int\n}\n\nfunc (t *T) f() {}\n",
		"internal/web/b.go": "package web\n\ntype U struct{}\n" + methods("U", "m", 31),
	}, []string{"internal/web/a.go: T", "internal/web/b.go: U"}},
	{"type size", map[string]string{ // a type that is split by embedding, which callers do not see
		"internal/web/a.go": "package web\n\ntype Service struct{ base }\n" + methods("Service", "s", 16),
		"internal/web/b.go": "package web\n\ntype base struct{ deep[int] }\n" + methods("base", "b", 14) +
			"\ntype deep[T any] struct{ *base }\n" + methods("deep[T]", "d", 1),
		"internal/page/a.go": "package page\n\nimport other \"" + modulePath + "/internal/web\"\n\n" +
			"type Page struct{ *other.Service }\n",
		"internal/page/b.go": "package page\n\ntype whole struct{ part }\n" + methods("whole", "w", 30) +
			"\ntype part struct{}\n" + methods("part", "p", 1),
	}, []string{"internal/page/a.go: Page", "internal/page/b.go: whole", "internal/web/a.go: Service"}},
	{"package comments", map[string]string{
		"internal/web/a.go": "package web\n", "internal/page/a.go": "// Pages.\npackage page\n",
		"cmd/norang/main.go": source("main"),
	}, []string{"cmd/norang", "internal/page", "internal/web"}},
	{"main", map[string]string{
		"cmd/norang/main.go": source("main") + strings.Repeat("\n", 20), "cmd/norang/more.go": source("main"),
	}, []string{"cmd/norang/main.go", "cmd/norang/more.go"}},
	{"package names", map[string]string{
		"internal/util/a.go": source(
			"util",
		), "internal/web/a_test.go": source("models_test"), "internal/page/a.go": source("pages"),
	}, []string{"internal/page/a.go", "internal/util/a.go", "internal/web/a_test.go", "internal/web/a_test.go"}},
	{"init functions", map[string]string{
		"internal/web/a.go": "package web\n\nfunc init() {}\n", "internal/web/a_test.go": "package web\n\nfunc init() {}\n",
	}, []string{"internal/web/a.go:3", "internal/web/a_test.go:3"}},
	{
		"file length",
		map[string]string{"internal/web/a.go": "package web\n" + strings.Repeat("\n", 450)},
		[]string{"internal/web/a.go"},
	},
	{"function length", map[string]string{
		"internal/web/a.go": "package web\n\nfunc (t *T) f() {\n" + strings.Repeat("\tg()\n", 99) + "}\n",
	}, []string{"internal/web/a.go: f"}},
	{"interfaces", map[string]string{
		"internal/web/a.go": "package web\n\ntype S interface {\n\tA()\n\tB()\n\tC()\n\tD()\n\tE()\n\tF()\n}\n",
	}, []string{"internal/web/a.go: S"}},
	{"log context", map[string]string{
		"internal/web/a.go": "package web\n\nfunc (k *K) f(r *Request) {\n\tk.Log().Warn(\"x\")\n" +
			"\tgo func() { k.log.Info(\"x\") }()\n}\n",
		"internal/login/a.go": "package login\n\nfunc f(ctx context.Context, log *slog.Logger) {\n\tlog.Error(\"x\")\n}\n",
	}, []string{"internal/login/a.go:4", "internal/web/a.go:4", "internal/web/a.go:5"}},
	{
		"emulator texts",
		map[string]string{"line/linetest/a.go": "package linetest\n\nfunc f(d *D) {\n" +
			"\terrors.New(\"no\")\n" +
			"\temulator.Errorf(\"at most %d\", \"at most %d\", 1)\n" +
			"\temulator.Errorf(\"%d과 %s\", \"%s and %d\", 1, 2)\n" +
			"\t_ = emulator.Text{\"no way\", \"no way\"}\n" +
			"\t_ = map[string]emulator.Text{\"a\": {\"\", \"no\"}}\n" +
			"\td.Problem = \"no\"\n}\n"},
		[]string{
			"line/linetest/a.go:4", "line/linetest/a.go:5", "line/linetest/a.go:6", "line/linetest/a.go:7",
			"line/linetest/a.go:8", "line/linetest/a.go:9",
		},
	},
	{"unfinished work", map[string]string{
		"internal/web/a.go":   "package web\n\n// TODO: more.\n\n/* Good enough For Now. */\nvar x = 1 // FIXME\n",
		"docs/a.md":           "# A\n\nNot yet implemented.\n",
		".ci/run":             "# WIP\n",
		"internal/page/a.css": "/* HACK */\n",
	}, []string{"internal/web/a.go:3", "internal/web/a.go:5", "internal/web/a.go:6", ".ci/run:1", "docs/a.md:3",
		"internal/page/a.css:1"}},
}

// sound are modules that nearly break a rule.
var sound = []sample{
	{"bounded tests", map[string]string{
		"internal/cli/a_test.go": "package cli\n\nfunc TestA(t *testing.T) {\n\tRun(bounded.Context(t), nil)\n" +
			"\tRun(ctx, nil)\n\tdoctor.Run(t.Context(), nil)\n}\n\nfunc TestMain(m *testing.M) {\n" +
			"\tRun(context.Background(), nil)\n}\n",
		"internal/doctor/a_test.go": "package doctor\n\nfunc TestA(t *testing.T) {\n\tRun(t.Context(), nil)\n}\n",
	}, nil},
	{"layers", map[string]string{
		"internal/login/a.go":              source("login", "internal/session", "internal/provider", "net/http"),
		"internal/session/a.go":            source("session", "internal/account"),
		"internal/session/real_test.go":    source("session_test", "internal/store"),
		"internal/cli/a.go":                source("cli", "internal/app", modulePath),
		"examples/shop/main.go":            source("main", modulePath, "kakao"),
		"internal/page/testdata/src/a.go":  source("a", "internal/cli"),
		"examples/other/go.mod":            "module example.com/other\n",
		"examples/other/main.go":           source("main", "internal/cli"),
		"internal/store/storetest/run.go":  source("storetest", "internal/login"),
		"internal/web/node_modules/x/a.go": "not Go at all",
	}, nil},
	{"restricted imports", map[string]string{
		"internal/cli/a.go":               source("cli", "internal/config", "kakao/kakaotest"),
		"internal/app/a.go":               source("app", "internal/store"),
		"internal/web/a_test.go":          source("web_test", "internal/store", "kakao/kakaotest"),
		"examples/shop/main.go":           source("main", "kakao/kakaotest"),
		"internal/e2e/proxies/proxies.go": source("proxies", "kakao/kakaotest"),
	}, nil},
	{"kernel", map[string]string{
		"internal/web/a.go":        source("web", "internal/session", "internal/returnurl", "internal/problem"),
		"internal/web/signin/a.go": source("signin", "internal/login"),
	}, nil},
	{"independent packages", map[string]string{
		"kakao/a_test.go": source(
			"kakao_test",
			"kakao",
			"kakao/kakaotest",
		), "kakao/kakaotest/a.go": source("kakaotest", "kakao/koe"),
	}, nil},
	{"test code", map[string]string{
		"internal/testkit/browsertest/a.go": source("browsertest", "testing", "github.com/chromedp/chromedp"),
		"internal/store/storetest/a.go":     source("storetest", "testing"),
		"internal/page/a_test.go":           source("page", "testing", "internal/testkit/browsertest"),
	}, nil},
	{"neutral packages", map[string]string{
		"internal/web/a_test.go":           "package web\n\nvar x = \"kakao\"\n",
		"internal/app/a.go":                source("app", "internal/provider/kakao"),
		"internal/provider/kakao/kakao.go": source("kakao", "kakao"),
	}, nil},
	{"line length", map[string]string{"internal/web/a.go": "package web\n\n// " + strings.Repeat("가", 117) + "\n"}, nil},
	{"type size", map[string]string{
		"internal/web/a.go": "package web\n\ntype Record struct {\n" + strings.Repeat(
			"\tA int\n",
			40,
		) + "}\n\nfunc (*Record) String() {}\n",
		"internal/web/b.go": "package web\n\ntype T struct {\n" + strings.Repeat(
			"\ta int\n",
			12,
		) + "}\n" + methods("*T", "m", 30),
	}, nil},
	{"type size", map[string]string{
		"internal/web/a.go": "package web\n\ntype T struct{ s *S }\n" + methods("T", "m", 30) +
			"\ntype S struct{}\n" + methods("S", "s", 30) +
			"\ntype Reader interface{ read() }\n\ntype R struct{ Reader }\n" + methods("R", "r", 30),
		"internal/page/a.go": "package page\n\nimport \"" + modulePath + "/internal/web\"\n\n" +
			"type view struct{ *web.S }\n" + methods("view", "v", 30) +
			"\ntype Replaced struct{ web.S }\n" + methods("Replaced", "s", 30),
	}, nil},
	{"package comments", map[string]string{
		"internal/web/doc.go": source("web"), "internal/web/a.go": "package web\n",
		"internal/e2e/proxies/a_test.go": "package proxies\n",
		"cmd/norang/main.go":             "// Command norang.\npackage main\n",
	}, nil},
	{"main", map[string]string{"cmd/norang/main.go": source("main"), "cmd/norang/main_test.go": source("main")}, nil},
	{"package names", map[string]string{
		"norang.go": source("norang"), "internal/web/a_test.go": source("web_test"), "examples/go/a.go": source("shop"),
	}, nil},
	{"init functions", map[string]string{"internal/web/a.go": "package web\n\nfunc (t T) init() {}\n"}, nil},
	{"file length", map[string]string{
		"internal/web/a.go": strings.Repeat(
			"\n",
			449,
		) + "package web\n", "internal/web/a_test.go": "package web\n" + strings.Repeat("\n", 600),
	}, nil},
	{"function length", map[string]string{
		"internal/web/a.go": "package web\n\nfunc f() {\n" + strings.Repeat("\tg()\n", 98) + "}\n",
	}, nil},
	{"interfaces", map[string]string{
		"internal/web/a.go": "package web\n\ntype S interface {\n\tA()\n\tB()\n\tC()\n\tD()\n\tE()\n\tT\n}\n",
	}, nil},
	{"log context", map[string]string{
		"internal/web/a.go": "package web\n\nfunc f(r *Request) {\n\tlog.WarnContext(r.Context(), \"x\")\n" +
			"\tr.cause.Error()\n}\n" +
			"\nfunc g() {\n\tlog.Warn(\"x\")\n}\n",
		"internal/cli/a.go": "package cli\n\nfunc f(ctx context.Context) {\n\tlog.Warn(\"x\")\n}\n",
	}, nil},
	{"emulator texts", map[string]string{
		"line/linetest/a.go": "package linetest\n\nfunc f(d *D) {\n" +
			"\temulator.Errorf(\"%[2]d의 %[1]s\", \"%s of %d\", s, 1)\n" +
			"\temulator.Errorf(\"listen %q: %v\", \"listen %q: %v\", s, err)\n" +
			"\t_ = emulator.Text{\"서비스: \" + s, \"Service: \" + s}\n" +
			"\t_ = emulator.Text{\"English\", \"한국어\"}\n" +
			"\td.ProblemKO, d.Problem = ko, en\n}\n",
		"kakao/a.go": "package kakao\n\nvar e = errors.New(\"no\")\n",
	}, nil},
	{"unfinished work", map[string]string{
		"internal/web/a.go": "package web\n\n// f waits for nowhere.\nconst s = \"TODO\" // method todos\n",
		"a.sh":              "mktemp -d /tmp/a.XXXXXX\n",
	}, nil},
}

// TestRulesCanFail shows that every rule can be broken.
func TestRulesCanFail(t *testing.T) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			seen := false
			for _, s := range broken {
				if s.rule != r.name {
					continue
				}
				seen = true
				var places []string
				for _, v := range r.check(build(t, s.files)) {
					places = append(places, v.place)
				}
				if diff := cmp.Diff(s.places, places); diff != "" {
					t.Errorf("places differ (-want +got):\n%s", diff)
				}
			}
			if !seen {
				t.Error("no sample that breaks this rule")
			}
		})
	}
}

// TestRulesCanPass shows that no rule is broken by its neighbours.
func TestRulesCanPass(t *testing.T) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			seen := false
			for _, s := range sound {
				if s.rule != r.name {
					continue
				}
				seen = true
				for _, v := range r.check(build(t, s.files)) {
					t.Errorf("%s: %s", v.place, v.what)
				}
			}
			if !seen {
				t.Error("no sample that passes this rule")
			}
		})
	}
}

// TestReadReportsFilesThatAreNotGo shows that a file that does not parse is not skipped.
func TestReadReportsFilesThatAreNotGo(t *testing.T) {
	_, err := read(fstest.MapFS{"internal/web/a.go": {Data: []byte("package")}})
	if err == nil || !strings.Contains(err.Error(), "internal/web/a.go") {
		t.Errorf("got %v", err)
	}
}
