package line

import (
	"context"
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

	"github.com/norang-login/norang/internal/emulator"
)

const (
	testChannel = "1440057261"
	testSecret  = "0123456789abcdef0123456789abcdef"
	testUser    = "U1234567890abcdef1234567890abcdef"
	testBack    = "https://login.example.com/oauth/line/callback"
	testState   = "0123456789abcdef"
)

var (
	testVerifier = Secret(strings.Repeat("v", 43))
	testTime     = time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)
)

// upstream is a test server for LINE's endpoints: it returns the configured answers and records the requests.
type upstream struct {
	mu     sync.Mutex
	status int
	body   string
	header http.Header
	seen   []*http.Request
	bodies []string
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.seen, u.bodies = append(u.seen, r), append(u.bodies, string(raw))
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Line-Request-Id", "request-7")
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

// last returns the latest request and its body.
func (u *upstream) last() (*http.Request, string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.seen[len(u.seen)-1], u.bodies[len(u.bodies)-1]
}

func newTestClient(t *testing.T, change func(*Config)) (*Client, *upstream) {
	t.Helper()
	u := &upstream{status: http.StatusOK}
	srv := httptest.NewServer(u)
	t.Cleanup(srv.Close)
	cfg := Config{
		ChannelID: testChannel, ChannelSecret: testSecret, APIURL: srv.URL,
		Now: func() time.Time { return testTime }, Rand: func(int64) int64 { return 0 },
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

func TestConfigurationErrorsAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := New(Config{
		ChannelSecret: "a b", PreviousSecrets: []Secret{""}, AuthURL: "ftp://x", APIURL: "https://u@h", Timeout: -1,
	})
	for _, want := range []string{
		"ChannelID is empty", "ChannelSecret contains", "PreviousSecrets", "AuthURL", "APIURL", "limit",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s missing in %v", want, err)
		}
	}
}

func TestAuthorizeURLCarriesTheRequest(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, nil)
	r := AuthorizeRequest{
		RedirectURI: testBack, State: testState, Nonce: "n", Scopes: []string{"openid", "profile"},
		CodeChallenge: S256Challenge(testVerifier), Prompt: PromptLogin, MaxAge: 5 * time.Minute, DisableAutoLogin: true,
		BotPrompt: BotPromptNormal, UILocales: []string{"ko-KR", "en"},
	}
	address, err := c.AuthorizeURL(r)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"response_type": {"code"}, "client_id": {testChannel}, "redirect_uri": {testBack}, "state": {testState},
		"scope": {"openid profile"}, "nonce": {"n"}, "code_challenge": {r.CodeChallenge}, "code_challenge_method": {"S256"},
		"prompt": {"login"}, "max_age": {"300"}, "disable_auto_login": {"true"}, "bot_prompt": {"normal"},
		"ui_locales": {"ko-KR en"},
	}
	if diff := cmp.Diff(want, u.Query()); diff != "" || u.Host != "access.line.me" || strings.Contains(address, "+") {
		t.Errorf("%s\n%s", address, diff)
	}
	for name, change := range map[string]func(*AuthorizeRequest){
		"no redirect URI":   func(r *AuthorizeRequest) { r.RedirectURI = "" },
		"state with a dash": func(r *AuthorizeRequest) { r.State = "0123456789abcde-" },
		"short state":       func(r *AuthorizeRequest) { r.State = "abc" },
		"no nonce":          func(r *AuthorizeRequest) { r.Nonce = "" },
		"no openid":         func(r *AuthorizeRequest) { r.Scopes = []string{"profile"} },
		"odd scope":         func(r *AuthorizeRequest) { r.Scopes = append(r.Scopes, "a b") },
		"odd challenge":     func(r *AuthorizeRequest) { r.CodeChallenge = "x" },
		"odd prompt":        func(r *AuthorizeRequest) { r.Prompt = "select_account" },
		"odd bot prompt":    func(r *AuthorizeRequest) { r.BotPrompt = "x" },
		"half a second":     func(r *AuthorizeRequest) { r.MaxAge = time.Second / 2 },
	} {
		bad := r
		change(&bad)
		if _, err := c.AuthorizeURL(bad); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestPR45_CallbackErrorsAreUnderstoodInCapitals(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, nil)
	parse := func(text string) (Callback, *CallbackError) {
		t.Helper()
		q, err := url.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		cb, err := c.ParseCallback(q)
		var ce *CallbackError
		errors.As(err, &ce)
		return cb, ce
	}
	cb, err := parse(documented(t, "callback.txt"))
	if err != nil || cb.Code != "abcd1234" || cb.State != "0987poi" || cb.Friendship != FriendshipChanged {
		t.Errorf("%+v, %v", cb, err)
	}
	if _, err := parse(documented(t, "callback_cancelled.txt")); err == nil || err.Kind != Cancelled ||
		err.OAuthError != "ACCESS_DENIED" || err.State != "0987poi" {
		t.Errorf("%+v", err)
	}
	for text, want := range map[string]CallbackKind{
		"error=access_denied": Cancelled, "error=Access_Denied": Cancelled, "error=LOGIN_REQUIRED": InteractionRequired,
		"error=INTERACTION_REQUIRED": InteractionRequired, "error=consent_required": InteractionRequired,
		"error=SERVER_ERROR": Unavailable, "error=INVALID_SCOPE": Misconfigured, "error=INVALID_REQUEST": Misconfigured,
		"error=ODD": OtherError, "": Malformed, "code=a&code=b": Malformed, "code=a&error=b": Malformed,
		"code=a%20b": Malformed, "code=" + strings.Repeat("a", 5000): Malformed, "code=a&iss=https://evil.example": Malformed,
	} {
		if _, err := parse(text); err == nil || err.Kind != want {
			t.Errorf("%.40s: %v", text, err)
		}
	}
	if cb, err := parse("code=a&state=b&liffClientId=1&iss=" + url.QueryEscape(DefaultAuthURL)); err != nil ||
		cb.Friendship != FriendshipUnknown {
		t.Errorf("%+v, %v", cb, err)
	}
}

