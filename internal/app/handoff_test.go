package app_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

const (
	previewOrigin = "https://pr-7.apps.example.test" // a wildcard of the world's origins covers it
	previewPage   = previewOrigin + "/board?page=2"
	pageVerifier  = "a-verifier-that-only-the-page-knows-0123456789"
)

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func handoffPath(returnTo string) string {
	return "/auth/handoff?" + url.Values{"return_to": {returnTo}, "code_challenge": {challengeOf(pageVerifier)}}.Encode()
}

// code fetches a code for a page and returns it with the address that the browser is led to.
func (b *browser) handoffCode(returnTo string) (code, address string) {
	b.w.t.Helper()
	a := b.get(handoffPath(returnTo))
	address = a.Header.Get("Location")
	u, err := url.Parse(address)
	if err != nil || a.StatusCode != http.StatusSeeOther || !u.Query().Has("norang_code") {
		b.w.t.Fatalf("%s %q %s", a.Status, address, a.body)
	}
	return u.Query().Get("norang_code"), address
}

// redeem is what the page does with a code; page is its origin.
func (b *browser) redeem(page, code, verifier string) (status int, bearer string) {
	b.w.t.Helper()
	a := b.fetched("POST", "/auth/handoff/"+code, page, url.Values{"code_verifier": {verifier}}, byScript, "1")
	var got struct{ Session string }
	if a.StatusCode == http.StatusOK {
		if err := json.Unmarshal([]byte(a.body), &got); err != nil {
			b.w.t.Fatal(err)
		}
		if allowed := a.Header.Get("Access-Control-Allow-Origin"); allowed != page {
			b.w.t.Errorf("Access-Control-Allow-Origin %q, want %q", allowed, page)
		}
	}
	if len(a.Header.Values("Set-Cookie")) != 0 {
		b.w.t.Errorf("a cookie is set: %v", a.Header)
	}
	return a.StatusCode, got.Session
}

func TestMT11_HandoffCodeWorksOnceForItsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, issuing)
	b, user := w.member(kakaotest.PersonaRyan)
	page := w.browser() // has no cookie of the service
	code, address := b.handoffCode(previewPage)
	if !strings.HasPrefix(address, previewOrigin+"/board?") || !strings.Contains(address, "page=2") ||
		strings.Contains(address, b.cookie(sessionCookie)) {
		t.Errorf("led to %s", address)
	}
	for name, c := range map[string]struct{ origin, code, verifier string }{
		"another verifier":   {previewOrigin, code, pageVerifier + "x"},
		"no verifier":        {previewOrigin, code, ""},
		"the challenge":      {previewOrigin, code, challengeOf(pageVerifier)},
		"another page":       {"https://pr-8.apps.example.test", code, pageVerifier},
		"no origin":          {"", code, pageVerifier},
		"an altered code":    {previewOrigin, code[:len(code)-1] + "_", pageVerifier},
		"an invented code":   {previewOrigin, "x", pageVerifier},
		"a foreign page":     {"https://evil.example", code, pageVerifier},
		"a session's cookie": {previewOrigin, b.cookie(sessionCookie), pageVerifier},
	} {
		if status, bearer := page.redeem(c.origin, c.code, c.verifier); status != 400 && status != 403 || bearer != "" {
			t.Errorf("%s: %d", name, status)
		}
	}
	status, bearer := page.redeem(previewOrigin, code, pageVerifier)
	if status != 200 || !strings.HasPrefix(bearer, "nrg_s_") {
		t.Fatalf("%d %q", status, bearer)
	}
	if status, _ := page.redeem(previewOrigin, code, pageVerifier); status != 400 {
		t.Errorf("used twice: %d", status)
	}

	// The bearer session works for the page without cookies, and is another one than the browser's.
	who := page.fetched("GET", "/auth/session", previewOrigin, nil, "Authorization", "Bearer "+bearer)
	if !strings.Contains(who.body, user) || strings.Contains(who.body, b.whoami().Session.ID) ||
		who.Header.Get("Access-Control-Allow-Origin") != previewOrigin ||
		who.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("session: %v %s", who.Header, who.body)
	}
	token := page.fetched("POST", "/auth/token", previewOrigin, url.Values{"audience": {"strict"}}, byScript, "1",
		"Authorization", "Bearer "+bearer)
	if token.StatusCode != 200 {
		t.Errorf("token: %s %s", token.Status, token.body)
	}
	out := page.fetched("POST", "/auth/signout", previewOrigin, nil, byScript, "1", "Authorization", "Bearer "+bearer)
	if out.StatusCode != 204 || len(out.Header.Values("Set-Cookie")) != 0 || out.Header.Get("Clear-Site-Data") != "" {
		t.Errorf("sign-out: %s %v", out.Status, out.Header)
	}
	if a := page.fetched("GET", "/auth/session", previewOrigin, nil, "Authorization", "Bearer "+bearer); strings.Contains(
		a.body, user) {
		t.Error("the bearer session still lives")
	}
	if !b.in() {
		t.Error("the browser's own session ended with it")
	}
}

