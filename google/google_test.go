package google

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testClient  = "1234987819200.apps.googleusercontent.com"
	testAndroid = "1234987819200-android.apps.googleusercontent.com"
	testSecret  = "GOCSPX-s3cretForTest"
	testRefresh = Secret("1//0edocumented-refresh")
	testState   = "security_token0394852"
	testNonce   = "0394852-3190485-2490358"
	testBack    = "https://login.example.com/oauth/google/callback"
)

var (
	testVerifier = Secret(strings.Repeat("v", 43))
	testTime     = time.Unix(1353601086, 0).UTC() // a minute after the documented iat
	testKey      = sync.OnceValue(func() *rsa.PrivateKey {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return key
	})
)

// upstream is a test server for Google's endpoints: it returns the configured answers and records the requests. It
// publishes two keys and signs with the second.
type upstream struct {
	mu     sync.Mutex
	status int
	body   string
	header http.Header
	down   bool // no keys
	paths  []string
	forms  []url.Values
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(raw))
	u.mu.Lock()
	defer u.mu.Unlock()
	u.paths, u.forms = append(u.paths, r.Method+" "+r.URL.RequestURI()), append(u.forms, form)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.URL.Path == "/oauth2/v3/certs" {
		if u.down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		b64 := base64.RawURLEncoding.EncodeToString
		other := new(big.Int).Add(testKey().N, big.NewInt(2))
		fmt.Fprintf(w, `{"keys":[{"kty":"RSA","alg":"RS256","use":"sig","kid":"k1","n":%q,"e":"AQAB"},`+
			`{"kty":"RSA","alg":"RS256","use":"sig","kid":"k2","n":%q,"e":"AQAB"}]}`,
			b64(other.Bytes()), b64(testKey().N.Bytes()))
		return
	}
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
		ClientID: testClient, ClientSecret: testSecret, NativeClientIDs: []string{testAndroid}, TokenURL: srv.URL,
		KeysURL: srv.URL, Now: func() time.Time { return testTime },
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

// signed is a token with the documented claims, changed; nil removes a claim.
func signed(t *testing.T, file, kid string, changes map[string]any) string {
	t.Helper()
	return signedAs(t, "JWT", file, kid, changes)
}

// signedAs is one with another typ in its header.
func signedAs(t *testing.T, typ, file, kid string, changes map[string]any) string {
	t.Helper()
	var claims map[string]any
	if err := json.Unmarshal([]byte(documented(t, file)), &claims); err != nil {
		t.Fatal(err)
	}
	for name, v := range changes {
		if claims[name] = v; v == nil {
			delete(claims, name)
		}
	}
	body, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	text := b64([]byte(`{"alg":"RS256","kid":"`+kid+`","typ":"`+typ+`"}`)) + "." + b64(body)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, testKey(), crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + b64(sig)
}

func TestNewReportsEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := New(Config{ClientID: "a b", TokenURL: "ftp://x", NativeClientIDs: []string{""}, Timeout: -1})
	for _, want := range []string{"ClientID", "ClientSecret", "TokenURL", "NativeClientIDs", "negative"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s not reported: %v", want, err)
		}
	}
	c, _ := newTestClient(t, nil)
	if text := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(text, testSecret) {
		t.Error(text)
	}
}

