package app_test

import (
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
)

// fit returns a valid configuration for the cases to break.
func fit(t *testing.T) app.Config {
	t.Helper()
	return app.Config{
		URL: "https://login.example.com", Database: filepath.Join(t.TempDir(), "norang.db"),
		Log: slog.New(slog.DiscardHandler),
		Kakao: app.Kakao{
			ClientID:     "rest-key",
			ClientSecret: "the-secret",
			AppID:        1,
			AdminKeys:    []string{"the-admin-key"},
		},
	}
}

func TestOP01_OP04_OP05_InvalidConfigurationsDoNotStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*app.Config)
		want   []string // the fields that the errors name, sorted
	}{
		"fit": {func(*app.Config) {}, nil},
		"nothing set": {func(c *app.Config) { *c = app.Config{Database: c.Database} }, []string{
			"Kakao.AdminKeys", "Kakao.AppID", "Kakao.ClientID", "Kakao.ClientSecret", "URL"}},
		"no secret": {
			func(c *app.Config) { c.Kakao.ClientSecret = "" },
			[]string{"Kakao.ClientSecret"},
		},
		"secret switched off": {
			func(c *app.Config) { c.Kakao.ClientSecret, c.NoClientSecret = "", true },
			nil,
		},
		"http": {func(c *app.Config) { c.URL = "http://login.example.com" }, []string{"URL"}},
		"a path in the URL": {
			func(c *app.Config) { c.URL = "https://login.example.com/x" },
			[]string{"URL"},
		},
		"emulator's addresses": {
			func(c *app.Config) { c.Kakao.AuthURL = "http://localhost:5001" },
			[]string{"Kakao.AuthServerURL", "Kakao.AuthURL"},
		},
		"emulator in public": {func(c *app.Config) { c.AllowEmulator = true }, []string{"AllowEmulator"}},
		"emulator's key": {
			func(c *app.Config) { c.Kakao.ClientID = "emu-rest-1" },
			[]string{"Kakao.ClientID"},
		},
		"dev in public": {func(c *app.Config) { c.Dev = true }, []string{"URL"}},
		"space in a key": {
			func(c *app.Config) { c.Kakao.ClientSecret = "x\n" },
			[]string{"Kakao.ClientSecret"},
		},
		"the same key twice": {
			func(c *app.Config) { c.Kakao.AdminKeys = []string{"rest-key"} },
			[]string{"Kakao.AdminKeys"},
		},
		"callback on another host": {
			func(c *app.Config) { c.Kakao.RedirectURI = "https://other.example.com/cb" },
			[]string{"Kakao.RedirectURI"},
		},
		"callback on a path of norang": {
			func(c *app.Config) { c.Kakao.RedirectURI = c.URL + "/auth/login" },
			[]string{"Kakao.RedirectURI"},
		},
		"callback with braces": {
			func(c *app.Config) { c.Kakao.RedirectURI = c.URL + "/{x...}" },
			[]string{"Kakao.RedirectURI"},
		},
		"RD-09: too wide": {
			func(c *app.Config) { c.Origins = []string{"https://*.com", "*", "https://ok.example"} },
			[]string{"Origins", "Origins"},
		},
		"every address trusted": {
			func(c *app.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")} },
			[]string{"TrustedProxies"},
		},
		"foreign cookies": {func(c *app.Config) { c.CookieDomain = "other.com" }, []string{"CookieDomain"}},
		"script as support": {
			func(c *app.Config) { c.Brand.SupportURL = "javascript:alert(1)" },
			[]string{"Brand.SupportURL"},
		},
		"required advertising": {func(c *app.Config) {
			c.Terms = []app.Term{{Tag: "ads", Version: "1", TitleKo: "광고", Required: true, Marketing: true}}
		}, []string{"Terms"}},
		"half a day of grace": {
			func(c *app.Config) { c.WithdrawGrace = 12 * time.Hour },
			[]string{"WithdrawGrace"},
		},
		"grace without an end": {
			func(c *app.Config) { c.WithdrawGrace = 400 * 24 * time.Hour },
			[]string{"WithdrawGrace"},
		},
		"restore without grace": {func(c *app.Config) { c.Rejoin = "restore" }, []string{"Rejoin"}},
		"unknown policy":        {func(c *app.Config) { c.Rejoin = "maybe" }, []string{"Rejoin"}},
		"rejoin block too short": {
			func(c *app.Config) { c.Rejoin, c.RejoinBlock = "blocked", time.Minute },
			[]string{"RejoinBlock"},
		},
		"log retention too short": {
			func(c *app.Config) { c.LogKeep = time.Minute },
			[]string{"LogKeep"},
		},
		"access log shorter than the law allows": {
			func(c *app.Config) { c.AccessLogKeep = 180 * 24 * time.Hour },
			[]string{"AccessLogKeep"},
		},
		"replicas without keys": {func(c *app.Config) { c.Database = "postgres://localhost/x" }, []string{"Keys"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := fit(t)
			database := cfg.Database
			c.change(&cfg)
			err := app.Check(cfg)
			var got []string
			for _, f := range app.ConfigErrors(err) {
				got = append(got, f.Field)
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("errors for %q, want %q: %v", got, c.want, err)
			}
			if err != nil && strings.Contains(err.Error(), "the-secret") {
				t.Errorf("the error contains a secret: %v", err)
			}
			a, err := app.New(t.Context(), cfg)
			if (err == nil) != (c.want == nil) {
				t.Errorf("New: %v", err)
			}
			if err == nil {
				if err := a.Close(); err != nil {
					t.Error(err)
				}
			}
			if files, _ := filepath.Glob(database + "*"); c.want != nil && len(files) > 0 {
				t.Errorf("it left files: %q", files)
			}
		})
	}
}
