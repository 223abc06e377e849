package app

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/norang-login/norang/apple"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/provider"
	appleprovider "github.com/norang-login/norang/internal/provider/apple"
)

// Apple configures Sign in with Apple, see norang.Apple. It is off without ServicesID.
type Apple struct {
	ServicesID    string
	TeamID        string
	KeyID         string
	PrivateKey    string
	BundleIDs     []string
	Scopes        []string
	RedirectURI   string
	AuthURL       string
	AuthServerURL string
}

// withApple is Apple's entry in the list of built-in providers.
var withApple = builtin{
	name: appleprovider.Name, field: "Apple.ServicesID",
	on: func(c *Config) bool { return c.Apple.ServicesID != "" },
	registered: func(c *Config) []registered {
		return []registered{{"Apple.RedirectURI", c.Apple.RedirectURI}}
	},
	setDefaults: func(c *Config) {
		a := &c.Apple
		orDefault(&a.RedirectURI, c.URL+"/oauth/apple/callback")
		orDefault(&a.AuthURL, apple.DefaultAuthURL)
		orDefault(&a.AuthServerURL, a.AuthURL)
		if a.Scopes == nil {
			a.Scopes = []string{apple.ScopeName, apple.ScopeEmail}
		}
	},
	check: checkApple,
	calls: []string{"/auth/token", "/auth/revoke", "/auth/keys"},
	make: func(cfg Config, t http.RoundTripper) (Provider, error) {
		client, err := newAppleClient(cfg, t)
		if err != nil {
			return Provider{}, err
		}
		p, err := appleprovider.New(appleprovider.Config{
			Client: client, TeamID: cfg.Apple.TeamID, ServicesID: cfg.Apple.ServicesID, Scopes: cfg.Apple.Scopes,
			AuthOrigin: provider.Origin(cfg.Apple.AuthURL), Now: cfg.Now,
		})
		return Provider{
			Route: login.Route{Provider: p, RedirectURI: cfg.Apple.RedirectURI}, BreakersOpen: client.BreakersOpen,
			NamespaceField: "Apple.TeamID",
		}, err
	},
	examiner: func(cfg Config, t http.RoundTripper) (provider.Examiner, error) {
		client, err := newAppleClient(cfg, t)
		return appleprovider.NewExaminer(appleprovider.ExaminerConfig{
			Client: client, ServicesID: cfg.Apple.ServicesID, BundleIDs: cfg.Apple.BundleIDs,
			RedirectURI: cfg.Apple.RedirectURI, ServiceURL: cfg.URL,
			NoticeHook: cfg.URL + cfg.Prefix + "/webhooks/apple/events",
		}), err
	},
	hooks: []string{"/webhooks/apple/events"},
}

func newAppleClient(cfg Config, transport http.RoundTripper) (*apple.Client, error) {
	a := cfg.Apple
	return apple.New(apple.Config{
		ServicesID: a.ServicesID, BundleIDs: a.BundleIDs, TeamID: a.TeamID, KeyID: a.KeyID,
		PrivateKey: apple.Secret(a.PrivateKey), AuthURL: a.AuthURL, AuthServerURL: a.AuthServerURL, Now: cfg.Now,
		HTTPClient: &http.Client{Transport: transport},
	})
}

// tenCharacters is the form of Team IDs and key ids.
var tenCharacters = regexp.MustCompile(`^[A-Z0-9]{10}$`)

// checkApple checks Apple's settings.
func checkApple(c *checker) {
	a := c.Apple
	if !tenCharacters.MatchString(a.TeamID) {
		c.fail("Apple.TeamID", nil, "대문자와 숫자 10글자여야 합니다. Apple Developer의 오른쪽 위, 이름 아래에 있습니다.",
			"must be 10 capital letters and digits, as below your name at the upper right of Apple Developer")
	}
	if !tenCharacters.MatchString(a.KeyID) {
		c.fail("Apple.KeyID", nil, "대문자와 숫자 10글자여야 합니다. .p8 파일의 이름(AuthKey_….p8)에 있습니다.",
			"must be 10 capital letters and digits, as in the name of the .p8 file (AuthKey_….p8)")
	}
	if _, err := apple.ParsePrivateKey(apple.Secret(a.PrivateKey)); a.PrivateKey == "" {
		c.fail("Apple.PrivateKey", nil, "비어 있습니다. 내려받은 .p8 파일의 내용이나, _FILE로 끝나는 설정에 그 경로를 적으십시오.",
			"is missing: the content of the .p8 file, or its path in the setting that ends in _FILE")
	} else if err != nil {
		c.fail("Apple.PrivateKey", nil, "Apple의 .p8 파일의 내용이 아닙니다(%s). BEGIN PRIVATE KEY부터 END PRIVATE KEY까지 적으십시오.",
			"is not the content of Apple's .p8 file (%s): include the lines BEGIN PRIVATE KEY and END PRIVATE KEY", err)
	}
	if strings.HasPrefix(a.ServicesID, "emu.") && !c.AllowEmulator {
		c.fail("Apple.ServicesID", nil, "에뮬레이터의 Services ID입니다. 자기 것을 적으십시오.",
			"is that of the emulator: use your own Services ID")
	}
	c.key("Apple.ServicesID", a.ServicesID)
	c.keys("Apple.BundleIDs", a.BundleIDs)
	for i, id := range append([]string{a.ServicesID}, a.BundleIDs...) {
		field := "Apple.BundleIDs"
		if i == 0 {
			field = "Apple.ServicesID"
		}
		if a.TeamID != "" && strings.HasPrefix(id, a.TeamID+".") {
			c.fail(field, id, "팀 ID를 앞에 붙이지 마십시오.", "must not begin with the Team ID")
		}
	}
	if slices.Contains(a.BundleIDs, a.ServicesID) {
		c.fail("Apple.BundleIDs", a.ServicesID, "{Apple.ServicesID}와 다른 값이어야 합니다. 번들 ID와 Services ID는 서로 다릅니다.",
			"must not contain {Apple.ServicesID}: a bundle id and a Services ID are different clients")
	}
	for _, s := range a.Scopes {
		c.oneOf("Apple.Scopes", s, apple.ScopeName, apple.ScopeEmail)
	}
	c.realAddresses([]address{
		{"Apple.AuthURL", a.AuthURL, apple.DefaultAuthURL}, {"Apple.AuthServerURL", a.AuthServerURL, apple.DefaultAuthURL},
	})
	if a.AuthURL == apple.DefaultAuthURL && appleprovider.RefusesReturnURL(a.RedirectURI) {
		c.fail("Apple.RedirectURI", a.RedirectURI,
			"Apple이 받지 않는 주소입니다. https와 도메인 이름이어야 하고, localhost와 IP 주소는 안 됩니다. 개발에는 norang dev를 쓰십시오.",
			"is refused by Apple: it must be https with a domain name, neither localhost nor an IP address; develop with "+
				"norang dev")
	}
}
