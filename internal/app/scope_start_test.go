package app_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Kakao issues no ID token for a request that names scopes without openid.
func TestCI13_StartWithScopesKeepsTheIDToken(t *testing.T) {
	t.Parallel()
	items := []string{"profile_nickname", "profile_image", "account_email"}
	w := newWorld(t, func(c *app.Config) { c.Kakao.Scopes = items })
	lists := [][]string{items, {items[2], items[0]}}
	for _, item := range items {
		lists = append(lists, []string{item})
	}
	for _, list := range lists {
		for _, separator := range []string{",", " "} {
			b := w.browser()
			start := "/oauth/kakao?" + url.Values{"scope": {strings.Join(list, separator)}}.Encode()
			a := b.get(start)
			to, err := url.Parse(a.Header.Get("Location"))
			if err != nil || a.StatusCode != http.StatusSeeOther {
				t.Fatalf("%s: %s %v", start, a.Status, err)
			}
			q := to.Query()
			asked := strings.Split(q.Get("scope"), ",")
			if !slices.Contains(asked, "openid") || len(asked) != len(list)+1 || len(q.Get("nonce")) != 43 {
				t.Errorf("%s: scope %q, nonce %q", start, asked, q.Get("nonce"))
			}
			withHint := withQuery(t, to.String(), func(q url.Values) { q.Set("login_hint", kakaotest.PersonaRyan) })
			if a := b.get(b.throughKakao(withHint)); a.StatusCode != http.StatusSeeOther || !b.in() {
				t.Errorf("%s: %s %s", start, a.Status, a.body)
			}
			// The ID token counts.
			if err := w.kakao.Script(token(kakaotest.IDTokenFault{Tamper: true})); err != nil {
				t.Fatal(err)
			}
			forged := w.browser()
			a = forged.get(start)
			a = forged.get(forged.throughKakao(withQuery(t, a.Header.Get("Location"), func(q url.Values) {
				q.Set("login_hint", kakaotest.PersonaRyan)
			})))
			if a.StatusCode < 400 || forged.in() {
				t.Errorf("%s: a forged ID token was accepted: %s", start, a.Status)
			}
			w.kakao.ClearScenarios()
		}
	}
}

// OpenID Connect switched off in Kakao's console is reported once, with the place to switch it on.
func TestCI13_OpenIDConnectSwitchedOffIsReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.kakao.UpdateApp(0, func(a *kakaotest.App) { a.OIDCOff = true }); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if b, _ := w.signedIn(kakaotest.PersonaRyan); !b.in() {
			t.Fatal("not signed in")
		}
	}
	if n := strings.Count(w.log.String(), "OpenID Connect is off"); n != 1 {
		t.Errorf("%d lines about it in the log", n)
	}
}
