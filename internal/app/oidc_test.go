package app_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/oidc/oidctest"
)

// newWorldWithOIDC is a world with two OpenID Connect providers: "keycloak", and "entra" with callbacks by POST.
func newWorldWithOIDC(t *testing.T, changes ...func(*app.Config)) (w *world, keycloak, entra *oidctest.Server) {
	t.Helper()
	w = unstartedWorld(t)
	start := func(name, path string) *oidctest.Server {
		return oidctest.StartWith(t, oidctest.Config{
			Now: w.clock.now, Transport: toService{w},
			App: oidctest.App{
				RedirectURIs:           []string{w.srv.URL + "/oauth/" + name + "/callback"},
				PostLogoutRedirectURIs: []string{w.srv.URL + "/oauth/" + name + "/signout/callback"},
				BackChannelURL:         w.srv.URL + "/auth/webhooks/" + name + "/logout", Auto: true, IssuerPath: path,
			},
		})
	}
	keycloak, entra = start("keycloak", "/realms/demo"), start("entra", "")
	w.restart(append([]func(*app.Config){func(c *app.Config) {
		for name, emu := range map[string]*oidctest.Server{"keycloak": keycloak, "entra": entra} {
			c.OIDC = append(c.OIDC, app.OIDC{
				Name: name, Issuer: emu.Issuer(), ClientID: emu.App().ClientID, ClientSecret: emu.App().ClientSecret,
			})
		}
	}}, changes...)...)
	return w, keycloak, entra
}

// signInWithOIDC runs a whole sign-in and returns the response of the callback.
func (b *browser) signInWithOIDC(emu *oidctest.Server, name, persona string) answer {
	b.w.t.Helper()
	if err := emu.UpdateApp(func(a *oidctest.App) { a.AutoPersona = persona }); err != nil {
		b.w.t.Fatal(err)
	}
	a := b.get("/oauth/" + name + "?return_to=%2Fhello")
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), emu.URL()+"/authorize?") {
		b.w.t.Fatalf("start: %s %s %s", a.Status, a.Header.Get("Location"), a.body)
	}
	return b.get(b.get(a.Header.Get("Location")).Header.Get("Location"))
}

func TestTwoOIDCProvidersSideBySide(t *testing.T) {
	t.Parallel()
	w, keycloak, entra := newWorldWithOIDC(t)
	first, second := w.browser(), w.browser()
	for b, done := range map[*browser]answer{
		first:  first.signInWithOIDC(keycloak, "keycloak", oidctest.PersonaJeju),
		second: second.signInWithOIDC(entra, "entra", oidctest.PersonaJeju),
	} {
		if done.StatusCode != http.StatusSeeOther || strings.Contains(done.Header.Get("Location"), "login") {
			t.Fatalf("%s %s %s", done.Status, done.Header.Get("Location"), done.body)
		}
		if s := b.get("/auth/session").body; !strings.Contains(s, keycloak.Subject(oidctest.PersonaJeju)) {
			t.Errorf("session %s", s)
		}
	}
	// The same subject at two issuers is two users, and a logout token of one issuer ends no session of the other.
	d := keycloak.SendLogout(t.Context(), oidctest.PersonaJeju, oidctest.LogoutSend{NoSubject: true})
	if !d.Accept {
		t.Fatalf("%+v", d)
	}
	eventually(t, "signed out", func() bool { return !first.in() })
	if !second.in() {
		t.Error("another provider's session ended")
	}
}

func TestOIDCSignOutPassesTheHint(t *testing.T) {
	t.Parallel()
	w, keycloak, _ := newWorldWithOIDC(t)
	b := w.browser()
	b.signInWithOIDC(keycloak, "keycloak", oidctest.PersonaUlleung)
	a := b.post("/oauth/keycloak/signout", url.Values{})
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), keycloak.URL()+"/logout?") || to.Query().Get("id_token_hint") == "" {
		t.Errorf("%s %s", a.Status, a.Header.Get("Location"))
	}
}

// The hint of a sign-out is the ID token of the session that signs out, however long tokens are kept: that of another
// session would end the other one at the provider.
func TestOIDCSignOutPassesTheHintOfItsSession(t *testing.T) {
	t.Parallel()
	for _, keep := range []string{app.KeepOff, app.KeepSession, app.KeepOffline} {
		t.Run(keep, func(t *testing.T) {
			t.Parallel()
			w, keycloak, _ := newWorldWithOIDC(t, keeping(keep))
			first, second := w.browser(), w.browser()
			first.signInWithOIDC(keycloak, "keycloak", oidctest.PersonaJeju)
			second.signInWithOIDC(keycloak, "keycloak", oidctest.PersonaJeju)
			sid := func(b *browser) string {
				t.Helper()
				to := b.post("/oauth/keycloak/signout", url.Values{}).Header.Get("Location")
				hint := queryOf(t, to).Get("id_token_hint")
				parts := strings.Split(hint, ".")
				if len(parts) != 3 {
					t.Fatalf("hint %q", hint)
				}
				raw, err := base64.RawURLEncoding.DecodeString(parts[1])
				var claims struct{ SID string }
				if err != nil || json.Unmarshal(raw, &claims) != nil || claims.SID == "" {
					t.Fatalf("%v: %s", err, raw)
				}
				if b.get(to); b.in() {
					t.Error("still signed in")
				}
				return claims.SID
			}
			// The older session signs out first, when the newest tokens are those of the other one.
			one, two := sid(first), sid(second)
			if one == two {
				t.Error("both sessions passed the hint of one of them")
			}
		})
	}
}

// A service may have no provider but those of OpenID Connect.
func TestOIDCAloneSignsIn(t *testing.T) {
	t.Parallel()
	w, keycloak, _ := newWorldWithOIDC(t, func(c *app.Config) { c.Kakao = app.Kakao{} })
	b := w.browser()
	if a := b.signInWithOIDC(keycloak, "keycloak", oidctest.PersonaJeju); a.StatusCode != http.StatusSeeOther || !b.in() {
		t.Errorf("%s %s", a.Status, a.body)
	}
}

// No standard ends a link: the page must not say that it has ended or will, and the operator has nothing to repair.
func TestOIDCWithdrawalPromisesNoEndOfTheLink(t *testing.T) {
	t.Parallel()
	w, keycloak, _ := newWorldWithOIDC(t)
	b := w.browser()
	b.signInWithOIDC(keycloak, "keycloak", oidctest.PersonaJeju)
	a := b.get(withdrawPath + "/confirm")
	b.get(b.get(a.Header.Get("Location")).Header.Get("Location"))
	page := b.withdrawAndSettle().body
	if !strings.Contains(page, "keycloak is not disconnected") || !strings.Contains(page, "your keycloak account") {
		t.Error(page)
	}
	if strings.Contains(w.log.String(), "given up") {
		t.Error(w.log.String())
	}
}
