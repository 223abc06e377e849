package kakao

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

var goodAuthorize = AuthorizeRequest{
	RedirectURI:   "https://svc.example/cb?x=1&y=가",
	State:         "st-0123456789abcdef",
	CodeChallenge: S256Challenge(testVerifier),
}

func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	c, err := New(Config{ClientID: "rest-key"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.AuthorizeURL(goodAuthorize)
	want := "https://kauth.kakao.com/oauth/authorize?response_type=code&client_id=rest-key" +
		"&redirect_uri=https%3A%2F%2Fsvc.example%2Fcb%3Fx%3D1%26y%3D%EA%B0%80" +
		"&state=st-0123456789abcdef&code_challenge=" + S256Challenge(testVerifier) + "&code_challenge_method=S256"
	if err != nil || got != want {
		t.Errorf("%s\nwant %s (%v)", got, want, err)
	}

	r := goodAuthorize
	r.Nonce, r.LoginHint, r.SettleID = testNonce, "+82 10-1234-5678", "settle"
	r.Prompt = []Prompt{PromptLogin, PromptCreate}
	r.Scope = []string{"account_email", "friends"}
	r.ServiceTerms, r.ChannelPublicIDs = []string{"a", "b"}, []string{"_x"}
	got, err = c.AuthorizeURL(r)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(got)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"nonce":             testNonce,
		"login_hint":        "+82 10-1234-5678",
		"settle_id":         "settle",
		"prompt":            "login,create",
		"scope":             "account_email,friends,openid",
		"service_terms":     "a,b",
		"channel_public_id": "_x",
		"redirect_uri":      goodAuthorize.RedirectURI,
	} {
		if v := u.Query()[name]; len(v) != 1 || v[0] != value {
			t.Errorf("%s = %v", name, v)
		}
	}
	if len(r.Scope) != 2 {
		t.Error("AuthorizeURL modified the caller's Scope")
	}
}

func TestAuthorizeURLAddsOpenID(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		without     bool
		scope, want string
	}{
		{false, "", ""}, {false, "friends", "friends,openid"}, {false, "openid friends", "openid,friends"},
		{true, "friends", "friends"},
	} {
		c, err := New(Config{ClientID: "rest-key", WithoutOpenID: tt.without})
		if err != nil {
			t.Fatal(err)
		}
		r := goodAuthorize
		r.Scope = strings.Fields(tt.scope)
		got, err := c.AuthorizeURL(r)
		u, _ := url.Parse(got)
		if err != nil || u.Query().Get("scope") != tt.want || (tt.want == "") == u.Query().Has("scope") {
			t.Errorf("%+v: %s, %v", tt, got, err)
		}
	}
}

func TestAuthorizeURLRejectsInvalidFields(t *testing.T) {
	t.Parallel()
	c, err := New(Config{ClientID: "rest-key"})
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*AuthorizeRequest){
		"no redirect":        func(r *AuthorizeRequest) { r.RedirectURI = "" },
		"no state":           func(r *AuthorizeRequest) { r.State = "" },
		"short state":        func(r *AuthorizeRequest) { r.State = "short" },
		"long state":         func(r *AuthorizeRequest) { r.State = strings.Repeat("s", maxState+1) },
		"no challenge":       func(r *AuthorizeRequest) { r.CodeChallenge = "" },
		"verifier itself":    func(r *AuthorizeRequest) { r.CodeChallenge = testVerifier.Reveal() + "x" },
		"padded challenge":   func(r *AuthorizeRequest) { r.CodeChallenge += "=" },
		"none and login":     func(r *AuthorizeRequest) { r.Prompt = []Prompt{PromptNone, PromptLogin} },
		"comma in a scope":   func(r *AuthorizeRequest) { r.Scope = []string{"a,b"} },
		"empty service term": func(r *AuthorizeRequest) { r.ServiceTerms = []string{""} },
		"space in a channel": func(r *AuthorizeRequest) { r.ChannelPublicIDs = []string{"a b"} },
	} {
		r := goodAuthorize
		change(&r)
		if got, err := c.AuthorizeURL(r); err == nil {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// The values are the example of RFC 7636, appendix B.
func TestS256Challenge(t *testing.T) {
	t.Parallel()
	got := S256Challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
	if want := "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLogoutURL(t *testing.T) {
	t.Parallel()
	c, err := New(Config{ClientID: "rest-key", AuthURL: "http://127.0.0.1:9000/"})
	if err != nil {
		t.Fatal(err)
	}
	want := "http://127.0.0.1:9000/oauth/logout?client_id=rest-key" +
		"&logout_redirect_uri=https%3A%2F%2Fsvc.example%2Fout%3Fa%3Db&state=s%26t"
	if got := c.LogoutURL("https://svc.example/out?a=b", "s&t"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := c.LogoutURL("https://svc.example/out", ""); strings.Contains(got, "state") {
		t.Error(got)
	}
}

func TestNewReportsAllConfigurationErrors(t *testing.T) {
	t.Parallel()
	_, err := New(Config{
		ClientSecret: "line\nbreak-of-a-secret",
		AdminKeys:    []Secret{""},
		AuthURL:      "kauth.kakao.com",
		APIURL:       "https://user:pass@kapi.kakao.com",
		AppID:        -1,
		Leeway:       time.Hour,
		Timeout:      -1,
		Audiences:    []string{"a b"},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, word := range []string{
		"ClientID", "ClientSecret", "AdminKeys", "AuthURL", "APIURL", "AppID", "Leeway", "limit", "Audiences",
	} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%s is missing in: %v", word, err)
		}
	}
	if strings.Contains(err.Error(), "break-of-a-secret") {
		t.Errorf("the error contains the secret: %v", err)
	}
}

func TestNewCopiesTheConfiguration(t *testing.T) {
	t.Parallel()
	cfg := Config{ClientID: "rest-key", AdminKeys: []Secret{"a"}, Audiences: []string{"native"}}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.AdminKeys[0], cfg.Audiences[0] = "b", "evil"
	if !c.isAdminKey("a") || c.isAdminKey("b") || c.cfg.Audiences[1] != "native" || c.cfg.Audiences[0] != "rest-key" {
		t.Errorf("%+v", c.cfg.Audiences)
	}
}
