package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/oidc/oidctest"
)

// PR-53: a logout token ends the session that it names by sid, or all of the user by sub. The same token sent again
// ends no session that began since.
func TestPR53_BackChannelLogoutEndsSessions(t *testing.T) {
	t.Parallel()
	w, emu, _ := newWorldWithOIDC(t)
	first, second, other := w.browser(), w.browser(), w.browser()
	other.signInWithOIDC(emu, "keycloak", oidctest.PersonaUlleung)
	first.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
	firstSID := emu.Session(oidctest.PersonaJeju)
	second.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
	send := func(how oidctest.LogoutSend) {
		t.Helper()
		if d := emu.SendLogout(t.Context(), oidctest.PersonaJeju, how); !d.Accept {
			t.Fatalf("%+v", d)
		}
		w.settled()
	}
	byID := oidctest.LogoutSend{NoSubject: true, Claims: map[string]any{"sid": firstSID, "jti": "one"}}
	send(byID)
	if first.in() || !second.in() || !other.in() {
		t.Fatalf("by sid: first %t, second %t, another user %t", first.in(), second.in(), other.in())
	}
	byUser := oidctest.LogoutSend{NoSession: true, Claims: map[string]any{"jti": "two"}}
	send(byUser)
	if second.in() || !other.in() {
		t.Fatalf("by sub: second %t, another user %t", second.in(), other.in())
	}
	w.clock.advance(5 * time.Minute)
	second.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
	send(byUser)
	send(byID)
	if !second.in() {
		t.Error("a repeated token ended a later session")
	}
}

// PR-53: what is no logout token for this service is answered 400 and ends nothing.
func TestPR53_OtherTokensEndNoSession(t *testing.T) {
	t.Parallel()
	w, emu, entra := newWorldWithOIDC(t)
	b := w.browser()
	b.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
	claim := func(name string, v any) oidctest.LogoutSend {
		return oidctest.LogoutSend{Claims: map[string]any{name: v}}
	}
	for name, how := range map[string]oidctest.LogoutSend{
		"another audience": claim("aud", "another"), "no events": claim("events", nil),
		"no event": claim("events", map[string]any{}), "a nonce": claim("nonce", "n"),
		"another issuer": claim("iss", entra.Issuer()), "no jti": claim("jti", nil),
		"neither sub nor sid": {NoSubject: true, NoSession: true}, "no token": {Token: "x"},
		"unsigned": {Header: map[string]any{"alg": "none"}},
	} {
		d := emu.SendLogout(t.Context(), oidctest.PersonaJeju, how)
		w.settled()
		if d.Status != http.StatusBadRequest || !b.in() {
			t.Errorf("%s: %+v, signed in %t", name, d, b.in())
		}
	}
	if n := len(w.rows("SELECT id FROM jobs WHERE kind = 'notice'")); n != 0 {
		t.Errorf("%d notices stored", n)
	}
}

// The modules of the conformance suite for RP-initiated sign-out: the provider ends its session, sends a logout token,
// and returns the browser with the state, another state, or none. What comes back with the browser ends no session
// that began since, and leads nowhere else.
func TestConformanceRPInitiatedLogout(t *testing.T) {
	t.Parallel()
	w, emu, _ := newWorldWithOIDC(t)
	for name, tt := range map[string]struct {
		change func(url.Values)
		want   string
	}{
		"oidcc-client-test-rp-init-logout":             {func(url.Values) {}, "/?notice=signed_out"},
		"oidcc-client-test-rp-init-logout-other-state": {func(q url.Values) { q.Set("state", "another") }, "/"},
		"oidcc-client-test-rp-init-logout-no-state":    {func(q url.Values) { q.Del("state") }, "/"},
	} {
		b, again := w.browser(), w.browser()
		b.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
		sid := emu.Session(oidctest.PersonaJeju)
		again.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
		to := b.post("/oauth/keycloak/signout", url.Values{}).Header.Get("Location")
		q := queryOf(t, to)
		if !strings.HasPrefix(to, emu.URL()+"/logout?") || q.Get("id_token_hint") == "" || q.Get("state") == "" ||
			q.Get("client_id") != emu.App().ClientID || q.Get("post_logout_redirect_uri") == "" || b.in() {
			t.Errorf("%s: to %s, signed in %t", name, to, b.in())
		}
		how := oidctest.LogoutSend{Claims: map[string]any{"sid": sid}}
		if d := emu.SendLogout(t.Context(), oidctest.PersonaJeju, how); !d.Accept {
			t.Errorf("%s: %+v", name, d)
		}
		w.settled()
		back, err := url.Parse(b.get(to).Header.Get("Location"))
		if err != nil || back.Path != "/oauth/keycloak/signout/callback" {
			t.Fatalf("%s: back at %s, %v", name, back, err)
		}
		q = back.Query()
		tt.change(q)
		back.RawQuery = q.Encode()
		if a := b.get(back.String()); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != tt.want || b.in() {
			t.Errorf("%s: %s to %q, signed in %t", name, a.Status, a.Header.Get("Location"), b.in())
		}
		if !again.in() {
			t.Errorf("%s: another session of the user ended", name)
		}
	}
}
