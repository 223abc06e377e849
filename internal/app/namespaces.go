package app

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/store"
)

// checkApps stops the start if the database has users of an application at a provider that is not the configured one.
// With a mistyped id all users would be strangers.
func (w *wiring) checkApps(ctx context.Context) error {
	all, err := w.db.Namespaces(ctx)
	if err != nil {
		return err
	}
	if err := checkNamespaces(&w.cfg, w.made, all); err != nil {
		return err
	}
	for _, k := range unused(&w.cfg, w.made, all) {
		w.cfg.Log.WarnContext(ctx, "users of a provider that is not configured", "provider", k.Provider,
			"namespace", k.Namespace)
	}
	return nil
}

// checkNamespaces compares the namespaces of the identities with the configuration. The error is a *ConfigError.
func checkNamespaces(cfg *Config, made []Provider, all []account.Key) error {
	for _, p := range made {
		info := p.Provider.Info()
		moved := p.Moved
		if moved == (i18n.Text{}) {
			moved = i18n.Text{
				Ko: "바꾸었다면 예전 값을 {FormerApps}에 적으십시오. 예전 값의 회원은 새로 가입하게 됩니다.",
				En: "if it has changed, add the earlier value to {FormerApps}; its users sign up again",
			}
		}
		for _, k := range all {
			known := k.Namespace == info.Namespace || slices.Contains(p.Former, k.Namespace) || cfg.gaveUp(k)
			if k.Provider == info.Name && !known {
				return newConfigError(cmp.Or(p.NamespaceField, "FormerApps"), info.Namespace,
					"데이터베이스의 회원은 %s의 회원입니다. 값을 바로잡으십시오. "+moved.Ko,
					"is not the %s of users in the database: correct it, or, "+moved.En, k.Namespace)
			}
		}
	}
	return checkRenamed(cfg, made, all)
}

// checkRenamed refuses a provider of the operator's naming whose users have another name in the database. It is for
// the first start with the new name: later on there are users of both.
func checkRenamed(cfg *Config, made []Provider, all []account.Key) error {
	for _, k := range unused(cfg, made, all) {
		for _, p := range made {
			info := p.Provider.Info()
			if k.Namespace != info.Namespace || slices.Contains(all, account.Key{Provider: info.Name, Namespace: k.Namespace}) {
				continue
			}
			field := "OIDC." + info.Name + ".Name"
			return newConfigError(field, info.Name,
				"데이터베이스의 회원은 이름이 %[1]s인 같은 제공자의 회원입니다. 이름은 신원의 일부이니 %[1]s로 되돌리십시오. "+
					"일부러 바꾸었다면 {FormerApps}에 %[1]s:%[2]s를 적으십시오. 예전 이름의 회원은 새로 가입하게 됩니다.",
				"is not the name that this provider has in the database, which is %[1]s; the name is part of every identity: "+
					"name it %[1]s again, or, if it has changed on purpose, add %[1]s:%[2]s to {FormerApps}; its users sign up again",
				k.Provider, k.Namespace)
		}
	}
	return nil
}

// unused are the namespaces of providers that are not configured.
func unused(cfg *Config, made []Provider, all []account.Key) []account.Key {
	return slices.DeleteFunc(slices.Clone(all), func(k account.Key) bool {
		return cfg.gaveUp(k) ||
			slices.ContainsFunc(made, func(p Provider) bool { return p.Provider.Info().Name == k.Provider })
	})
}

// gaveUp reports whether the operator named an application as a former one.
func (c *Config) gaveUp(k account.Key) bool {
	return slices.ContainsFunc(c.FormerApps, func(former string) bool {
		name, namespace, _ := strings.Cut(former, ":")
		return name == k.Provider && namespace == k.Namespace
	})
}

// offline makes no calls: what needs only the configuration of a provider must not wait for its server.
type offline struct{}

// RoundTrip implements [http.RoundTripper].
func (offline) RoundTrip(*http.Request) (*http.Response, error) { return nil, errOffline }

var errOffline = errors.New("not called")

// offlineProviders makes the configured providers without calling any.
func offlineProviders(cfg Config) ([]Provider, error) {
	cfg.Transport = offline{}
	return builtinProviders(cfg, metrics.New(cfg.Now))
}

// ExamineNamespaces compares the users in the database with the configured providers, as a start does, and changes
// nothing. It returns the providers that have users and are not configured. The error is a *ConfigError if the service
// would not start.
func ExamineNamespaces(ctx context.Context, cfg Config) (unconfigured []string, err error) {
	cfg.setDefaults()
	made, err := offlineProviders(cfg)
	if err != nil {
		return nil, err
	}
	all := store.Examine(ctx, cfg.Database).Namespaces
	if err := checkNamespaces(&cfg, made, all); err != nil {
		return nil, err
	}
	for _, k := range unused(&cfg, made, all) {
		unconfigured = append(unconfigured, k.Provider)
	}
	return slices.Compact(unconfigured), nil
}

// NamespacesOf returns the namespaces of a provider's users in a database, none if it cannot be read. It changes
// nothing.
func NamespacesOf(ctx context.Context, database, provider string) (all []string) {
	for _, k := range store.Examine(ctx, database).Namespaces {
		if k.Provider == provider {
			all = append(all, k.Namespace)
		}
	}
	return all
}
