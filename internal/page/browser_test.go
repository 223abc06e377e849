package page

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/norang-login/norang/internal/testkit/browsertest"
)

func TestMain(m *testing.M) {
	browsertest.PreferShell()
	os.Exit(browsertest.Main(m))
}

// serveSamples serves every sample under its name, with the policy that it goes out with.
func serveSamples(t *testing.T, r *Renderer) string {
	t.Helper()
	return serveViews(t, r, samples("kakao"))
}

// serveViews is serveSamples for some samples.
func serveViews(t *testing.T, r *Renderer, all []sample) string {
	t.Helper()
	views := map[string]View{}
	for _, s := range all {
		views["/"+s.name] = s.view
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+r.cfg.path("static/"), r.Static())
	mux.HandleFunc("GET /", func(w http.ResponseWriter, req *http.Request) {
		v, ok := views[req.URL.Path]
		if !ok {
			http.NotFound(w, req)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", r.ContentSecurityPolicy())
		if err := r.Render(w, v); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// TestAccessible shows every sample as on a phone and a desktop, light and dark, and runs axe-core on it. No page may
// be wider than the screen. What is folded away is opened for the checks. With NORANG_SHOTS, screenshots are written
// to that directory.
func TestAccessible(t *testing.T) {
	t.Parallel()
	checkAccessible(t, newRenderer(t, sampleConfig()), samples("kakao"))
}

// TestConsoleIsAccessible is TestAccessible for the operator's console.
func TestConsoleIsAccessible(t *testing.T) {
	t.Parallel()
	checkAccessible(t, newRenderer(t, consoleConfig()), consoleSamples("kakao"))
}

// checkAccessible opens the first sample and writes the others into its document: all have the same policy and script.
func checkAccessible(t *testing.T, r *Renderer, all []sample) {
	t.Helper()
	source := browsertest.Axe(t)
	browser := browsertest.Start(t)
	url := serveViews(t, r, all)
	for half := range 2 { // one for each processor of a small machine
		t.Run(strconv.Itoa(half), func(t *testing.T) {
			t.Parallel()
			tab := browsertest.Tab(t, browser)
			if os.Getenv(shots) == "" {
				browsertest.Hide(t, tab)
			}
			browsertest.PreloadAxe(t, tab, source)
			browsertest.Open(t, tab, url+"/"+all[0].name)
			for i := half; i < len(all); i += 2 {
				t.Run(all[i].name, func(t *testing.T) {
					browsertest.Replace(t, tab, render(t, r, all[i].view))
					fold(t, tab, true)
					browsertest.CheckScreens(t, tab, "", browsertest.Screens(), func(t *testing.T, _ browsertest.Screen) {
						screenshot(t, tab)
					})
				})
			}
		})
	}
}

// shots is the setting that names a directory for screenshots.
const shots = "NORANG_SHOTS"

// screenshot writes the page, with everything folded, to the directory of shots if that is set.
func screenshot(t *testing.T, tab context.Context) {
	t.Helper()
	dir := os.Getenv(shots)
	if dir == "" {
		return
	}
	parts := strings.Split(t.Name(), "/") // test, half, sample, screen
	fold(t, tab, false)
	browsertest.Screenshot(t, tab, filepath.Join(dir, parts[3]+"."+parts[2]+".png"))
	fold(t, tab, true)
}

// fold opens or closes everything that is folded away on a page.
func fold(t *testing.T, tab context.Context, open bool) {
	t.Helper()
	err := chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`document.querySelectorAll("details").forEach(d => { d.open = %t }); undefined`, open)))
	if err != nil {
		t.Fatal(err)
	}
}

// XS-04 in the browser's own words: no page breaks the policy that it goes out with.
func TestXS04_NoPageBreaksItsPolicy(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	url := serveSamples(t, newRenderer(t, sampleConfig()))
	tab := browsertest.Tab(t, browser)
	browsertest.Hide(t, tab)
	messages := chromedp.Console(tab)
	for _, s := range samples("kakao") {
		browsertest.Open(t, tab, url+"/"+s.name)
	}
	// The last word: what came before it has been said.
	if err := chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](`console.log("end of the samples")`)); err != nil {
		t.Fatal(err)
	}
	for m, err := range messages {
		if err != nil {
			t.Fatal(err)
		}
		text := m.String()
		if strings.Contains(text, "end of the samples") {
			break
		}
		if strings.Contains(text, "Content Security Policy") || strings.Contains(text, "Content-Security-Policy") {
			t.Error(text)
		}
	}
}

// visibleStart is the address of the sign-in button that a person sees; "" if they see none or two.
const visibleStart = `(() => {
	const seen = [...document.querySelectorAll("a.provider")].filter(a => a.offsetParent !== null);
	return seen.length === 1 ? seen[0].getAttribute("href") : "";
})()`

func TestTheBoxChoosesTheLinkWithoutScript(t *testing.T) {
	t.Parallel()
	tab := browsertest.Tab(t, browsertest.Start(t))
	browsertest.Open(t, tab, serveSamples(t, newRenderer(t, sampleConfig()))+"/signin.ko")
	for _, want := range []string{"remember=1", "remember=0", "remember=1"} {
		got, err := chromedp.Run(tab, chromedp.Evaluate[string](visibleStart))
		if err != nil || !strings.HasSuffix(got, want) {
			t.Errorf("%q (%v), want %s", got, err, want)
		}
		if err := chromedp.Do(tab, chromedp.Click(chromedp.CSS(".keep-label"))); err != nil {
			t.Fatal(err)
		}
	}
}

// Kakao sends the browser on to hosts of its own, and a sign-in may end at another origin of the service. Chromium
// would stop a form there (CSP form-action covers redirects); the links of the page go through.
func TestSignInSurvivesForeignRedirects(t *testing.T) {
	t.Parallel()
	end := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!DOCTYPE html><title>arrived</title>"))
	}))
	t.Cleanup(end.Close)
	middle := httptest.NewServer(
		http.RedirectHandler(strings.Replace(end.URL, "127.0.0.1", "localhost", 1), http.StatusFound),
	)
	t.Cleanup(middle.Close)
	cfg := sampleConfig()
	cfg.Dev, cfg.Providers[0].FormOrigins = true, []string{"http://localhost:1"}
	r := newRenderer(t, cfg)
	mux := http.NewServeMux()
	mux.Handle("GET /auth/static/", r.Static())
	mux.Handle("GET /oauth/kakao", http.RedirectHandler(middle.URL, http.StatusSeeOther))
	mux.HandleFunc("GET /auth/login", func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", r.ContentSecurityPolicy())
		if err := r.Render(w, SignIn{}); err != nil {
			t.Error(err)
		}
	})
	start := httptest.NewServer(mux)
	t.Cleanup(start.Close)
	tab := browsertest.Tab(t, browsertest.Start(t))
	browsertest.Open(t, tab, start.URL+"/auth/login")
	if _, err := chromedp.RunResponse(tab, chromedp.Click(chromedp.CSS(".unkept .provider"))); err != nil {
		t.Fatal(err)
	}
	if title, err := chromedp.Run(tab, chromedp.Title()); err != nil || title != "arrived" {
		t.Errorf("stopped at %q (%v)", title, err)
	}
}
