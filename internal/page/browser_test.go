package page

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/norang-login/norang/internal/browsertest"
)

// serveSamples serves every sample under its name, with the policy that it goes out with.
func serveSamples(t *testing.T, r *Renderer) string {
	t.Helper()
	views := map[string]View{}
	for _, s := range samples() {
		views["/"+s.name] = s.view
	}
	mux := http.NewServeMux()
	mux.Handle("GET /auth/static/", r.Static())
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

// TestAccessible opens every sample as a phone and a desktop, light and dark, and lets axe-core look for faults. Nothing
// may stick out of the screen to the side either. With NORANG_SHOTS the screens are kept as pictures in that directory.
func TestAccessible(t *testing.T) {
	axe := browsertest.Axe(t)
	browser := browsertest.Start(t)
	url := serveSamples(t, newRenderer(t, sampleConfig()))
	shots := os.Getenv("NORANG_SHOTS")
	for _, screen := range browsertest.Screens() {
		t.Run(screen.Name, func(t *testing.T) {
			tab := browsertest.Tab(t, browser)
			browsertest.Show(t, tab, screen)
			for _, s := range samples() {
				t.Run(s.name, func(t *testing.T) {
					browsertest.Open(t, tab, url+"/"+s.name)
					browsertest.CheckAxe(t, tab, axe)
					wide, err := chromedp.Run(tab, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`))
					if err != nil || wide > screen.Width {
						t.Errorf("%d px wide (%v)", wide, err)
					}
					if shots != "" {
						browsertest.Screenshot(t, tab, filepath.Join(shots, s.name+"."+screen.Name+".png"))
					}
				})
			}
		})
	}
}

// XS-04 in the browser's own words: no page breaks the policy that it goes out with.
func TestXS04_NoPageBreaksItsPolicy(t *testing.T) {
	browser := browsertest.Start(t)
	url := serveSamples(t, newRenderer(t, sampleConfig()))
	tab := browsertest.Tab(t, browser)
	messages := chromedp.Console(tab)
	for _, s := range samples() {
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
