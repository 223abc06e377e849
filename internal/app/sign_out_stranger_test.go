package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/oidc/oidctest"
)

// postFrom is a form post with these headers of the browser.
func (b *browser) postFrom(path string, header map[string]string) answer {
	b.w.t.Helper()
	r := b.request("POST", path, strings.NewReader(""))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	return b.do(r)
}

// Without a session there is no form token to ask for. Another site must still neither end the user's session at the
// provider nor stop a sign-in in another tab.
func TestSO02_AnotherSiteSignsNobodyOutWithoutASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, header := range map[string]map[string]string{
		"cross-site":          {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
		"sibling host":        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"},
		"sibling's script":    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
		"without information": {},
		"origin":              {"Origin": "https://evil.example"},
	} {
		b := w.browser()
		callback := b.toCallback(kakaotest.PersonaRyan, "/board")
		for _, path := range []string{signOutPath, outAtKakao} {
			a := b.postFrom(path, header)
			if strings.HasPrefix(a.Header.Get("Location"), w.kakao.URL()) || strings.Contains(a.body, w.kakao.URL()) ||
				len(a.Header.Values("Set-Cookie")) != 0 {
				t.Errorf("%s at %s: %s to %q %s", name, path, a.Status, a.Header.Get("Location"), a.Header["Set-Cookie"])
			}
			// The user may have pressed the button of an open page, in a browser that does not say so.
			if len(header) == 0 && a.Header.Get("Location") != "/?notice=signed_out" {
				t.Errorf("%s at %s: %s to %q", name, path, a.Status, a.Header.Get("Location"))
			}
		}
		if a := b.get(callback); a.Header.Get("Location") != "/board" || !b.in() {
			t.Errorf("%s: the sign-in ends in %s to %q", name, a.Status, a.Header.Get("Location"))
		}
	}
}

// The script of an app gets the provider's address, whether or not the session has ended meanwhile.
func TestFetchedSignOutWithoutASessionNamesTheProvidersPage(t *testing.T) {
	t.Parallel()
	const origin = "https://app.example.test"
	w := newWorld(t, func(c *app.Config) { c.Origins = []string{origin} })
	a := w.browser().fetched("POST", outAtKakao, origin, nil, byScript, "1")
	if a.StatusCode != http.StatusOK || !strings.HasPrefix(a.body, `{"kakao_logout_url":"`+w.kakao.URL()) {
		t.Errorf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	if a := w.browser().fetched("POST", outAtKakao, "https://evil.example", nil, byScript, "1"); a.StatusCode/100 == 2 {
		t.Errorf("another origin: %s %s", a.Status, a.body)
	}
}

// A session that has ended elsewhere leaves the button of an open page: it still leads to the provider's sign-out, and
// ends the attempts of other tabs.
func TestSignOutAtTheProviderWithoutASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	for _, path := range []string{signOutPath, outAtKakao} {
		callback := b.toCallback(kakaotest.PersonaRyan, "/board")
		a := b.post(path, nil)
		if to := a.Header.Get("Location"); path == outAtKakao && !strings.HasPrefix(to, w.kakao.URL()+"/oauth/logout?") ||
			path == signOutPath && to != "/?notice=signed_out" {
			t.Errorf("%s: %s to %q", path, a.Status, to)
		}
		if a := b.get(callback); b.in() {
			t.Errorf("%s: an attempt from before signs in: %s", path, a.Status)
		}
	}
	page := b.get(outAtKakao)
	if page.StatusCode != http.StatusOK || !strings.Contains(page.body, `action="/oauth/kakao/signout"`) {
		t.Errorf("page: %s %s", page.Status, page.body)
	}
	if a := b.do(b.clicks(outAtKakao)); !strings.HasPrefix(a.Header.Get("Location"), w.kakao.URL()+"/oauth/logout?") {
		t.Errorf("link: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

func TestSO07_StateOfAnotherSignOutIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	state := func(b *browser) string {
		t.Helper()
		b.signIn(kakaotest.PersonaRyan, "")
		a := b.post(outAtKakao, url.Values{"return_to": {"/bye"}})
		return queryOf(t, a.Header.Get("Location")).Get("state")
	}
	b, other := w.browser(), w.browser()
	own, theirs := state(b), state(other)
	for name, q := range map[string]string{
		"another's": "state=" + theirs, "longer": "state=" + own + "A", "shorter": "state=" + own[1:], "none": "",
		"twice": "state=" + own + "&state=" + own, "with the return URL": "state=" + own + "%2Fbye",
	} {
		if a := b.get("/oauth/kakao/signout/callback?" + q); a.Header.Get("Location") != "/" ||
			len(a.Header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s: %s to %q", name, a.Status, a.Header.Get("Location"))
		}
	}
	if a := b.get("/oauth/kakao/signout/callback?state=" + own); a.Header.Get("Location") != "/bye" {
		t.Errorf("own: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

// The ID token names the user at its issuer. Another provider must not get it.
func TestOIDCSignOutAtAnotherProviderPassesNoHint(t *testing.T) {
	t.Parallel()
	w, keycloak, entra := newWorldWithOIDC(t)
	b := w.browser()
	b.signInWithOIDC(keycloak, "keycloak", oidctest.PersonaJeju)
	a := b.post("/oauth/entra/signout", nil)
	to := a.Header.Get("Location")
	if !strings.HasPrefix(to, entra.URL()+"/logout?") || queryOf(t, to).Has("id_token_hint") || b.in() {
		t.Errorf("%s to %q", a.Status, to)
	}
}
