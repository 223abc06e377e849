package naver

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	testClient  = "cLiEnT_id_01"
	testSecret  = "s3cretForTest"
	testAccess  = Secret("AA+b/c=")
	testRefresh = Secret("refresh-token-1")
	testState   = "9kgsGTfH4j7IyAkg"
	testBack    = "https://login.example.com/oauth/naver/callback"
)

var (
	testVerifier = Secret(strings.Repeat("v", 43))
	testTime     = time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)
)

// upstream is a Naver with given answers that records the requests.
type upstream struct {
	mu      sync.Mutex
	status  int
	body    string
	header  http.Header
	paths   []string
	forms   []url.Values
	headers []http.Header
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(raw))
	u.mu.Lock()
	defer u.mu.Unlock()
	u.paths, u.forms = append(u.paths, r.Method+" "+r.URL.RequestURI()), append(u.forms, form)
	u.headers = append(u.headers, r.Header)
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	for k, v := range u.header {
		w.Header()[k] = v
	}
	w.WriteHeader(u.status)
	io.WriteString(w, u.body)
}

func (u *upstream) answer(status int, body string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.status, u.body = status, body
}

func newTestClient(t *testing.T, change func(*Config)) (*Client, *upstream) {
	t.Helper()
	u := &upstream{status: http.StatusOK}
	srv := httptest.NewServer(u)
	t.Cleanup(srv.Close)
	cfg := Config{
		ClientID: testClient, ClientSecret: testSecret, AuthServerURL: srv.URL, APIURL: srv.URL,
		Now: func() time.Time { return testTime },
	}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c, u
}

func documented(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func TestNewReportsEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := New(Config{ClientID: "a b", APIURL: "ftp://x", PreviousSecrets: []Secret{""}, Timeout: -1})
	for _, want := range []string{"ClientID", "ClientSecret", "APIURL", "PreviousSecrets", "negative"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s not reported: %v", want, err)
		}
	}
}

func TestPR01_OneSetOfEndpointsInAllCalls(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		openID       bool
		path, answer string
		verifier     Secret
	}{
		{false, "/oauth2.0/", "token.json", ""},
		{true, "/oauth2/", "token_openid.json", testVerifier},
	} {
		c, u := newTestClient(t, func(cfg *Config) { cfg.OpenID = tc.openID })
		u.answer(200, documented(t, tc.answer))
		r := AuthorizeRequest{RedirectURI: testBack, State: testState}
		if tc.openID {
			r.CodeChallenge = S256Challenge(testVerifier)
		}
		address, err := c.AuthorizeURL(r)
		if err != nil || !strings.HasPrefix(address, "https://nid.naver.com"+tc.path+"authorize?") {
			t.Errorf("authorize: %s, %v", address, err)
		}
		for _, only := range []string{"code_challenge=", "scope=openid", "code_challenge_method=S256"} {
			if strings.Contains(address, only) != tc.openID {
				t.Errorf("OpenID %v: %s in %s", tc.openID, only, address)
			}
		}
		token, err := c.Exchange(t.Context(),
			ExchangeRequest{Code: "code", State: testState, RedirectURI: testBack, CodeVerifier: tc.verifier})
		if err != nil || (token.IDToken != "") != tc.openID {
			t.Fatalf("OpenID %v: %v, %v", tc.openID, token, err)
		}
		if _, err := c.Refresh(t.Context(), testRefresh); err != nil {
			t.Fatal(err)
		}
		for i, p := range u.paths {
			if p != "POST "+tc.path+"token" {
				t.Errorf("call %d: %s", i, p)
			}
		}
		if u.forms[0].Get("state") != testState || u.forms[0].Get("client_secret") != testSecret ||
			u.forms[0].Has("code_verifier") != tc.openID {
			t.Errorf("form %v", u.forms[0])
		}
	}
	plain, _ := newTestClient(t, nil)
	challenge := S256Challenge(testVerifier)
	if _, err := plain.AuthorizeURL(
		AuthorizeRequest{RedirectURI: testBack, State: testState, CodeChallenge: challenge}); err == nil {
		t.Error("PKCE in the set without it")
	}
	if _, err := plain.Exchange(t.Context(),
		ExchangeRequest{Code: "c", State: testState, CodeVerifier: testVerifier}); !errors.Is(err, ErrInvalidInput) {
		t.Errorf("verifier in the set without PKCE: %v", err)
	}
}

