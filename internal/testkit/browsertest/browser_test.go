package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
)

func serve(t *testing.T, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestShowEmulatesTheScreen(t *testing.T) {
	t.Parallel()
	browser := Start(t)
	url := serve(
		t,
		`<!DOCTYPE html><html lang="en"><meta name="viewport" content="width=device-width"><title>x</title>`,
	)
	for _, s := range Screens() {
		tab := Tab(t, browser)
		Show(t, tab, s)
		Open(t, tab, url)
		got, err := chromedp.Run(tab, chromedp.Evaluate[string](
			`innerWidth + " " + matchMedia("(prefers-color-scheme: dark)").matches`))
		if want := fmt.Sprintf("%d %v", s.Width, s.Dark); err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", s.Name, got, err, want)
		}
	}
}

func TestTabsShareNoCookies(t *testing.T) {
	t.Parallel()
	browser := Start(t)
	url := serve(t, `<!DOCTYPE html><title>x</title>`)
	one, two := Tab(t, browser), Tab(t, browser)
	Open(t, one, url)
	Open(t, two, url)
	if err := chromedp.Do(one, chromedp.Evaluate[chromedp.Void](`document.cookie = "a=b"`)); err != nil {
		t.Fatal(err)
	}
	if got, err := chromedp.Run(two, chromedp.Evaluate[string](`document.cookie`)); err != nil || got != "" {
		t.Errorf("%q, %v", got, err)
	}
}

// recorder counts the errors of CheckAxe.
type recorder struct {
	testing.TB
	errors int
}

func (r *recorder) Errorf(string, ...any) { r.errors++ }

func TestCheckAxeReportsViolations(t *testing.T) {
	t.Parallel()
	source := Axe(t)
	tab := Tab(t, Start(t))
	Open(t, tab, serve(t, `<!DOCTYPE html><title>x</title><img src="x"><p style="color:#ddd">pale</p>`))
	r := &recorder{TB: t}
	CheckAxe(r, tab, source)
	if r.errors < 3 { // no language, no alternative text, no contrast
		t.Errorf("axe found only %d violations", r.errors)
	}
}
