package app

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/internal/provider"
	oidcprovider "github.com/norang-login/norang/internal/provider/oidc"
	"github.com/norang-login/norang/oidc"
)

// OIDC configures a client at an OpenID Connect provider, see norang.OIDC.
type OIDC struct {
	Name, Label                     string
	Issuer                          string
	ClientID                        string
	ClientSecret                    string
	ClientAuth                      string
	Tenants                         []string
	Audiences                       []string
	Scopes                          []string
	Algorithms                      []string
	Pairwise                        bool
	FormPost, TextBooleans          bool
	RedirectURI, SignoutRedirectURI string
	ServerURL                       string
	SecretExpires                   time.Time
}

// microsoft are the hosts of Entra, whose subjects differ by client.
var microsoft = []string{
	"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn",
}

// withOIDC is the entry of one OpenID Connect provider in the list of providers. Its fields are named as in Go.
func withOIDC(i int, name string) builtin {
	field := func(f string) string { return "OIDC." + name + "." + f }
	return builtin{
		name: name, field: field("ClientID"),
		on: func(c *Config) bool { return i < len(c.OIDC) },
		registered: func(c *Config) []registered {
			if !provider.IsName(name) {
				return nil // the addresses derive from it
			}
			return []registered{
				{field("RedirectURI"), c.OIDC[i].RedirectURI}, {field("SignoutRedirectURI"), c.OIDC[i].SignoutRedirectURI},
			}
		},
		setDefaults: func(c *Config) {
			c.OIDC = slices.Clone(c.OIDC) // the caller's stays as it is
			o := &c.OIDC[i]
			orDefault(&o.Label, o.Name)
			orDefault(&o.RedirectURI, c.URL+"/oauth/"+o.Name+"/callback")
			orDefault(&o.SignoutRedirectURI, c.URL+"/oauth/"+o.Name+"/signout/callback")
			if u, err := url.Parse(o.Issuer); err == nil && (slices.Contains(microsoft, u.Host) || len(o.Tenants) > 0) {
				o.Pairwise = true
			}
			if len(o.Algorithms) == 0 {
				o.Algorithms = []string{"RS256"}
			}
		},
		check: func(c *checker) { checkOIDC(c, i, field) },
		make: func(cfg Config, t http.RoundTripper) (Provider, error) {
			return newOIDC(cfg, cfg.OIDC[i], t, field)
		},
		examiner: func(cfg Config, t http.RoundTripper) (provider.Examiner, error) {
			o := cfg.OIDC[i]
			client, err := newOIDCClient(cfg, o, t)
			e := oidcprovider.ExaminerConfig{
				Client: client, Name: o.Name, Prefix: "OIDC_" + strings.ToUpper(strings.ReplaceAll(o.Name, "-", "_")) + "_",
				RedirectURI:        o.RedirectURI,
				SignOutRedirectURI: o.SignoutRedirectURI, LogoutHook: cfg.URL + cfg.Prefix + oidcHook(o.Name),
				Algorithms: o.Algorithms, Pairwise: o.Pairwise, SecretExpires: o.SecretExpires, Now: time.Now(),
			}
			if u, err := url.Parse(o.Issuer); err == nil {
				e.SecretsEnd = o.ClientSecret != "" && slices.Contains(microsoft, u.Host)
			}
			if cfg.Now != nil {
				e.Now = cfg.Now()
			}
			return oidcprovider.NewExaminer(e), err
		},
		hooks: []string{oidcHook(name)},
	}
}

// oidcHook is the path of back-channel logout below the prefix.
func oidcHook(name string) string { return "/webhooks/" + name + "/logout" }

func newOIDCClient(cfg Config, o OIDC, t http.RoundTripper) (*oidc.Client, error) {
	return oidc.New(oidc.Config{
		Issuer: o.Issuer, Tenants: o.Tenants, ClientID: o.ClientID, ClientSecret: oidc.Secret(o.ClientSecret),
		ClientAuth: oidc.ClientAuth(o.ClientAuth), Audiences: o.Audiences, Algorithms: o.Algorithms,
		TextBooleans: o.TextBooleans, ServerURL: o.ServerURL, Now: cfg.Now, HTTPClient: &http.Client{Transport: t},
	})
}