func TestIDTokenOfAnotherApplicationIsRefused(t *testing.T) {
	t.Parallel()
	const good = `{"iss":"https://nid.naver.com","aud":"cLiEnT_id_01","sub":"a","exp":4102444800}`
	for name, tt := range map[string]struct {
		old, changed string
		ok           bool
	}{
		"nothing":       {"", "", true},
		"issuer":        {"https://nid.naver.com", "https://evil.test", false},
		"audience":      {"cLiEnT_id_01", "other", false},
		"two audiences": {`"cLiEnT_id_01"`, `["cLiEnT_id_01","other"]`, false},
		"time":          {"4102444800", "1", false},
		"no time":       {`,"exp":4102444800`, "", false},
		"no subject":    {`"sub":"a",`, "", false},
		"form":          {good, "{}", false},
	} {
		c, u := newTestClient(t, func(cfg *Config) { cfg.OpenID = true })
		claims := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(good, tt.old, tt.changed, 1)))
		u.answer(200, `{"access_token":"a","token_type":"bearer","expires_in":"3600","id_token":"e30.`+claims+`.c2ln"}`)
		_, err := c.Exchange(t.Context(), ExchangeRequest{Code: "c", State: testState, CodeVerifier: testVerifier})
		if tt.ok && err != nil || !tt.ok && !errors.Is(err, ErrForeignToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPR02_ExpiresInIsReadAsTextAndAsNumber(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	for body, want := range map[string]time.Duration{
		documented(t, "token.json"):                                      time.Hour,
		`{"access_token":"a","token_type":"bearer","expires_in":3600}`:   time.Hour,
		`{"access_token":"a","token_type":"bearer","expires_in":""}`:     0,
		`{"access_token":"a","token_type":"bearer","expires_in":"0"}`:    0,
		`{"access_token":"a","token_type":"bearer","expires_in":"soon"}`: 0,
		`{"access_token":"a","token_type":"bearer"}`:                     0,
	} {
		u.answer(200, body)
		token, err := c.Exchange(t.Context(), ExchangeRequest{Code: "c", State: testState})
		if want == 0 {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: %v", body, err)
			}
			continue
		}
		if err != nil || token.ExpiresIn != want || !token.ExpiresAt.Equal(testTime.Add(want)) {
			t.Errorf("%s: %v, %v", body, token, err)
		}
	}
}

func TestPR03_RefreshKeepsTheRefreshToken(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	for _, body := range []string{
		documented(t, "token_refresh.json"),
		`{"access_token":"a","token_type":"bearer","expires_in":"3600","refresh_token":""}`,
	} {
		u.answer(200, body)
		token, err := c.Refresh(t.Context(), testRefresh)
		if err != nil || token.RefreshToken != testRefresh || token.AccessToken == "" {
			t.Errorf("%s: %v, %v", body, token, err)
		}
	}
	u.answer(200, documented(t, "token.json"))
	if token, err := c.Refresh(t.Context(), testRefresh); err != nil || token.RefreshToken == testRefresh {
		t.Errorf("a new refresh token is ignored: %v", err)
	}
}

func TestPR04_TokensArriveUnchanged(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	u.answer(200, documented(t, "profile.json"))
	if _, err := c.Profile(t.Context(), testAccess); err != nil {
		t.Fatal(err)
	}
	if got := u.headers[0].Get("Authorization"); got != "Bearer AA+b/c=" {
		t.Errorf("profile: %q", got)
	}
	u.answer(200, documented(t, "token_refresh.json"))
	if _, err := c.Refresh(t.Context(), testAccess); err != nil || u.forms[1].Get("refresh_token") != "AA+b/c=" {
		t.Errorf("refresh: %q, %v", u.forms[1].Get("refresh_token"), err)
	}
	u.answer(200, "")
	if err := c.Revoke(t.Context(), testAccess, false); err != nil || u.forms[2].Get("token") != "AA+b/c=" ||
		u.forms[2].Get("token_type_hint") != "access_token" {
		t.Errorf("revoke: %v, %v", u.forms[2], err)
	}
}

