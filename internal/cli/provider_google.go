package cli

import (
	"cmp"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/google/errcode"
	"github.com/norang-login/norang/google/googletest"
	"github.com/norang-login/norang/internal/i18n"
)

// googleCommands is Google's entry in the list of further providers.
var googleCommands = furtherProvider{
	name: "google", brand: i18n.Text{Ko: "Google", En: "Google"}, port: 5004,
	button:  i18n.Text{Ko: "Google 계정으로 로그인", En: "Sign in with Google"},
	console: "https://console.cloud.google.com/auth/clients",
	questions: []question{
		{setting: "GOOGLE_CLIENT_ID", ask: i18n.Text{
			Ko: "Google 클라이언트 ID([Google 인증 플랫폼] > [클라이언트], 웹 애플리케이션)",
			En: "Google client ID (Google Auth Platform > Clients, type Web application)",
		}},
		{setting: "GOOGLE_CLIENT_SECRET", ask: i18n.Text{
			Ko: "Google 클라이언트 보안 비밀번호", En: "Google client secret",
		}},
	},
	emulator: newGoogleEmulator,
	example: `
[google] # the emulator of Google, started as well
listen = "localhost:5004"

[google.app]
client_id = "emu-norang.apps.googleusercontent.com"
client_secret = "emuGOCSPX-norang"
redirect_uris = ["http://localhost:5000/oauth/google/callback"]
native_client_ids = ["emu-android.apps.googleusercontent.com"]
events_url = "http://localhost:5000/auth/webhooks/google/risc"
testing = false # true: test users alone can sign in, as before the app is published

[[google.accounts]]
id = "mina"
label = "내가 만든 계정"
label_en = "A test account"
name = "미나"
email = "mina@gmail.com"
email_verified = true
`,
	codes: providerCodes(errcode.All(),
		i18n.Text{Ko: "운영자(Google Cloud 콘솔의 설정)", En: "the operator (Google's console)"},
		i18n.Text{Ko: "Google", En: "Google"}),
}

func newGoogleEmulator(setup emulatorSetup) (*providerEmulator, error) {
	configure := func(c *googletest.Config) {
		c.BrowserURL, c.ServerURL = cmp.Or(c.BrowserURL, setup.browserURL), cmp.Or(c.ServerURL, setup.serverURL)
		if setup.service != "" {
			c.App.RedirectURIs = []string{setup.service + "/oauth/google/callback"}
			c.App.EventsURL = setup.service + "/auth/webhooks/google/risc"
			c.App.InsecureRedirects = true // dev --phone serves an address of the local network
		}
	}
	s, err := makeEmulator(setup, googletest.ParseFile, googletest.Environment, googletest.New, configure,
		func(s *googletest.Server, f googletest.File) error { return s.Script(f.Scenarios...) })
	if err != nil {
		return nil, err
	}
	app := s.App()
	e := &providerEmulator{
		server: s, accounts: accountIDs(s.Accounts(), func(a googletest.Account) string { return a.ID }),
		settings: []settingLine{
			{name: "GOOGLE_CLIENT_ID", value: app.ClientID},
			{
				name: "GOOGLE_CLIENT_SECRET", value: app.ClientSecret,
				hidden: app.ClientSecret != googletest.DefaultClientSecret,
			},
			{name: "GOOGLE_AUTH_URL", value: s.URL()},
			{name: "GOOGLE_API_URL", value: s.APIURL()},
		},
		use: func(c *norang.Config) {
			c.Google = norang.Google{
				ClientID: app.ClientID, ClientSecret: app.ClientSecret, NativeClientIDs: app.NativeClientIDs,
				AuthURL: s.URL(), APIURL: s.APIURL(),
			}
		},
	}
	e.redirects("GOOGLE_REDIRECT_URI", app.RedirectURIs)
	return e, nil
}
