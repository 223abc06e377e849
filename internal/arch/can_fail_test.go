package arch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// house of a few files, for one rule.
func build(t *testing.T, files map[string]string) *house {
	t.Helper()
	root := fstest.MapFS{}
	for name, body := range files {
		root[name] = &fstest.MapFile{Data: []byte(body)}
	}
	h, err := read(root)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// source is a file of a package that imports rooms of ours ("internal/web"), or others' packages ("testing").
func source(pkg string, imports ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "// Package %s is here for a test.\npackage %s\n\n", pkg, pkg)
	for _, p := range imports {
		if strings.HasPrefix(p, "internal/") || strings.HasPrefix(p, "kakao") || strings.HasPrefix(p, "cmd/") {
			p = modulePath + "/" + p
		}
		fmt.Fprintf(&b, "import _ %q\n", p)
	}
	return b.String()
}

// sample is a small house and the files in which a rule must find a fault; none for a house in order.
type sample struct {
	rule   string
	files  map[string]string
	faulty []string
}

// broken are houses that a rule must find fault with.
var broken = []sample{
	{"floors", map[string]string{"internal/login/a.go": source("login", "internal/web")}, []string{"internal/login/a.go"}},
	{"floors", map[string]string{"internal/login/a.go": source("login", "internal/consent")}, []string{"internal/login/a.go"}},
	{"floors", map[string]string{"internal/consent/a.go": source("consent", "internal/login")}, []string{"internal/consent/a.go"}},
	{"floors", map[string]string{"internal/account/a.go": source("account", "internal/session")}, []string{"internal/account/a.go"}},
	{"floors", map[string]string{"internal/failpoint/a.go": source("failpoint", "internal/seal")}, []string{"internal/failpoint/a.go"}},
	{"floors", map[string]string{"kakao/a.go": source("kakao", modulePath)}, []string{"kakao/a.go"}},
	{"floors", map[string]string{"internal/novel/a.go": source("novel")}, []string{"internal/novel"}},
	{"floors", map[string]string{"internal/web/a.go": source("web", "internal/novel")}, []string{"internal/web/a.go"}},
	{"floors", map[string]string{"examples/shop/main.go": source("main", "internal/app")}, []string{"examples/shop/main.go"}},
	{"one way in", map[string]string{"internal/app/a.go": source("app", "internal/config")}, []string{"internal/app/a.go"}},
	{"one way in", map[string]string{"internal/cli/a.go": source("cli", "internal/store")}, []string{"internal/cli/a.go"}},
	{"one way in", map[string]string{"internal/app/a.go": source("app", "kakao/kakaotest")}, []string{"internal/app/a.go"}},
	{"strangers", map[string]string{
		"kakao/a.go": source("kakao", "kakao/kakaotest"), "kakao/kakaotest/a.go": source("kakaotest", "kakao"),
	}, []string{"kakao/a.go", "kakao/kakaotest/a.go"}},
	{"strangers", map[string]string{"kakao/a_test.go": source("kakao", "kakao/kakaotest")}, []string{"kakao/a_test.go"}},
	{"tests stay out of the program", map[string]string{
		"internal/web/a.go":         source("web", "testing"),
		"internal/page/a.go":        source("page", "internal/testkit/browsertest"),
		"kakao/kakaotest/a.go":      source("kakaotest", "net/http/httptest"),
		"internal/provider/a.go":    source("provider", "github.com/coreos/go-oidc/v3/oidc"),
		"internal/provider/b.go":    source("provider", "golang.org/x/oauth2"),
		"internal/provider/fine.go": source("provider", "golang.org/x/oauth2x", "testingx"),
	}, []string{"internal/page/a.go", "internal/provider/a.go", "internal/provider/b.go", "internal/web/a.go", "kakao/kakaotest/a.go"}},
	{"package comments", map[string]string{
		"internal/web/a.go": "package web\n", "internal/page/a.go": "// Pages.\npackage page\n", "cmd/norang/main.go": source("main"),
	}, []string{"cmd/norang", "internal/page", "internal/web"}},
	{"main is short", map[string]string{
		"cmd/norang/main.go": source("main") + strings.Repeat("\n", 20), "cmd/norang/more.go": source("main"),
	}, []string{"cmd/norang/main.go", "cmd/norang/more.go"}},
	{"package names", map[string]string{
		"internal/util/a.go": source("util"), "internal/web/a_test.go": source("models_test"), "internal/page/a.go": source("pages"),
	}, []string{"internal/page/a.go", "internal/util/a.go", "internal/web/a_test.go", "internal/web/a_test.go"}},
	{"no init", map[string]string{
		"internal/web/a.go": "package web\n\nfunc init() {}\n", "internal/web/a_test.go": "package web\n\nfunc init() {}\n",
	}, []string{"internal/web/a.go:3", "internal/web/a_test.go:3"}},
	{"short files", map[string]string{"internal/web/a.go": "package web\n" + strings.Repeat("\n", 450)}, []string{"internal/web/a.go"}},
	{"short functions", map[string]string{
		"internal/web/a.go": "package web\n\nfunc (t *T) f() {\n" + strings.Repeat("\tg()\n", 99) + "}\n",
	}, []string{"internal/web/a.go"}},
	{"small interfaces", map[string]string{
		"internal/web/a.go": "package web\n\ntype S interface {\n\tA()\n\tB()\n\tC()\n\tD()\n\tE()\n\tF()\n}\n",
	}, []string{"internal/web/a.go"}},
	{"finished", map[string]string{
		"internal/web/a.go":   "package web\n\n// TODO: more.\n\n/* Good enough For Now. */\nvar x = 1 // FIXME\n",
		"docs/a.md":           "# A\n\nNot yet implemented.\n",
		".ci/run":             "# WIP\n",
		"internal/page/a.css": "/* HACK */\n",
	}, []string{"internal/web/a.go:3", "internal/web/a.go:5", "internal/web/a.go:6", ".ci/run:1", "docs/a.md:3", "internal/page/a.css:1"}},
}

