package cli

import (
	"cmp"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/line/errcode"
	"github.com/norang-login/norang/line/linetest"
)

// lineCommands is LINE's entry in the list of further providers.
var lineCommands = furtherProvider{
	name: "line", brand: i18n.Text{Ko: "LINE", En: "LINE"}, port: 5006, otherSite: true,
	button:  i18n.Text{Ko: "LINE으로 로그인", En: "Log in with LINE"},
	console: "https://developers.line.biz/console/",
	questions: []question{
		{setting: "LINE_PROVIDER_ID", ask: i18n.Text{
			Ko: "LINE 프로바이더 번호(콘솔 주소의 /console/provider/ 뒤에 있는 숫자)",
			En: "Number of the provider at LINE (in its address, after /console/provider/)",
		}},
		{setting: "LINE_CHANNEL_ID", ask: i18n.Text{
			Ko: "LINE Channel ID([Basic settings])", En: "LINE Channel ID (Basic settings)",
		}},
		{setting: "LINE_CHANNEL_SECRET", ask: i18n.Text{
			Ko: "LINE Channel secret([Basic settings])", En: "LINE Channel secret (Basic settings)",
		}},
	},
	emulator: newLINEEmulator,
	example: `
[line] # the emulator of LINE, started as well
listen = "localhost:5006"

[line.channel]
id = "emu2001234567"
secret = "emuline0emuline0emuline0emuline0"
provider_id = "emu1001234567"
callback_urls = ["http://localhost:5000/oauth/line/callback"]
developing = false # true: members alone can sign in, as before the channel is published
no_email = false # true: the permission for e-mail addresses was not applied for
broken_auto_login = false # true: without disable_auto_login, logins come back with a state of LINE's own

[[line.accounts]]
id = "mina"
label = "내가 만든 계정"
label_en = "A test account"
name = "미나"
email = "mina@example.com"
`,
	codes: providerCodes(errcode.All(),
		i18n.Text{Ko: "운영자(LINE Developers Console 설정)", En: "the operator (LINE Developers Console)"},
		i18n.Text{Ko: "LINE", En: "LINE"}),
}

func newLINEEmulator(setup emulatorSetup) (*providerEmulator, error) {
	configure := func(c *linetest.Config) {
		c.BrowserURL, c.ServerURL = cmp.Or(c.BrowserURL, setup.browserURL), cmp.Or(c.ServerURL, setup.serverURL)
		if setup.service != "" {
			c.Channel.CallbackURLs = []string{setup.service + "/oauth/line/callback"}
		}
	}
	s, err := makeEmulator(setup, linetest.ParseFile, linetest.Environment, linetest.New, configure,
		func(s *linetest.Server, f linetest.File) error { return s.Script(f.Scenarios...) })
	if err != nil {
		return nil, err
	}
	channel := s.Channel()
	e := &providerEmulator{
		server: s, accounts: accountIDs(s.Accounts(), func(a linetest.Account) string { return a.ID }),
		settings: []settingLine{
			{name: "LINE_CHANNEL_ID", value: channel.ID},
			{
				name: "LINE_CHANNEL_SECRET", value: channel.Secret,
				hidden: channel.Secret != linetest.DefaultChannelSecret,
			},
			{name: "LINE_PROVIDER_ID", value: channel.ProviderID},
			{name: "LINE_AUTH_URL", value: s.URL()},
			{name: "LINE_API_URL", value: s.ServerURL()},
		},
		use: func(c *norang.Config) {
			c.LINE = norang.LINE{
				ChannelID: channel.ID, ChannelSecret: channel.Secret, ProviderID: channel.ProviderID,
				Scopes: []string{"profile", "email"}, AuthURL: s.URL(), APIURL: s.ServerURL(),
			}
		},
	}
	e.redirects("LINE_REDIRECT_URI", channel.CallbackURLs)
	return e, nil
}
