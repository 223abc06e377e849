package cli

import (
	"cmp"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/naver/errcode"
	"github.com/norang-login/norang/naver/navertest"
)

// naverCommands is Naver's entry in the list of further providers.
var naverCommands = furtherProvider{
	name: "naver", brand: i18n.Text{Ko: "네이버", En: "Naver"}, port: 5003,
	button:  i18n.Text{Ko: "네이버 로그인", En: "Log in with Naver"},
	console: "https://developers.naver.com/apps/",
	questions: []question{
		{setting: "NAVER_CLIENT_ID", ask: i18n.Text{
			Ko: "네이버 Client ID([내 애플리케이션] > [개요])", En: "Naver client ID ([내 애플리케이션] > [개요])",
		}},
		{setting: "NAVER_CLIENT_SECRET", ask: i18n.Text{
			Ko: "네이버 Client Secret([내 애플리케이션] > [개요])", En: "Naver client secret ([내 애플리케이션] > [개요])",
		}},
	},
	emulator: newNaverEmulator,
	example: `
[naver] # the emulator of Naver, started as well
listen = "localhost:5003"

[naver.app]
client_id = "emuNaverClient001"
client_secret = "emuNaverS1"
callback_urls = ["http://localhost:5000/oauth/naver/callback"]
unlink_url = "http://localhost:5000/auth/webhooks/naver/unlink"
in_development = false # true: members alone can sign in, as before the review
items = [{ id = "nickname", required = true }, { id = "email" }, { id = "profile_image" }]

[[naver.accounts]]
id = "mina"
label = "내가 만든 계정"
label_en = "A test account"
nickname = "미나"
email = "mina@naver.com"
`,
	codes: providerCodes(errcode.All(),
		i18n.Text{Ko: "운영자(네이버 개발자센터 설정)", En: "the operator (Naver's console)"}, i18n.Text{Ko: "네이버", En: "Naver"}),
}

func newNaverEmulator(setup emulatorSetup) (*providerEmulator, error) {
	configure := func(c *navertest.Config) {
		c.BrowserURL, c.ServerURL = cmp.Or(c.BrowserURL, setup.browserURL), cmp.Or(c.ServerURL, setup.serverURL)
		if setup.service != "" {
			c.App.CallbackURLs = []string{setup.service + "/oauth/naver/callback"}
			c.App.UnlinkURL = setup.service + "/auth/webhooks/naver/unlink"
		}
	}
	s, err := makeEmulator(setup, navertest.ParseFile, navertest.Environment, navertest.New, configure,
		func(s *navertest.Server, f navertest.File) error { return s.Script(f.Scenarios...) })
	if err != nil {
		return nil, err
	}
	app := s.App()
	e := &providerEmulator{
		server: s, accounts: accountIDs(s.Accounts(), func(a navertest.Account) string { return a.ID }),
		settings: []settingLine{
			{name: "NAVER_CLIENT_ID", value: app.ClientID},
			{
				name: "NAVER_CLIENT_SECRET", value: app.ClientSecret,
				hidden: app.ClientSecret != navertest.DefaultClientSecret,
			},
			{name: "NAVER_AUTH_URL", value: s.URL()},
			{name: "NAVER_AUTH_SERVER_URL", value: s.APIURL()},
			{name: "NAVER_API_URL", value: s.APIURL()},
		},
		use: func(c *norang.Config) {
			c.Naver = norang.Naver{
				ClientID: app.ClientID, ClientSecret: app.ClientSecret, AuthURL: s.URL(), APIURL: s.APIURL(),
			}
		},
	}
	e.redirects("NAVER_REDIRECT_URI", app.CallbackURLs)
	return e, nil
}