func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, nil)
	good := AuthorizeRequest{
		RedirectURI: testBack, State: testState, Nonce: testNonce, CodeChallenge: S256Challenge(testVerifier),
		Prompt: PromptSelectAccount, LoginHint: "a+b@example.com", HostedDomain: "example.com", Offline: true, AuthTime: true,
	}
	address, err := c.AuthorizeURL(good)
	u, parsed := url.Parse(address)
	if err != nil || parsed != nil || !strings.HasPrefix(address, "https://accounts.google.com/o/oauth2/v2/auth?") {
		t.Fatalf("%s, %v", address, err)
	}
	for name, want := range map[string]string{
		"response_type": "code", "client_id": testClient, "redirect_uri": testBack, "scope": "openid email profile",
		"state": testState, "nonce": testNonce, "code_challenge_method": "S256", "prompt": "select_account",
		"login_hint": "a+b@example.com", "hd": "example.com", "access_type": "offline",
		"claims": `{"id_token":{"auth_time":{"essential":true}}}`,
	} {
		if got := u.Query().Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if strings.Contains(u.RawQuery, "+") {
		t.Error("a space as +")
	}
	for name, change := range map[string]func(*AuthorizeRequest){
		"RedirectURI":   func(r *AuthorizeRequest) { r.RedirectURI = "" },
		"State":         func(r *AuthorizeRequest) { r.State = "short" },
		"Nonce":         func(r *AuthorizeRequest) { r.Nonce = "" },
		"CodeChallenge": func(r *AuthorizeRequest) { r.CodeChallenge = "plain" },
		"LoginHint":     func(r *AuthorizeRequest) { r.LoginHint = strings.Repeat("a", 400) },
		"Prompt":        func(r *AuthorizeRequest) { r.Prompt = "login" }, // Google accepts it and does nothing
	} {
		r := good
		change(&r)
		if _, err := c.AuthorizeURL(r); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCallback(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, nil)
	parse := func(text string) (Callback, CallbackKind) {
		q, err := url.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		cb, err := c.ParseCallback(q)
		var e *CallbackError
		if err != nil && (!errors.As(err, &e) || e.Error() == "") {
			t.Fatal(err)
		}
		if e != nil {
			return cb, e.Kind
		}
		return cb, ""
	}
	cb, kind := parse(documented(t, "callback.txt"))
	if kind != "" || cb.State != testState || cb.Code.Reveal() != "4/0AfJohXdocumented" {
		t.Errorf("%v, %s", cb, kind)
	}
	for text, want := range map[string]CallbackKind{
		documented(t, "callback_cancelled.txt"): Cancelled,
		documented(t, "callback_silent.txt"):    InteractionRequired,
		"error=login_required":                  InteractionRequired,
		"error=server_error":                    Unavailable,
		"error=org_internal":                    Misconfigured,
		"error=odd":                             OtherError,
		"code=a&error=b":                        Malformed,
		"code=a&code=b":                         Malformed,
		"code=a%20b":                            Malformed,
		"":                                      Malformed,
		"code=a&iss=https://evil.test":          Malformed,
		"code=a&iss=":                           Malformed,
		"code=" + strings.Repeat("a", 5000):     Malformed,
		"code=a&iss=https%3A%2F%2Faccounts.google.com":    "",
		"code=a&iss=https%3A%2F%2Faccounts.google.com%2F": Malformed,
	} {
		if _, got := parse(text); got != want {
			t.Errorf("%.60s: %q, want %q", text, got, want)
		}
	}
}

func TestPR15_LaterTokenHasNoRefreshToken(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	exchange := ExchangeRequest{Code: "4/0code", RedirectURI: testBack, CodeVerifier: testVerifier}
	for file, want := range map[string]Secret{"token.json": testRefresh, "token_again.json": ""} {
		u.answer(200, documented(t, file))
		token, err := c.Exchange(t.Context(), exchange)
		if err != nil || token.RefreshToken != want || token.ExpiresAt != testTime.Add(3599*time.Second) ||
			len(token.Scope) != 3 {
			t.Errorf("%s: %+v, %v", file, token, err)
		}
	}
	form := u.forms[0]
	if u.paths[0] != "POST /token" || form.Get("code") != "4/0code" || form.Get("redirect_uri") != testBack ||
		form.Get("code_verifier") != testVerifier.Reveal() || form.Get("client_secret") != testSecret {
		t.Errorf("%v %v", u.paths, form)
	}
	u.answer(200, documented(t, "token_refresh.json"))
	if token, err := c.Refresh(t.Context(), testRefresh); err != nil || token.RefreshToken != testRefresh {
		t.Errorf("refresh: %+v, %v", token, err)
	}
}

func TestTokenErrors(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, func(cfg *Config) { cfg.BreakAfter = 100 })
	exchange := ExchangeRequest{Code: "4/0code", RedirectURI: testBack, CodeVerifier: testVerifier}
	for _, tc := range []struct {
		status int
		body   string
		want   error
	}{
		{400, documented(t, "token_error.json"), ErrCodeInvalid},
		{401, `{"error":"invalid_client","error_description":"The OAuth client was not found."}`, ErrClientInvalid},
		{401, `{"error":"deleted_client"}`, ErrClientInvalid},
		{403, `{"error":"rate_limit_exceeded"}`, ErrRateLimited},
		{429, `{}`, ErrRateLimited},
		{500, `{"error":"internal_failure"}`, ErrUnavailable},
		{503, `<html>`, ErrUnavailable},
		{302, ``, ErrMalformed},
		{200, `{"access_token":"a","token_type":"Bearer","expires_in":3599}`, ErrMalformed}, // no id_token
		{200, `{"access_token":"a","token_type":"Bearer","id_token":"x"}`, ErrMalformed},
		{200, `{"access_token":"a","token_type":"mac","expires_in":1,"id_token":"x"}`, ErrMalformed},
		{200, `{"access_token":"a","access_token":"b"}`, ErrMalformed},
		{200, `[]`, ErrMalformed},
		{400, `{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"m"}}`, nil},
	} {
		u.answer(tc.status, tc.body)
		_, err := c.Exchange(t.Context(), exchange)
		var e *Error
		if !errors.As(err, &e) || tc.want != nil && !errors.Is(err, tc.want) || strings.Contains(err.Error(), testSecret) {
			t.Errorf("%d %s: %v", tc.status, tc.body, err)
		}
	}
	for name, r := range map[string]ExchangeRequest{
		"Code": {RedirectURI: testBack, CodeVerifier: testVerifier}, "RedirectURI": {Code: "c", CodeVerifier: testVerifier},
		"CodeVerifier": {Code: "c", RedirectURI: testBack, CodeVerifier: "short"},
	} {
		if _, err := c.Exchange(t.Context(), r); !errors.Is(err, ErrInvalidInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPR16_DeadRefreshTokenIsNamed(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	for file, cause := range map[string]string{"token_error.json": "used or has expired", "token_rapt.json": "Workspace"} {
		u.answer(400, documented(t, file))
		_, err := c.Refresh(t.Context(), testRefresh)
		if !errors.Is(err, ErrRefreshTokenInvalid) || !strings.Contains(err.Error(), cause) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestRevokedTokenCountsAsRevoked(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	for _, tc := range []struct {
		status  int
		body    string
		already bool
		want    error
	}{
		{200, `{}`, false, nil},
		{200, ``, false, nil},
		{400, documented(t, "revoke_error.json"), true, nil},
		{400, `{"error":"invalid_request"}`, true, nil},
		{400, `{}`, false, ErrMalformed},
		{503, `{}`, false, ErrUnavailable},
	} {
		u.answer(tc.status, tc.body)
		already, err := c.Revoke(t.Context(), testRefresh)
		if already != tc.already || !errors.Is(err, tc.want) {
			t.Errorf("%d %s: %v, %v", tc.status, tc.body, already, err)
		}
	}
	if u.paths[0] != "POST /revoke" || u.forms[0].Get("token") != testRefresh.Reveal() || u.forms[0].Has("client_secret") {
		t.Errorf("%v %v", u.paths, u.forms[0])
	}
}

func TestPR17_IssuerSpellings(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, nil)
	for iss, want := range map[string]bool{
		"https://accounts.google.com": true, "accounts.google.com": true, "https://accounts.google.com/": false,
		"http://accounts.google.com": false, "https://ACCOUNTS.google.com": false,
		"https://accounts.google.com.evil.test": false,
	} {
		raw := signed(t, "id_token.json", "k2", map[string]any{"iss": iss})
		_, err := c.VerifyIDToken(t.Context(), Secret(raw), IDTokenOptions{Nonce: testNonce})
		if (err == nil) != want {
			t.Errorf("ID token with iss %s: %v", iss, err)
		}
		event := signed(t, "event_sessions_revoked.json", "k2", map[string]any{"iss": iss})
		if _, err := parseEvent(t, c, event); (err == nil) != (iss == "https://accounts.google.com/") {
			t.Errorf("event with iss %s: %v", iss, err)
		}
	}
}

func TestIDTokenClaims(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, nil)
	opts := IDTokenOptions{Nonce: testNonce, AccessToken: "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"}
	// The hash is that of OpenID Connect Core A.3.
	raw := signed(t, "id_token.json", "k2", map[string]any{"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"})
	got, err := c.VerifyIDToken(t.Context(), Secret(raw), opts)
	if err != nil || got.Subject != "10769150350006150715113082367" || got.Name != "Jane Smith" ||
		got.GivenName != "Jane" ||
		got.FamilyName != "Smith" || !strings.HasPrefix(got.Picture, "https://lh3.") || got.Audience != testClient ||
		got.AuthorizedParty != testClient || got.Nonce != testNonce || !got.AuthTime.IsZero() || got.IssuedAt.IsZero() {
		t.Fatalf("%+v, %v", got, err)
	}
	for name, tc := range map[string]struct {
		changes     map[string]any
		kid, reason string
	}{
		"nonce":    {map[string]any{"nonce": "other"}, "k2", "wrong nonce"},
		"no nonce": {map[string]any{"nonce": nil}, "k2", "missing nonce"},
		"audience": {map[string]any{"aud": testAndroid}, "k2", "wrong audience"},
		"azp":      {map[string]any{"azp": testAndroid}, "k2", "azp is another client"},
		"expired":  {map[string]any{"exp": 1353600000}, "k2", "expired"},
		"no exp":   {map[string]any{"exp": nil}, "k2", "missing exp"},
		"future":   {map[string]any{"iat": 1353701026}, "k2", "issued in the future"},
		"no sub":   {map[string]any{"sub": ""}, "k2", "sub is empty"},
		"odd sub":  {map[string]any{"sub": "a b"}, "k2", "sub contains unusual characters"},
		"at_hash":  {map[string]any{"at_hash": "x"}, "k2", "at_hash"},
		"event":    {map[string]any{"events": map[string]any{}}, "k2", "a security event"},
		"key":      {nil, "k1", "bad signature"}, // the first of two keys is another
		"kid":      {nil, "k3", "key that the provider does not publish"},
	} {
		changes := map[string]any{"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}
		maps.Copy(changes, tc.changes)
		raw := signed(t, "id_token.json", tc.kid, changes)
		_, err := c.VerifyIDToken(t.Context(), Secret(raw), opts)
		if !errors.Is(err, ErrTokenInvalid) || !strings.Contains(err.Error(), tc.reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.VerifyIDToken(t.Context(), Secret(raw), IDTokenOptions{}); !errors.Is(err, ErrInvalidInput) {
		t.Errorf("without a nonce: %v", err)
	}
}

func TestNativeTokenNamesAnAppOfTheProject(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, nil)
	for name, tc := range map[string]struct {
		changes map[string]any
		want    bool
	}{
		"azp of the app":     {nil, true},
		"aud of the app":     {map[string]any{"aud": testAndroid}, true},
		"azp of another app": {map[string]any{"azp": "other.apps.googleusercontent.com"}, false},
		"aud of another app": {map[string]any{"aud": "other.apps.googleusercontent.com"}, false},
	} {
		raw := Secret(signed(t, "id_token_android.json", "k2", tc.changes))
		_, err := c.VerifyIDToken(t.Context(), raw, IDTokenOptions{Nonce: testNonce, Native: true})
		var e *IDTokenError
		if (err == nil) != tc.want || err != nil && (!errors.As(err, &e) || !e.Audience) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.VerifyIDToken(t.Context(), raw, IDTokenOptions{Nonce: testNonce}); err == nil {
			t.Errorf("%s: accepted in a browser's sign-in", name)
		}
	}
}

func TestPR18_EmailAuthority(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		email    string
		verified bool
		hd       string
		want     bool
	}{
		{"a@gmail.com", true, "", true},
		{"a@GMAIL.com", true, "", true},
		{"a@gmail.com", false, "", false},
		{"a@company.example", true, "", false},
		{"a@company.example", true, "company.example", true},
		{"a@company.example", false, "company.example", false},
		{"a@gmail.com.evil.test", true, "", false},
		{"a@evil.test@gmail.com", true, "", false},
		{"", true, "company.example", false},
	} {
		token := &IDToken{Email: tc.email, EmailVerified: tc.verified, HostedDomain: tc.hd}
		if got := token.EmailAuthoritative(); got != tc.want {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}

func parseEvent(t *testing.T, c *Client, raw string) (*SecurityEvent, error) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/hook", strings.NewReader(raw+"\n"))
	return c.ParseSecurityEvent(r)
}

func TestPR22_SecurityEvents(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, nil)
	const sub = "10769150350006150715113082367"
	for file, want := range map[string]SecurityEvent{
		"event_sessions_revoked.json": {Type: SessionsRevoked, Subject: sub}, // with a past exp
		"event_tokens_revoked.json":   {Type: TokensRevoked, Subject: sub},
		"event_disabled.json":         {Type: AccountDisabled, Subject: sub, Reason: ReasonHijacking},
		"event_token_revoked.json":    {Type: TokenRevoked},
		"event_verification.json":     {Type: Verification, State: "ThisIsATest"},
	} {
		got, err := parseEvent(t, c, signed(t, file, "k2", nil))
		if err != nil || got.ID == "" || got.At.Unix() != 1353601026 {
			t.Fatalf("%s: %+v, %v", file, got, err)
		}
		got.ID, got.At = "", time.Time{}
		if *got != want {
			t.Errorf("%s: %+v", file, got)
		}
	}
	events := func(uri string, body any) map[string]any { return map[string]any{"events": map[string]any{uri: body}} }
	const revoked = "https://schemas.openid.net/secevent/risc/event-type/sessions-revoked"
	subject := func(kind, iss, sub string) map[string]any {
		return events(revoked, map[string]any{"subject": map[string]any{"subject_type": kind, "iss": iss, "sub": sub}})
	}
	two := subject("iss-sub", "https://accounts.google.com/", sub)
	all := two["events"].(map[string]any)
	all["https://schemas.openid.net/secevent/oauth/event-type/tokens-revoked"] = all[revoked]
	for name, tc := range map[string]struct {
		kid     string
		changes map[string]any
		code    string
	}{
		"unknown kid":    {"k3", nil, "invalid_key"},
		"other key":      {"k1", nil, "invalid_key"},
		"issuer":         {"k2", map[string]any{"iss": "https://evil.test/"}, "invalid_issuer"},
		"audience":       {"k2", map[string]any{"aud": "other"}, "invalid_audience"},
		"no jti":         {"k2", map[string]any{"jti": nil}, "invalid_request"},
		"nonce":          {"k2", map[string]any{"nonce": "n"}, "invalid_request"},
		"no event":       {"k2", map[string]any{"events": map[string]any{}}, "invalid_request"},
		"two events":     {"k2", two, "invalid_request"},
		"event as text":  {"k2", events(revoked, "x"), "invalid_request"},
		"no subject":     {"k2", events(revoked, map[string]any{}), "invalid_request"},
		"subject form":   {"k2", subject("email", "https://accounts.google.com/", sub), "invalid_request"},
		"subject issuer": {"k2", subject("iss-sub", "https://evil.test/", sub), "invalid_request"},
		"subject empty":  {"k2", subject("iss-sub", "https://accounts.google.com/", ""), "invalid_request"},
		"odd subject":    {"k2", subject("iss-sub", "https://accounts.google.com/", "a b"), "invalid_request"},
	} {
		_, err := parseEvent(t, c, signed(t, "event_sessions_revoked.json", tc.kid, tc.changes))
		w := httptest.NewRecorder()
		WriteEventError(w, err)
		if !errors.Is(err, ErrTokenInvalid) || w.Code != http.StatusBadRequest ||
			!strings.Contains(w.Body.String(), tc.code) {
			t.Errorf("%s: %v, %d %s", name, err, w.Code, w.Body)
		}
	}
	// An ID token in its place, an unknown event, and a GET.
	if _, err := parseEvent(t, c, signed(t, "id_token.json", "k2", nil)); !errors.Is(err, ErrTokenInvalid) {
		t.Errorf("ID token: %v", err)
	}
	for typ, ok := range map[string]bool{"secevent+jwt": true, "at+jwt": false, "logout+jwt": false} {
		event := signedAs(t, typ, "event_sessions_revoked.json", "k2", nil)
		if _, err := parseEvent(t, c, event); (err == nil) != ok || err != nil && !errors.Is(err, ErrTokenInvalid) {
			t.Errorf("typ %s: %v", typ, err)
		}
	}
	unknown := signed(t, "event_sessions_revoked.json", "k2", events("urn:new", map[string]any{}))
	if got, err := parseEvent(t, c, unknown); err != nil || got.Type != OtherEvent || got.Subject != "" {
		t.Errorf("unknown event: %+v, %v", got, err)
	}
	w := httptest.NewRecorder()
	_, err := c.ParseSecurityEvent(httptest.NewRequest(http.MethodGet, "/hook", nil))
	if WriteEventError(w, err); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d", w.Code)
	}
	if len(EventTypes()) != 7 {
		t.Error(EventTypes())
	}
}

func TestMissingKeysSayNothingAboutAToken(t *testing.T) {
	t.Parallel()
	c, u := newTestClient(t, nil)
	u.down = true
	raw := signed(t, "id_token.json", "k2", nil)
	_, err := c.VerifyIDToken(t.Context(), Secret(raw), IDTokenOptions{Nonce: testNonce})
	var e *Error
	if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrTokenInvalid) || !errors.As(err, &e) || !e.Temporary() {
		t.Errorf("ID token: %v", err)
	}
	_, err = parseEvent(t, c, signed(t, "event_sessions_revoked.json", "k2", nil))
	w := httptest.NewRecorder()
	if WriteEventError(w, err); w.Code != http.StatusServiceUnavailable {
		t.Errorf("event: %v, %d", err, w.Code)
	}
}
