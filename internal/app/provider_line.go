package app

import (
	"net/http"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/provider"
	lineprovider "github.com/norang-login/norang/internal/provider/line"
	"github.com/norang-login/norang/line"
)

// LINE configures the channel at LINE, see norang.LINE. It is off without ChannelID.
type LINE struct {
	ChannelID       string
	ChannelSecret   string
	PreviousSecrets []string
	ProviderID      string
	Scopes          []string
	RedirectURI     string
	AuthURL         string
	APIURL          string
}

// withLINE is LINE's entry in the list of built-in providers.
var withLINE = builtin{
	name: lineprovider.Name, field: "LINE.ChannelID",
	on:         func(c *Config) bool { return c.LINE.ChannelID != "" },
	registered: func(c *Config) []registered { return []registered{{"LINE.RedirectURI", c.LINE.RedirectURI}} },
	setDefaults: func(c *Config) {
		l := &c.LINE
		if l.Scopes == nil {
			l.Scopes = []string{line.ScopeProfile}
		}
		orDefault(&l.RedirectURI, c.URL+"/oauth/line/callback")
		orDefault(&l.AuthURL, line.DefaultAuthURL)
		orDefault(&l.APIURL, line.DefaultAPIURL)
	},
	check: checkLINE,
	calls: []string{
		"/oauth2/v2.1/token", "/oauth2/v2.1/verify", "/oauth2/v2.1/userinfo", "/oauth2/v2.1/certs", "/oauth2/v3/token",
		"/v2/profile", "/user/v1/deauthorize",
	},
	make: func(cfg Config, t http.RoundTripper) (Provider, error) {
		client, err := newLINEClient(cfg, t)
		if err != nil {
			return Provider{}, err
		}
		p, err := lineprovider.New(lineprovider.Config{
			Client: client, ProviderID: cfg.LINE.ProviderID, Scopes: cfg.LINE.Scopes,
			AuthOrigin: provider.Origin(cfg.LINE.AuthURL), PictureOrigin: emulatorOrigin(cfg, cfg.LINE.AuthURL), Now: cfg.Now,
		})
		return Provider{
			Route:        login.Route{Provider: p, RedirectURI: cfg.LINE.RedirectURI, Scopes: cfg.LINE.Scopes},
			BreakersOpen: client.BreakersOpen, NamespaceField: "LINE.ProviderID",
		}, err
	},
	examiner: func(cfg Config, t http.RoundTripper) (provider.Examiner, error) {
		client, err := newLINEClient(cfg, t)
		return lineprovider.NewExaminer(lineprovider.ExaminerConfig{
			Client: client, ProviderID: cfg.LINE.ProviderID, RedirectURI: cfg.LINE.RedirectURI,
			Scopes: cfg.LINE.Scopes, Previous: len(cfg.LINE.PreviousSecrets) > 0,
		}), err
	},
}

func newLINEClient(cfg Config, transport http.RoundTripper) (*line.Client, error) {
	l := cfg.LINE
	c := line.Config{
		ChannelID: l.ChannelID, ChannelSecret: line.Secret(l.ChannelSecret), AuthURL: l.AuthURL, APIURL: l.APIURL,
		Now: cfg.Now, HTTPClient: &http.Client{Transport: transport},
	}
	if l.AuthURL != line.DefaultAuthURL {
		c.Issuer = l.AuthURL // the emulator's
	}
	for _, s := range l.PreviousSecrets {
		c.PreviousSecrets = append(c.PreviousSecrets, line.Secret(s))
	}
	return line.New(c)
}

// lineScopes are the scopes that may be configured. openid is always asked for.
var lineScopes = []string{line.ScopeOpenID, line.ScopeProfile, line.ScopeEmail}

// checkLINE checks LINE's settings.
func checkLINE(c *checker) {
	l := c.LINE
	digits := func(text string) bool {
		return !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	}
	if l.ChannelSecret == "" {
		c.fail("LINE.ChannelSecret", nil, "비어 있습니다. [Basic settings]의 Channel secret을 적으십시오.",
			"is missing: the Channel secret (Basic settings)")
	}
	switch {
	case l.ProviderID == "":
		c.fail("LINE.ProviderID", nil, "비어 있습니다. 프로바이더 페이지의 주소 /console/provider/ 뒤의 숫자를 적으십시오.",
			"is missing: the number after /console/provider/ in the address of the provider's page")
	case l.ProviderID == l.ChannelID:
		c.fail("LINE.ProviderID", nil, "{LINE.ChannelID}와 같습니다. 채널이 아니라 프로바이더의 번호를 적으십시오.",
			"must not be {LINE.ChannelID}: it is the number of the provider, not of the channel")
	case !digits(l.ProviderID) && !c.AllowEmulator:
		c.fail("LINE.ProviderID", l.ProviderID, "숫자여야 합니다.", "must be digits")
	}
	if !digits(l.ChannelID) && !c.AllowEmulator {
		c.fail("LINE.ChannelID", l.ChannelID, "숫자여야 합니다. [Basic settings]의 Channel ID를 적으십시오.",
			"must be digits: the Channel ID (Basic settings)")
	}
	if slices.Contains(l.PreviousSecrets, l.ChannelSecret) {
		c.fail("LINE.PreviousSecrets", nil, "{LINE.ChannelSecret}과 같은 값이 있습니다. 예전 값만 적으십시오.",
			"must hold earlier values only, and not {LINE.ChannelSecret}")
	}
	for _, scope := range l.Scopes {
		if !slices.Contains(lineScopes, scope) {
			c.fail("LINE.Scopes", scope, "LINE에 없습니다. 쓸 수 있는 것: %s", "is unknown at LINE; known: %s",
				strings.Join(lineScopes[1:], ", "))
		}
	}
	c.key("LINE.ChannelID", l.ChannelID)
	c.key("LINE.ProviderID", l.ProviderID)
	c.key("LINE.ChannelSecret", l.ChannelSecret)
	c.keys("LINE.PreviousSecrets", l.PreviousSecrets)
	c.realAddresses([]address{
		{"LINE.AuthURL", l.AuthURL, line.DefaultAuthURL}, {"LINE.APIURL", l.APIURL, line.DefaultAPIURL},
	})
}
