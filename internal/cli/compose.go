package cli

import (
	"errors"
	"log/slog"
	"os"
	"slices"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/config"
)

// load reads the settings and judges them, form and meaning together, so that every fault is named at once. Nothing is
// opened or made.
func (c *terminal) load(flags map[string]string, file string, log *slog.Logger) (config.Settings, norang.Config, error) {
	s, warnings, err := config.Load(config.Sources{Flags: flags, Environ: c.environ, File: file})
	for _, w := range warnings {
		c.warn("%s: %s", "%s: %s", w.Name(), w.Problem.In(c.lang))
	}
	var unreadable config.Faults
	if err != nil && !errors.As(err, &unreadable) {
		return s, norang.Config{}, err
	}
	cfg := compose(s, log)
	if s.Templates != "" {
		if info, err := os.Stat(s.Templates); err != nil || !info.IsDir() {
			unreadable = append(unreadable, &config.Fault{Setting: "NORANG_TEMPLATES",
				Problem: config.Text{Ko: "디렉터리가 아닙니다.", En: "is no directory"}})
		}
	}
	// What could not be read is missing now; saying so twice would only confuse.
	var unusable []error
	for _, f := range app.ConfigErrors(app.Check(cfg)) {
		if !slices.ContainsFunc(unreadable, func(u *config.Fault) bool { return u.Setting == f.Setting }) {
			unusable = append(unusable, f)
		}
	}
	if len(unreadable) > 0 {
		unusable = append(unusable, unreadable)
	}
	return s, cfg, errors.Join(unusable...)
}

func composeLimits(l config.Limits) norang.Limits {
	return norang.Limits{
		Starts: norang.Rate(l.Starts), Callbacks: norang.Rate(l.Callbacks), Changes: norang.Rate(l.Changes), Signouts: norang.Rate(l.Signouts),
		Hooks: norang.Rate(l.Hooks), Unknown: norang.Rate(l.Unknown), Everybody: norang.Rate(l.Everybody),
	}
}

// compose hands each setting to its owner.
func compose(s config.Settings, log *slog.Logger) norang.Config {
	k := s.Kakao
	cfg := norang.Config{
		URL: s.URL, Prefix: s.Prefix, AllowEmulator: s.AllowEmulator, Database: string(s.Database), Keys: s.Keys,
		TrustedProxies: s.TrustedProxies, Origins: s.Origins, CookieDomain: s.CookieDomain,
		SessionIdle: s.SessionIdle, SessionLife: s.SessionLife, Age: s.Age, Under14: s.Under14, Pictures: s.Pictures, NoAdminKey: s.NoAdminKey, NoClientSecret: s.NoClientSecret, UnlinkPolicy: s.UnlinkPolicy, KeepKakaoTokens: s.KeepKakaoTokens,
		WithdrawGrace: s.WithdrawGrace, Rejoin: s.Rejoin, RejoinBlock: s.RejoinBlock,
		LogKeep: s.LogKeep, AccessLogKeep: s.AccessLogKeep, BackupKeep: s.BackupKeep,
		Brand: norang.Brand(s.Brand), Limits: composeLimits(s.Limits), Log: log,
		Kakao: norang.Kakao{
			ClientID: k.ClientID, ClientSecret: string(k.ClientSecret), AppID: k.AppID, OldAppID: k.OldAppID,
			NativeAppKeys: k.NativeAppKeys, JavaScriptKeys: k.JavaScriptKeys,
			RedirectURI: k.RedirectURI, SignoutRedirectURI: k.SignoutRedirectURI, Scopes: k.Scopes, Sync: k.Sync,
			AuthURL: k.AuthURL, AuthServerURL: k.AuthServerURL, APIURL: k.APIURL, Issuer: k.Issuer,
		},
	}
	for _, a := range k.AdminKeys {
		cfg.Kakao.AdminKeys = append(cfg.Kakao.AdminKeys, string(a))
	}
	cfg.Reconcile = s.Reconcile
	cfg.JoinHookURL, cfg.EventsURL, cfg.AllowPrivateHooks = s.JoinHookURL, s.EventsURL, s.PrivateHooks
	for _, e := range s.EventsSecrets {
		cfg.EventsSecrets = append(cfg.EventsSecrets, string(e))
	}
	for _, t := range s.Terms {
		cfg.Terms = append(cfg.Terms, norang.Term(t))
	}
	if s.Templates != "" {
		cfg.Templates = os.DirFS(s.Templates)
	}
	return cfg
}
