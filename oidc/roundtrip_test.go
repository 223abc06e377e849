package oidc_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/untimed"
	"github.com/norang-login/norang/oidc"
	"github.com/norang-login/norang/oidc/oidctest"
)

const (
	back     = "https://login.example.com/oauth/oidc/callback"
	state    = "0123456789abcdef0123"
	nonce    = "abcdef0123456789abcd"
	verifier = "norang-verifier-norang-verifier-norang-verifier"
)

func with(s oidctest.Switches) oidctest.App { return oidctest.App{Switches: s} }

func pairUp(t *testing.T, app oidctest.App, change ...func(*oidc.Config)) (*oidc.Client, *oidctest.Server) {
	t.Helper()
	app.RedirectURIs, app.RequirePKCE = append(app.RedirectURIs, back), true
	emu := oidctest.StartWith(t, oidctest.Config{App: app, Transport: untimed.Transport{}})
	cfg := oidc.Config{
		Issuer: emu.Issuer(), ClientID: emu.App().ClientID, ClientSecret: oidc.Secret(emu.App().ClientSecret),
		Now: emu.Now, Timeout: time.Minute,
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := oidc.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c, emu
}

// authorize sends the browser to the authorize address and returns what comes back.
func authorize(
	t *testing.T, c *oidc.Client, emu *oidctest.Server, account string, r oidc.AuthorizeRequest,
) (url.Values, error) {
	t.Helper()
	m, err := c.Discover(t.Context())
	if err != nil {
		return nil, err
	}
	r.RedirectURI, r.State, r.Nonce, r.CodeChallenge = back, state, nonce, oidc.S256Challenge(verifier)
	if r.Scope == nil {
		r.Scope = []string{"profile", "email"}
	}
	address, err := c.AuthorizeURL(m, r)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	params := map[string]string{}
	for name := range u.Query() {
		params[name] = u.Query().Get(name)
	}
	got, err := emu.Approve(oidctest.Approval{Account: account, Params: params})
	if err != nil {
		return nil, err
	}
	if got.Form != nil {
		q := url.Values{}
		for name, v := range got.Form {
			q.Set(name, v)
		}
		return q, nil
	}
	to, err := url.Parse(got.Location)
	if err != nil {
		return nil, err
	}
	return to.Query(), nil
}

// signIn does everything that a relying party does.
func signIn(t *testing.T, c *oidc.Client, emu *oidctest.Server, account string) (*oidc.IDToken, *oidc.Token, error) {
	t.Helper()
	return signInBy(t, c, emu, account, oidc.AuthorizeRequest{}, nil)
}

// signInBy does so with an authorize request, and changes the ID token on its way if tamper is not nil.
func signInBy(
	t *testing.T, c *oidc.Client, emu *oidctest.Server, account string, r oidc.AuthorizeRequest,
	tamper func(oidc.Secret) oidc.Secret,
) (*oidc.IDToken, *oidc.Token, error) {
	t.Helper()
	q, err := authorize(t, c, emu, account, r)
	if err != nil {
		return nil, nil, err
	}
	m, err := c.Discover(t.Context())
	if err != nil {
		return nil, nil, err
	}
	cb, err := c.ParseCallback(m, q)
	if err != nil {
		return nil, nil, err
	}
	if cb.State != state {
		return nil, nil, errors.New("another state")
	}
	token, err := c.Exchange(t.Context(), oidc.ExchangeRequest{
		Code: cb.Code, RedirectURI: back, CodeVerifier: verifier,
	})
	if err != nil {
		return nil, nil, err
	}
	if tamper != nil {
		token.IDToken = tamper(token.IDToken)
	}
	id, err := c.VerifyIDToken(t.Context(), token.IDToken, oidc.IDTokenOptions{
		Nonce: nonce, AccessToken: token.AccessToken,
	})
	if err != nil {
		return nil, nil, err
	}
	_, err = c.UserInfo(t.Context(), token.AccessToken, id.Subject)
	return id, token, err
}

func TestMX02_MX08_IssuerOfTheCallbackIsChecked(t *testing.T) {
	t.Parallel()
	c, err := oidc.New(oidc.Config{Issuer: "https://op.example", ClientID: "c", ClientSecret: "s"})
	if err != nil {
		t.Fatal(err)
	}
	for text, tt := range map[string]struct{ promised, ok bool }{
		"code=a&iss=https://op.example":                        {false, true},
		"code=a&iss=https://op.example&state=b":                {true, true},
		"code=a":                                               {false, true},
		"code=a&state=x":                                       {true, false},
		"error=access_denied":                                  {true, false},
		"code=a&iss=https://other.example":                     {true, false},
		"code=a&iss=https://op.example/":                       {false, false},
		"code=a&iss=":                                          {false, false},
		"code=a&error=access_denied":                           {false, false},
		"code=a&iss=https://op.example&iss=https://op.example": {true, false},
	} {
		q, err := url.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.ParseCallback(&oidc.Metadata{ResponseIssuer: tt.promised}, q)
		var cb *oidc.CallbackError
		if tt.ok != (err == nil) || !tt.ok && (!errors.As(err, &cb) || cb.Kind != oidc.Malformed) {
			t.Errorf("%s, promised %t: %v", text, tt.promised, err)
		}
	}
}

func TestPR51_MX03_IssuerIsComparedExactly(t *testing.T) {
	t.Parallel()
	_, emu := pairUp(t, oidctest.App{Switches: oidctest.Switches{TrailingSlash: true}})
	without := strings.TrimSuffix(emu.Issuer(), "/")
	for issuer, ok := range map[string]bool{emu.Issuer(): true, without: false} {
		c, err := oidc.New(oidc.Config{Issuer: issuer, ClientID: "c", Now: emu.Now})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Discover(t.Context())
		var spelling *oidc.IssuerError
		if ok && err != nil || !ok && (!errors.As(err, &spelling) || spelling.Published != emu.Issuer()) {
			t.Errorf("%s: %v", issuer, err)
		}
	}
	// Okta's organization server for its custom one: the discovery document of another path.
	_, custom := pairUp(t, oidctest.App{IssuerPath: "/oauth2/default"})
	c, err := oidc.New(oidc.Config{Issuer: custom.URL(), ClientID: "c", Now: custom.Now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Discover(t.Context()); err == nil {
		t.Error("accepted the issuer of another path")
	}
}

const tenant = "11111111-2222-4333-8444-555555555555"

func TestPR46_PR47_TenantsMustBeConfigured(t *testing.T) {
	t.Parallel()
	app := oidctest.App{Switches: oidctest.Switches{Tenant: tenant}}
	_, emu := pairUp(t, app)
	for name, cfg := range map[string]oidc.Config{
		"no tenants":           {Issuer: emu.SharedIssuer(), ClientID: "c"},
		"domain as a tenant":   {Issuer: emu.SharedIssuer(), ClientID: "c", Tenants: []string{"example.com"}},
		"tenants of one realm": {Issuer: emu.Issuer(), ClientID: "c", Tenants: []string{tenant}},
	} {
		if _, err := oidc.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	shared := func(tenants ...string) func(*oidc.Config) {
		return func(cfg *oidc.Config) {
			cfg.Issuer = strings.Replace(cfg.Issuer, tenant, "organizations", 1)
			cfg.Tenants = tenants
		}
	}
	c, emu := pairUp(t, app, shared(strings.ToUpper(tenant)))
	id, _, err := signIn(t, c, emu, oidctest.PersonaJeju)
	if err != nil || id.Tenant != tenant || id.Issuer != emu.Issuer() {
		t.Errorf("%+v, %v", id, err)
	}
	if _, _, err := signIn(t, c, emu, oidctest.PersonaGuest); !errors.Is(err, oidc.ErrTokenInvalid) {
		t.Errorf("tenant that is not listed: %v", err)
	}
	if err := emu.Script(oidctest.Scenario{Endpoint: "token", Claims: map[string]any{
		"tid": oidctest.GuestTenant,
	}}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := signIn(t, c, emu, oidctest.PersonaJeju); !errors.Is(err, oidc.ErrTokenInvalid) {
		t.Errorf("tid of another tenant than iss: %v", err)
	}
	both, emu := pairUp(t, app, shared(tenant, oidctest.GuestTenant))
	if id, _, err := signIn(t, both, emu, oidctest.PersonaGuest); err != nil || id.Tenant != oidctest.GuestTenant {
		t.Errorf("second tenant: %+v, %v", id, err)
	}
}

func TestPR50_SubjectsDifferByClient(t *testing.T) {
	t.Parallel()
	app := oidctest.App{NativeClientIDs: []string{"second"}, Switches: oidctest.Switches{Pairwise: true}}
	c, emu := pairUp(t, app, func(cfg *oidc.Config) { cfg.Audiences = []string{"second"} })
	first, _, err := signIn(t, c, emu, oidctest.PersonaJeju)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := emu.NativeToken(oidctest.NativeRequest{Nonce: nonce})
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.VerifyIDToken(t.Context(), oidc.Secret(raw), oidc.IDTokenOptions{Nonce: nonce})
	if err != nil || second.Subject == first.Subject || second.Audience[0] != "second" {
		t.Errorf("%+v, %v", second, err)
	}
}

func TestPR49_TextIsNotTakenForABoolean(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value    any
		text, ok bool
	}{
		{true, false, true}, {"true", false, false}, {"true", true, true}, {"false", true, false}, {1, true, false},
		{nil, true, false},
	} {
		c, emu := pairUp(t, oidctest.App{}, func(cfg *oidc.Config) { cfg.TextBooleans = tt.text })
		claims := map[string]any{"email_verified": tt.value}
		if err := emu.Script(oidctest.Scenario{Endpoint: "token", Claims: claims}); err != nil {
			t.Fatal(err)
		}
		id, _, err := signIn(t, c, emu, oidctest.PersonaJeju)
		if err != nil || id.EmailVerified != tt.ok || id.Email == "" {
			t.Errorf("%v with text %t: %+v, %v", tt.value, tt.text, id, err)
		}
	}
}

func postForm(target, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func TestConformanceRPInitiatedLogout(t *testing.T) {
	t.Parallel()
	const after = "https://login.example.com/oauth/oidc/signout/callback"
	c, emu := pairUp(t, oidctest.App{PostLogoutRedirectURIs: []string{after}})
	m, err := c.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := signIn(t, c, emu, oidctest.PersonaJeju)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	visit := func(r oidc.EndSessionRequest) (int, string) {
		res, err := browser.Get(c.EndSessionURL(m, r))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode, res.Header.Get("Location")
	}
	emu.Advance(time.Hour) // the ID token has expired, and is a valid hint
	r := oidc.EndSessionRequest{IDTokenHint: token.IDToken, PostLogoutRedirectURI: after, State: "s1"}
	if status, to := visit(r); status != http.StatusFound || to != after+"?state=s1" {
		t.Errorf("with a hint: %d %s", status, to)
	}
	r.IDTokenHint = "" // the provider asks
	if status, to := visit(r); status != http.StatusOK || to != "" {
		t.Errorf("without a hint: %d %s", status, to)
	}
	r.PostLogoutRedirectURI = "https://evil.example/"
	if status, to := visit(r); status != http.StatusBadRequest || to != "" {
		t.Errorf("address that is not registered: %d %s", status, to)
	}
	if got := c.EndSessionURL(&oidc.Metadata{}, r); got != "" {
		t.Errorf("provider without a sign-out page: %s", got)
	}
}

// Keycloak reports void tokens as an error with status 200; RFC 7009 section 2.2 calls them a success.
func TestRevocationOfAnInvalidTokenSucceeds(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t, oidctest.App{Switches: oidctest.Switches{VoidTokenError: true}})
	if err := c.Revoke(t.Context(), "void", true); err != nil {
		t.Error(err)
	}
	if r := emu.Requests(); r[len(r)-1].Endpoint != "revoke" || r[len(r)-1].Code != "invalid_token" {
		t.Errorf("the emulator answered %+v", r[len(r)-1])
	}
	for status, want := range map[int]error{
		http.StatusUnauthorized: nil, http.StatusTooManyRequests: oidc.ErrRateLimited,
	} {
		scenario := oidctest.Scenario{Endpoint: "revoke", Code: "invalid_token", Status: status, Times: -1}
		if err := emu.Script(scenario); err != nil {
			t.Fatal(err)
		}
		if err := c.Revoke(t.Context(), "void", true); !errors.Is(err, want) {
			t.Errorf("%d: %v", status, err)
		}
		emu.ClearScenarios()
	}
}

func TestRefreshAndRevoke(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t, oidctest.App{})
	q, err := authorize(t, c, emu, oidctest.PersonaJeju, oidc.AuthorizeRequest{Scope: []string{"offline_access"}})
	if err != nil {
		t.Fatal(err)
	}
	request := oidc.ExchangeRequest{Code: oidc.Secret(q.Get("code")), RedirectURI: back, CodeVerifier: verifier}
	token, err := c.Exchange(t.Context(), request)
	if err != nil || token.RefreshToken == "" || token.ExpiresAt.IsZero() {
		t.Fatalf("%v, %v", token, err)
	}
	next, err := c.Refresh(t.Context(), token.RefreshToken)
	if err != nil || next.AccessToken == token.AccessToken || next.RefreshToken == token.RefreshToken {
		t.Fatalf("%v, %v", next, err)
	}
	if _, err := c.VerifyIDToken(t.Context(), next.IDToken, oidc.IDTokenOptions{SkipNonce: true}); err != nil {
		t.Error(err)
	}
	if _, err := c.Refresh(t.Context(), token.RefreshToken); !errors.Is(err, oidc.ErrRefreshTokenInvalid) {
		t.Errorf("refresh token used twice: %v", err)
	}
	if err := c.Revoke(t.Context(), next.RefreshToken, true); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UserInfo(t.Context(), next.AccessToken, "x"); !errors.Is(err, oidc.ErrTokenInvalid) {
		t.Errorf("after the revocation: %v", err)
	}
	if err := c.Revoke(t.Context(), next.RefreshToken, true); err != nil {
		t.Errorf("again: %v", err)
	}
	if _, err := c.Exchange(t.Context(), request); !errors.Is(err, oidc.ErrCodeInvalid) {
		t.Errorf("PR-54: code used twice: %v", err)
	}
	for _, r := range emu.Requests() {
		if r.Endpoint == "token" && r.Auth != "Basic" {
			t.Errorf("client authentication %q", r.Auth)
		}
	}
}

// expires_in and scope may be left out (RFC 6749 section 5.1), and some providers write null instead.
func TestTokenResponseWithoutLifetimeAndScope(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t, oidctest.App{})
	for name, answer := range map[string]oidctest.Scenario{
		"without": {Remove: []string{"expires_in", "scope"}},
		"null":    {Set: map[string]any{"expires_in": nil, "refresh_token": nil, "scope": nil}},
	} {
		answer.Endpoint = "token"
		if err := emu.Script(answer); err != nil {
			t.Fatal(err)
		}
		_, token, err := signIn(t, c, emu, oidctest.PersonaJeju)
		if err != nil || !token.ExpiresAt.IsZero() || token.RefreshToken != "" || token.Scope != nil {
			t.Errorf("%s: %+v, %v", name, token, err)
		}
	}
}

func TestMalformedTokenResponsesAreRejected(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t, oidctest.App{})
	for name, answer := range map[string]oidctest.Scenario{
		"no ID token":     {Remove: []string{"id_token"}},
		"no access token": {Remove: []string{"access_token"}},
		"no type":         {Remove: []string{"token_type"}},
		"another type":    {Set: map[string]any{"token_type": "mac"}},
		"endless":         {Set: map[string]any{"expires_in": -1}},
	} {
		answer.Endpoint = "token"
		if err := emu.Script(answer); err != nil {
			t.Fatal(err)
		}
		if _, _, err := signIn(t, c, emu, oidctest.PersonaJeju); !errors.Is(err, oidc.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The endpoints of an https issuer are https: a document that says otherwise would send secrets in the clear.
func TestEndpointsOfAnHTTPSIssuerMustBeHTTPS(t *testing.T) {
	t.Parallel()
	const issuer = "https://op.example"
	for _, name := range []string{
		"", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint",
		"revocation_endpoint",
	} {
		document := map[string]string{
			"issuer": issuer, "authorization_endpoint": issuer + "/a", "token_endpoint": issuer + "/t",
			"jwks_uri": issuer + "/k",
		}
		if name != "" {
			document[name] = "http://op.example/x"
		}
		body, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		c, err := oidc.New(oidc.Config{Issuer: issuer, ClientID: "c", HTTPClient: &http.Client{
			Transport: transport(func(r *http.Request) (*http.Response, error) {
				w := httptest.NewRecorder()
				w.Header().Set("Content-Type", "application/json")
				w.Write(body)
				return w.Result(), nil
			}),
		}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Discover(t.Context()); (name == "") != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDiscoveryIsReadOnceAndKeptThroughOutages(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t, oidctest.App{})
	if err := emu.Script(oidctest.Scenario{Endpoint: "openid-configuration", Status: 404, Body: "{}"}); err != nil {
		t.Fatal(err)
	}
	count := func() (n int) {
		for _, r := range emu.Requests() {
			if r.Endpoint == "openid-configuration" {
				n++
			}
		}
		return n
	}
	for range 3 {
		if _, err := c.Discover(t.Context()); err == nil {
			t.Fatal("no error")
		}
	}
	if count() != 1 {
		t.Errorf("a failure was repeated at once: %d", count())
	}
	emu.Advance(10 * time.Second)
	for range 3 {
		if _, err := c.Discover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if count() != 2 {
		t.Errorf("%d reads", count())
	}
	emu.Advance(oidc.DefaultMetadataAge)
	if err := emu.Script(oidctest.Scenario{Endpoint: "openid-configuration", Status: 503, Times: -1}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Discover(t.Context()); err != nil {
		t.Errorf("the old document is not used: %v", err)
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	good := oidc.Config{Issuer: "https://op.example/realms/a", ClientID: "c", ClientSecret: "s"}
	for name, change := range map[string]func(*oidc.Config){
		"no issuer":           func(c *oidc.Config) { c.Issuer = "" },
		"issuer with a query": func(c *oidc.Config) { c.Issuer += "?a=b" },
		"issuer with a user":  func(c *oidc.Config) { c.Issuer = "https://u@op.example" },
		"no client":           func(c *oidc.Config) { c.ClientID = "" },
		"odd client":          func(c *oidc.Config) { c.ClientID = "a b" },
		"HS256 and RS256":     func(c *oidc.Config) { c.Algorithms = []string{"HS256", "RS256"} },
		"HS256, no secret":    func(c *oidc.Config) { c.Algorithms, c.ClientSecret = []string{"HS256"}, "" },
		"none":                func(c *oidc.Config) { c.Algorithms = []string{"none"} },
		"unknown method":      func(c *oidc.Config) { c.ClientAuth = "private_key_jwt" },
		"Basic, no secret":    func(c *oidc.Config) { c.ClientAuth, c.ClientSecret = oidc.AuthBasic, "" },
		"server with a path":  func(c *oidc.Config) { c.ServerURL = "http://op:1/x" },
		"negative limit":      func(c *oidc.Config) { c.MaxBody = -1 },
	} {
		cfg := good
		change(&cfg)
		if _, err := oidc.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	c, err := oidc.New(good)
	if err != nil || strings.Contains(c.String(), "s3") {
		t.Fatal(err)
	}
	m := &oidc.Metadata{AuthorizationEndpoint: "https://op.example/authorize?tenant=1"}
	r := oidc.AuthorizeRequest{
		RedirectURI: back, State: state, Nonce: nonce, CodeChallenge: oidc.S256Challenge(verifier),
		Scope:  []string{"email"},
		MaxAge: new(time.Duration(0)), Parameters: url.Values{"acr_values": {"a b"}},
	}
	address, err := c.AuthorizeURL(m, r)
	u, parsed := url.Parse(address)
	if err != nil || parsed != nil || u.Query().Get("tenant") != "1" || u.Query().Get("max_age") != "0" ||
		u.Query().Get("acr_values") != "a b" || u.Query().Get("scope") != "openid email" {
		t.Errorf("%s, %v", address, err)
	}
	for name, change := range map[string]func(*oidc.AuthorizeRequest){
		"short state":  func(r *oidc.AuthorizeRequest) { r.State = "x" },
		"no nonce":     func(r *oidc.AuthorizeRequest) { r.Nonce = "" },
		"no challenge": func(r *oidc.AuthorizeRequest) { r.CodeChallenge = verifier },
		"odd prompt":   func(r *oidc.AuthorizeRequest) { r.Prompt = []string{"x"} },
		"none and":     func(r *oidc.AuthorizeRequest) { r.Prompt = []string{"none", "login"} },
		"odd scope":    func(r *oidc.AuthorizeRequest) { r.Scope = []string{"a b"} },
		"our own":      func(r *oidc.AuthorizeRequest) { r.Parameters = url.Values{"redirect_uri": {"x"}} },
	} {
		bad := r
		change(&bad)
		if address, err := c.AuthorizeURL(m, bad); err == nil {
			t.Errorf("%s: %s", name, address)
		}
	}
}

func TestErrorsNameTheCodeAndNoSecret(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t, oidctest.App{}, func(cfg *oidc.Config) { cfg.ClientSecret = "wrong-secret" })
	_, _, err := signIn(t, c, emu, oidctest.PersonaJeju)
	if !errors.Is(err, oidc.ErrClientInvalid) || strings.Contains(err.Error(), "wrong-secret") {
		t.Errorf("%v", err)
	}
	body, err := json.Marshal(map[string]string{
		"error":             "invalid_client",
		"error_description": "AADSTS7000222: The provided client secret keys are expired: wrong-secret",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := emu.Script(oidctest.Scenario{Endpoint: "token", Status: 401, Body: string(body)}); err != nil {
		t.Fatal(err)
	}
	_, _, err = signIn(t, c, emu, oidctest.PersonaJeju)
	var e *oidc.Error
	if !errors.As(err, &e) || e.Vendor != "AADSTS7000222" || strings.Contains(e.Description, "wrong-secret") {
		t.Errorf("%+v", err)
	}
	if entry, ok := e.Entry(); !ok || entry.Code != "AADSTS7000222" {
		t.Errorf("%+v", entry)
	}
	basic := base64.StdEncoding.EncodeToString([]byte("x"))
	if strings.Contains(err.Error(), basic) {
		t.Error("header in the error")
	}
}
