package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// The app decides about the users of its phone app as about those of its pages, and fails closed there, too.
func TestJoinHookDecidesAboutPhones(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer       http.HandlerFunc
		status       int
		code, member string
	}{
		"yes":       {says(`{"allow":true}`), http.StatusOK, "", "active"},
		"no":        {says(`{"allow":false}`), http.StatusForbidden, "join.refused", ""},
		"elsewhere": {says(`{"link":"https://app.example.test/login"}`), http.StatusAccepted, "", "pending"},
		"no answer": {says(`{}`), http.StatusServiceUnavailable, "join.unavailable", ""},
		"failed": {
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
			http.StatusServiceUnavailable, "join.unavailable", "",
		},
	} {
		g := newGate(t, c.answer)
		w := newPhoneWorld(t, g.Config)
		p := w.phone()
		nonce := p.nonce()
		tokens := p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce)
		a, got := p.send("id_token", tokens.ID, "access_token", tokens.Access, "nonce", nonce)
		if a.StatusCode != c.status || got.Code != c.code || got.Account.Status != c.member ||
			(got.Session == "") != (c.member == "") {
			t.Errorf("%s: %s %s", name, a.Status, a.body)
		}
		var active []string
		for _, s := range w.rows("SELECT status FROM users") {
			if s == "active" {
				active = append(active, s)
			}
		}
		if (len(active) == 1) != (c.member == "active") {
			t.Errorf("%s: %d users have joined", name, len(active))
		}
	}
}

func TestOversizedFormsOfPhonesAreRefused(t *testing.T) {
	t.Parallel()
	p := newPhoneWorld(t).phone()
	for _, path := range []string{"/oauth/kakao/nonce", "/oauth/kakao/token"} {
		a := p.call("POST", path, url.Values{"device": {p.device}, "x": {strings.Repeat("x", 25<<10)}})
		if a.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %s %s", path, a.Status, a.body)
		}
	}
}
