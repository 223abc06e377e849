package app

import (
	"net/http"
	"net/url"

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
}

// newProviders makes the configured providers. A further provider is one more line here and one in loginRoutes.
func newProviders(cfg Config, m *metrics.Registry, further []FurtherProvider) (*provider.Set, error) {
	k, err := newKakao(cfg, m)
	if err != nil {
		return nil, err
	}
	all := []provider.Provider{k}
	for _, f := range further {
		all = append(all, f.Provider)
	}
	return provider.NewSet(all...)
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

func newKakao(cfg Config, m *metrics.Registry) (*kakaoprovider.Provider, error) {
	k := cfg.Kakao
	client, err := newKakaoClient(cfg, m.Transport(kakaoTransport(cfg), kakaoCalls))
	if err != nil {
		return nil, unusable("Kakao.ClientID", err)
	}
	m.Gauges(func() []float64 { return []float64{float64(client.BreakersOpen())} }, metrics.Gauge{
		Name: "norang_provider_breakers_open",
		Help: "Servers of the provider that are not called for some seconds, because calls have failed.",
	})
	auth, err := url.Parse(k.AuthURL)
	if err != nil {
		return nil, unusable("Kakao.AuthURL", err)
	}
	return kakaoprovider.New(kakaoprovider.Config{
		Client: client, AppID: k.AppID, SignOutRedirectURI: k.SignoutRedirectURI,
		AuthOrigin: auth.Scheme + "://" + auth.Host, PictureOrigin: emulatorOrigin(cfg, auth),
		Sync: k.Sync, Age: cfg.Age == "kakao", DropTokens: cfg.KeepKakaoTokens == KeepOff, Now: cfg.Now, Log: cfg.Log,
	})
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
