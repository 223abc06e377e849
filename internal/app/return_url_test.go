package app_test

import (
	"bufio"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Cases RD, end to end. The unit tests with the same ids are in package login.

// corpus reads a redirect corpus as it is sent over the wire.
func corpus(t *testing.T, name string) []string {
	t.Helper()
	f, err := os.Open("../returnurl/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if sc.Text() != "" && sc.Text()[0] != '#' {
			out = append(out, sc.Text())
		}
	}
	return out
}

// staysHere is the oracle of the corpus: whether a browser resolves the Location to our own origin.
func staysHere(own, loc string) bool {
	loc = strings.TrimPrefix(loc, own)
	if !strings.HasPrefix(loc, "/") || strings.HasPrefix(loc, "//") {
		return false
	}
	for _, c := range []byte(loc) {
		if c < 0x21 || c >= 0x7f || c == '\\' {
			return false
		}
	}
	base, _ := url.Parse(own + "/")
	u, err := base.Parse(loc)
	return err == nil && u.Scheme+"://"+u.Host == own && !strings.HasPrefix(u.EscapedPath(), "//")
}

// corpusWorld is a world at the URL that the corpora assume.
func corpusWorld(t *testing.T) *world {
	return newWorld(t, func(c *app.Config) {
		c.URL = "https://login.example.test"
		c.Kakao.RedirectURI = "https://login.example.test/oauth/kakao/callback"
		c.Kakao.SignoutRedirectURI = "https://login.example.test/oauth/kakao/signout/callback"
	})
}

// here maps a URL of the assumed host to one that this test can reach.
func (w *world) here(address string) string {
	return strings.Replace(address, "https://login.example.test", w.srv.URL, 1)
}

// finish signs a user in with return_to as written in the corpus and returns the final Location.
func finish(w *world, wire string) answer {
	b := w.browser()
	a := b.get("/oauth/kakao?login_hint=" + kakaotest.PersonaRyan + "&return_to=" + wire)
	return b.get(w.here(b.throughKakao(a.Header.Get("Location"))))
}

func TestRD01_ForbiddenReturnURLsEndToEnd(t *testing.T) {
	t.Parallel()
	w := corpusWorld(t)
	for _, wire := range corpus(t, "redirects-open.txt") {
		a := finish(w, wire)
		if loc := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther ||
			!staysHere("https://login.example.test", loc) {
			t.Errorf("%s: %s to %q", wire, a.Status, loc)
		}
		for _, name := range []string{"Set-Cookie"} {
			if strings.Contains(strings.Join(a.Header.Values(name), "\n"), "attacker") {
				t.Errorf("%s: header split: %q", wire, a.Header)
			}
		}
		// The links on the sign-in page carry only a valid return URL.
		page := w.browser().get("/auth/login?return_to=" + wire)
		if page.StatusCode != 200 ||
			strings.Contains(page.body, "evil.example") && !strings.Contains(page.body, "return_to=%2F") {
			t.Errorf("%s: sign-in page: %s", wire, page.Status)
		}
	}
}

func TestRD02_AllowedReturnURLsEndToEnd(t *testing.T) {
	t.Parallel()
	w := corpusWorld(t)
	for _, wire := range corpus(t, "redirects-allowed.txt") {
		raw, err := url.QueryUnescape(wire)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.TrimPrefix(raw, "https://login.example.test")
		loc := finish(w, wire).Header.Get("Location")
		want, _, _ = strings.Cut(want, "#") // the client does not send the fragment
		if plain, err := url.PathUnescape(loc); loc != want && (err != nil || plain != want) {
			t.Errorf("%s: to %q, want %q", wire, loc, want)
		}
	}
}

func TestRD03_RepeatedReturnToIsIgnored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.browser().get("/oauth/kakao?return_to=/ok&return_to=//evil.example")
	if a.StatusCode != 400 || a.Header.Get("Location") != "" {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
}

