package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestMain(m *testing.M) {
	PreferShell()
	os.Exit(Main(m))
}

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

func TestReplacedDocumentsShareNoViewport(t *testing.T) {
	t.Parallel()
	const head = `<!DOCTYPE html><html lang="en"><title>x</title>`
	tab := Tab(t, Start(t))
	Hide(t, tab)
	phone := Screens()[0]
	Show(t, tab, phone)
	Open(t, tab, serve(t, head))
	const sized = head + `<meta name="viewport" content="width=device-width">`
	for _, c := range []struct {
		document string
		want     int64
	}{{sized, phone.Width}, {head, 980}, {sized, phone.Width}} {
		Replace(t, tab, c.document)
		if got, err := chromedp.Run(tab, chromedp.Evaluate[int64](`innerWidth`)); err != nil || got != c.want {
			t.Errorf("%s: %d px wide, want %d (%v)", c.document, got, c.want, err)
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

// TestAProfileIsEmptyForTheNextTest uses all that a page can store, in two tabs one after the other.
func TestAProfileIsEmptyForTheNextTest(t *testing.T) {
	browser := Start(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/worker.js" {
			w.Header().Set("Content-Type", "text/javascript")
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!DOCTYPE html><meta name="viewport" content="width=device-width"><title>x</title>`)
	}))
	t.Cleanup(s.Close)
	const look = `(async () => [document.cookie, localStorage.length, sessionStorage.length, innerWidth === 360,
		(await caches.keys()).length, (await indexedDB.databases()).length,
		(await navigator.serviceWorker.getRegistrations()).length].join())()`
	const fill = `(async () => {
		document.cookie = "a=b; Max-Age=600"; localStorage.a = sessionStorage.a = "b"; await caches.open("a");
		await new Promise(done => { indexedDB.open("a").onsuccess = done });
		await navigator.serviceWorker.register("/worker.js");
	})()`
	for range 2 {
		t.Run("tab", func(t *testing.T) {
			tab := Tab(t, browser)
			Open(t, tab, s.URL)
			evaluate := func(expression, want string) {
				t.Helper()
				got, err := chromedp.Run(tab, chromedp.Evaluate[string](expression, chromedp.EvalAwaitPromise))
				if err != nil || got != want {
					t.Errorf("%q (%v), want %q", got, err, want)
				}
			}
			evaluate(look, ",0,0,false,0,0,0")
			Show(t, tab, Screens()[0])
			evaluate(fill+`.then(() => `+look+`)`, "a=b,1,1,true,1,1,1")
		})
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

// TestCheckScreenReportsFaults checks pages with one fault each, on a light screen and then on a dark one.
func TestCheckScreenReportsFaults(t *testing.T) {
	t.Parallel()
	tab := Tab(t, Start(t))
	Hide(t, tab)
	PreloadAxe(t, tab, Axe(t))
	const page = `<!DOCTYPE html><html lang="en"><title>x</title>` +
		`<meta name="viewport" content="width=device-width"><main><h1>x</h1>`
	Open(t, tab, serve(t, page))
	phone := Screens()[:2]
	for name, c := range map[string]struct {
		fault       string
		light, dark int // errors
	}{
		"none":           {`<p>text`, 0, 0},
		"label":          {`<input>`, 1, 0}, // on the dark screen this rule need not run again
		"light contrast": {`<style>@media (prefers-color-scheme: light) { p { color: #ddd } }</style><p>pale`, 1, 0},
		"dark contrast":  {`<style>@media (prefers-color-scheme: dark) { p { color: #ddd } }</style><p>pale`, 0, 1},
		"dark layout":    {`<style>@media (prefers-color-scheme: dark) { p { margin: 9px } }</style><p>moved`, 0, 1},
		"transition": {`<style>p { color: #000; transition: color 1h }
			@media (prefers-color-scheme: dark) { p { color: #ddd } }</style><p>pale in an hour`, 0, 1},
		"id":    {`<p id="a">one<p id="a">two`, 1, 1},
		"width": {`<p style="width: 400px">wide`, 1, 1},
	} {
		Replace(t, tab, page+c.fault)
		var light *sight
		for i, want := range []int{c.light, c.dark} {
			Show(t, tab, phone[i])
			r := &recorder{TB: t}
			light = checkScreen(r, tab, phone[i], light)
			if r.errors != want {
				t.Errorf("%s on %s: %d errors, want %d", name, phone[i].Name, r.errors, want)
			}
		}
	}
}