// sound are houses in order that come near to a fault.
var sound = []sample{
	{"floors", map[string]string{
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
	{"one way in", map[string]string{
		"internal/cli/a.go":               source("cli", "internal/config", "kakao/kakaotest"),
		"internal/app/a.go":               source("app", "internal/store"),
		"internal/web/a_test.go":          source("web_test", "internal/store", "kakao/kakaotest"),
		"examples/shop/main.go":           source("main", "kakao/kakaotest"),
		"internal/e2e/proxies/proxies.go": source("proxies", "kakao/kakaotest"),
	}, nil},
	{"strangers", map[string]string{
		"kakao/a_test.go": source("kakao_test", "kakao", "kakao/kakaotest"), "kakao/kakaotest/a.go": source("kakaotest", "kakao/koe"),
	}, nil},
	{"tests stay out of the program", map[string]string{
		"internal/testkit/browsertest/a.go": source("browsertest", "testing", "github.com/chromedp/chromedp"),
		"internal/store/storetest/a.go":     source("storetest", "testing"),
		"internal/page/a_test.go":           source("page", "testing", "internal/testkit/browsertest"),
	}, nil},
	{"package comments", map[string]string{
		"internal/web/doc.go": source("web"), "internal/web/a.go": "package web\n",
		"internal/e2e/proxies/a_test.go": "package proxies\n",
		"cmd/norang/main.go":             "// Command norang.\npackage main\n",
	}, nil},
	{"main is short", map[string]string{"cmd/norang/main.go": source("main"), "cmd/norang/main_test.go": source("main")}, nil},
	{"package names", map[string]string{
		"norang.go": source("norang"), "internal/web/a_test.go": source("web_test"), "examples/go/a.go": source("shop"),
	}, nil},
	{"no init", map[string]string{"internal/web/a.go": "package web\n\nfunc (t T) init() {}\n"}, nil},
	{"short files", map[string]string{
		"internal/web/a.go": strings.Repeat("\n", 449) + "package web\n", "internal/web/a_test.go": "package web\n" + strings.Repeat("\n", 600),
	}, nil},
	{"short functions", map[string]string{
		"internal/web/a.go": "package web\n\nfunc f() {\n" + strings.Repeat("\tg()\n", 98) + "}\n",
	}, nil},
	{"small interfaces", map[string]string{
		"internal/web/a.go": "package web\n\ntype S interface {\n\tA()\n\tB()\n\tC()\n\tD()\n\tE()\n\tT\n}\n",
	}, nil},
	{"finished", map[string]string{
		"internal/web/a.go": "package web\n\n// f waits for nowhere.\nconst s = \"TODO\" // method todos\n",
		"a.sh":              "mktemp -d /tmp/a.XXXXXX\n",
	}, nil},
}

// TestRulesCanFail shows every rule finding what it is there for.
func TestRulesCanFail(t *testing.T) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			seen := false
			for _, s := range broken {
				if s.rule != r.name {
					continue
				}
				seen = true
				faults := r.check(build(t, s.files))
				if diff := cmp.Diff(s.faulty, places(faults, s.faulty)); diff != "" {
					t.Errorf("faults differ (-want +got):\n%s%s", diff, strings.Join(faults, "\n"))
				}
			}
			if !seen {
				t.Error("no sample that breaks this rule")
			}
		})
	}
}

// TestRulesCanPass shows that a rule does not find fault with its neighbours.
func TestRulesCanPass(t *testing.T) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			seen := false
			for _, s := range sound {
				if s.rule != r.name {
					continue
				}
				seen = true
				for _, fault := range r.check(build(t, s.files)) {
					t.Error(fault)
				}
			}
			if !seen {
				t.Error("no sample in order for this rule")
			}
		})
	}
}

// places cuts each fault down to the place it begins with, as the sample names it; a fault elsewhere stays whole.
func places(faults, known []string) []string {
	var out []string
	for _, fault := range faults {
		for _, k := range known {
			if strings.HasPrefix(fault, k+":") {
				fault = k
				break
			}
		}
		out = append(out, fault)
	}
	return out
}

// TestUnusedExceptions shows that an exception whose reason is gone is found.
func TestUnusedExceptions(t *testing.T) {
	h := build(t, map[string]string{
		"internal/session/a.go":      source("session", "internal/audit"),
		"internal/session/a_test.go": source("session", "internal/account"),
	})
	idle := unused(h)
	if want := "sideways: internal/session does not import internal/account"; !slices.Contains(idle, want) {
		t.Errorf("not found: %s\nin %q", want, idle)
	}
	if wrong := "sideways: internal/session does not import internal/audit"; slices.Contains(idle, wrong) {
		t.Errorf("in use, yet found: %s", wrong)
	}
	have := map[string]string{"a.go": "a table", "b.go": "was a table once"}
	got := unneeded("long", have, []over{{"a.go", 500}, {"c.go", 600}})
	if diff := cmp.Diff([]string{"long: b.go is not over the limit"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReadFaults shows that a file which is not Go stops the tests instead of being passed over.
func TestReadFaults(t *testing.T) {
	_, err := read(fstest.MapFS{"internal/web/a.go": {Data: []byte("package")}})
	if err == nil || !strings.Contains(err.Error(), "internal/web/a.go") {
		t.Errorf("got %v", err)
	}
}
