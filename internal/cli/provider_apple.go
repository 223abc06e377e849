package cli

import (
	"cmp"
	"strings"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/apple/errcode"
	"github.com/norang-login/norang/internal/i18n"
)

// appleCommands is Apple's entry in the list of further providers.
var appleCommands = furtherProvider{
	name: "apple", brand: i18n.Text{Ko: "Apple", En: "Apple"}, port: 5005, otherSite: true,
	button:  i18n.Text{Ko: "Apple로 로그인", En: "Sign in with Apple"},
	console: "https://developer.apple.com/account/resources/identifiers/list",
	questions: []question{
		{setting: "APPLE_SERVICES_ID", ask: i18n.Text{
			Ko: "Apple Services ID([Identifiers] > [Services IDs])", En: "Apple Services ID ([Identifiers] > [Services IDs])",
		}},
		{setting: "APPLE_TEAM_ID", ask: i18n.Text{
			Ko: "Apple 팀 ID(계정 오른쪽 위의 10글자)", En: "Apple Team ID (10 characters, upper right of the account)",
		}},
		{setting: "APPLE_KEY_ID", ask: i18n.Text{
			Ko: "Apple 키 ID(.p8 파일 이름의 10글자)", En: "Apple key id (10 characters in the name of the .p8 file)",
		}},
		{setting: "APPLE_PRIVATE_KEY", file: true, ask: i18n.Text{
			Ko: "Apple .p8 파일의 경로", En: "Path of Apple's .p8 file",
		}},
	},
	emulator: newAppleEmulator,
	example: `
[apple] # the emulator of Sign in with Apple, started as well
listen = "127.0.0.1:5005" # another host name than the service: Apple's POST comes from another site

[apple.team]
team_id = "EMUTEAM001"
key_id = "EMUKEY0001"
clients = [
  { id = "emu.norang.web", return_urls = ["http://localhost:5000/oauth/apple/callback"] },
  { id = "emu.norang.app", app = true },
]
notice_url = "http://localhost:5000/auth/webhooks/apple/events"
plain_booleans = false # true: email_verified as a boolean instead of text
event_form = "text"    # of notices: text, object or array

[[apple.accounts]]
id = "minji"
label = "내가 만든 계정"
label_en = "A test account"
first_name = "민지"
last_name = "박"
email = "minji@icloud.com"
`,
	codes: providerCodes(errcode.All(),
		i18n.Text{Ko: "운영자(Apple Developer 설정)", En: "the operator (Apple Developer)"},
		i18n.Text{Ko: "Apple", En: "Apple"}),
}

func newAppleEmulator(setup emulatorSetup) (*providerEmulator, error) {
	configure := func(c *appletest.Config) {
		c.BrowserURL, c.ServerURL = cmp.Or(c.BrowserURL, setup.browserURL), cmp.Or(c.ServerURL, setup.serverURL)
		if setup.service != "" {
			c.Team.Clients = []appletest.Client{
				{ID: appletest.DefaultServicesID, ReturnURLs: []string{setup.service + "/oauth/apple/callback"}},
				{ID: appletest.DefaultBundleID, App: true},
			}
			c.Team.NoticeURL = setup.service + "/auth/webhooks/apple/events"
		}
	}
	s, err := makeEmulator(setup, appletest.ParseFile, appletest.Environment, appletest.New, configure,
		func(s *appletest.Server, f appletest.File) error { return s.Script(f.Scenarios...) })
	if err != nil {
		return nil, err
	}
	team := s.Team()
	e := &providerEmulator{
		server: s, accounts: accountIDs(s.Accounts(), func(a appletest.Account) string { return a.ID }),
		settings: []settingLine{
			{name: "APPLE_SERVICES_ID", value: team.ServicesID()},
			{name: "APPLE_TEAM_ID", value: team.TeamID},
			{name: "APPLE_KEY_ID", value: team.KeyID},
			{
				name: "APPLE_PRIVATE_KEY", value: escapedKey(team.PrivateKey),
				hidden: team.PrivateKey != appletest.DefaultPrivateKey(),
			},
			{name: "APPLE_AUTH_URL", value: s.URL()},
			{name: "APPLE_AUTH_SERVER_URL", value: s.ServerURL()},
		},
		use: func(c *norang.Config) {
			c.Apple = norang.Apple{
				ServicesID: team.ServicesID(), TeamID: team.TeamID, KeyID: team.KeyID, PrivateKey: team.PrivateKey,
				BundleIDs: []string{team.BundleID()}, AuthURL: s.URL(), AuthServerURL: s.ServerURL(),
			}
		},
	}
	for _, c := range team.Clients {
		if c.App {
			e.settings = append(e.settings, settingLine{name: "APPLE_BUNDLE_IDS", value: c.ID})
		}
		e.redirects("APPLE_REDIRECT_URI", c.ReturnURLs)
	}
	return e, nil
}

// escapedKey writes a .p8 file as an environment file takes it.
func escapedKey(p8 string) string { return strings.ReplaceAll(strings.TrimSpace(p8), "\n", `\n`) }