// newOIDC makes a provider. It asks for the discovery document, because its pages may be on another origin; a provider
// that does not answer stops no start, one with another issuer does.
func newOIDC(cfg Config, o OIDC, t http.RoundTripper, field func(string) string) (Provider, error) {
	client, err := newOIDCClient(cfg, o, t)
	if err != nil {
		return Provider{}, unusable(field("Issuer"), err)
	}
	origins, noSignOut := []string{provider.Origin(o.Issuer)}, false
	found, err := client.Discover(context.Background()) // bounded by the client's timeout
	var issuer *oidc.IssuerError
	if errors.As(err, &issuer) {
		return Provider{}, unusable(field("Issuer"), err)
	}
	if err == nil {
		noSignOut = found.EndSessionEndpoint == ""
		for _, address := range []string{found.AuthorizationEndpoint, found.EndSessionEndpoint} {
			if origin := provider.Origin(address); address != "" && !slices.Contains(origins, origin) {
				origins = append(origins, origin)
			}
		}
	}
	p, err := oidcprovider.New(oidcprovider.Config{
		Client: client, Name: o.Name, Label: i18n.Text{Ko: o.Label, En: o.Label}, Issuer: o.Issuer, ClientID: o.ClientID,
		Pairwise: o.Pairwise, Tenants: o.Tenants, Scopes: o.Scopes, FormPost: o.FormPost, Origins: origins,
		PictureOrigins: origins[:1], SignOutRedirectURI: o.SignoutRedirectURI, NoSignOutPage: noSignOut, Now: cfg.Now,
	})
	return Provider{
		Route: login.Route{Provider: p, RedirectURI: o.RedirectURI}, SignOutRedirectURI: o.SignoutRedirectURI,
		BreakersOpen: client.BreakersOpen, NamespaceField: field("Issuer"),
	}, err
}