func TestExchangeSendsOneForm(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	u.answer(http.StatusOK, documented(t, "token.json"))
	got, err := c.Exchange(t.Context(), ExchangeRequest{Code: "c1", RedirectURI: testBack, CodeVerifier: testVerifier})
	if err != nil {
		t.Fatal(err)
	}
	want := &Token{
		AccessToken: "bNl4YEFPI/hjFWhTqexp4MuEw5YPs", RefreshToken: "Aa1FdeggRhTnPNNpxr8p",
		IDToken: "eyJhbGciOiJIUzI1NiJ9.e30.x", ExpiresIn: 720 * time.Hour, ExpiresAt: testTime.Add(720 * time.Hour),
		RefreshExpiresAt: testTime.Add(RefreshLife), Scope: []string{"openid", "profile"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	r, body := u.last()
	form, err := url.ParseQuery(body)
	if err != nil || r.URL.RequestURI() != "/oauth2/v2.1/token" || r.Header.Get("Authorization") != "" {
		t.Errorf("%s %v", r.URL, err)
	}
	if diff := cmp.Diff(url.Values{
		"grant_type": {"authorization_code"}, "code": {"c1"}, "redirect_uri": {testBack}, "client_id": {testChannel},
		"client_secret": {testSecret}, "code_verifier": {testVerifier.Reveal()},
	}, form); diff != "" {
		t.Error(diff)
	}
	u.answer(http.StatusServiceUnavailable, "{}")
	once := ExchangeRequest{Code: "c1", RedirectURI: testBack}
	if _, err := c.Exchange(t.Context(), once); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	if len(u.seen) != 2 {
		t.Errorf("%d requests: a code was sent twice", len(u.seen))
	}
	for _, bad := range []ExchangeRequest{
		{RedirectURI: testBack}, {Code: "c"}, {Code: "c", RedirectURI: testBack, CodeVerifier: "short"},
	} {
		if _, err := c.Exchange(t.Context(), bad); !errors.Is(err, ErrInvalidInput) {
			t.Errorf("%v", err)
		}
	}
}

func TestPR42_RefreshKeepsTokenAndEnd(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	u.answer(http.StatusOK, documented(t, "token_refresh.json"))
	got, err := c.Refresh(t.Context(), "Aa1FdeggRhTnPNNpxr8p")
	if err != nil || got.RefreshToken != "Aa1FdeggRhTnPNNpxr8p" || !got.RefreshExpiresAt.IsZero() ||
		got.AccessToken == "" {
		t.Errorf("%+v, %v", got, err)
	}
	u.answer(http.StatusBadRequest, documented(t, "token_refresh_error.json"))
	var e *Error
	if _, err := c.Refresh(t.Context(), "dead"); !errors.Is(err, ErrRefreshTokenInvalid) || !errors.As(err, &e) ||
		e.Code != "invalid_grant" || e.RequestID != "request-7" || strings.Contains(err.Error(), "dead") {
		t.Errorf("%v", err)
	}
	if _, ok := e.Entry(); !ok || !strings.Contains(e.Error(), "[request-7]") || e.Temporary() {
		t.Errorf("%v", e)
	}
}

func TestCallsAreClassified(t *testing.T) {
	t.Parallel()
	type get func(*Client) error
	exchange := func(c *Client) error {
		_, err := c.Exchange(context.Background(), ExchangeRequest{Code: "c", RedirectURI: testBack})
		return err
	}
	verify := func(c *Client) error { _, err := c.VerifyAccessToken(context.Background(), "a"); return err }
	profile := func(c *Client) error { _, err := c.Profile(context.Background(), "a"); return err }
	deauthorize := func(c *Client) error { return c.Deauthorize(context.Background(), "ch", "user-token") }
	channel := func(c *Client) error { _, err := c.ChannelToken(context.Background()); return err }
	for name, row := range map[string]struct {
		call   get
		status int
		body   string
		want   error
	}{
		"used code":           {exchange, 400, `{"error":"invalid_grant"}`, ErrCodeInvalid},
		"wrong secret":        {exchange, 400, `{"error":"invalid_client"}`, ErrClientInvalid},
		"error in a 200":      {exchange, 200, `{"error":"invalid_grant"}`, ErrCodeInvalid},
		"no expires_in":       {exchange, 200, `{"access_token":"a","token_type":"Bearer"}`, ErrMalformed},
		"other type":          {exchange, 200, `{"access_token":"a","token_type":"mac","expires_in":1}`, ErrMalformed},
		"repeated member":     {exchange, 200, `{"access_token":"a","access_token":"b"}`, ErrMalformed},
		"redirect":            {exchange, 302, ``, ErrMalformed},
		"maintenance page":    {exchange, 200, `<html>`, ErrUnavailable},
		"too many":            {exchange, 429, `{"message":"x"}`, ErrRateLimited},
		"server error":        {profile, 500, `{"message":"x"}`, ErrUnavailable},
		"dead access token":   {verify, 400, documented(t, "verify_error.json"), ErrTokenInvalid},
		"other channel":       {verify, 200, `{"client_id":"999","expires_in":1,"scope":"profile"}`, ErrForeignToken},
		"no channel":          {verify, 200, `{"expires_in":1,"scope":"profile"}`, ErrMalformed},
		"dead token":          {profile, 401, `{"message":"x"}`, ErrTokenInvalid},
		"no scope":            {profile, 403, `{"message":"x"}`, ErrNotPermitted},
		"no id":               {profile, 200, `{"displayName":"x"}`, ErrMalformed},
		"foreign id":          {profile, 200, `{"userId":"12345"}`, ErrMalformed},
		"unlinked already":    {deauthorize, 400, documented(t, "deauthorize_error.json"), ErrTokenInvalid},
		"bad channel token":   {deauthorize, 401, `{"message":"x"}`, ErrChannelToken},
		"no channel token":    {channel, 200, `{}`, ErrMalformed},
		"channel not allowed": {channel, 400, `{"error":"invalid_client"}`, ErrClientInvalid},
	} {
		c, u := newTestClient(t, nil)
		u.answer(row.status, row.body)
		if err := row.call(c); !errors.Is(err, row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProfilesAreRead(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	u.answer(http.StatusOK, documented(t, "profile.json"))
	got, err := c.Profile(t.Context(), "access")
	want := &User{
		ID: testUser, Name: "Brown", Picture: "https://profile.line-scdn.net/abcdefghijklmn", StatusMessage: "Hello, LINE!",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if r, _ := u.last(); r.URL.Path != "/v2/profile" || r.Header.Get("Authorization") != "Bearer access" {
		t.Errorf("%s %s", r.URL, r.Header)
	}
	u.answer(http.StatusOK, documented(t, "userinfo.json"))
	if got, err := c.UserInfo(t.Context(), "access"); err != nil || got.ID != testUser || got.Name != "Taro Line" {
		t.Errorf("%+v, %v", got, err)
	}
	u.answer(http.StatusOK, documented(t, "verify.json"))
	info, err := c.VerifyAccessToken(t.Context(), "a/b+c=")
	if err != nil || len(info.Scope) != 2 || info.ExpiresIn != 2591659*time.Second {
		t.Errorf("%+v, %v", info, err)
	}
	if r, _ := u.last(); r.URL.Query().Get("access_token") != "a/b+c=" {
		t.Errorf("%s", r.URL)
	}
}

func TestPR43_DeauthorizeSendsTwoTokens(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	u.answer(http.StatusOK, documented(t, "channel_token.json"))
	channel, err := c.ChannelToken(t.Context())
	if err != nil || channel != "ey.stateless" {
		t.Fatalf("%v", err)
	}
	if r, body := u.last(); r.URL.Path != "/oauth2/v3/token" || !strings.Contains(body, "grant_type=client_credentials") {
		t.Errorf("%s %s", r.URL, body)
	}
	u.answer(http.StatusNoContent, "")
	if err := c.Deauthorize(t.Context(), channel, "user-token"); err != nil {
		t.Error(err)
	}
	r, body := u.last()
	if r.URL.Path != "/user/v1/deauthorize" || r.Header.Get("Authorization") != "Bearer ey.stateless" ||
		body != `{"userAccessToken":"user-token"}` || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s %s", r.URL, r.Header, body)
	}
	if err := c.Revoke(t.Context(), "user-token"); err != nil {
		t.Error(err)
	}
	if r, body := u.last(); r.URL.Path != "/oauth2/v2.1/revoke" || strings.Contains(body, "grant_type") {
		t.Errorf("%s %s", r.URL, body)
	}
	for _, err := range []error{c.Deauthorize(t.Context(), "", "x"), c.Revoke(t.Context(), "")} {
		if !errors.Is(err, ErrInvalidInput) {
			t.Error(err)
		}
	}
}

// claims are those of LINE's documented ID token, at the test's time.
func claims(change map[string]any) map[string]any {
	all := map[string]any{
		"iss": DefaultAuthURL, "sub": testUser, "aud": testChannel, "nonce": "n", "amr": []string{"pwd"},
		"iat": testTime.Unix(), "exp": testTime.Add(time.Hour).Unix(), "name": "Taro Line", "email": "taro.line@example.com",
		"picture": "https://profile.line-scdn.net/x",
	}
	for k, v := range change {
		if all[k] = v; v == nil {
			delete(all, k)
		}
	}
	return all
}

func TestPR40_AlgorithmFollowsFromHowTheTokenCame(t *testing.T) {
	t.Parallel()
	key := emulator.ECKey("line test")
	c, u := newTestClient(t, func(c *Config) { c.PreviousSecrets = []Secret{"the-secret-before-the-change-0001"} })
	u.answer(http.StatusOK, `{"keys":[{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"`+key.ID+`","x":"`+
		key.Public()["x"]+`","y":"`+key.Public()["y"]+`"}]}`)
	hs256, es256 := emulator.SignSecret(testSecret, nil, claims(nil)), key.Sign(nil, claims(nil))
	o := IDTokenOptions{Nonce: "n"}
	got, err := c.VerifyIDToken(t.Context(), Secret(hs256), o)
	if err != nil || got.Subject != testUser || got.Email != "taro.line@example.com" || got.Name != "Taro Line" ||
		len(got.Methods) != 1 || !got.AuthTime.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := c.VerifyNativeIDToken(t.Context(), Secret(es256), o); err != nil {
		t.Error(err)
	}
	previous := emulator.SignSecret("the-secret-before-the-change-0001", nil, claims(nil))
	if _, err := c.VerifyIDToken(t.Context(), Secret(previous), o); err != nil {
		t.Errorf("previous secret: %v", err)
	}
	for name, token := range map[string]string{
		"ES256 as a web login": es256, "another secret": emulator.SignSecret("another", nil, claims(nil)),
		"none": key.Sign(map[string]any{"alg": "none"}, claims(nil)),
	} {
		if _, err := c.VerifyIDToken(t.Context(), Secret(token), o); !errors.Is(err, ErrIDTokenInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, token := range map[string]string{
		"HS256 as a native login": hs256, "HS256 with the public key": key.Sign(map[string]any{"alg": "HS256"}, claims(nil)),
		"unknown key": emulator.ECKey("line other").Sign(nil, claims(nil)),
	} {
		if _, err := c.VerifyNativeIDToken(t.Context(), Secret(token), o); !errors.Is(err, ErrIDTokenInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIDTokensThatAreNotForThisLoginAreRefused(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, nil)
	for name, change := range map[string]map[string]any{
		"issuer": {"iss": "https://evil.example"}, "channel": {"aud": "999"}, "nonce": {"nonce": "m"},
		"no nonce": {"nonce": nil},
		"expired":  {"exp": testTime.Add(-time.Hour).Unix()}, "subject": {"sub": "12345"}, "no subject": {"sub": nil},
		"future": {"iat": testTime.Add(time.Hour).Unix()},
	} {
		token := Secret(emulator.SignSecret(testSecret, nil, claims(change)))
		var e *IDTokenError
		if _, err := c.VerifyIDToken(t.Context(), token, IDTokenOptions{Nonce: "n"}); !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if e.Audience != (name == "channel") || e.NoNonce != (name == "no nonce") ||
			e.Clock != (name == "expired" || name == "future") {
			t.Errorf("%s: %+v", name, e)
		}
	}
	anHourAgo := map[string]any{"auth_time": testTime.Add(-time.Hour).Unix()}
	old := Secret(emulator.SignSecret(testSecret, nil, claims(anHourAgo)))
	for _, token := range []Secret{old, Secret(emulator.SignSecret(testSecret, nil, claims(nil)))} {
		o := IDTokenOptions{Nonce: "n", MaxAge: 5 * time.Minute}
		if _, err := c.VerifyIDToken(t.Context(), token, o); !errors.Is(err, ErrIDTokenInvalid) {
			t.Errorf("max age: %v", err)
		}
	}
	if _, err := c.VerifyIDToken(t.Context(), old, IDTokenOptions{}); !errors.Is(err, ErrInvalidInput) {
		t.Errorf("without a nonce: %v", err)
	}
	down, u := newTestClient(t, nil)
	u.answer(http.StatusServiceUnavailable, "{}")
	token := Secret(emulator.ECKey("line test").Sign(nil, claims(nil)))
	_, err := down.VerifyNativeIDToken(t.Context(), token, IDTokenOptions{Nonce: "n"})
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("without keys: %v", err)
	}
}

func TestCircuitBreakerOpensAndIsShown(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, func(c *Config) { c.BreakAfter = 2 })
	u.answer(http.StatusBadGateway, "")
	for range 2 {
		_, _ = c.Profile(t.Context(), "a")
	}
	var e *Error
	if _, err := c.Profile(t.Context(), "a"); !errors.As(err, &e) || e.RetryAfter == 0 || c.BreakersOpen() != 1 {
		t.Errorf("%v, %d open", err, c.BreakersOpen())
	}
	if c.String() != "line.Client("+DefaultAuthURL+")" {
		t.Error(c.String())
	}
}
