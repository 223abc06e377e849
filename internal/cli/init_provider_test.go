package cli

import (
	"strings"
	"testing"

	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/testkit/bounded"
)

// A service starts with nothing but the answers to init's questions about a provider, and init says where its console
// is.
func TestInitAsksForEveryProvider(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"NAVER_CLIENT_ID": "abcdefghij0123456789", "NAVER_CLIENT_SECRET": "abcdefghij",
		"GOOGLE_CLIENT_ID": "1-a.apps.googleusercontent.com", "GOOGLE_CLIENT_SECRET": "GOCSPX-0123456789abcdef01234567",
		"APPLE_SERVICES_ID": "com.example.login", "APPLE_TEAM_ID": "ABCDE12345", "APPLE_KEY_ID": "ABC123DEFG",
		"APPLE_PRIVATE_KEY": appletest.DefaultPrivateKey(),
		"LINE_CHANNEL_ID":   "2001234567", "LINE_CHANNEL_SECRET": "0123456789abcdef0123456789abcdef",
		"LINE_PROVIDER_ID": "1001234567",
	}
	for _, p := range furtherProviders {
		if p.name == oidcCommands.name {
			continue // see testdata/init_oidc.txtar
		}
		environ := []string{"NORANG_URL=https://login.example.com", orderSetting + "=" + p.name}
		for _, q := range p.questions {
			if answers[q.setting] == "" {
				t.Fatalf("%s: this test has no answer for %s", p.name, q.setting)
			}
			environ = append(environ, q.setting+"="+answers[q.setting])
			if row, ok := setting(q.setting); !ok || !isAsked(row) {
				t.Errorf("%s: %s is not a flag of init", p.name, q.setting)
			}
		}
		s, _, err := config.Load(config.Sources{Environ: environ})
		if err != nil {
			t.Fatal(err)
		}
		if errs := config.Unusable(s.Config.Check(), nil); len(errs) > 0 {
			t.Errorf("%s: the answers are not enough to start: %v", p.name, errs)
		}
		if !strings.HasPrefix(p.console, "https://") {
			t.Errorf("%s: console %q", p.name, p.console)
		}
	}
}

// Without a terminal the hint names the settings of the chosen provider, and of no other.
func TestInitNamesTheSettingsOfTheProvider(t *testing.T) {
	t.Parallel()
	for _, p := range furtherProviders {
		if p.name == oidcCommands.name {
			continue // see testdata/init_oidc.txtar
		}
		var out, errs strings.Builder
		args := []string{"init", "--lang", "en", "--url", "https://login.example.com", "--providers", p.name}
		status := Run(bounded.Context(t), args, nil, strings.NewReader(""), &out, &errs)
		if status != statusUsage || !strings.Contains(errs.String(), "environment: "+p.questions[0].setting) ||
			strings.Contains(errs.String(), "KAKAO") {
			t.Errorf("%s: %d %s", p.name, status, errs.String())
		}
	}
}
