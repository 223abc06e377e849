package app_test

import (
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/oidc/oidctest"
)

// oidcJourney is an OpenID Connect provider in the tests of all providers. There is nothing to unlink: its notice ends
// the sessions.
func oidcJourney(t *testing.T, w *world) *journey { return journeyOfOIDC(t, w, "keycloak", false) }

// oidcPostJourney is one whose callbacks come by POST.
func oidcPostJourney(t *testing.T, w *world) *journey { return journeyOfOIDC(t, w, "entra", true) }

func journeyOfOIDC(t *testing.T, w *world, name string, post bool) *journey {
	emu := oidctest.StartWith(t, oidctest.Config{
		Now: w.clock.now, Transport: toService{w},
		App: oidctest.App{
			RedirectURIs:           []string{w.srv.URL + "/oauth/" + name + "/callback"},
			PostLogoutRedirectURIs: []string{w.srv.URL + "/oauth/" + name + "/signout/callback"},
			BackChannelURL:         w.srv.URL + "/auth/webhooks/" + name + "/logout", Auto: true, IssuerPath: "/" + name,
		},
	})
	return &journey{
		name: name, label: name, url: emu.URL(), people: [2]string{oidctest.PersonaJeju, oidctest.PersonaUlleung},
		configure: func(c *app.Config) {
			c.OIDC = append(c.OIDC, app.OIDC{
				Name: name, Issuer: emu.Issuer(), ClientID: emu.App().ClientID, ClientSecret: emu.App().ClientSecret,
				FormPost: post,
			})
		},
		turnOff: func(c *app.Config) {
			for i, o := range c.OIDC {
				if o.Name == name {
					c.OIDC = append(c.OIDC[:i:i], c.OIDC[i+1:]...)
					return
				}
			}
		},
		namespace: emu.Issuer(),
		as: func(persona string) {
			if err := emu.UpdateApp(func(a *oidctest.App) { a.AutoPersona = persona }); err != nil {
				t.Fatal(err)
			}
		},
		subject: emu.Subject,
		doubles: func(subject string) (string, error) {
			return "double", emu.AddAccount(oidctest.Account{ID: "double", Subject: subject, Name: "Double"})
		},
		calls: func() (n int) {
			for _, r := range emu.Requests() {
				if r.Endpoint == "token" && r.Params["grant_type"] == "authorization_code" {
					n++
				}
			}
			return n
		},
		unlink: func(persona string) {
			if d := emu.SendLogout(t.Context(), persona, oidctest.LogoutSend{}); !d.Accept {
				t.Errorf("logout token: %+v", d)
			}
		},
	}
}