func TestPR05_StatusOKIsNotSuccess(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	for body, want := range map[string]error{
		documented(t, "profile_024.json"):                                         ErrTokenInvalid,
		`{"resultcode":"00","message":"success","response":{"id":""}}`:            ErrMalformed,
		`{"resultcode":"00","message":"success","response":{"nickname":"a"}}`:     ErrMalformed,
		`{"resultcode":"00","message":"success"}`:                                 ErrMalformed,
		`{"response":{"id":"1"}}`:                                                 ErrMalformed,
		`{"resultcode":"00","resultcode":"024","response":{"id":"1"}}`:            ErrMalformed,
		`{"resultcode":"00","response":{"id":"1","id":"2"}}`:                      ErrMalformed,
		`{"resultcode":"00","response":{"id":"` + strings.Repeat("1", 65) + `"}}`: ErrMalformed,
		`{"resultcode":"00","response":{"id":["1"]}}`:                             ErrMalformed,
		`{"resultcode":"00","response":{"id":"1","x":` + nested(100) + `}}`:       ErrMalformed,
		`<html>점검 중</html>`:                                                       ErrUnavailable,
		``:                                                                        ErrMalformed,
	} {
		u.answer(200, body)
		if u, err := c.Profile(t.Context(), testAccess); !errors.Is(err, want) {
			t.Errorf("%.80s: %v, %v, want %v", body, u, err, want)
		}
	}
}

func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func TestPR06_EveryFormOfErrorIsTheSameError(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	for name, want := range map[string]struct {
		status int
		code   string
		kind   error
	}{
		"profile_024.json":        {401, "024", ErrTokenInvalid},
		"profile_024_common.json": {401, "024", ErrTokenInvalid},
		"profile_028.json":        {401, "028", ErrTokenInvalid},
		"profile_403.json":        {403, "403", ErrNotPermitted},
	} {
		for _, status := range []int{want.status, 200} {
			u.answer(status, documented(t, name))
			_, err := c.Profile(t.Context(), testAccess)
			var e *Error
			if !errors.As(err, &e) || e.Code != want.code {
				t.Errorf("%s with %d: %v", name, status, err)
			} else if _, known := e.Entry(); !known {
				t.Errorf("%s: no explanation", e.Code)
			}
			if status != 200 && !errors.Is(err, want.kind) {
				t.Errorf("%s with %d: %v, want %v", name, status, err, want.kind)
			}
		}
	}
	for _, status := range []int{200, 400, 401} {
		u.answer(status, documented(t, "token_error.json"))
		_, err := c.Exchange(t.Context(), ExchangeRequest{Code: "c", State: testState})
		if !errors.Is(err, ErrCodeInvalid) {
			t.Errorf("token error with %d: %v", status, err)
		}
		if _, err = c.Refresh(t.Context(), testRefresh); !errors.Is(err, ErrRefreshTokenInvalid) {
			t.Errorf("refresh error with %d: %v", status, err)
		}
	}
	u.answer(401, documented(t, "revoke_error.json"))
	if err := c.Revoke(t.Context(), testRefresh, true); !errors.Is(err, ErrClientInvalid) {
		t.Errorf("revoke: %v", err)
	}
}

func TestPR07_MaskedLoginIDIsNoNickname(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	for nickname, want := range map[string]string{
		"abc***": "", "ab****": "", "my_id-1**": "", "별***별": "별***별", "star*": "star*", "노랑": "노랑", "***": "",
	} {
		u.answer(200, `{"resultcode":"00","response":{"id":"1","nickname":"`+nickname+`"}}`)
		if got, err := c.Profile(t.Context(), testAccess); err != nil || got.Nickname != want {
			t.Errorf("%s: %v, %v", nickname, got, err)
		}
	}
}

