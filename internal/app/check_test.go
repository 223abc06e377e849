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

// fit is a configuration that starts, for changes that make it faulty.
func fit(t *testing.T) app.Config {
	t.Helper()
	return app.Config{
		URL: "https://login.example.com", Database: filepath.Join(t.TempDir(), "norang.db"), Log: slog.New(slog.DiscardHandler),
		Kakao: app.Kakao{ClientID: "rest-key", ClientSecret: "the-secret", AppID: 1, AdminKeys: []string{"the-admin-key"}},
	}
}

func TestOP01_OP04_OP05_ConfigurationsThatDoNotStart(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*app.Config)
		want   []string // the settings that are named, sorted
	}{
		"fit": {func(*app.Config) {}, nil},
		"nothing set": {func(c *app.Config) { *c = app.Config{Database: c.Database} }, []string{
			"KAKAO_ADMIN_KEY", "KAKAO_APP_ID", "KAKAO_CLIENT_ID", "KAKAO_CLIENT_SECRET", "NORANG_URL"}},
		"no secret":            {func(c *app.Config) { c.Kakao.ClientSecret = "" }, []string{"KAKAO_CLIENT_SECRET"}},
		"secret switched off":  {func(c *app.Config) { c.Kakao.ClientSecret, c.NoClientSecret = "", true }, nil},
		"http":                 {func(c *app.Config) { c.URL = "http://login.example.com" }, []string{"NORANG_URL"}},
		"a path in the URL":    {func(c *app.Config) { c.URL = "https://login.example.com/x" }, []string{"NORANG_URL"}},
		"emulator's addresses": {func(c *app.Config) { c.Kakao.AuthURL = "http://localhost:5001" }, []string{"KAKAO_AUTH_SERVER_URL", "KAKAO_AUTH_URL"}},
		"emulator in public":   {func(c *app.Config) { c.AllowEmulator = true }, []string{"NORANG_ALLOW_EMULATOR"}},
		"emulator's key":       {func(c *app.Config) { c.Kakao.ClientID = "emu-rest-1" }, []string{"KAKAO_CLIENT_ID"}},
		"dev in public":        {func(c *app.Config) { c.Dev = true }, []string{"NORANG_URL"}},
		"blank in a key":       {func(c *app.Config) { c.Kakao.ClientSecret = "x\n" }, []string{"KAKAO_CLIENT_SECRET"}},
		"one key for all":      {func(c *app.Config) { c.Kakao.AdminKeys = []string{"rest-key"} }, []string{"KAKAO_ADMIN_KEY"}},
		"callback elsewhere":   {func(c *app.Config) { c.Kakao.RedirectURI = "https://other.example.com/cb" }, []string{"KAKAO_REDIRECT_URI"}},
		"callback under ours":  {func(c *app.Config) { c.Kakao.RedirectURI = c.URL + "/auth/login" }, []string{"KAKAO_REDIRECT_URI"}},
		"callback with braces": {func(c *app.Config) { c.Kakao.RedirectURI = c.URL + "/{x...}" }, []string{"KAKAO_REDIRECT_URI"}},
		"RD-09: too wide":      {func(c *app.Config) { c.Origins = []string{"https://*.com", "*", "https://ok.example"} }, []string{"NORANG_ORIGINS", "NORANG_ORIGINS"}},
		"trusting everybody":   {func(c *app.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")} }, []string{"NORANG_TRUSTED_PROXIES"}},
		"foreign cookies":      {func(c *app.Config) { c.CookieDomain = "other.com" }, []string{"NORANG_COOKIE_DOMAIN"}},
		"script as support":    {func(c *app.Config) { c.Brand.SupportURL = "javascript:alert(1)" }, []string{"NORANG_SUPPORT_URL"}},
		"required advertising": {func(c *app.Config) {
			c.Terms = []app.Term{{Tag: "ads", Version: "1", TitleKo: "광고", Required: true, Marketing: true}}
		}, []string{"NORANG_TERMS"}},
		"half a day of grace":   {func(c *app.Config) { c.WithdrawGrace = 12 * time.Hour }, []string{"NORANG_WITHDRAW_GRACE"}},
		"grace without an end":  {func(c *app.Config) { c.WithdrawGrace = 400 * 24 * time.Hour }, []string{"NORANG_WITHDRAW_GRACE"}},
		"restore without grace": {func(c *app.Config) { c.Rejoin = "restore" }, []string{"NORANG_REJOIN"}},
		"unknown policy":        {func(c *app.Config) { c.Rejoin = "maybe" }, []string{"NORANG_REJOIN"}},
		"blocked for a moment":  {func(c *app.Config) { c.Rejoin, c.RejoinBlock = "blocked", time.Minute }, []string{"NORANG_REJOIN_BLOCK"}},
		"a log for a moment":    {func(c *app.Config) { c.LogKeep = time.Minute }, []string{"NORANG_LOG_KEEP"}},
		"too short by law":      {func(c *app.Config) { c.AccessLogKeep = 180 * 24 * time.Hour }, []string{"NORANG_ACCESS_LOG_KEEP"}},
		"replicas without keys": {func(c *app.Config) { c.Database = "postgres://localhost/x" }, []string{"NORANG_KEYS"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := fit(t)
			database := cfg.Database
			c.change(&cfg)
			err := app.Check(cfg)
			var got []string
			for _, f := range app.ConfigErrors(err) {
				got = append(got, f.Setting)
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("faults %q, want %q: %v", got, c.want, err)
			}
			if err != nil && strings.Contains(err.Error(), "the-secret") {
				t.Errorf("a secret is told: %v", err)
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
				t.Errorf("it left %q behind", files)
			}
		})
	}
}