// checkOIDC checks the settings of one OpenID Connect provider.
func checkOIDC(c *checker, i int, field func(string) string) {
	o := c.OIDC[i]
	taken := slices.ContainsFunc(builtins, func(b builtin) bool { return b.name == o.Name }) ||
		slices.ContainsFunc(c.OIDC[:i], func(other OIDC) bool { return other.Name == o.Name })
	if !provider.IsName(o.Name) || taken || o.Name == "id" || o.Name == "ref" { // with which selectors begin
		c.fail(field("Name"), o.Name,
			"영어 소문자, 숫자, -로 된 이름이어야 하고 다른 로그인의 이름, id, ref와 달라야 합니다.",
			"must be lower-case letters, digits and hyphens, and neither the name of another provider nor id or ref")
	}
	for _, f := range []registered{{"Issuer", o.Issuer}, {"ClientID", o.ClientID}} {
		if f.value == "" {
			c.fail(field(f.field), nil, "값이 없습니다.", "is missing")
		}
	}
	if o.Issuer == "" || o.ClientID == "" {
		return
	}
	found := len(c.errs)
	switch u, err := url.Parse(o.Issuer); {
	case !c.AllowEmulator && !strings.HasPrefix(o.Issuer, "https://"):
		c.fail(field("Issuer"), redactUser(o.Issuer), "https여야 합니다. 에뮬레이터라면 {AllowEmulator=1}을 설정하십시오.",
			"must be https unless {AllowEmulator=1} permits an emulator")
	case err != nil || !oauthclient.IsURL(o.Issuer, false):
		c.fail(field("Issuer"), redactUser(o.Issuer), "https://host/path처럼 사용자 이름, 쿼리, #이 없는 주소여야 합니다.",
			"must be a URL such as https://host/path, without user, query and fragment")
	case !c.AllowEmulator && isAddress(u.Hostname()):
		c.fail(field("Issuer"), redactUser(o.Issuer), "IP 주소가 아니라 호스트 이름이어야 합니다.",
			"must have a host name, not an IP address")
	}
	checkOIDCClient(c, o, field)
	if len(c.errs) > found {
		return
	}
	switch _, err := newOIDCClient(*c.Config, o, nil); {
	case errors.Is(err, oidc.ErrTenantsMissing):
		c.fail(field("Tenants"), nil, "여러 테넌트가 함께 쓰는 발급자이므로 로그인할 수 있는 테넌트의 ID를 적어야 합니다.",
			"must name the tenants that may sign in, because the issuer is one for several")
	case errors.Is(err, oidc.ErrTenantsUnused):
		c.fail(field("Tenants"), nil, "발급자가 .../common/v2.0이나 .../organizations/v2.0일 때만 적을 수 있습니다.",
			"is only for an issuer of several tenants (.../common/v2.0, .../organizations/v2.0)")
	case err != nil:
		c.errs = append(c.errs, unusable(field("Issuer"), err))
	}
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// checkOIDCClient checks the settings besides the issuer.
func checkOIDCClient(c *checker, o OIDC, field func(string) string) {
	ids := []registered{{"ClientID", o.ClientID}}
	for _, id := range o.Audiences {
		ids = append(ids, registered{"Audiences", id})
	}
	for _, id := range ids {
		if !oauthclient.VisibleASCII(id.value, maxKey) {
			c.fail(field(id.field), nil, "%d자까지의 ASCII 문자여야 하고 빈칸이 없어야 합니다.",
				"must be 1 to %d ASCII characters without spaces", maxKey)
		}
	}
	if o.ClientSecret != "" && !oauthclient.VisibleASCII(o.ClientSecret, 4*maxKey) {
		c.fail(field("ClientSecret"), nil, "%d자까지의 ASCII 문자여야 하고 빈칸이 없어야 합니다.",
			"must be at most %d ASCII characters without spaces", 4*maxKey)
	}
	switch auth := oidc.ClientAuth(o.ClientAuth); {
	case auth == "" || auth == oidc.AuthNone:
	case auth != oidc.AuthBasic && auth != oidc.AuthPost:
		c.oneOf(field("ClientAuth"), o.ClientAuth, string(oidc.AuthBasic), string(oidc.AuthPost), string(oidc.AuthNone))
	case o.ClientSecret == "":
		c.fail(field("ClientAuth"), o.ClientAuth, "{%[1]s}이 있어야 합니다.", "needs {%[1]s}", field("ClientSecret"))
	}
	for _, a := range o.Algorithms {
		c.oneOf(field("Algorithms"), a, "RS256", "ES256", "HS256")
	}
	switch symmetric := slices.Contains(o.Algorithms, "HS256"); {
	case symmetric && len(o.Algorithms) > 1:
		c.fail(field("Algorithms"), strings.Join(o.Algorithms, ","), "HS256은 다른 알고리즘과 함께 쓸 수 없습니다.",
			"must not have other algorithms besides HS256")
	case symmetric && o.ClientSecret == "":
		c.fail(field("Algorithms"), "HS256", "클라이언트 비밀번호로 확인하는 알고리즘이므로 {%[1]s}이 있어야 합니다.",
			"is verified with the client secret, so {%[1]s} must be set", field("ClientSecret"))
	}
	for _, t := range o.Tenants {
		if !oauthclient.IsUUID(t) {
			c.fail(field("Tenants"), t, "테넌트의 ID(UUID)여야 합니다.", "must be ids of tenants, which are UUIDs")
		}
	}
	switch u, err := url.Parse(o.ServerURL); {
	case o.ServerURL == "":
	case !c.AllowEmulator:
		c.fail(field("ServerURL"), redactUser(o.ServerURL), "에뮬레이터의 주소입니다. {AllowEmulator=1}이 있을 때만 쓸 수 있습니다.",
			"is for an emulator, which needs {AllowEmulator=1}")
	case err != nil || !serverURL(o.ServerURL) || strings.Trim(u.Path, "/") != "":
		c.fail(field("ServerURL"), redactUser(o.ServerURL), "http://host:port처럼 경로가 없는 주소여야 합니다.",
			"must be scheme://host[:port] and nothing more")
	}
}
