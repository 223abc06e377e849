package e2e_test

import (
	"testing"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/google/googletest"
	"github.com/norang-login/norang/line/linetest"
	"github.com/norang-login/norang/naver/navertest"
	"github.com/norang-login/norang/oidc/oidctest"
)

// otherProvider is a provider besides Kakao in a browser.
type otherProvider struct {
	name          string
	label         map[string]string // as the pages name it, by language
	user, another string            // personas
	proves        bool              // its user can link Kakao; otherwise only Kakao's user links it
	start         func(*testing.T) startedProvider
}

// startedProvider is a running emulator.
type startedProvider struct {
	address   string
	configure func(*norang.Config)
	// linked are the personas that are linked; nil if a withdrawal ends nothing at the provider.
	linked func() []string
	// end is what a persona does at the provider, which sends a notice that ends the sessions here; nil if it sends
	// none. signOut is the provider's page for a sign-out there, "" if it has none.
	end     func(persona string) bool
	signOut string
}

func otherProviders() []otherProvider {
	same := func(label string) map[string]string { return map[string]string{"ko": label, "en": label} }
	return []otherProvider{
		{
			"naver", map[string]string{"ko": "네이버", "en": "Naver"}, navertest.PersonaBoseong, navertest.PersonaHadong, false,
			startNaver,
		},
		{"google", same("Google"), googletest.PersonaMinji, googletest.PersonaJunho, false, startGoogle},
		{"apple", same("Apple"), appletest.PersonaSeorak, appletest.PersonaJeju, false, startApple},
		{"line", same("LINE"), linetest.PersonaHana, linetest.PersonaKenta, true, startLINE},
		{
			"company", map[string]string{"ko": "우리 회사", "en": "우리 회사"}, oidctest.PersonaJeju, oidctest.PersonaUlleung, true,
			startOIDC,
		},
	}
}

func startNaver(t *testing.T) startedProvider {
	emu := navertest.Start(t)
	return startedProvider{
		address: emu.URL(),
		configure: func(c *norang.Config) {
			if err := emu.UpdateApp(func(a *navertest.App) {
				a.CallbackURLs = []string{c.URL + "/oauth/naver/callback"}
				a.UnlinkURL = c.URL + "/auth/webhooks/naver/unlink"
			}); err != nil {
				t.Error(err)
			}
			c.Naver = norang.Naver{
				ClientID: emu.App().ClientID, ClientSecret: emu.App().ClientSecret, AuthURL: emu.URL(), APIURL: emu.APIURL(),
			}
		},
		linked: func() (all []string) {
			for _, l := range emu.Links() {
				all = append(all, l.Account)
			}
			return all
		},
		end: func(persona string) bool { return emu.Unlink(t.Context(), persona) },
	}
}

func startGoogle(t *testing.T) startedProvider {
	emu := googletest.Start(t)
	return startedProvider{
		address: emu.URL(),
		configure: func(c *norang.Config) {
			if err := emu.UpdateApp(func(a *googletest.App) {
				a.RedirectURIs = []string{c.URL + "/oauth/google/callback"}
				a.EventsURL = c.URL + "/auth/webhooks/google/risc"
			}); err != nil {
				t.Error(err)
			}
			c.Google = norang.Google{
				ClientID: emu.App().ClientID, ClientSecret: emu.App().ClientSecret, AuthURL: emu.URL(), APIURL: emu.APIURL(),
			}
		},
		linked: func() (all []string) {
			for _, g := range emu.Grants() {
				all = append(all, g.Account)
			}
			return all
		},
		end: func(persona string) bool { return emu.Unlink(t.Context(), persona) },
	}
}

func startApple(t *testing.T) startedProvider {
	emu := appletest.Start(t)
	return startedProvider{
		address: emu.URL(),
		configure: func(c *norang.Config) {
			if err := emu.UpdateTeam(func(team *appletest.Team) {
				team.Clients[0].ReturnURLs = []string{c.URL + "/oauth/apple/callback"}
				team.NoticeURL = c.URL + "/auth/webhooks/apple/events"
			}); err != nil {
				t.Error(err)
			}
			team := emu.Team()
			c.Apple = norang.Apple{
				ServicesID: team.ServicesID(), TeamID: team.TeamID, KeyID: team.KeyID, PrivateKey: team.PrivateKey,
				BundleIDs: []string{team.BundleID()}, AuthURL: emu.URL(), // notices name the app
			}
		},
		linked: func() (all []string) {
			for _, l := range emu.Links() {
				all = append(all, l.Account)
			}
			return all
		},
		end: func(persona string) bool { return emu.Forget(t.Context(), persona) },
	}
}

func startLINE(t *testing.T) startedProvider {
	emu := linetest.Start(t)
	return startedProvider{
		address: emu.URL(),
		configure: func(c *norang.Config) {
			if err := emu.UpdateChannel(func(ch *linetest.Channel) {
				ch.CallbackURLs = []string{c.URL + "/oauth/line/callback"}
			}); err != nil {
				t.Error(err)
			}
			c.LINE = norang.LINE{
				ChannelID: emu.Channel().ID, ChannelSecret: emu.Channel().Secret, ProviderID: emu.Channel().ProviderID,
				AuthURL: emu.URL(), APIURL: emu.ServerURL(),
			}
		},
		linked: func() (all []string) {
			for _, l := range emu.Links() {
				all = append(all, l.Account)
			}
			return all
		},
	}
}

// startOIDC runs a provider of a name of the operator's choice. Its callbacks come by POST, from another site.
func startOIDC(t *testing.T) startedProvider {
	const name = "company"
	emu := oidctest.Start(t)
	return startedProvider{
		address: emu.URL(), signOut: "/logout",
		configure: func(c *norang.Config) {
			if err := emu.UpdateApp(func(a *oidctest.App) {
				a.RedirectURIs = []string{c.URL + "/oauth/" + name + "/callback"}
				a.PostLogoutRedirectURIs = []string{c.URL + "/oauth/" + name + "/signout/callback"}
				a.BackChannelURL = c.URL + "/auth/webhooks/" + name + "/logout"
			}); err != nil {
				t.Error(err)
			}
			c.OIDC = []norang.OIDC{{
				Name: name, Label: "우리 회사", Issuer: emu.Issuer(), ClientID: emu.App().ClientID,
				ClientSecret: emu.App().ClientSecret, FormPost: true,
			}}
		},
		end: func(persona string) bool { return emu.SendLogout(t.Context(), persona, oidctest.LogoutSend{}).Accept },
	}
}