func TestMT11_HandoffCodeExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.stop()
	b, _ := w.member(kakaotest.PersonaRyan)
	early, _ := b.handoffCode(previewPage)
	late, _ := b.handoffCode(previewPage)
	ended, _ := b.handoffCode(previewPage)
	w.clock.advance(59 * time.Second)
	if status, _ := w.browser().redeem(previewOrigin, early, pageVerifier); status != 200 {
		t.Errorf("after 59 seconds: %d", status)
	}
	b.post("/auth/signout", nil)
	if status, _ := w.browser().redeem(previewOrigin, ended, pageVerifier); status != 400 {
		t.Errorf("after the sign-out: %d", status)
	}
	w.clock.advance(2 * time.Second)
	if status, _ := w.browser().redeem(previewOrigin, late, pageVerifier); status != 400 {
		t.Errorf("after 61 seconds: %d", status)
	}
}

func TestMT11_HandoffToAnUnlistedPageIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	member, _ := w.member(kakaotest.PersonaRyan)
	for name, b := range map[string]*browser{"signed in": member, "stranger": w.browser()} {
		for _, path := range []string{
			handoffPath("https://evil.example/"), handoffPath("https://app.example.test.evil.example/"), handoffPath("/own"),
			handoffPath(w.srv.URL + "/own"), handoffPath("myapp://callback"), handoffPath(""),
			"/auth/handoff?return_to=https%3A%2F%2Fevil.example", handoffPath(previewPage) + "&return_to=" +
				url.QueryEscape(listedOrigin),
		} {
			if a := b.get(path); a.StatusCode != 400 || !strings.Contains(a.body, "handoff.refused") {
				t.Errorf("%s, %s: %s", name, path, a.Status)
			}
		}
	}
}

// A challenge that is missing or malformed is the mistake of the page or app, and the log says which; norang's settings
// are right.
func TestMT11_HandoffWithoutChallengeIsABadRequest(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t, func(c *app.Config) { c.AppLinks = []string{schemeLink} })
	p := w.phone()
	nonce := p.nonce()
	p.send("id_token", p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce).ID, "nonce", nonce)
	for query, why := range map[string]string{
		"":                     "no code_challenge",
		"code_challenge=":      "code_challenge of 0 characters",
		"code_challenge=short": "code_challenge of 5 characters",
		"code_challenge=a&code_challenge=" + challengeOf(pageVerifier): "2 code_challenge parameters",
	} {
		for _, to := range []string{previewPage, schemeLink} {
			a := w.browser().get("/auth/handoff?" + query + "&return_to=" + url.QueryEscape(to))
			if a.StatusCode != 400 || !strings.Contains(a.body, "request.bad") {
				t.Errorf("page, %q to %s: %s %s", query, to, a.Status, a.body)
			}
		}
		form, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if a := p.call("POST", "/auth/handoff", form); a.StatusCode != 400 || !strings.Contains(a.body, "request.bad") {
			t.Errorf("app, %q: %s %s", query, a.Status, a.body)
		}
		if !strings.Contains(w.log.String(), why) {
			t.Errorf("%q: the log lacks %q", query, why)
		}
	}
}

// A stranger signs in first and is led to the page with a code.
func TestHandoffContinuesAfterTheSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	a := b.get(handoffPath(previewPage))
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || to.Path != "/auth/login" {
		t.Fatalf("%s %s", a.Status, a.Header.Get("Location"))
	}
	back := b.signIn(kakaotest.PersonaRyan, to.Query().Get("return_to")).Header.Get("Location")
	if back != handoffPath(previewPage) {
		t.Fatalf("after the sign-in: %s", back)
	}
	code, _ := b.handoffCode(previewPage)
	if status, _ := w.browser().redeem(previewOrigin, code, pageVerifier); status != 200 {
		t.Errorf("%d", status)
	}
}

// A request with a bearer token has no cookie: one that is sent along is not read, and none is set or deleted.
func TestBearerTakesThePlaceOfTheCookie(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, user := w.member(kakaotest.PersonaRyan)
	other, another := w.member(kakaotest.PersonaApeach)
	code, _ := other.handoffCode(previewPage)
	_, bearer := w.browser().redeem(previewOrigin, code, pageVerifier)
	ask := func(path, authorization string) answer {
		return b.fetched("GET", path, "", nil, "Authorization", authorization)
	}
	if a := ask("/auth/session", "Bearer "+bearer); !strings.Contains(a.body, another) || strings.Contains(a.body, user) {
		t.Errorf("with both: %s", a.body)
	}
	if a := ask("/auth/verify", "Bearer "+bearer); a.Header.Get("Remote-User") != another {
		t.Errorf("verify with both: %v", a.Header)
	}
	invalid := "Bearer nrg_s_" + strings.Repeat("A", 48)
	for _, path := range []string{"/auth/session", "/auth/verify", "/auth/account"} {
		a := ask(path, invalid)
		if strings.Contains(a.body, user) || a.Header.Get("Remote-User") != "" || len(a.Header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s with an invalid bearer: %s %v %s", path, a.Status, a.Header, a.body)
		}
	}
	for _, foreign := range []string{"Bearer eyJ.x.y", "Basic dTpw", "Token abc"} {
		if a := ask("/auth/verify", foreign); a.Header.Get("Remote-User") != user {
			t.Errorf("%s: %v", foreign, a.Header)
		}
	}
	if !b.in() {
		t.Error("the cookie's session is gone")
	}
}

func TestWithoutOriginsThereIsNoHandoff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Origins = nil })
	b, _ := w.member(kakaotest.PersonaRyan)
	if a := b.get(handoffPath(previewPage)); a.StatusCode != 400 || !strings.Contains(a.body, "handoff.refused") {
		t.Errorf("%s", a.Status)
	}
}
