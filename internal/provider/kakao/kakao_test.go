package kakao

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
)

func newKakao(t *testing.T) *Provider {
	t.Helper()
	client, err := kakao.New(
		kakao.Config{ClientID: strings.Repeat("0123456789abcdef", 2), ClientSecret: "secret", AppID: 123456},
	)
	if err != nil {
		t.Fatal(err)
	}
	k, err := New(Config{
		Client: client, AppID: 123456, SignOutRedirectURI: "https://login.example.test/out",
		PictureOrigin: "http://localhost:5001",
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKakaoNeedsItsSettings(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("an empty configuration is accepted")
	}
}

func TestAuthorizeURLHasAllThatBindsTheAnswer(t *testing.T) {
	const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	address, err := newKakao(t).AuthorizeURL(provider.Request{
		RedirectURI: "https://login.example.test/cb", State: "state-of-this-attempt", Nonce: "nonce-of-this-attempt",
		Challenge: challenge, Intent: provider.Fresh,
	})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, want := range map[string]string{
		"response_type": "code", "redirect_uri": "https://login.example.test/cb", "state": "state-of-this-attempt",
		"nonce":          "nonce-of-this-attempt",
		"code_challenge": challenge, "code_challenge_method": "S256", "prompt": "login", "client_secret": "", "scope": "",
	} {
		if q.Get(name) != want {
			t.Errorf("%s=%q, want %q", name, q.Get(name), want)
		}
	}
	if q.Has("scope") {
		t.Error("a plain sign-in sends no scope at all")
	}
}

func TestXS03_Pictures(t *testing.T) {
	k := newKakao(t)
	for in, kept := range map[string]bool{
		"https://k.kakaocdn.net/dn/x.jpg":         true,
		"http://localhost:5001/-/picture/x":       true,
		"http://localhost:5002/-/picture/x":       false,
		"http://img.example.test/dn/x.jpg":        false,
		"http://kakaocdn.net.example.test/x.jpg":  false,
		"http://evilkakaocdn.net/x.jpg":           false,
		"http://k.kakaocdn.net:8080/x.jpg":        false,
		"javascript:alert(1)":                     false,
		"data:image/svg+xml;base64,AAAA":          false,
		"https://user@k.kakaocdn.net/x":           false,
		"https://x\" onerror=\"alert(1)":          false,
		"//k.kakaocdn.net/x":                      false,
		"":                                        false,
		"https://h/" + strings.Repeat("x", 1<<10): false,
	} {
		if got := k.picture(in) != ""; got != kept {
			t.Errorf("%.60q: kept %v, want %v", in, got, kept)
		}
	}
}

func TestPictureOfKakaosHostsIsTakenByHTTPS(t *testing.T) {
	for in, want := range map[string]string{
		"http://k.kakaocdn.net/dn/x.jpg":       "https://k.kakaocdn.net/dn/x.jpg",
		"http://IMG1.kakaocdn.net/a%20b?q=1&x": "https://img1.kakaocdn.net/a%20b?q=1&x",
		"https://k.kakaocdn.net/dn/x.jpg":      "https://k.kakaocdn.net/dn/x.jpg",
	} {
		if got := newKakao(t).picture(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestOldAndThinProfiles(t *testing.T) {
	const placeholder = "닉네임을 등록해주세요"
	for name, tt := range map[string]struct {
		user kakao.User
		want account.Profile
	}{
		"2017: properties alone": {
			kakao.User{Properties: map[string]string{
				"nickname": "라이언", "thumbnail_image": "http://k.kakaocdn.net/t.jpg", "profile_image": "http://k.kakaocdn.net/p.jpg",
			}},
			account.Profile{Nickname: "라이언", Picture: "https://k.kakaocdn.net/t.jpg"},
		},
		"only the larger picture": {
			kakao.User{Account: &kakao.Account{Profile: kakao.Profile{ImageURL: "https://k.kakaocdn.net/p.jpg"}}},
			account.Profile{Picture: "https://k.kakaocdn.net/p.jpg"},
		},
		"placeholder without its flag": {
			kakao.User{Account: &kakao.Account{Profile: kakao.Profile{Nickname: placeholder}}}, account.Profile{},
		},
		"placeholder in properties": {kakao.User{Properties: map[string]string{"nickname": placeholder}}, account.Profile{}},
		"a user of that name": {
			kakao.User{Account: &kakao.Account{Profile: kakao.Profile{Nickname: placeholder, IsDefaultNickname: kakao.No}}},
			account.Profile{Nickname: placeholder},
		},
		"default picture without its flag": {
			kakao.User{Account: &kakao.Account{Profile: kakao.Profile{ThumbnailURL: "http://img1.kakaocdn.net/thumb/" +
				"R110x110.q70/?fname=http://t1.kakaocdn.net/account_images/default_profile.jpeg"}}},
			account.Profile{},
		},
	} {
		if got := newKakao(t).profile(&tt.user); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

func TestProfileOfNobody(t *testing.T) {
	if got := newKakao(t).profile(&kakao.User{ID: 1}); got != (account.Profile{}) {
		t.Errorf("%+v", got)
	}
}

// Every failure has one meaning, and what is not known is none of the friendly ones.
func TestFailures(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		want provider.Kind
	}{
		{"a deadline", context.DeadlineExceeded, provider.Unavailable},
		{"a visitor who left", context.Canceled, provider.Unavailable},
		{"our clock", &kakao.IDTokenError{Reason: "expired", Clock: true, Skew: time.Minute}, provider.ClockSkew},
		{"a forged token", &kakao.IDTokenError{Reason: "wrong issuer"}, provider.InvalidAnswer},
		{"anything else", errors.New("x"), provider.InvalidAnswer},
		{"under 14", &kakao.Error{Code: "-406"}, provider.UnderAge},
		{"the secret", &kakao.Error{Code: "KOE010"}, provider.Misconfigured},
		{"a setting without a code", &kakao.Error{OAuthError: "invalid_client"}, provider.Misconfigured},
		{"another without a code", &kakao.Error{OAuthError: "unsupported_grant_type"}, provider.Misconfigured},
		{"an unknown word", &kakao.Error{OAuthError: "<svg>"}, provider.InvalidAnswer},
	} {
		e := failure(tc.err)
		if e.Kind != tc.want || !errors.Is(e, tc.err) {
			t.Errorf("%s: kind %d, want %d (%v)", tc.name, e.Kind, tc.want, e)
		}
	}
	for kind, want := range map[kakao.CallbackKind]provider.Kind{
		kakao.Cancelled: provider.Cancelled, kakao.UnderAge: provider.UnderAge,
		kakao.LoginRequired: provider.InteractionNeeded, kakao.ConsentRequired: provider.InteractionNeeded,
		kakao.InteractionRequired: provider.InteractionNeeded, kakao.Unavailable: provider.Unavailable,
		kakao.Misconfigured: provider.Misconfigured, kakao.Malformed: provider.InvalidAnswer,
		kakao.CallbackKind("new"): provider.Unknown,
	} {
		if e := callbackFailure(&kakao.CallbackError{Kind: kind}); e.Kind != want {
			t.Errorf("%s: kind %d, want %d", kind, e.Kind, want)
		}
	}
	if e := callbackFailure(errors.New("x")); e.Kind != provider.InvalidAnswer {
		t.Errorf("not a callback at all: %d", e.Kind)
	}
}

// completeWith completes a sign-in at a Kakao that answers the code exchange as given.
func completeWith(t *testing.T, status int, body string) error {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	_, err := newKakaoAt(t, srv.URL).Complete(t.Context(), goodCallback)
	return err
}

var goodCallback = provider.Callback{
	Params: url.Values{"code": {"c"}, "state": {"s"}}, RedirectURI: "https://login.example.test/cb",
	Verifier: strings.Repeat("v", 43),
}

// newKakaoAt returns the provider of app 123456 with Kakao's servers at an address.
func newKakaoAt(t *testing.T, address string) *Provider {
	t.Helper()
	client, err := kakao.New(kakao.Config{
		ClientID: "rest-key", ClientSecret: "secret", AppID: 123456, AuthURL: address, APIURL: address,
	})
	if err != nil {
		t.Fatal(err)
	}
	k, err := New(Config{
		Client: client, AppID: 123456, SignOutRedirectURI: "https://login.example.test/out", DropTokens: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestOAuthErrorsWithoutACodeAreExplained(t *testing.T) {
	for name, want := range map[string]struct {
		kind provider.Kind
		like string
	}{
		"invalid_grant":  {provider.CodeSpent, "KOE320"},
		"invalid_client": {provider.Misconfigured, "KOE010"},
		"invalid_scope":  {provider.Misconfigured, ""},
	} {
		err := completeWith(t, 400, `{"error":"`+name+`","error_description":"authorization code not found"}`)
		var e *provider.Error
		if !errors.As(err, &e) || e.Kind != want.kind || e.Code != name {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if x := Explain(want.like); (x == nil) != (e.Explanation == nil) || x != nil && e.Explanation.Hint != x.Hint {
			t.Errorf("%s: explained as %+v", name, e.Explanation)
		}
	}
	e := grantFailure(&kakao.Error{Op: "token_refresh", Status: 400, Code: "KOE322"})
	if e.Code != "KOE322" {
		t.Errorf("%v", e)
	}
}

// With dropped tokens neither their lifetime nor a missing refresh token decides.
func TestSignInWithoutRefreshTokenIfTokensAreDropped(t *testing.T) {
	err := completeWith(t, 201, `{"access_token":"A","token_type":"bearer","expires_in":"21599","id":1,"app_id":123456}`)
	if err != nil {
		t.Errorf("%v", err)
	}
}

// The id of another app is refused at every sign-in; the right one is asked for once.
func TestWrongAppIDIsRefused(t *testing.T) {
	for app, ok := range map[string]bool{"123456": true, "1000001": false} {
		asked := 0
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v1/user/access_token_info" {
				asked++
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"access_token":"A","token_type":"bearer","id":1,"app_id":%s,"expires_in":5}`, app)
		}))
		t.Cleanup(srv.Close)
		k := newKakaoAt(t, srv.URL)
		for range 3 {
			_, err := k.Complete(t.Context(), goodCallback)
			var pe *provider.Error
			if !ok && (!errors.As(err, &pe) || pe.Kind != provider.Misconfigured || pe.Temporary() ||
				!strings.Contains(err.Error(), "123456") || !strings.Contains(err.Error(), app)) || ok && err != nil {
				t.Errorf("app %s: %v", app, err)
			}
		}
		if want := map[bool]int{true: 1, false: 3}[ok]; asked != want {
			t.Errorf("app %s: asked %d times, want %d", app, asked, want)
		}
	}
}

// A callback that is none ends before a word to Kakao: the client here has no way to reach anybody.
func TestCompleteRefusesWithoutACall(t *testing.T) {
	_, err := newKakao(
		t,
	).Complete(t.Context(), provider.Callback{Params: url.Values{"error": {"access_denied"}, "state": {"s"}}})
	var e *provider.Error
	if !errors.As(err, &e) || e.Kind != provider.Cancelled {
		t.Errorf("%v", err)
	}
}

func TestIntentBecomesPrompt(t *testing.T) {
	const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	for want, r := range map[string]provider.Request{
		"":                     {Intent: provider.SignIn},
		"login":                {Intent: provider.Fresh},
		"select_account":       {Intent: provider.ChooseAccount},
		"none":                 {Intent: provider.Silent},
		"create":               {Extra: []string{"create"}},
		"create,login":         {Extra: []string{"create", "login"}},
		"login,select_account": {Intent: provider.Fresh, Extra: []string{"select_account"}},
	} {
		r.RedirectURI, r.State = "https://login.example.test/cb", "state-of-this-attempt"
		r.Challenge = challenge
		text, err := newKakao(t).AuthorizeURL(r)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := u.Query().Get("prompt"); got != want || u.Query().Has("prompt") != (want != "") {
			t.Errorf("prompt %q, want %q", got, want)
		}
	}
	if text, err := newKakao(t).AuthorizeURL(provider.Request{
		RedirectURI: "https://login.example.test/cb", State: "state-of-this-attempt",
		Challenge: challenge, Intent: provider.AskConsent, Scope: []string{"birthday"},
	}); err != nil || strings.Contains(text, "prompt") || !strings.Contains(text, "scope=birthday") {
		t.Errorf("consent: %s, %v", text, err)
	}
}

// The app gets a new token for one that has expired; a wrong clock of this machine is for the operator.
func TestClockOfNativeTokens(t *testing.T) {
	t.Parallel()
	for want, err := range map[provider.Kind]error{
		provider.Gone:      &kakao.IDTokenError{Reason: "expired", Clock: true, Skew: time.Hour},
		provider.ClockSkew: &kakao.IDTokenError{Reason: "issued in the future", Clock: true, Skew: time.Hour, Early: true},
	} {
		if got := nativeFailure(err).Kind; got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}
