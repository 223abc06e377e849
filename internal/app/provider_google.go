package app

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/norang-login/norang/google"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/provider"
	googleprovider "github.com/norang-login/norang/internal/provider/google"
)

// Google configures the client at Google, see norang.Google. It is off without ClientID.
type Google struct {
	ClientID        string
	ClientSecret    string
	NativeClientIDs []string
	HostedDomains   []string
	RedirectURI     string
	AuthURL         string
	APIURL          string
}

// withGoogle is Google's entry in the list of built-in providers.
var withGoogle = builtin{
	name: googleprovider.Name, field: "Google.ClientID",
	on: func(c *Config) bool { return c.Google.ClientID != "" },
	registered: func(c *Config) []registered {
		return []registered{{"Google.RedirectURI", c.Google.RedirectURI}}
	},
	setDefaults: func(c *Config) {
		g := &c.Google
		orDefault(&g.RedirectURI, c.URL+"/oauth/google/callback")
		orDefault(&g.AuthURL, google.DefaultAuthURL)
		orDefault(&g.APIURL, google.DefaultTokenURL)
	},
	check: checkGoogle,
	calls: []string{"/token", "/revoke", "/oauth2/v3/certs"},
	make: func(cfg Config, t http.RoundTripper) (Provider, error) {
		client, err := newGoogleClient(cfg, t)
		if err != nil {
			return Provider{}, err
		}
		var domains []string
		for _, d := range cfg.Google.HostedDomains {
			domains = append(domains, strings.ToLower(d))
		}
		p, err := googleprovider.New(googleprovider.Config{
			Client: client, HostedDomains: domains, AuthOrigin: provider.Origin(cfg.Google.AuthURL),
			PictureOrigin: emulatorOrigin(cfg, cfg.Google.AuthURL), Now: cfg.Now,
		})
		return Provider{
			Route: login.Route{Provider: p, RedirectURI: cfg.Google.RedirectURI}, BreakersOpen: client.BreakersOpen,
		}, err
	},
	examiner: func(cfg Config, t http.RoundTripper) (provider.Examiner, error) {
		client, err := newGoogleClient(cfg, t)
		return googleprovider.NewExaminer(googleprovider.ExaminerConfig{
			Client: client, RedirectURI: cfg.Google.RedirectURI, ServiceURL: cfg.URL,
			EventsHook: cfg.URL + cfg.Prefix + "/webhooks/google/risc", Emulator: cfg.AllowEmulator,
		}), err
	},
	hooks: []string{"/webhooks/google/risc"},
}

func newGoogleClient(cfg Config, transport http.RoundTripper) (*google.Client, error) {
	g := cfg.Google
	c := google.Config{
		ClientID: g.ClientID, ClientSecret: google.Secret(g.ClientSecret), NativeClientIDs: g.NativeClientIDs,
		AuthURL: g.AuthURL, TokenURL: g.APIURL, KeysURL: g.APIURL, Now: cfg.Now,
		HTTPClient: &http.Client{Transport: transport},
	}
	if g.APIURL == google.DefaultTokenURL {
		c.KeysURL = google.DefaultKeysURL
	}
	return google.New(c)
}

// checkGoogle checks Google's settings.
func checkGoogle(c *checker) {
	g := c.Google
	if g.ClientSecret == "" {
		c.fail("Google.ClientSecret", nil, "비어 있습니다. [Google 인증 플랫폼] > [클라이언트]의 보안 비밀번호를 적으십시오.",
			"is missing: the client secret ([Google Auth Platform] > [Clients])")
	}
	if strings.HasPrefix(g.ClientID, "emu") && !c.AllowEmulator {
		c.fail("Google.ClientID", nil, "에뮬레이터의 클라이언트 ID입니다. Google의 것을 적으십시오.",
			"is that of the emulator: use the client's own ID")
	}
	if !c.AllowEmulator && !googleprovider.Registrable(g.RedirectURI) {
		c.fail("Google.RedirectURI", g.RedirectURI,
			"Google 콘솔이 받지 않는 주소입니다. localhost가 아니면 https와 도메인 이름을 쓰십시오.",
			"is not accepted by Google's console: use https and a domain name unless it is localhost")
	}
	if slices.Contains(g.NativeClientIDs, g.ClientID) {
		c.fail("Google.NativeClientIDs", nil, "{Google.ClientID}와 같은 값이 있습니다. Android와 iOS의 것만 적으십시오.",
			"must hold those of Android and iOS apps only, and not {Google.ClientID}")
	}
	for _, d := range g.HostedDomains {
		suffix, _ := publicsuffix.PublicSuffix(strings.ToLower(d))
		if strings.ContainsAny(d, "@/:* ") || !strings.Contains(d, ".") || suffix == strings.ToLower(d) {
			c.fail("Google.HostedDomains", d, "도메인이 아닙니다. example.com처럼 적으십시오.",
				"is not a domain such as example.com")
		}
	}
	c.key("Google.ClientID", g.ClientID)
	c.key("Google.ClientSecret", g.ClientSecret)
	c.keys("Google.NativeClientIDs", g.NativeClientIDs)
	c.realAddresses([]address{
		{"Google.AuthURL", g.AuthURL, google.DefaultAuthURL}, {"Google.APIURL", g.APIURL, google.DefaultTokenURL},
	})
}
