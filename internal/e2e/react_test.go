package e2e_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/internal/testkit/npmtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// buildReact builds examples/react with Vite and returns the directory of the result.
func buildReact(t *testing.T) string {
	t.Helper()
	dir := npmtest.Install(t, filepath.Join("..", "..", "examples", "react"))
	module, err := os.ReadFile(filepath.Join("..", "api", "norang.js")) // as "npm run norang" fetches it
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "src", "norang.js"), module, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), skipped.Command(t, "node"), "node_modules/vite/bin/vite.js", "build")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return filepath.Join(dir, "dist")
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
	service, k := serveWith(t, behindNorang(buildReact(t), &pages), asSinglePage())
	if err := k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	port, serveAPI := listen(t)
	serveAPI(apiOf(t, service, service))
	api := "?api=" + "http://localhost:" + port

	p := spaTab{t, browsertest.Tab(t, browser)}
	click := func(tab spaTab, selector string) {
		t.Helper()
		tab.until(`document.querySelector("` + selector + `")`)
		ctx, stop := context.WithTimeout(tab.tab, timeout)
		defer stop()
		if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
			t.Fatal(err)
		}
	}
	browsertest.Open(t, p.tab, service+"/"+api)
	p.until(`navigator.serviceWorker.controller && document.querySelector("#in")`)
	click(p, "#in")
	click(p, "a.provider")
	p.until(`document.querySelector("#who")`)
	if where := run[string](p, `location.href`); where != service+"/"+api {
		t.Errorf("after the sign-in at %s", where)
	}

	// The shell comes from the cache, who is signed in does not.
	before := pages.Load()
	browsertest.Open(t, p.tab, service+"/"+api)
	p.until(`navigator.serviceWorker.controller && document.querySelector("#who")`)
	if pages.Load() != before {
		t.Errorf("the service worker did not answer the reload")
	}
	click(p, "#ask")
	p.until(`document.querySelector("output").innerText.startsWith("hello ")`)
	user := run[norangSession](p, `fetch("/auth/session").then(r => r.json())`).User.ID
	if got := run[string](p, `document.querySelector("output").innerText`); got != "hello "+user {
		t.Errorf("the API answered %q, want the user %s", got, user)
	}

	second := p.another(service + "/" + api)
	click(second, "#out")
	second.until(`document.querySelector("#in")`)
	p.until(`document.querySelector("#in")`)
	if run[bool](p, `Boolean(document.querySelector("#who"))`) {
		t.Error("the first tab still shows the user")
	}
}
