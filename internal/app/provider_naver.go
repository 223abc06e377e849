package app

import (
	"net/http"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/provider"
	naverprovider "github.com/norang-login/norang/internal/provider/naver"
	"github.com/norang-login/norang/naver"
)

// Naver configures the application at Naver, see norang.Naver. It is off without ClientID.
type Naver struct {
	ClientID        string
	ClientSecret    string
	PreviousSecrets []string
	RedirectURI     string
	AuthURL         string
	AuthServerURL   string
	APIURL          string
}

// withNaver is Naver's entry in the list of built-in providers.
var withNaver = builtin{
	name: naverprovider.Name, field: "Naver.ClientID",
	on: func(c *Config) bool { return c.Naver.ClientID != "" },
	registered: func(c *Config) []registered {
		return []registered{{"Naver.RedirectURI", c.Naver.RedirectURI}}
	},
	setDefaults: func(c *Config) {
		n := &c.Naver
		orDefault(&n.RedirectURI, c.URL+"/oauth/naver/callback")
		orDefault(&n.AuthURL, naver.DefaultAuthURL)
		orDefault(&n.AuthServerURL, n.AuthURL)
		orDefault(&n.APIURL, naver.DefaultAPIURL)
	},
	check: checkNaver,
	calls: []string{"/oauth2.0/token", "/oauth2.0/revoke", "/v1/nid/me"},
	make: func(cfg Config, t http.RoundTripper) (Provider, error) {
		client, err := newNaverClient(cfg, t)
		if err != nil {
			return Provider{}, err
		}
		p, err := naverprovider.New(naverprovider.Config{
			Client: client, ClientID: cfg.Naver.ClientID, AuthOrigin: provider.Origin(cfg.Naver.AuthURL),
			PictureOrigin: emulatorOrigin(cfg, cfg.Naver.AuthURL),
		})
		return Provider{
			Route: login.Route{Provider: p, RedirectURI: cfg.Naver.RedirectURI}, BreakersOpen: client.BreakersOpen,
			NamespaceField: "Naver.ClientID",
		}, err
	},
	examiner: func(cfg Config, t http.RoundTripper) (provider.Examiner, error) {
		client, err := newNaverClient(cfg, t)
		return naverprovider.NewExaminer(naverprovider.ExaminerConfig{
			Client: client, RedirectURI: cfg.Naver.RedirectURI, ServiceURL: cfg.URL,
			UnlinkHook: cfg.URL + cfg.Prefix + "/webhooks/naver/unlink", Previous: len(cfg.Naver.PreviousSecrets) > 0,
		}), err
	},
	hooks: []string{"/webhooks/naver/unlink"},
}

func newNaverClient(cfg Config, transport http.RoundTripper) (*naver.Client, error) {
	n := cfg.Naver
	c := naver.Config{
		ClientID: n.ClientID, ClientSecret: naver.Secret(n.ClientSecret),
		AuthURL: n.AuthURL, AuthServerURL: n.AuthServerURL, APIURL: n.APIURL, Now: cfg.Now,
		HTTPClient: &http.Client{Transport: transport},
	}
	for _, s := range n.PreviousSecrets {
		c.PreviousSecrets = append(c.PreviousSecrets, naver.Secret(s))
	}
	return naver.New(c)
}

// checkNaver checks Naver's settings.
func checkNaver(c *checker) {
	n := c.Naver
	if n.ClientSecret == "" {
		c.fail("Naver.ClientSecret", nil, "비어 있습니다. [내 애플리케이션] > [개요]의 Client Secret을 적으십시오.",
			"is missing: the Client Secret ([내 애플리케이션] > [개요])")
	}
	if strings.HasPrefix(n.ClientID, "emu") && !c.AllowEmulator {
		c.fail("Naver.ClientID", nil, "에뮬레이터의 Client ID입니다. 애플리케이션의 것을 적으십시오.",
			"is that of the emulator: use the application's own Client ID")
	}
	if slices.Contains(n.PreviousSecrets, n.ClientSecret) {
		c.fail("Naver.PreviousSecrets", nil, "{Naver.ClientSecret}과 같은 값이 있습니다. 예전 값만 적으십시오.",
			"must hold earlier values only, and not {Naver.ClientSecret}")
	}
	c.key("Naver.ClientID", n.ClientID)
	c.key("Naver.ClientSecret", n.ClientSecret)
	c.keys("Naver.PreviousSecrets", n.PreviousSecrets)
	c.realAddresses([]address{
		{"Naver.AuthURL", n.AuthURL, naver.DefaultAuthURL}, {"Naver.AuthServerURL", n.AuthServerURL, naver.DefaultAuthURL},
		{"Naver.APIURL", n.APIURL, naver.DefaultAPIURL},
	})
}
