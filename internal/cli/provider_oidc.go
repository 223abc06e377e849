package cli

import (
	"cmp"
	"context"
	"net/url"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/oidc/errcode"
	"github.com/norang-login/norang/oidc/oidctest"
)

// oidcCommands is the entry of OpenID Connect in the list of further providers. init asks for the name of one first.
var oidcCommands = furtherProvider{
	name: "oidc", brand: i18n.Text{Ko: "OpenID Connect", En: "OpenID Connect"}, port: 5007, otherSite: true, early: true,
	button:   i18n.Text{Ko: "OpenID Connect 로그인", En: "Sign in with OpenID Connect"},
	emulator: newOIDCEmulator, questions: []question{oidcNameQuestion},
	example: `
[oidc] # the emulator of an OpenID Connect provider, started as well
listen = "localhost:5007"

[oidc.app]
client_id = "emu-oidc-client"
client_secret = "emu-oidc+secret/1=%"
redirect_uris = ["http://localhost:5000/oauth/emulator/callback"]
post_logout_redirect_uris = ["http://localhost:5000/oauth/emulator/signout/callback"]
backchannel_url = "http://localhost:5000/auth/webhooks/emulator/logout"
issuer_path = "" # "/realms/demo": an issuer with a path, as at Keycloak
trailing_slash = false # true: the issuer ends in a slash, as at Auth0
pairwise = false # true: another subject for every client, as at Entra
require_pkce = false # true: authorize requests without code_challenge are refused

[[oidc.accounts]]
id = "mina"
label = "내가 만든 계정"
label_en = "A test account"
name = "미나"
email = "mina@example.com"
email_verified = true
`,
	codes: providerCodes(errcode.All(),
		i18n.Text{Ko: "운영자(제공자의 클라이언트 설정)", En: "the operator (the client at the provider)"},
		i18n.Text{Ko: "제공자", En: "the provider"}),
}

func newOIDCEmulator(setup emulatorSetup) (*providerEmulator, error) {
	serverURL := ""
	configure := func(c *oidctest.Config) {
		c.BrowserURL, c.ServerURL = cmp.Or(c.BrowserURL, setup.browserURL), cmp.Or(c.ServerURL, setup.serverURL)
		if setup.service != "" {
			c.Issuer = devIssuer(setup.database)
			c.App.RedirectURIs = []string{setup.service + "/oauth/oidc/callback"}
			c.App.PostLogoutRedirectURIs = []string{setup.service + "/oauth/oidc/signout/callback"}
			c.App.BackChannelURL = setup.service + "/auth/webhooks/oidc/logout"
		}
		serverURL = c.ServerURL
	}
	s, err := makeEmulator(setup, oidctest.ParseFile, oidctest.Environment, oidctest.New, configure,
		func(s *oidctest.Server, f oidctest.File) error { return s.Script(f.Scenarios...) })
	if err != nil {
		return nil, err
	}
	client := s.App()
	e := &providerEmulator{
		server: s, accounts: accountIDs(s.Accounts(), func(a oidctest.Account) string { return a.ID }),
		settings: []settingLine{
			{name: "OIDC_EMULATOR_ISSUER", value: s.Issuer()},
			{name: "OIDC_EMULATOR_CLIENT_ID", value: client.ClientID},
			{
				name: "OIDC_EMULATOR_CLIENT_SECRET", value: client.ClientSecret,
				hidden: client.ClientSecret != oidctest.DefaultClientSecret,
			},
		},
		use: func(c *norang.Config) {
			c.OIDC = append(c.OIDC, norang.OIDC{
				Name: "oidc", Label: "OpenID Connect", Issuer: s.Issuer(), ClientID: client.ClientID,
				ClientSecret: client.ClientSecret, ServerURL: s.URL(),
			})
		},
	}
	if serverURL != "" {
		e.settings = append(e.settings, settingLine{name: "OIDC_EMULATOR_SERVER_URL", value: serverURL})
	}
	e.redirects("OIDC_EMULATOR_REDIRECT_URI", client.RedirectURIs)
	return e, nil
}

// devIssuer returns the issuer of dev's emulator. It is part of every identity, so it is the same whatever ports dev
// finds free: that of the users in the database, whose first run may have been an older version's with a port of its
// own in it, else a constant.
func devIssuer(database string) string {
	for _, issuer := range app.NamespacesOf(context.Background(), database, "oidc") {
		if u, err := url.Parse(issuer); err == nil && u.Host != "" && issuer == "http://"+u.Host {
			return issuer
		}
	}
	return "http://127.0.0.1:5007"
}
