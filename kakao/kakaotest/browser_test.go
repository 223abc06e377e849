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

	"github.com/chromedp/cdproto/network"
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

// TestBrowserLogin: a user with only a keyboard logs in on a phone-sized screen. The service is on another host name
// than the emulator, so that wrong SameSite attributes show.
func TestBrowserLogin(t *testing.T) {
	t.Parallel()
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
	// The user is linked, and the session cookie is sent although the link is on another site, so there is no page.
	before := len(emu.Requests())
	run(t, ctx, chromedp.Navigate(base), chromedp.Click("#go"), chromedp.WaitVisible("#done"))
	if got := emu.Requests()[before:]; len(got) != 1 || got[0].Endpoint != "oauth/authorize" ||
		got[0].Account != "ryan" {
		t.Errorf("the second login: %+v", got)
	}
}

// everyPage lists the addresses of all pages.
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
		"requests":  emu.URL() + "/-/",
		"apps":      emu.URL() + "/-/apps",
		"app":       emu.URL() + "/-/apps/1000001",
		"personas":  emu.URL() + "/-/personas",
		"persona":   emu.URL() + "/-/personas/full",
		"links":     emu.URL() + "/-/links",
		"webhooks":  emu.URL() + "/-/webhooks",
		"faults":    emu.URL() + "/-/faults",
		"emulator":  emu.URL() + "/-/emulator",
		"connected": u("/-/connected", url.Values{"account": {"apeach"}}),
	}
}

// TestPagesInABrowser: no page overflows, loads from another origin or has accessibility violations, in both
// languages, light and dark, on a phone and on a desktop. NORANG_SCREENSHOTS=DIR saves pictures.
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
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
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			screens, console := browsertest.Screens(), strings.HasPrefix(address, emu.URL()+"/-/")
			if console && name != "requests" && name != "connected" {
				screens = []browsertest.Screen{screens[0], screens[3]} // a phone in light and a desktop in dark colours
			}
			tab := browsertest.Tab(t, browser)
			if !console || name == "requests" { // the other pages of the console are the same without a session
				run(t, tab, chromedp.Navigate(emu.URL()+"/oauth/authorize?"+authorizeParams(emu).Encode()),
					chromedp.Click(`button[value=ryan]`), chromedp.WaitVisible(`button[value=agree]`))
			}
			if os.Getenv(screenshots) == "" {
				browsertest.Hide(t, tab)
			}
			browsertest.PreloadAxe(t, tab, axe)
			if name == "requests" {
				holdLog(t, tab)
			}
			for _, lang := range []string{"ko", "en"} {
				sep := "?"
				if strings.Contains(address, "?") {
					sep = "&"
				}
				run(t, tab, chromedp.Navigate(address+sep+"lang="+lang), chromedp.WaitReady("main"))
				browsertest.CheckScreens(t, tab, lang+"-", screens, func(t *testing.T, _ browsertest.Screen) {
					checkPage(t, tab)
					picture(t, tab)
				})
			}
		})
	}
}

// holdLog keeps the request log in the tab as it was loaded: the rows that other tests add would move the layout that
// CheckScreens compares.
func holdLog(t *testing.T, tab context.Context) {
	t.Helper()
	_, err := chromedp.Call(tab, network.Enable, network.EnableParams{})
	if err == nil {
		_, err = chromedp.Call(tab, network.SetBlockedURLs, network.SetBlockedURLsParams{
			URLPatterns: []*network.BlockPattern{{URLPattern: "http://*:*/-/rows*", Block: true}},
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// checkPage checks what is fetched for the page in the tab, and its width beside a scroll bar.
func checkPage(t *testing.T, tab context.Context) {
	t.Helper()
	const overflow = `document.documentElement.scrollWidth - document.documentElement.clientWidth`
	if n := evaluate(t, tab, chromedp.Evaluate[int](overflow)); n > 0 {
		t.Errorf("the page is %d pixels too wide", n)
	}
	const foreign = `performance.getEntriesByType("resource").map(e => e.name).` +
		`filter(name => !name.startsWith(location.origin)).join(" ")`
	if got := evaluate(t, tab, chromedp.Evaluate[string](foreign)); got != "" {
		t.Errorf("fetched from another origin: %s", got)
	}
}

// screenshots is the setting that names a directory for them.
const screenshots = "NORANG_SCREENSHOTS"

func picture(t *testing.T, tab context.Context) {
	t.Helper()
	dir := os.Getenv(screenshots)
	if dir == "" {
		return
	}
	png := evaluate(t, tab, chromedp.CaptureScreenshot())
	if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestConsoleShowsRequestsLive: a new request appears in the open console, and its details open by keyboard.
func TestConsoleShowsRequestsLive(t *testing.T) {
	t.Parallel()
	tab := browsertest.Tab(t, browsertest.Start(t))
	emu := auto(t)
	run(t, tab, chromedp.Navigate(emu.URL()+"/-/?lang=en"), chromedp.WaitVisible("#requests .none"))
	exchange(t, emu, "x", "client_secret", "wrong")
	run(t, tab, chromedp.WaitVisible("#requests li.bad"), chromedp.Focus("#requests li.bad summary"),
		chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible("#requests li.bad details[open] .sent"))
	if got := evaluate(t, tab, chromedp.Text("#requests")); !strings.Contains(got, "KOE010") ||
		!strings.Contains(got, "client_id=") || strings.Contains(got, "Nothing yet") {
		t.Errorf("the log: %s", got)
	}
}
