package e2e_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/internal/testkit/npmtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// vite allows one build of a project at a time.
var vite sync.Mutex

// buildReact builds examples/react with Vite and returns the directory of the result. service is norang's address for
// a preview host, "" for an app on norang's own origin.
func buildReact(t *testing.T, service string) string {
	t.Helper()
	dir := npmtest.Install(t, filepath.Join("..", "..", "examples", "react"))
	module, err := os.ReadFile(filepath.Join("..", "api", "norang.js")) // as "npm run norang" fetches it
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "src", "norang.js"), module, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	vite.Lock()
	defer vite.Unlock()
	out := t.TempDir()
	build := exec.CommandContext(t.Context(), skipped.Command(t, "node"), "node_modules/vite/bin/vite.js", "build",
		"--outDir", out, "--emptyOutDir")
	build.Dir, build.Env = dir, append(os.Environ(), "VITE_NORANG_URL="+service)
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}

// behindNorang serves norang's paths from the service and everything else from a directory.
func behindNorang(dir string, pages *atomic.Int64) func(http.Handler) http.Handler {
	files := http.FileServer(http.Dir(dir))
	return func(service http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, prefix := range []string{"/auth/", "/oauth/", "/.well-known/"} {
				if strings.HasPrefix(r.URL.Path, prefix) {
					service.ServeHTTP(w, r)
					return
				}
			}
			if r.URL.Path == "/" {
				pages.Add(1)
			}
			files.ServeHTTP(w, r)
		})
	}
}

// apiOf is an API on another origin, which verifies access tokens with go-oidc.
func apiOf(t *testing.T, service, app string) http.Handler {
	t.Helper()
	provider, err := oidc.NewProvider(t.Context(), service)
	if err != nil {
		t.Fatal(err)
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: "https://api.example.com"})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", app)
		w.Header().Set("Access-Control-Allow-Headers", "Authorization")
		if r.Method == http.MethodOptions {
			return
		}
		token, err := verifier.Verify(r.Context(), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, "hello "+token.Subject)
	})
}

// TestReactExample: sign-in, silent reload, a token for an API on another origin, and a sign-out in a second tab that
// the first one shows, with a cache-first service worker in control all the time.
func TestReactExample(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	var pages atomic.Int64
	service, k := serveWith(t, behindNorang(buildReact(t, ""), &pages), asSinglePage())
	if err := k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	port, serveAPI := listen(t)
	serveAPI(apiOf(t, service, service))
	api := "?api=" + "http://localhost:" + port

	p := spaTab{t, browsertest.Tab(t, browser)}
	browsertest.Open(t, p.tab, service+"/"+api)
	p.until(`navigator.serviceWorker.controller && document.querySelector("#in")`)
	p.click("#in")
	p.click("a.provider")
	p.until(`document.querySelector("#who")`)
	if where := run[string](p, `location.href`); where != service+"/"+api {
		t.Errorf("after the sign-in at %s", where)
	}

	// The shell comes from the cache, the signed-in user does not.
	before := pages.Load()
	browsertest.Open(t, p.tab, service+"/"+api)
	p.until(`navigator.serviceWorker.controller && document.querySelector("#who")`)
	if pages.Load() != before {
		t.Errorf("the service worker did not answer the reload")
	}
	p.click("#ask")
	p.until(`document.querySelector("output").innerText.startsWith("hello ")`)
	user := run[norangSession](p, `fetch("/auth/session").then(r => r.json())`).User.ID
	if got := run[string](p, `document.querySelector("output").innerText`); got != "hello "+user {
		t.Errorf("the API answered %q, want the user %s", got, user)
	}

	second := p.another(service + "/" + api)
	second.click("#out")
	second.until(`document.querySelector("#in")`)
	p.until(`document.querySelector("#in")`)
	if run[bool](p, `Boolean(document.querySelector("#who"))`) {
		t.Error("the first tab still shows the user")
	}
}

