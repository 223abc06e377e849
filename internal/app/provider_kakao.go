package app

import (
	"net/http"
	"strconv"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/provider"
	kakaoprovider "github.com/norang-login/norang/internal/provider/kakao"
	"github.com/norang-login/norang/kakao"
)

// withKakao is Kakao's entry in the list of built-in providers.
var withKakao = builtin{
	name: kakaoprovider.Name, field: "Kakao.ClientID",
	on: func(c *Config) bool { return c.Kakao.any() },
	registered: func(c *Config) []registered {
		return []registered{
			{"Kakao.RedirectURI", c.Kakao.RedirectURI}, {"Kakao.SignoutRedirectURI", c.Kakao.SignoutRedirectURI},
		}
	},
	setDefaults: func(c *Config) {
		k := &c.Kakao
		orDefault(&k.RedirectURI, c.URL+"/oauth/kakao/callback")
		orDefault(&k.SignoutRedirectURI, c.URL+"/oauth/kakao/signout/callback")
		orDefault(&k.AuthURL, kakao.DefaultAuthURL)
		orDefault(&k.AuthServerURL, k.AuthURL)
		orDefault(&k.APIURL, kakao.DefaultAPIURL)
		orDefault(&k.Issuer, kakao.DefaultAuthURL)
	},
	check: checkKakao,
	calls: []string{
		"/oauth/token", "/v2/user/me", "/.well-known/jwks.json", "/v1/user/unlink", "/v1/user/logout",
		"/v2/user/scopes", "/v2/user/revoke/scopes", "/v2/user/service_terms", "/v2/user/revoke/service_terms",
		"/v1/user/ids", "/v1/user/signup", "/v1/user/access_token_info",
	},
	make: func(cfg Config, t http.RoundTripper) (Provider, error) {
		k, client, err := newKakao(cfg, t)
		if err != nil {
			return Provider{}, err
		}
		return Provider{
			Route:              login.Route{Provider: k, RedirectURI: cfg.Kakao.RedirectURI, Scopes: cfg.Kakao.Scopes},
			SignOutRedirectURI: cfg.Kakao.SignoutRedirectURI, BreakersOpen: client.BreakersOpen,
			NamespaceField: "Kakao.AppID", Former: append([]string{cfg.Kakao.oldNamespace()}, cfg.Kakao.FormerAppIDs...),
			Moved: i18n.Text{
				Ko: "앱을 바꾸었다면 옮기는 동안은 {Kakao.OldAppID}에, 그 뒤에는 {Kakao.FormerAppIDs}에 예전 앱의 ID를 적으십시오" +
					"(docs/app-changed.ko.md).",
				En: "if the app has changed, set {Kakao.OldAppID} to the previous app during the move and " +
					"{Kakao.FormerAppIDs} afterwards (docs/app-changed.md)",
			},
		}, nil
	},
	examiner: func(cfg Config, t http.RoundTripper) (provider.Examiner, error) {
		client, err := newKakaoClient(cfg, t)
		if err != nil {
			return nil, err
		}
		k := cfg.Kakao
		return kakaoprovider.NewExaminer(kakaoprovider.ExaminerConfig{
			Client: client, Secret: secrets([]string{k.ClientSecret})[0], AdminKeys: secrets(k.AdminKeys),
			NativeAppKeys: k.NativeAppKeys, JavaScriptKeys: k.JavaScriptKeys,
			RedirectURI: k.RedirectURI, SignOutRedirectURI: k.SignoutRedirectURI, Scopes: k.Scopes, Sync: k.Sync,
			UnlinkHook:  cfg.URL + cfg.Prefix + "/webhooks/kakao/unlink",
			AccountHook: cfg.URL + cfg.Prefix + "/webhooks/kakao/account",
		}), nil
	},
	hooks:  []string{"/webhooks/kakao/unlink", "/webhooks/kakao/account"},
	advise: kakaoprovider.Advise,
}

// any reports whether a setting of the app is set. One alone turns Kakao on, so that the others are asked for.
func (k Kakao) any() bool {
	return k.ClientID != "" || k.ClientSecret != "" || k.AppID != 0 || len(k.AdminKeys) > 0
}

// oldNamespace is the namespace of identities of the previous app, "" for none.
func (k Kakao) oldNamespace() string {
	if k.OldAppID == 0 {
		return ""
	}
	return strconv.FormatInt(k.OldAppID, 10)
}

func newKakao(cfg Config, t http.RoundTripper) (*kakaoprovider.Provider, *kakao.Client, error) {
	k := cfg.Kakao
	client, err := newKakaoClient(cfg, t)
	if err != nil {
		return nil, nil, err
	}
	p, err := kakaoprovider.New(kakaoprovider.Config{
		Client: client, AppID: k.AppID, SignOutRedirectURI: k.SignoutRedirectURI,
		AuthOrigin: provider.Origin(k.AuthURL), PictureOrigin: emulatorOrigin(cfg, k.AuthURL),
		Sync: k.Sync, Age: cfg.Age == "kakao", DropTokens: cfg.KeepKakaoTokens == KeepOff,
		ByHand: len(k.AdminKeys) == 0, Now: cfg.Now, Log: cfg.Log,
	})
	return p, client, err
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