func TestProfileIsReadAsDocumented(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	for name, want := range map[string]User{
		"profile.json": {
			ID: "32742776", Nickname: "OpenAPI", Name: "오픈 API", Email: "openapi@naver.com", Gender: "F", Age: "40-49",
			Birthday: "10-01", Birthyear: "1900", Mobile: "010-0000-0000",
		},
		"profile_minimal.json": {ID: "qPb/5K2y+4nFz1cTgDd8Lw=="},
	} {
		u.answer(200, documented(t, name))
		got, err := c.Profile(t.Context(), testAccess)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, *got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	u.answer(200, documented(t, "verify.json"))
	info, err := c.Verify(t.Context(), testAccess)
	if err != nil || !info.ExpiresAt.Equal(testTime.Add(time.Hour)) || len(info.AllowedProfile) != 2 {
		t.Errorf("verify: %v, %v", info, err)
	}
	if got := u.paths[len(u.paths)-1]; got != "GET /v1/nid/verify?info=true" {
		t.Error(got)
	}
}

func TestPR09_NoAuthTypeChoosesAnAccount(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, nil)
	for _, kind := range []AuthType{"", Reprompt, Reauthenticate, AutoLogin} {
		address, err := c.AuthorizeURL(AuthorizeRequest{RedirectURI: testBack, State: testState, AuthType: kind})
		u, parsed := url.Parse(address)
		if err != nil || parsed != nil || u.Query().Get("auth_type") != string(kind) || u.Query().Has("prompt") {
			t.Errorf("%q: %s, %v", kind, address, err)
		}
	}
	if _, err := c.AuthorizeURL(
		AuthorizeRequest{RedirectURI: testBack, State: testState, AuthType: "select_account"}); err == nil {
		t.Error("an unknown auth_type is sent")
	}
}

func TestPR11_UnlinkIsARevocation(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, func(cfg *Config) { cfg.OpenID = true })
	if err := c.Revoke(t.Context(), testRefresh, true); err != nil {
		t.Fatal(err)
	}
	if u.paths[0] != "POST /oauth2.0/revoke" || u.forms[0].Has("grant_type") ||
		u.forms[0].Get("token_type_hint") != "refresh_token" {
		t.Errorf("%s %v", u.paths[0], u.forms[0])
	}
	u.answer(503, `{"error":"temporarily_unavailable"}`)
	if err := c.Revoke(t.Context(), testRefresh, true); !errors.Is(err, ErrUnavailable) || len(u.paths) != 3 {
		t.Errorf("after %d calls: %v", len(u.paths), err)
	}
}

func TestCallbackIsReadAsDocumented(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, nil)
	for text, want := range map[string]CallbackKind{
		documented(t, "callback.txt"):               "",
		documented(t, "callback_cancelled.txt"):     Cancelled,
		documented(t, "callback_autologin.txt"):     InteractionRequired,
		"state=s&error=server_error":                Unavailable,
		"state=s&error=unauthorized_client":         Misconfigured,
		"state=s&error=other":                       OtherError,
		"state=s":                                   Malformed,
		"state=s&code=a&error=b":                    Malformed,
		"state=s&code=a&code=b":                     Malformed,
		"state=s&code=%00":                          Malformed,
		"state=s&code=a&iss=https://evil.test":      Malformed,
		"state=s&code=" + strings.Repeat("c", 5000): Malformed,
	} {
		q, err := url.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		cb, err := c.ParseCallback(q)
		var e *CallbackError
		switch {
		case want == "" && (err != nil || cb.Code != "EIc5bFrl4RibFls1" || cb.State != testState):
			t.Errorf("%s: %v, %v", text, cb, err)
		case want != "" && (!errors.As(err, &e) || e.Kind != want || e.State != q.Get("state")):
			t.Errorf("%.60s: %v", text, err)
		}
	}
}

func TestSecretsAreNotInErrors(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	u.answer(400, `{"error":"odd","error_description":"code c0de-c0de of `+testSecret+`\u0000\n"}`)
	_, err := c.Exchange(t.Context(), ExchangeRequest{Code: "c0de-c0de", State: testState})
	if err == nil || strings.Contains(err.Error(), "c0de-c0de") || strings.Contains(err.Error(), testSecret) ||
		strings.ContainsAny(err.Error(), "\n\x00") {
		t.Errorf("%q", err)
	}
	if strings.Contains(c.String(), testSecret) {
		t.Error("secret in String")
	}
}

func TestCodeIsExchangedWithOneRequest(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	u.answer(503, "")
	if _, err := c.Exchange(t.Context(), ExchangeRequest{Code: "c", State: testState}); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	if len(u.paths) != 1 {
		t.Errorf("%d requests", len(u.paths))
	}
	u.answer(429, "")
	u.header = http.Header{"Retry-After": {"7"}}
	_, err := c.Profile(t.Context(), testAccess)
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, ErrRateLimited) || e.RetryAfter != 7*time.Second {
		t.Error(err)
	}
}