// click clicks an element when it is there.
func (p spaTab) click(selector string) {
	p.t.Helper()
	p.until("document.querySelector(`" + selector + "`)")
	ctx, stop := context.WithTimeout(p.tab, timeout)
	defer stop()
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		p.t.Fatalf("click %s: %v", selector, err)
	}
}

// ci calls the server API with a key, as a deployment does.
type ci struct {
	t        *testing.T
	api, key string
}

// newCI makes a key with the command.
func newCI(t *testing.T, service, database string) ci {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), bin, "key", "create", "ci", "--scope", "write", "--json")
	cmd.Dir, cmd.Env = filepath.Dir(database), []string{"NORANG_DATABASE=" + database}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return ci{t, service + "/auth/api/v1", field(t, string(out), "key")}
}

func (c ci) call(method, path, body string, want int) (answer string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.api+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.key)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		c.t.Fatalf("%s %s: %s %s %v", method, path, resp.Status, text, err)
	}
	return string(text)
}

// TestReactExampleOnAPreviewHost: a preview deployment on another site, whose origin CI adds by its API key, signs a
// new user in through the one registered redirect URI, consent and the join page, and has a session of its own.
func TestReactExampleOnAPreviewHost(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	var database string
	service, k := serve(t, func(c *norang.Config) {
		c.Audiences, database = []string{"https://api.example.com"}, c.Database
	})
	port, servePreview := listen(t)
	preview := "http://pr-7.shop.localhost:" + port
	servePreview(http.FileServer(http.Dir(buildReact(t, service))))
	port, serveAPI := listen(t)
	serveAPI(apiOf(t, service, preview))
	api := "/?api=" + "http://localhost:" + port
	deploy := newCI(t, service, database)

	p := spaTab{t, browsertest.Tab(t, browser)}
	browsertest.Open(t, p.tab, preview+api)
	p.click("#in")
	p.until("location.href.startsWith(`" + service + "/auth/handoff?`) && document.querySelector(`main`)")
	if link := run[bool](p, `Boolean(document.querySelector("a.provider"))`); link || len(k.Requests()) > 0 {
		t.Error("a sign-in for an origin that nobody has added")
	}

	added := deploy.call("POST", "/origins", `{"origin":"`+preview+`","days":1}`, http.StatusOK)
	browsertest.Open(t, p.tab, preview+api)
	read := "fetch(`" + service + "/auth/session`).then(r => r.ok, () => false)"
	await(t, func() bool { return run[bool](p, read) }, func() string { return "the origin is still refused" })
	browsertest.Open(t, p.tab, preview+api)
	p.until(`navigator.serviceWorker.controller`)
	p.click("#in")
	p.click("a.provider")
	p.click(`button[value="` + kakaotest.PersonaRyan + `"]`)
	p.click(`button[value="agree"]`)
	p.click("#age")
	p.click("#term-service")
	p.click(`button[value="join"]`)
	p.until(`document.querySelector("#who")?.innerText === "라이언"`)
	if where := run[string](p, `location.href`); where != preview+api {
		t.Errorf("after the sign-in at %s", where)
	}
	p.click("#ask")
	p.until(`document.querySelector("output").innerText.startsWith("hello ")`)
	browsertest.Open(t, p.tab, preview+api)
	p.until(`document.querySelector("#who")`)

	// The service's own session is another one, of the same user.
	own := spaTab{t, p.another(service + "/auth/session").tab}
	if s := run[norangSession](own, `JSON.parse(document.body.innerText)`); !s.SignedIn || s.User.ID == "" {
		t.Errorf("at the service: %+v", s)
	}
	p.click("#out")
	p.until(`document.querySelector("#in")`)
	browsertest.Open(t, own.tab, service+"/auth/session")
	if s := run[norangSession](own, `JSON.parse(document.body.innerText)`); !s.SignedIn {
		t.Error("the sign-out on the preview host ended the service's session")
	}

	deploy.call("DELETE", "/origins/"+field(t, added, "id"), "", http.StatusNoContent)
	await(t, func() bool { return !run[bool](p, read) }, func() string { return "the origin is still allowed" })
}
