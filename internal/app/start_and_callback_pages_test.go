package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestLC13_FramedStartsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, dest := range []string{"iframe", "frame", "embed", "object"} {
		for _, path := range []string{"/oauth/kakao", "/oauth/kakao?prompt=none"} {
			b := w.browser()
			r := b.request("GET", path, nil)
			r.Header.Set("Sec-Fetch-Dest", dest)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			if a := b.do(r); a.StatusCode != http.StatusForbidden || len(a.Cookies()) != 0 {
				t.Errorf("%s in %s: %s, cookies %v", path, dest, a.Status, a.Cookies())
			}
		}
	}
	b := w.browser()
	r := b.request("GET", "/oauth/kakao", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := b.do(r); a.StatusCode != http.StatusSeeOther {
		t.Errorf("top-level from another site: %s", a.Status)
	}
}

// A callback without its attempt is not always another browser's.
func TestCallbackPageTellsBlockedCookiesFromOtherAttempts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	first := b.toCallback(kakaotest.PersonaRyan, "")
	if a := w.browser().get(first); a.StatusCode != 400 || !strings.Contains(a.body, "blocking cookies") ||
		!strings.Contains(a.body, "login.other_browser") {
		t.Errorf("without any cookie: %s %s", a.Status, a.body)
	}
	for range 3 {
		b.get("/oauth/kakao")
	}
	if a := b.get(first); a.StatusCode != 400 || !strings.Contains(a.body, "another tab") ||
		strings.Contains(a.body, "blocking cookies") {
		t.Errorf("after newer attempts: %s %s", a.Status, a.body)
	}
	other := w.browser()
	other.signIn(kakaotest.PersonaApeach, "")
	for name := range other.attempts() {
		other.forget(name)
	}
	if a := other.get(w.browser().toCallback(kakaotest.PersonaRyan, "")); strings.Contains(a.body, "blocking cookies") ||
		strings.Contains(a.body, "another tab") {
		t.Errorf("another browser that keeps cookies: %s", a.body)
	}
}

func TestPagesUnderAnotherLoopbackNameLeadToTheConfiguredOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) {
		c.URL, c.Kakao.RedirectURI = "http://localhost:6100", "http://localhost:6100/oauth/kakao/callback"
	})
	ask := func(method, address, accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, address, nil)
		r.Header.Set("Accept", accept)
		a := httptest.NewRecorder()
		w.handler.Load().ServeHTTP(a, r)
		return a
	}
	for address, want := range map[string]string{
		"http://127.0.0.1:6100/":                            "http://localhost:6100/",
		"http://[::1]:6100/auth/login?return_to=%2Fa":       "http://localhost:6100/auth/login?return_to=%2Fa",
		"http://shop.localhost:6100/oauth/kakao?remember=0": "http://localhost:6100/oauth/kakao?remember=0",
	} {
		a := ask("GET", address, "text/html")
		if a.Code != http.StatusSeeOther || a.Header().Get("Location") != want || len(a.Result().Cookies()) != 0 {
			t.Errorf("%s: %d to %q, cookies %v", address, a.Code, a.Header().Get("Location"), a.Result().Cookies())
		}
	}
	if a := ask("GET", "http://localhost:6100/", "text/html"); a.Code != http.StatusOK {
		t.Errorf("the configured name: %d", a.Code)
	}
	if a := ask("GET", "http://127.0.0.1:6100/auth/session", "application/json"); a.Code != http.StatusOK {
		t.Errorf("a program under another name: %d", a.Code)
	}
	if a := ask("GET", "http://www.shop.test/", "text/html"); a.Code != http.StatusMisdirectedRequest ||
		!strings.Contains(a.Body.String(), `href="http://localhost:6100/"`) || a.Header().Get("Location") != "" {
		t.Errorf("a host that is not ours: %d without a link to the right one: %s", a.Code, a.Body)
	}
}
