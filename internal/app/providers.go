package app

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/provider"
	kakaoprovider "github.com/norang-login/norang/internal/provider/kakao"
	"github.com/norang-login/norang/kakao"
)

// FurtherProvider is a provider besides Kakao, with its addresses here.
type FurtherProvider struct {
	login.Route
	// SignOutRedirectURI is where the provider's sign-out page returns to; "" if it has none.
	SignOutRedirectURI string
	// BreakersOpen is how many of the provider's servers are not called at present; nil if that is unknown.
	BreakersOpen func() int
}

// builtin is a provider that settings turn on, in a file of its own: all that the rest of the program knows of it.
type builtin struct {
	name        string
	secret      string // field of the client secret
	on          func(*Config) bool
	redirectURI func(*Config) (field, value string)
	setDefaults func(*Config)
	check       func(*checker)
	make        func(Config, *metrics.Registry) (FurtherProvider, error)
	examiner    func(Config, http.RoundTripper) (provider.Examiner, error)
	hooks       []string // paths of its notices below the prefix
}

// builtins are the providers besides Kakao, in the default order of their buttons. A further one is one more entry.
var builtins = []builtin{withNaver}

// configured are the built-in providers that are on.
func (c *Config) configured() []builtin {
	return slices.DeleteFunc(slices.Clone(builtins), func(b builtin) bool { return !b.on(c) })
}

func (c *Config) builtinDefaults() {
	for _, b := range c.configured() {
		b.setDefaults(c)
	}
}

// builtins checks the built-in providers that are on.
func (c *checker) builtins(own *url.URL) {
	for _, b := range c.configured() {
		field, uri := b.redirectURI(c.Config)
		c.callbackURL(field, uri, own)
		b.check(c)
	}
}

// builtinProviders makes the built-in providers that are on.
func builtinProviders(cfg Config, m *metrics.Registry) ([]FurtherProvider, error) {
	var all []FurtherProvider
	for _, b := range cfg.configured() {
		f, err := b.make(cfg, m)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// newProviders makes Kakao and returns it with the further providers, in the order of Config.Providers.
func newProviders(cfg Config, m *metrics.Registry, further []FurtherProvider) (*provider.Set, error) {
	k, client, err := newKakao(cfg, m)
	if err != nil {
		return nil, err
	}
	all, breakers := []provider.Provider{k}, []func() int{client.BreakersOpen}
	for _, f := range further {
		all = append(all, f.Provider)
		if f.BreakersOpen != nil {
			breakers = append(breakers, f.BreakersOpen)
		}
	}
	m.Gauges(func() []float64 {
		open := 0
		for _, count := range breakers {
			open += count()
		}
		return []float64{float64(open)}
	}, metrics.Gauge{
		Name: "norang_provider_breakers_open",
		Help: "Servers of the provider that are not called for some seconds, because calls have failed.",
	})
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
	known := []string{kakaoprovider.Name}
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
func (a *App) loginRoutes() []login.Route {
	k, _ := a.providers.Get(kakaoprovider.Name)
	all := []login.Route{{Provider: k, RedirectURI: a.cfg.Kakao.RedirectURI, Scopes: a.cfg.Kakao.Scopes}}
	for _, f := range a.further {
		all = append(all, f.Route)
	}
	return all
}

// signOutPath is the path to which a provider's sign-out page returns.
func (a *App) signOutPath(name string) string {
	if name == kakaoprovider.Name {
		return pathOf(a.cfg.Kakao.SignoutRedirectURI)
	}
	for _, f := range a.further {
		if f.Provider.Info().Name == name && f.SignOutRedirectURI != "" {
			return pathOf(f.SignOutRedirectURI)
		}
	}
	return ""
}

// kakaoCalls are the paths called at Kakao, as metrics name them.
var kakaoCalls = []string{
	"/oauth/token", "/v2/user/me", "/.well-known/jwks.json", "/v1/user/unlink", "/v1/user/logout",
	"/v2/user/scopes", "/v2/user/revoke/scopes", "/v2/user/service_terms", "/v2/user/revoke/service_terms",
	"/v1/user/ids", "/v1/user/signup", "/v1/user/access_token_info",
}

func newKakao(cfg Config, m *metrics.Registry) (*kakaoprovider.Provider, *kakao.Client, error) {
	k := cfg.Kakao
	client, err := newKakaoClient(cfg, m.Transport(kakaoTransport(cfg), kakaoCalls))
	if err != nil {
		return nil, nil, unusable("Kakao.ClientID", err)
	}
	auth, err := url.Parse(k.AuthURL)
	if err != nil {
		return nil, nil, unusable("Kakao.AuthURL", err)
	}
	p, err := kakaoprovider.New(kakaoprovider.Config{
		Client: client, AppID: k.AppID, SignOutRedirectURI: k.SignoutRedirectURI,
		AuthOrigin: auth.Scheme + "://" + auth.Host, PictureOrigin: emulatorOrigin(cfg, auth),
		Sync: k.Sync, Age: cfg.Age == "kakao", DropTokens: cfg.KeepKakaoTokens == KeepOff, Now: cfg.Now, Log: cfg.Log,
	})
	return p, client, err
}

func kakaoTransport(cfg Config) http.RoundTripper {
	if cfg.Transport != nil {
		return cfg.Transport
	}
	return kakao.NewTransport()
}

func newKakaoClient(cfg Config, transport http.RoundTripper) (*kakao.Client, error) {
	k := cfg.Kakao
	return kakao.New(kakao.Config{
		ClientID: k.ClientID, ClientSecret: kakao.Secret(k.ClientSecret), AppID: k.AppID, AdminKeys: secrets(k.AdminKeys),
		Audiences: append(append([]string{}, k.NativeAppKeys...), k.JavaScriptKeys...),
		AuthURL:   k.AuthURL, AuthServerURL: k.AuthServerURL, APIURL: k.APIURL, Issuer: k.Issuer, Now: cfg.Now,
		HTTPClient: &http.Client{Transport: transport},
	})
}

func secrets(texts []string) (all []kakao.Secret) {
	for _, s := range texts {
		all = append(all, kakao.Secret(s))
	}
	return all
}

// emulatorOrigin is the origin of the emulator's pictures, "" with the real Kakao.
func emulatorOrigin(cfg Config, auth *url.URL) string {
	if !cfg.AllowEmulator {
		return ""
	}
	return auth.Scheme + "://" + auth.Host
}
