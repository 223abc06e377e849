package kakaotest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/kakao/kakaotest"
)

func run(t *testing.T, tab context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(tab, steps...); err != nil {
		t.Fatal(err)
	}
}

func evaluate[T any](t *testing.T, tab context.Context, action chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(tab, action)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestBrowserLogin: a person with a keyboard alone logs in, on a phone's width, from a service on another host name,
// so that faults of SameSite do not stay hidden.
func TestBrowserLogin(t *testing.T) {
	ctx := browsertest.Tab(t, browsertest.Start(t))
	service := http.NewServeMux()
	codes := make(chan string, 2)
	service.HandleFunc("/cb", func(w http.ResponseWriter, r *http.Request) {
		codes <- r.FormValue("code")
		fmt.Fprintf(w, "<p id=done>%s</p>", r.FormValue("state"))
	})
	base := strings.Replace(newLocal(t, service), "127.0.0.1", "localhost", 1)
	emu := kakaotest.StartWith(t, kakaotest.Config{Apps: []kakaotest.App{{RedirectURIs: []string{base + "/cb"},
		LogoutRedirectURIs: []string{base + "/cb"}}}})
	service.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		q := authorizeParams(emu, "redirect_uri", base+"/cb")
		fmt.Fprintf(w, `<a id=go href="%s/oauth/authorize?%s">go</a>`, emu.URL(),
			strings.ReplaceAll(q.Encode(), "&", "&amp;"))
	})
	browsertest.Show(t, ctx, browsertest.Screens()[0])
	run(t, ctx, chromedp.Navigate(base), chromedp.Click("#go"),
		chromedp.WaitVisible("#account"), chromedp.Focus("#account"),
		chromedp.KeyEvent("ryan@example.com"+kb.Tab+"any"+kb.Enter),
		chromedp.WaitVisible(`button[value=agree]`), chromedp.Focus(`button[value=agree]`),
		chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible("#done"))
	if state := evaluate(t, ctx, chromedp.Text("#done")); state != "s-1" {
		t.Errorf("state %q", state)
	}
	for _, r := range emu.Requests() {
		if r.Code != "" {
			t.Errorf("the log has an error: %+v", r)
		}
	}
	if r := exchange(t, emu, <-codes, "redirect_uri", base+"/cb"); r.status != 200 {
		t.Fatalf("token: %s", r.body)
	}
	// Linked, and the session's cookie goes along although the link comes from another site: no page this time.
	before := len(emu.Requests())
	run(t, ctx, chromedp.Navigate(base), chromedp.Click("#go"), chromedp.WaitVisible("#done"))
	if got := emu.Requests()[before:]; len(got) != 1 || got[0].Endpoint != "oauth/authorize" ||
		got[0].Account != "ryan" {
		t.Errorf("the second login: %+v", got)
	}
}

// everyPage walks the pages that a person can meet.
func everyPage(t *testing.T, emu *kakaotest.Server) map[string]string {
	t.Helper()
	u := func(path string, q url.Values) string { return emu.URL() + path + "?" + q.Encode() }
	return map[string]string{
		"login":   u("/oauth/authorize", authorizeParams(emu, "prompt", "login", "login_hint", "no-email")),
		"create":  u("/oauth/authorize", authorizeParams(emu, "prompt", "create")),
		"consent": u("/oauth/authorize", authorizeParams(emu)),
		"logout": u("/oauth/logout", url.Values{"client_id": {emu.App().RESTKey},
			"logout_redirect_uri": {signedOut}}),
		"error":     u("/oauth/authorize", authorizeParams(emu, "redirect_uri", callback+"/")),
		"lost":      u("/login", url.Values{"tx": {"gone"}}),
		"console":   emu.URL() + "/-/",
		"connected": u("/-/connected", url.Values{"account": {"apeach"}}),
	}
}

// TestPagesInABrowser: on every page, in both languages, light and dark, on a phone and on a desk: nothing sticks out
// to the side, nothing breaks the content security policy, and axe finds no fault. With NORANG_SCREENSHOTS=DIR it
// leaves pictures there.
func TestPagesInABrowser(t *testing.T) {
	browser := browsertest.Start(t)
	axe := browsertest.Axe(t)
	emu := kakaotest.StartWith(t, kakaotest.Config{Apps: []kakaotest.App{{RedirectURIs: []string{callback},
		LogoutRedirectURIs: []string{signedOut},
		UnlinkWebhook:      kakaotest.UnlinkWebhook{URL: "http://127.0.0.1:1/"},
		Terms: []kakaotest.Term{{Tag: "use", Title: "이용약관", URL: "http://localhost:5000/terms",
			Required: true}, {Tag: "news", Title: "혜택 소식 받기"}}}}})
	approved, err := emu.Approve(kakaotest.Approval{Account: "apeach"})
	if err != nil {
		t.Fatal(err)
	}
	exchange(t, emu, approved.Code)
	exchange(t, emu, "x", "client_id", "")
	emu.Unlink(0, "apeach", "")
	wait(t, emu)
	if approved, err = emu.Approve(kakaotest.Approval{Account: "apeach"}); err != nil {
		t.Fatal(err)
	}
	exchange(t, emu, approved.Code)
	script(t, emu, kakaotest.Scenario{Endpoint: "oauth/tokeninfo", Code: "KOE003", Times: 3})
	for name, address := range everyPage(t, emu) {
		tab := browsertest.Tab(t, browser)
		run(t, tab, chromedp.Navigate(emu.URL()+"/oauth/authorize?"+authorizeParams(emu).Encode()),
			chromedp.Click(`button[value=ryan]`), chromedp.WaitVisible(`button[value=agree]`))
		for _, lang := range []string{"ko", "en"} {
			for _, screen := range browsertest.Screens() {
				t.Run(name+"-"+lang+"-"+screen.Name, func(t *testing.T) {
					sep := "?"
					if strings.Contains(address, "?") {
						sep = "&"
					}
					browsertest.Show(t, tab, screen)
					run(t, tab, chromedp.Navigate(address+sep+"lang="+lang), chromedp.WaitReady("main"))
					if n := evaluate(t, tab,
						chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`)); n > 0 {
						t.Errorf("%d pixels stick out", n)
					}
					browsertest.CheckAxe(t, tab, axe)
					if got := evaluate(t, tab,
						chromedp.Evaluate[string](`
						performance.getEntriesByType("resource").filter(e => !e.name.startsWith(location.origin)).map(e => e.name).join(" ")`)); got != "" {
						t.Errorf("fetched from elsewhere: %s", got)
					}
					picture(t, tab)
				})
			}
		}
	}
}

func picture(t *testing.T, tab context.Context) {
	t.Helper()
	dir := os.Getenv("NORANG_SCREENSHOTS")
	if dir == "" {
		return
	}
	png := evaluate(t, tab, chromedp.CaptureScreenshot())
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(t.Name())+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}
