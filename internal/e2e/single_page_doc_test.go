package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/kakao/kakaotest"
)

var scriptBlock = regexp.MustCompile("(?s)```js\n(.*?)```")

// scripts are the JavaScript blocks of a document that call norang; both languages have the same.
func scripts(t *testing.T, name string) (all []string) {
	t.Helper()
	read := func(file string) (out []string) {
		raw, err := os.ReadFile(filepath.Join("..", "..", "docs", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range scriptBlock.FindAllStringSubmatch(string(raw), -1) {
			out = append(out, m[1])
		}
		return out
	}
	all = read(name + ".md")
	if diff := cmp.Diff(all, read(name+".ko.md")); diff != "" {
		t.Errorf("%s: the scripts of the Korean document differ (-en +ko):\n%s", name, diff)
	}
	return all
}

// TestDocumentedScriptsRun: the scripts of docs/api-tokens.md and docs/single-page-apps.md work unchanged on a listed
// origin.
func TestDocumentedScriptsRun(t *testing.T) {
	t.Parallel()
	apps := scripts(t, "single-page-apps")
	worker, err := os.ReadFile(filepath.Join("..", "..", "examples", "react", "public", "sw.js"))
	if err != nil {
		t.Fatal(err)
	}
	var signOut, useModule string
	for _, s := range apps {
		switch {
		case strings.Contains(s, "/auth/signout"):
			signOut = s
		case strings.Contains(s, "connect()"):
			useModule = s
		case strings.HasPrefix(s, "const norangPaths"):
			if line, _, _ := strings.Cut(s, "\n"); !strings.Contains(string(worker), line+"\n") {
				t.Errorf("the example's service worker has not this line of the document: %s", line)
			}
		}
	}
	fetchToken := ""
	for _, s := range scripts(t, "api-tokens") {
		if strings.Contains(s, "/auth/token") {
			fetchToken = s
		}
	}
	if signOut == "" || useModule == "" || fetchToken == "" {
		t.Fatal("a script was not found in the documents")
	}

	browser := browsertest.Start(t)
	port, serveApp := listen(t)
	origin := "http://localhost:" + port
	service, k := serve(t, asSinglePage(origin))
	serveApp(modulePage(service))
	if err := k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	p := spaTab{t, browsertest.Tab(t, browser)}
	browsertest.Open(t, p.tab, service+"/oauth/kakao?login_hint="+kakaotest.PersonaRyan)
	browsertest.Open(t, p.tab, origin+"/")
	here := strings.NewReplacer("https://login.example.com", service)
	module := strings.NewReplacer("import { connect } from ", "const { connect } = await import(", `norang.js";`,
		`norang.js");`).Replace(here.Replace(useModule))
	if !run[bool](p, `(async () => { `+module+`; return session.signed_in })()`) {
		t.Error("the first script finds no session")
	}
	life := run[int](p, `(async () => { `+here.Replace(fetchToken)+`; return access_token && expires_in })()`)
	if life != 300 {
		t.Errorf("the token lives for %d seconds", life)
	}
	if status := run[int](p, `(async () => { `+here.Replace(signOut)+`; return answer.status })()`); status != 204 {
		t.Errorf("sign-out: %d", status)
	}
	if s := run[norangSession](p, `norang.session()`); s.SignedIn {
		t.Error("still signed in")
	}
}
