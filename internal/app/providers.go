package app

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
)

// Provider is a provider with its addresses here.
type Provider struct {
	login.Route
	// SignOutRedirectURI is where the provider's sign-out page returns to; "" if it has none.
	SignOutRedirectURI string
	// BreakersOpen is how many of the provider's servers are not called at present; nil if that is unknown.
	BreakersOpen func() int
	// NamespaceField is the field of Config whose value is the namespace of the subjects; "" if none is.
	NamespaceField string
	// Former are earlier namespaces whose users may be in the database, besides Config.FormerApps.
	Former []string
	// Moved says what to configure after a change of the namespace; zero for Config.FormerApps.
	Moved i18n.Text
}

// builtin is a provider that settings turn on, in a file of its own: all that the rest of the program knows of it.
type builtin struct {
	name        string
	field       string // of Config, which turns it on
	on          func(*Config) bool
	registered  func(*Config) []registered // the callback, and where sign-outs return to if there is such a page
	setDefaults func(*Config)
	check       func(*checker)
	calls       []string // the paths called at the provider, as metrics name them
	make        func(Config, http.RoundTripper) (Provider, error)
	examiner    func(Config, http.RoundTripper) (provider.Examiner, error)
	hooks       []string                           // paths of its notices below the prefix
	advise      func(*provider.Result) []i18n.Text // what a trial shows about the configuration; nil for nothing
}

// registered is an address that is registered at a provider.
type registered struct{ field, value string }

// builtins are the providers in the default order of their buttons. A further one is one more entry.
var builtins = []builtin{withKakao, withNaver, withGoogle, withApple, withLINE}

// configured are the built-in providers that are on. Without any, the first one is, so that its settings are asked for.
func (c *Config) configured() []builtin {
	on := slices.DeleteFunc(slices.Clone(builtins), func(b builtin) bool { return !b.on(c) })
	for i := range c.OIDC {
		on = append(on, withOIDC(i, c.OIDC[i].Name))
	}
	if len(on) == 0 {
		return builtins[:1]
	}
	return on
}

// uses reports whether a built-in provider is on.
func (c *Config) uses(name string) bool {
	return slices.ContainsFunc(c.configured(), func(b builtin) bool { return b.name == name })
}

func (c *Config) builtinDefaults() {
	for _, b := range c.configured() {
		b.setDefaults(c)
	}
}

// builtins checks the built-in providers that are on.
func (c *checker) builtins(own *url.URL) {
	for _, b := range c.configured() {
		if own == nil {
			break // the addresses derive from it
		}
		for _, r := range b.registered(c.Config) {
			c.callbackURL(r.field, r.value, own)
		}
	}
	if own != nil {
		c.distinctCallbacks()
		c.emulator(own)
	}
	checkSomeProvider(c)
	for _, b := range c.configured() {
		b.check(c)
	}
	checkFormerApps(c)
}

// builtinProviders makes the built-in providers that are on.
func builtinProviders(cfg Config, m *metrics.Registry) ([]Provider, error) {
	var all []Provider
	for _, b := range cfg.configured() {
		p, err := b.provider(cfg, m.Transport(b.name, transport(cfg), b.calls))
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// provider makes the provider. An error is a ConfigError.
func (b builtin) provider(cfg Config, t http.RoundTripper) (Provider, error) {
	p, err := b.make(cfg, t)
	if err != nil && len(ConfigErrors(err)) == 0 {
		err = unusable(b.field, err)
	}
	return p, err
}

// newProviders returns the providers in the order of Config.Providers.
func newProviders(cfg Config, m *metrics.Registry, made []Provider) (*provider.Set, error) {
	var all []provider.Provider
	for _, p := range made {
		all = append(all, p.Provider)
		if p.BreakersOpen != nil {
			m.Breakers(p.Provider.Info().Name, p.BreakersOpen)
		}
	}
	slices.SortStableFunc(all, func(a, b provider.Provider) int { return cfg.place(a) - cfg.place(b) })
	return provider.NewSet(all...)
}

// place is the position of a provider's button. Those that Config.Providers leaves out come last.
func (c *Config) place(p provider.Provider) int {
	if i := slices.Index(c.Providers, p.Info().Name); i >= 0 {
		return i
	}
	return len(c.Providers)
}

// providerOrder checks the order of the buttons.
func (c *checker) providerOrder() {
	var known []string
	for _, b := range c.configured() {
		known = append(known, b.name)
	}
	for i, name := range c.Providers {
		switch {
		case slices.Contains(c.Providers[:i], name):
			c.fail("Providers", name, "두 번 있습니다.", "is named twice")
		case !slices.Contains(known, name):
			c.fail("Providers", name, "설정되지 않은 로그인입니다. 설정된 것: %s", "is not configured; configured: %s",
				strings.Join(known, ", "))
		}
	}
}

// loginRoutes are the addresses of each provider.
func (a *App) loginRoutes() (all []login.Route) {
	for _, p := range a.made {
		all = append(all, p.Route)
	}
	return all
}

// signOutPath is the path to which a provider's sign-out page returns.
func (a *App) signOutPath(name string) string {
	for _, p := range a.made {
		if p.Provider.Info().Name == name && p.SignOutRedirectURI != "" {
			return pathOf(p.SignOutRedirectURI)
		}
	}
	return ""
}

// everyScope are the consent items that each provider may be asked for, by its name.
func (a *App) everyScope() map[string][]string {
	all := map[string][]string{}
	for _, p := range a.made {
		all[p.Provider.Info().Name] = p.Scopes
	}
	return all
}

// transport is the configured one, or that of a package of this program.
func transport(cfg Config) http.RoundTripper {
	if cfg.Transport != nil {
		return cfg.Transport
	}
	return kakao.NewTransport()
}

// emulatorOrigin is the origin of an emulator's pictures, "" with the real provider.
func emulatorOrigin(cfg Config, authURL string) string {
	if !cfg.AllowEmulator {
		return ""
	}
	return provider.Origin(authURL)
}