// RD-04: a return URL accepted at the start is checked again at the end. The list of origins was shortened in
// between.
func TestRD04_ReturnURLIsCheckedAgainAtUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "https://app.example.test/me")
	w.restart(func(c *app.Config) { c.Origins = nil })
	a := b.get(to)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/" {
		t.Errorf("%s to %q: %s", a.Status, a.Header.Get("Location"), a.body)
	}
}

func TestRD05_ProviderSignOutReturnURLIsFixed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	a := b.post(
		"/oauth/kakao/signout?logout_redirect_uri=https://evil.example&return_to=https://evil.example",
		url.Values{"return_to": {"https://evil.example"}},
	)
	u, err := url.Parse(a.Header.Get("Location"))
	if err != nil || a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s %v", a.Status, err)
	}
	if got := u.Query().Get("logout_redirect_uri"); got != w.srv.URL+"/oauth/kakao/signout/callback" {
		t.Errorf("logout_redirect_uri %q", got)
	}
	state := u.Query().Get("state")
	for query, want := range map[string]string{
		"?state=" + state + "x&return_to=//evil.example": "/",
		"?return_to=https://evil.example":                "/",
		"?state=" + state + "&state=" + state:            "/",
	} {
		if a := b.get("/oauth/kakao/signout/callback" + query); a.Header.Get("Location") != want {
			t.Errorf("%s: %s to %q", query, a.Status, a.Header.Get("Location"))
		}
	}
	if a := b.get("/oauth/kakao/signout/callback?state=" + state); a.Header.Get("Location") != "/?notice=signed_out" {
		t.Errorf("the correct state: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

func TestRD06_OverlongReturnURLEndToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "/"+strings.Repeat("a", 8191))
	for name, value := range b.attempts() {
		if len(name)+len(value) > 4096 {
			t.Errorf("cookie of %d bytes", len(name)+len(value))
		}
	}
	if a := b.get(to); a.Header.Get("Location") != "/" {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
}

func TestRD06_LongKoreanReturnURLsAreKeptAndDroppedOnesLoggedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, query := range []string{strings.Repeat("가", 60), strings.Repeat("한", 110)} { // 540 and 990 bytes encoded
		want := "/search?q=" + url.QueryEscape(query)
		if got := w.browser().signIn(kakaotest.PersonaRyan, want).Header.Get("Location"); got != want {
			t.Errorf("%d characters: back to %q", len([]rune(query)), got)
		}
	}
	const line = "return_to dropped"
	if strings.Contains(w.log.String(), line) {
		t.Error("a return URL that was kept is logged as dropped")
	}
	for _, raw := range []string{"/" + strings.Repeat("a", 3000), "https://evil.example/secret"} {
		if got := w.browser().signIn(kakaotest.PersonaRyan, raw).Header.Get("Location"); got != "/" {
			t.Errorf("%.30s: back to %q", raw, got)
		}
		w.browser().get("/auth/login?return_to=" + url.QueryEscape(raw))
	}
	if n := strings.Count(w.log.String(), line); n != 1 || strings.Contains(w.log.String(), "evil.example") {
		t.Errorf("%d lines about dropped return URLs, want one without the URL", n)
	}
}

func TestRD11_OwnActionsAreNoReturnURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, action := range []string{
		"/oauth/kakao", "/oauth/kakao?prompt=login", "/oauth/kakao/signout", "/oauth/kakao/callback?code=x&state=y",
		"/oauth/kakao/signout/callback", "/auth/signout", "/auth/account/links/add?provider=kakao",
		"/auth/account/withdraw/confirm", "/oauth/%6bakao/signout", w.srv.URL + "/oauth/kakao/signout",
	} {
		if got := w.browser().signIn(kakaotest.PersonaRyan, action).Header.Get("Location"); got != "/" {
			t.Errorf("%s: back to %q", action, got)
		}
	}
	for _, page := range []string{
		"/auth/account", "/auth/account/links", "/board", "/oauth/", "/auth/consent?feature=x",
		"/oauth/authorize?client_id=x&state=y", "/oauth/token/signout", // those of an app that is a provider itself
	} {
		if got := w.browser().signIn(kakaotest.PersonaRyan, page).Header.Get("Location"); got != page {
			t.Errorf("%s: back to %q", page, got)
		}
	}
}
