package norangtest

import (
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// URL is Config.URL in [New] and [Emulate] unless the configuration names another one. Nothing listens there.
const URL = "http://localhost:8080"

// New starts a service until the test ends. It fills in what cfg leaves out: [URL], a new SQLite database in a
// directory of the test, new keys if Database is that of PostgreSQL, an emulator of its own with the default app (see
// [Emulate]), no rate limits, and a log that is discarded. Every other zero field has its usual default, so a new user
// joins with the usual form. An unusable configuration ends the test.
func New(t testing.TB, cfg norang.Config) *norang.Service {
	t.Helper()
	if cfg.Kakao.ClientID == "" {
		cfg = Emulate(kakaotest.Start(t), cfg)
	}
	if cfg.URL == "" {
		cfg.URL = URL
	}
	if cfg.Database == "" {
		cfg.Database = filepath.Join(t.TempDir(), "norang.db")
	}
	if cfg.Keys == "" && cfg.KeysText == "" && isPostgres(cfg.Database) {
		cfg.Keys = filepath.Join(t.TempDir(), "norang.keys")
		if err := seal.Create(cfg.Keys, time.Now(), rand.Reader); err != nil {
			t.Fatalf("norangtest: %v", err)
		}
	}
	if cfg.Limits == (norang.Limits{}) {
		cfg.Limits = noLimits()
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	svc, err := norang.New(cfg)
	if err != nil {
		t.Fatalf("norangtest: %v", err)
	}
	t.Cleanup(func() {
		if err := svc.Close(); err != nil {
			t.Errorf("norangtest: closing the service: %v", err)
		}
	})
	return svc
}

// noLimits are no rate limits: all users of a test share one address.
func noLimits() norang.Limits {
	none := norang.Rate{PerMinute: -1}
	return norang.Limits{
		Starts: none, Callbacks: none, Changes: none, Signouts: none, Hooks: none, Tokens: none, Natives: none,
		Servers: none, Unknown: none, Everybody: none,
	}
}

func isPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// Emulate returns cfg with the keys and addresses of an emulator's default app, and registers the callback addresses
// there. Use it to start the emulator yourself, to change its app or to script faults:
//
//	emu := kakaotest.Start(t)
//	svc := norangtest.New(t, norangtest.Emulate(emu, norang.Config{}))
//	err := emu.Script(kakaotest.Scenario{Endpoint: "oauth/token", Code: "KOE237"})
//
// RedirectURI, SignoutRedirectURI, Scopes and Sync of cfg.Kakao are kept.
func Emulate(emu *kakaotest.Server, cfg norang.Config) norang.Config {
	if cfg.URL == "" {
		cfg.URL = URL
	}
	origin := strings.TrimSuffix(cfg.URL, "/")
	app, k := emu.App(), &cfg.Kakao
	k.ClientID, k.ClientSecret, k.AppID, k.AdminKeys = app.RESTKey, app.ClientSecret, app.AppID, []string{app.AdminKey}
	k.NativeAppKeys, k.JavaScriptKeys = []string{app.NativeKey}, []string{app.JavaScriptKey}
	k.AuthURL, k.AuthServerURL, k.APIURL, k.Issuer = emu.AuthURL(), emu.APIURL(), emu.APIURL(), emu.Issuer()
	if k.RedirectURI == "" {
		k.RedirectURI = origin + "/oauth/kakao/callback"
	}
	if k.SignoutRedirectURI == "" {
		k.SignoutRedirectURI = origin + "/oauth/kakao/signout/callback"
	}
	cfg.AllowEmulator = true
	emu.AddRedirectURI(k.RedirectURI)
	emu.AddLogoutRedirectURI(k.SignoutRedirectURI)
	return cfg
}
