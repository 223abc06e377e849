package app_test

import (
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

const (
	claimedLink = "https://app.example.com/signed-in"
	schemeLink  = "com.example.app:/signed-in"
	localLink   = "http://127.0.0.1:49152/signed-in"
)

func withLinks(c *app.Config) {
	c.AppLinks = []string{claimedLink, schemeLink, "http://127.0.0.1/signed-in"}
	c.Origins = nil
}

var appButton = regexp.MustCompile(`<a class="button" href="([^"]+)">`)

// toApp is where the browser leads after an app opened the hand-off in it.
func (b *browser) toApp(link string) (address string) {
	b.w.t.Helper()
	a := b.get(handoffPath(link))
	if address = a.Header.Get("Location"); address == "" {
		m := appButton.FindStringSubmatch(a.body)
		if a.StatusCode != 200 || m == nil {
			b.w.t.Fatalf("%s %s", a.Status, a.body)
		}
		address = html.UnescapeString(m[1])
	}
	return address
}

func codeIn(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Query().Get("norang_code") == "" {
		t.Fatalf("%q: %v", address, err)
	}
	return u.Query().Get("norang_code")
}

// redeemApp is what an app does with a code.
func (p *phone) redeemApp(code, verifier string) answer {
	p.w.t.Helper()
	r := p.request("POST", "/auth/handoff/"+code, strings.NewReader(url.Values{"code_verifier": {verifier}}.Encode()))
	r.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, byScript: {"1"}}
	return p.do(r)
}

func TestMT11_CodeInAnAppLinkIsWorthNothingWithoutTheVerifier(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLinks)
	w.clock.stop()
	b := w.browser()
	a := b.get(handoffPath(schemeLink))
	login := a.Header.Get("Location")
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(login, "/auth/login?return_to=") {
		t.Fatalf("a stranger: %s %q", a.Status, login)
	}
	u, err := url.Parse(login)
	if err != nil {
		t.Fatal(err)
	}
	back := b.signIn(kakaotest.PersonaRyan, u.Query().Get("return_to")).Header.Get("Location")
	if back != handoffPath(schemeLink) {
		t.Fatalf("signed in, and led to %q", back)
	}
	user := b.whoami().User.ID
	for link, asks := range map[string]bool{claimedLink: false, schemeLink: true, localLink: true} {
		if page := b.get(handoffPath(link)); (page.StatusCode == 200) != asks {
			t.Errorf("%s: %s, want a question: %t", link, page.Status, asks)
		}
		address := b.toApp(link)
		if !strings.HasPrefix(address, link+"?norang_code=") || strings.Contains(address, "nrg_s_") ||
			strings.Contains(address, b.cookie(sessionCookie)) {
			t.Errorf("%s: led to %s", link, address)
		}
		code, p := codeIn(t, address), w.phone()
		for name, verifier := range map[string]string{
			"none": "", "another": pageVerifier + "x", "the challenge": challengeOf(pageVerifier),
		} {
			if a := p.redeemApp(code, verifier); a.StatusCode != 400 || strings.Contains(a.body, "nrg_s_") {
				t.Errorf("%s: verifier %s: %s", link, name, a.Status)
			}
		}
		if status, _ := w.browser().redeem("https://evil.example", code, pageVerifier); status == 200 {
			t.Errorf("%s: a page redeemed the code", link)
		}
		if a := w.opened(code, pageVerifier, "/", "none"); a.StatusCode != 400 {
			t.Errorf("%s: a web view took the code of an app: %s", link, a.Status)
		}
		a := p.redeemApp(code, pageVerifier)
		p.bearer = regexp.MustCompile(`nrg_s_[^"]+`).FindString(a.body)
		if a.StatusCode != 200 || p.whoami().User.ID != user {
			t.Errorf("%s: %s %s", link, a.Status, a.body)
		}
		if a := p.redeemApp(code, pageVerifier); a.StatusCode != 400 {
			t.Errorf("%s: used twice: %s", link, a.Status)
		}
		late := codeIn(t, b.toApp(link))
		w.clock.advance(61 * time.Second)
		if a := p.redeemApp(late, pageVerifier); a.StatusCode != 400 {
			t.Errorf("%s: after 61 seconds: %s", link, a.Status)
		}
	}
}

func TestMT11_UnlistedAppIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLinks)
	b, _ := w.member(kakaotest.PersonaRyan)
	for _, link := range []string{
		"com.example.app:/other", "com.evil.app:/signed-in", "https://app.example.com/signed-in/x", "javascript:alert(1)",
		"https://app.example.com/signed-in?x=y", "http://127.0.0.1:49152/other", "http://localhost:49152/signed-in",
		"http://127.0.0.1/signed-in", "intent://signed-in#Intent;scheme=com.example.app;end", "",
	} {
		a := b.get(handoffPath(link))
		if a.StatusCode != 400 || a.Header.Get("Location") != "" || !strings.Contains(a.body, "handoff.refused") {
			t.Errorf("%q: %s %q", link, a.Status, a.Header.Get("Location"))
		}
	}
	for _, bad := range []string{"myapp:/x", "javascript:/x", "https://app.example.com", "http://app.example.com/x"} {
		cfg := w.config()
		cfg.AppLinks = []string{bad}
		var fault *app.ConfigError
		if _, err := app.New(t.Context(), cfg); !errors.As(err, &fault) {
			t.Errorf("AppLinks %q: %v", bad, err)
		}
	}
}

// opened is the first request of a web view; site is its Sec-Fetch-Site, "" for none.
func (w *world) opened(code, verifier, returnTo, site string, header ...string) answer {
	w.t.Helper()
	return w.browser().opens("/auth/handoff/"+code+"/open", verifier, returnTo, site, header...)
}

func (b *browser) opens(address, verifier, returnTo, site string, header ...string) answer {
	b.w.t.Helper()
	form := url.Values{"code_verifier": {verifier}, "return_to": {returnTo}}
	r := b.request("POST", address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if site != "" {
		r.Header.Set("Sec-Fetch-Site", site)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return b.do(r)
}

// webView asks for a web view's address with the phone's bearer session.
func (p *phone) webView() string {
	p.w.t.Helper()
	r := p.request("POST", "/auth/handoff", strings.NewReader(
		url.Values{"code_challenge": {challengeOf(pageVerifier)}}.Encode()))
	r.Header = http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"}, byScript: {"1"}, "Authorization": {"Bearer " + p.bearer},
	}
	a := p.do(r)
	m := regexp.MustCompile(`"url":"([^"]+)","expires_in":60`).FindStringSubmatch(a.body)
	if a.StatusCode != 200 || m == nil || strings.Contains(a.body, p.bearer) {
		p.w.t.Fatalf("%s %s", a.Status, a.body)
	}
	return m[1]
}

func TestWebViewGetsACookieFromABearerSession(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t)
	p := w.phone()
	nonce := p.nonce()
	p.send("access_token", p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce).Access, "nonce", nonce)
	user := p.whoami()
	view := w.browser()
	address := p.webView()
	for name, a := range map[string]answer{
		"posted by a page": w.browser().opens(
			address, pageVerifier, "/", "cross-site", "Origin", "https://evil.example"),
		"by a sibling":          w.browser().opens(address, pageVerifier, "/", "same-site"),
		"by a sandbox":          w.browser().opens(address, pageVerifier, "/", "", "Origin", "null"),
		"another verifier":      w.browser().opens(address, pageVerifier+"x", "/", "none"),
		"to a page elsewhere":   w.browser().opens(address, "", "https://evil.example/", "none"),
		"redeemed by a program": p.redeemApp(strings.Split(address, "/")[5], pageVerifier),
	} {
		if a.StatusCode != 400 && a.StatusCode != 403 || len(a.Header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s: %s %v", name, a.Status, a.Header)
		}
	}
	a := view.opens(address, pageVerifier, "/board?page=2", "none")
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/board?page=2" {
		t.Fatalf("%s %q", a.Status, a.Header.Get("Location"))
	}
	if who := view.whoami(); who.User.ID != user.User.ID || who.Session.ID == user.Session.ID {
		t.Errorf("web view: %+v", who)
	}
	if a := w.browser().opens(address, pageVerifier, "/", "none"); a.StatusCode != 400 {
		t.Errorf("opened twice: %s", a.Status)
	}
	first := view.cookie(sessionCookie)
	if a := view.opens(p.webView(), pageVerifier, "/", "none"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("opened again: %s", a.Status)
	}
	before := w.browser()
	before.setCookie(sessionCookie, first)
	if before.whoami().SignedIn || !view.whoami().SignedIn {
		t.Error("the web view's first session lives on without a cookie")
	}
	if a := p.call("GET", "/auth/account/none", nil); !strings.HasPrefix(
		a.Header.Get("Content-Type"), "application/problem+json") {
		t.Errorf("an app gets a page: %s %s", a.Status, a.Header)
	}
	view.post("/auth/signout", nil)
	if !p.whoami().SignedIn {
		t.Error("the app was signed out with its web view")
	}
	if a := view.fetched("POST", "/auth/handoff", "", url.Values{"code_challenge": {challengeOf(pageVerifier)}},
		byScript, "1"); a.StatusCode != 401 {
		t.Errorf("without a session: %s", a.Status)
	}
	b, _ := w.member(kakaotest.PersonaApeach)
	if a := b.fetched("POST", "/auth/handoff", "", url.Values{"code_challenge": {challengeOf(pageVerifier)}},
		byScript, "1"); a.StatusCode != 401 {
		t.Errorf("with a cookie: %s", a.Status)
	}
}

func TestNewUserOfAnAppJoinsInAWebView(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t, func(c *app.Config) { c.Age = "declare" })
	p := w.phone()
	nonce := p.nonce()
	tokens := p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce)
	if a, _ := p.send("access_token", tokens.Access, "nonce", nonce); a.StatusCode != http.StatusAccepted {
		t.Fatal(a.Status)
	}
	view := w.browser()
	view.opens(p.webView(), pageVerifier, "/auth/join?return_to=%2Fjoined", "none")
	page := view.get("/auth/join?return_to=%2Fjoined")
	a := view.post("/auth/join", url.Values{
		"csrf": {hidden(t, page.body, "csrf")}, "return_to": {"/joined"}, "action": {"join"}, "age": {"1"},
	})
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/joined" {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	if p.whoami().SignedIn {
		t.Error("SE-03: the pending session lives on")
	}
	p.bearer = ""
	if a, got := p.send("access_token", tokens.Access); a.StatusCode != 200 || got.Account.User.Email == nil {
		t.Errorf("after joining: %s %s", a.Status, a.body)
	}
}
