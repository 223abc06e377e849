package oidc_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/oidc"
	"github.com/norang-login/norang/oidc/oidctest"
)

// The tests of this file have the names of the test modules of the OpenID Foundation's conformance suite for relying
// parties. What a module lets the relying party choose is noted in its row.

// conformancePlans are the modules of the test plans for the code flow. Those of RP-initiated sign-out are tested with
// a whole service, in package app.
var conformancePlans = map[string][]string{
	"Basic, and Form Post with another response mode": {
		"oidcc-client-test", "oidcc-client-test-invalid-iss", "oidcc-client-test-missing-sub",
		"oidcc-client-test-invalid-aud", "oidcc-client-test-missing-iat", "oidcc-client-test-kid-absent-single-jwks",
		"oidcc-client-test-kid-absent-multiple-jwks", "oidcc-client-test-idtoken-sig-rs256",
		"oidcc-client-test-idtoken-sig-none", "oidcc-client-test-invalid-sig-rs256",
		"oidcc-client-test-userinfo-invalid-sub", "oidcc-client-test-nonce-invalid",
		"oidcc-client-test-scope-userinfo-claims", "oidcc-client-test-client-secret-basic",
	},
	"Form Post": {"oidcc-client-test-form-post-error"},
	"Config": {
		"oidcc-client-test-discovery-openid-config", "oidcc-client-test-discovery-jwks-uri-keys",
		"oidcc-client-test-discovery-issuer-mismatch", "oidcc-client-test-idtoken-sig-none",
		"oidcc-client-test-signing-key-rotation-just-before-signing", "oidcc-client-test-signing-key-rotation",
	},
	// The modules of the comprehensive plan that concern the code flow. Aggregated and distributed claims, signed user
	// information, request objects, WebFinger, mutual TLS and dynamic registration are not supported.
	"Comprehensive": {
		"oidcc-client-test-missing-aud", "oidcc-client-test-invalid-sig-hs256", "oidcc-client-test-invalid-sig-es256",
		"oidcc-client-test-userinfo-bearer-header", "oidcc-client-test-invalid-athash",
		"oidcc-client-test-missing-athash",
	},
	"Refresh Token": {
		"oidcc-client-test-refresh-token", "oidcc-client-test-refresh-token-invalid-issuer",
		"oidcc-client-test-refresh-token-invalid-sub",
	},
}

func TestConformancePlansAreComplete(t *testing.T) {
	t.Parallel()
	planned := map[string]bool{}
	for plan, names := range conformancePlans {
		for _, name := range names {
			if planned[name] = true; conformance[name] == nil {
				t.Errorf("%s: no test of %s", plan, name)
			}
		}
	}
	for name := range conformance {
		if strings.HasPrefix(name, "oidcc-") && !planned[name] {
			t.Errorf("%s is a module of no plan", name)
		}
	}
}

// moduleRun is one run of a module of the conformance suite.
type moduleRun struct {
	*testing.T
	request oidc.AuthorizeRequest // the response mode
	app     oidctest.App
	config  func(*oidc.Config)
	script  []oidctest.Scenario
	tamper  func(oidc.Secret) oidc.Secret // the ID token
	prepare func(*oidctest.Server)

	client *oidc.Client
	emu    *oidctest.Server
}

func (e *moduleRun) begin() {
	e.Helper()
	var changes []func(*oidc.Config)
	if e.config != nil {
		changes = append(changes, e.config)
	}
	e.client, e.emu = pairUp(e.T, e.app, changes...)
	if e.prepare != nil {
		e.prepare(e.emu)
	}
	if err := e.emu.Script(e.script...); err != nil {
		e.Fatal(err)
	}
}

// calls are the requests to an endpoint of the provider.
func (e *moduleRun) calls(endpoint string) (all []oidctest.Request) {
	for _, r := range e.emu.Requests() {
		if r.Endpoint == endpoint {
			all = append(all, r)
		}
	}
	return all
}

// accepted runs a sign-in that has to succeed.
func accepted(set func(*moduleRun)) func(*moduleRun) {
	return func(e *moduleRun) {
		set(e)
		e.begin()
		e.succeeds()
	}
}

func (e *moduleRun) succeeds() *oidc.Token {
	e.Helper()
	id, token, err := signInBy(e.T, e.client, e.emu, oidctest.PersonaJeju, e.request, e.tamper)
	if err != nil || id.Subject != e.emu.Subject(oidctest.PersonaJeju) || id.Name != "강제주" || !id.EmailVerified {
		e.Fatalf("%+v, %v", id, err)
	}
	return token
}

// refused runs a sign-in in which the ID token has to be refused for the reason. The access token must not be used
// then.
func refused(reason string, set func(*moduleRun)) func(*moduleRun) {
	return func(e *moduleRun) {
		set(e)
		e.begin()
		_, _, err := signInBy(e.T, e.client, e.emu, oidctest.PersonaJeju, e.request, e.tamper)
		var invalid *oidc.IDTokenError
		if !errors.As(err, &invalid) || !errors.Is(err, oidc.ErrTokenInvalid) || !strings.Contains(err.Error(), reason) {
			e.Errorf("%v, want %q", err, reason)
		}
		if n := len(e.calls("userinfo")); n != 0 || len(e.calls("token")) != 1 {
			e.Errorf("%d token requests, %d requests for user information", len(e.calls("token")), n)
		}
	}
}

// notRead runs a sign-in that cannot begin, because the discovery document is not accepted.
func notRead(set func(*moduleRun)) func(*moduleRun) {
	return func(e *moduleRun) {
		set(e)
		e.begin()
		_, _, err := signInBy(e.T, e.client, e.emu, oidctest.PersonaJeju, e.request, e.tamper)
		if !errors.Is(err, oidc.ErrMalformed) || len(e.calls("token"))+len(e.calls("jwks")) != 0 {
			e.Errorf("%v", err)
		}
	}
}

func ordinary(*moduleRun) {}

func switched(s oidctest.Switches) func(*moduleRun) { return func(e *moduleRun) { e.app.Switches = s } }

func claim(name string, value any) func(*moduleRun) {
	return func(e *moduleRun) {
		e.script = []oidctest.Scenario{{Endpoint: "token", Claims: map[string]any{name: value}}}
	}
}

func header(change map[string]any) func(*moduleRun) {
	return func(e *moduleRun) { e.script = []oidctest.Scenario{{Endpoint: "token", TokenHeader: change}} }
}

func discovery(change map[string]any, gone ...string) func(*moduleRun) {
	return func(e *moduleRun) {
		e.script = []oidctest.Scenario{{Endpoint: "openid-configuration", Set: change, Remove: gone}}
	}
}

// signedBy configures the algorithm on both sides and breaks the signature if broken.
func signedBy(algorithm string, broken bool) func(*moduleRun) {
	return func(e *moduleRun) {
		e.app.Switches.Algorithm = algorithm
		e.config = func(c *oidc.Config) { c.Algorithms = []string{algorithm} }
		if broken {
			e.tamper = breakSignature
		}
	}
}

// breakSignature changes one bit of the signature.
func breakSignature(raw oidc.Secret) oidc.Secret {
	i := strings.LastIndexByte(raw.Reveal(), '.')
	signature, err := base64.RawURLEncoding.DecodeString(raw.Reveal()[i+1:])
	if err != nil {
		return ""
	}
	signature[len(signature)/2] ^= 1
	return raw[:i+1] + oidc.Secret(base64.RawURLEncoding.EncodeToString(signature))
}

// withoutKeyIDs removes kid from the published keys and from the token.
func withoutKeyIDs(rotations int) func(*moduleRun) {
	return func(e *moduleRun) {
		e.prepare = func(emu *oidctest.Server) {
			for range rotations {
				emu.RotateKeys()
			}
			e.script = []oidctest.Scenario{
				{Endpoint: "jwks", Body: keysWithoutIDs(e.T, emu), Times: -1},
				{Endpoint: "token", TokenHeader: map[string]any{"kid": nil}, Times: -1},
			}
		}
	}
}

func keysWithoutIDs(t *testing.T, emu *oidctest.Server) string {
	t.Helper()
	res, err := http.Get(emu.URL() + "/jwks")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err != nil || json.Unmarshal(body, &set) != nil || len(set.Keys) == 0 {
		t.Fatalf("%v: %s", err, body)
	}
	for _, key := range set.Keys {
		delete(key, "kid")
	}
	if body, err = json.Marshal(set); err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// conformance are the tests by the names of the modules, and further behaviours of the same kind under plain names.
var conformance = map[string]func(*moduleRun){
	"oidcc-client-test":                   accepted(ordinary),
	"oidcc-client-test-idtoken-sig-rs256": accepted(signedBy("RS256", false)),
	"oidcc-client-test-invalid-iss":       refused("wrong issuer", claim("iss", "https://other.example")),
	"oidcc-client-test-missing-sub":       refused("sub is empty", claim("sub", nil)),
	"oidcc-client-test-invalid-aud":       refused("wrong audience", claim("aud", "other")),
	"oidcc-client-test-missing-aud":       refused("missing audience", claim("aud", nil)),
	"oidcc-client-test-missing-iat":       refused("missing iat", claim("iat", nil)),
	"oidcc-client-test-nonce-invalid":     refused("wrong nonce", claim("nonce", "another-nonce-another")),
	"oidcc-client-test-invalid-athash":    refused("at_hash", claim("at_hash", "x")),
	// In the code flow at_hash is optional (OpenID Connect Core section 3.1.3.6).
	"oidcc-client-test-missing-athash": accepted(claim("at_hash", nil)),
	// Unsigned tokens may be accepted from the token endpoint; this client refuses them.
	"oidcc-client-test-idtoken-sig-none": refused(
		"not three segments", switched(oidctest.Switches{Algorithm: "none"})),
	"oidcc-client-test-invalid-sig-rs256":      refused("bad signature", signedBy("RS256", true)),
	"oidcc-client-test-invalid-sig-es256":      refused("bad signature", signedBy("ES256", true)),
	"oidcc-client-test-invalid-sig-hs256":      refused("bad signature", signedBy("HS256", true)),
	"oidcc-client-test-kid-absent-single-jwks": accepted(withoutKeyIDs(0)),
	// All keys may be tried, or the token refused; this client tries them.
	"oidcc-client-test-kid-absent-multiple-jwks": accepted(withoutKeyIDs(1)),
	"oidcc-client-test-userinfo-invalid-sub": func(e *moduleRun) {
		e.app.Switches.OtherSubject = true
		e.begin()
		if _, _, err := signInBy(
			e.T, e.client, e.emu, oidctest.PersonaJeju, e.request, nil,
		); !errors.Is(err, oidc.ErrForeignToken) {
			e.Error(err)
		}
	},
	"oidcc-client-test-userinfo-bearer-header": func(e *moduleRun) {
		e.begin()
		token := e.succeeds()
		calls := e.calls("userinfo")
		if len(calls) != 1 || calls[0].Auth != "Bearer" || len(calls[0].Params) != 0 || token.AccessToken == "" {
			e.Errorf("%+v", calls)
		}
	},
	"oidcc-client-test-scope-userinfo-claims": scopeClaims,
	"oidcc-client-test-client-secret-basic": func(e *moduleRun) {
		e.app.Switches.ClientAuth = "basic"
		e.begin()
		e.succeeds()
		if r := e.calls("token")[0]; r.Auth != "Basic" || r.Params["client_secret"] != "" {
			e.Errorf("%+v", r)
		}
	},
	"oidcc-client-test-form-post-error": formPostError,
	"oidcc-client-test-discovery-openid-config": func(e *moduleRun) {
		e.begin()
		e.succeeds()
		if n := len(e.calls("openid-configuration")); n != 1 {
			e.Errorf("%d reads", n)
		}
	},
	"oidcc-client-test-discovery-jwks-uri-keys": func(e *moduleRun) {
		e.prepare = func(emu *oidctest.Server) {
			e.script = []oidctest.Scenario{{Endpoint: "openid-configuration", Set: map[string]any{
				"jwks_uri": emu.URL() + "/jwks?4f1c",
			}}}
		}
		e.begin()
		e.succeeds()
		if calls := e.calls("jwks"); len(calls) != 1 || !strings.HasSuffix(calls[0].Path, "/jwks") ||
			!slices.Contains(slices.Collect(maps.Keys(calls[0].Params)), "4f1c") {
			e.Errorf("%+v", calls)
		}
	},
	"oidcc-client-test-discovery-issuer-mismatch": notRead(discovery(map[string]any{"issuer": "https://other.example"})),
	"oidcc-client-test-signing-key-rotation": func(e *moduleRun) {
		e.begin()
		e.succeeds()
		e.emu.RotateKeys()
		e.succeeds()
		if n := len(e.calls("jwks")); n != 2 {
			e.Errorf("%d fetches of the keys", n)
		}
	},
	"oidcc-client-test-signing-key-rotation-just-before-signing": func(e *moduleRun) {
		e.begin()
		if err := e.client.ReadKeys(e.Context()); err != nil { // as norang doctor does
			e.Fatal(err)
		}
		e.emu.RotateKeys()
		e.succeeds()
	},
	"oidcc-client-test-refresh-token": func(e *moduleRun) {
		next, err := e.refresh()
		if err != nil {
			e.Fatal(err)
		}
		subject := e.emu.Subject(oidctest.PersonaJeju)
		if _, err := e.client.UserInfo(e.Context(), next.AccessToken, subject); err != nil {
			e.Error(err)
		}
	},
	"oidcc-client-test-refresh-token-invalid-issuer": func(e *moduleRun) {
		e.script = []oidctest.Scenario{{Endpoint: "token", Skip: 1, Claims: map[string]any{"iss": "https://other.example"}}}
		if _, err := e.refresh(); !errors.Is(err, oidc.ErrTokenInvalid) || !strings.Contains(err.Error(), "wrong issuer") {
			e.Error(err)
		}
	},
	// The client returns the other subject; TestRefreshKeepsTheUser of package provider/oidc refuses it.
	"oidcc-client-test-refresh-token-invalid-sub": func(e *moduleRun) {
		e.script = []oidctest.Scenario{{Endpoint: "token", Skip: 1, Claims: map[string]any{"sub": "another"}}}
		next, err := e.refresh()
		if err != nil {
			e.Fatal(err)
		}
		id, err := e.client.VerifyIDToken(e.Context(), next.IDToken, oidc.IDTokenOptions{SkipNonce: true})
		if err != nil || id.Subject != "another" {
			e.Errorf("%+v, %v", id, err)
		}
	},

	"client_secret_post": func(e *moduleRun) {
		e.app.Switches.ClientAuth = "post"
		e.begin()
		e.succeeds()
		if r := e.calls("token")[0]; r.Auth == "Basic" {
			e.Errorf("%+v", r)
		}
	},
	// The discovery document promises iss, and the callback has it (RFC 9207).
	"callback with iss": accepted(switched(oidctest.Switches{ResponseIssuer: true})),
	"cancelled": func(e *moduleRun) {
		e.begin()
		q, err := authorize(e.T, e.client, e.emu, oidctest.PersonaCancels, e.request)
		if err != nil {
			e.Fatal(err)
		}
		var cancelled *oidc.CallbackError
		_, err = e.client.ParseCallback(&oidc.Metadata{}, q)
		if !errors.As(err, &cancelled) || cancelled.Kind != oidc.Cancelled || cancelled.State != state {
			e.Errorf("%v, %v", q, err)
		}
	},
	// One key for the algorithm, published with an ID that the token does not name, and two of them.
	"no kid, one key": accepted(header(map[string]any{"kid": nil})),
	"no kid, two keys": accepted(func(e *moduleRun) {
		e.prepare = func(emu *oidctest.Server) { emu.RotateKeys() }
		e.script = []oidctest.Scenario{{Endpoint: "token", TokenHeader: map[string]any{"kid": nil}}}
	}),
	"missing iss":       refused("wrong issuer", claim("iss", nil)),
	"missing exp":       refused("missing exp", claim("exp", nil)),
	"expired":           refused("expired", claim("exp", 1)),
	"nonce missing":     refused("missing nonce", switched(oidctest.Switches{NoNonce: true})),
	"issued in future":  refused("issued in the future", claim("iat", 1<<34)),
	"not valid yet":     refused("not valid yet", claim("nbf", 1<<34)),
	"azp of another":    refused("azp is another client", switched(oidctest.Switches{WrongAzp: true})),
	"several audiences": accepted(claim("aud", []any{oidctest.DefaultClientID, "another"})),
	"several audiences, no azp": refused("several audiences and no azp", func(e *moduleRun) {
		e.script = []oidctest.Scenario{{Endpoint: "token", Claims: map[string]any{
			"aud": []any{oidctest.DefaultClientID, "another"}, "azp": nil,
		}}}
	}),
	"unknown kid": refused(
		"key that the provider does not publish", switched(oidctest.Switches{UnknownKid: true})),
	"alg HS256 in the header":    refused("alg is not RS256", header(map[string]any{"alg": "HS256"})),
	"alg ES256 in the header":    refused("alg is not RS256", header(map[string]any{"alg": "ES256"})),
	"signed with the secret":     refused("alg is not RS256", switched(oidctest.Switches{Algorithm: "HS256"})),
	"typ of an access token":     refused("typ is not JWT", header(map[string]any{"typ": "at+jwt"})),
	"a logout token":             refused("a security event", claim("events", map[string]any{})),
	"discovery without jwks_uri": notRead(discovery(nil, "jwks_uri")),
	"discovery with a file":      notRead(discovery(map[string]any{"token_endpoint": "file:///etc/passwd"})),
}

// scopeClaims asks for claims by scopes, and reads them from the user information.
func scopeClaims(e *moduleRun) {
	e.request.Scope = []string{"profile", "email"}
	e.begin()
	token := e.succeeds()
	if u, err := url.Parse(e.address(e.request)); err != nil || u.Query().Get("scope") != "openid profile email" {
		e.Errorf("%s, %v", u, err)
	}
	user, err := e.client.UserInfo(e.Context(), token.AccessToken, e.emu.Subject(oidctest.PersonaJeju))
	if err != nil || user.Name != "강제주" || user.Email != "jeju@example.com" || !user.EmailVerified {
		e.Errorf("%+v, %v", user, err)
	}
}

// address is the authorize address of a request.
func (e *moduleRun) address(r oidc.AuthorizeRequest) string {
	e.Helper()
	m, err := e.client.Discover(e.Context())
	if err != nil {
		e.Fatal(err)
	}
	r.RedirectURI, r.State, r.Nonce, r.CodeChallenge = back, state, nonce, oidc.S256Challenge(verifier)
	address, err := e.client.AuthorizeURL(m, r)
	if err != nil {
		e.Fatal(err)
	}
	return address
}

var formField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// formPostError asks for what cannot be, and reads the form that the provider's page posts.
func formPostError(e *moduleRun) {
	e.begin()
	res, err := http.Get(e.address(oidc.AuthorizeRequest{
		FormPost: true, Prompt: []string{"none"}, MaxAge: new(time.Duration(0)),
	}))
	if err != nil {
		e.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		e.Fatal(err)
	}
	form := url.Values{}
	for _, field := range formField.FindAllStringSubmatch(string(page), -1) {
		form.Add(field[1], html.UnescapeString(field[2]))
	}
	m, err := e.client.Discover(e.Context())
	if err != nil {
		e.Fatal(err)
	}
	var failed *oidc.CallbackError
	_, err = e.client.ParseCallback(m, form)
	if !errors.As(err, &failed) || failed.Kind != oidc.InteractionRequired || failed.State != state ||
		failed.OAuthError != "login_required" {
		e.Errorf("%v, %+v: %s", form, failed, page)
	}
}

// refresh signs in with offline_access, refreshes the tokens, and verifies the ID token that comes with them.
func (e *moduleRun) refresh() (*oidc.Token, error) {
	e.Helper()
	e.request.Scope = []string{"profile", "email", "offline_access"}
	e.begin()
	token := e.succeeds()
	next, err := e.client.Refresh(e.Context(), token.RefreshToken)
	if err != nil {
		e.Fatal(err)
	}
	_, err = e.client.VerifyIDToken(e.Context(), next.IDToken, oidc.IDTokenOptions{SkipNonce: true})
	return next, err
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for mode, post := range map[string]bool{"query": false, "form_post": true} {
		for name, module := range conformance {
			t.Run(name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				module(&moduleRun{T: t, request: oidc.AuthorizeRequest{FormPost: post}})
			})
		}
	}
}

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

func TestConformanceBackChannelLogout(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t, oidctest.App{})
	receiver := make(chan *http.Request, 1)
	var result struct {
		logout *oidc.Logout
		err    error
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if result.logout, result.err = c.ParseLogout(r); result.err != nil {
			oidc.WriteLogoutError(w, result.err)
		}
		receiver <- r
	}))
	t.Cleanup(srv.Close)
	if err := emu.UpdateApp(func(a *oidctest.App) { a.BackChannelURL = srv.URL }); err != nil {
		t.Fatal(err)
	}
	id, token, err := signIn(t, c, emu, oidctest.PersonaJeju)
	if err != nil {
		t.Fatal(err)
	}
	set := func(name string, v any) oidctest.LogoutSend {
		return oidctest.LogoutSend{Claims: map[string]any{name: v}}
	}
	head := func(name string, v any) oidctest.LogoutSend {
		return oidctest.LogoutSend{Header: map[string]any{name: v}}
	}
	var good oidc.Secret
	for name, tt := range map[string]struct {
		how oidctest.LogoutSend
		ok  bool
	}{
		"oidcc-client-test-rp-backchannel-rpinitlogout":            {oidctest.LogoutSend{}, true},
		"oidcc-client-test-rp-backchannel-rpinitlogout-no-event":   {set("events", nil), false},
		"oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce": {set("nonce", "x"), false},
		"oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud":  {set("aud", "x"), false},
		"oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss":  {set("iss", "https://other.example"), false},
		"oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event": {
			set("events", map[string]any{"http://schemas.openid.net/event/other": map[string]any{}}), false,
		},
		"oidcc-client-test-rp-backchannel-rpinitlogout-alg-none":  {head("alg", "none"), false},
		"oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg": {head("alg", "HS256"), false},

		"sid only":             {oidctest.LogoutSend{NoSubject: true}, true},
		"sub only":             {oidctest.LogoutSend{NoSession: true}, true},
		"neither sub nor sid":  {oidctest.LogoutSend{NoSubject: true, NoSession: true}, false},
		"events is empty":      {set("events", map[string]any{}), false},
		"the event is null":    {set("events", map[string]any{logoutEvent: nil}), false},
		"no jti":               {set("jti", nil), false},
		"no iat":               {set("iat", nil), false},
		"expired":              {set("exp", 1), false},
		"no exp":               {set("exp", nil), true},
		"no exp, and old":      {oidctest.LogoutSend{Claims: map[string]any{"exp": nil, "iat": 1}}, false},
		"typ of another token": {head("typ", "at+jwt"), false},
		"no typ":               {head("typ", nil), true},
		"unknown kid":          {head("kid", "x"), false},
		"PR-53: an ID token":   {oidctest.LogoutSend{Token: token.IDToken.Reveal()}, false},
	} {
		d := emu.SendLogout(t.Context(), oidctest.PersonaJeju, tt.how)
		r := <-receiver
		if tt.ok {
			good = oidc.Secret(r.PostForm.Get("logout_token"))
		}
		if tt.ok != d.Accept || tt.ok != (result.err == nil) || !tt.ok && d.Status != http.StatusBadRequest {
			t.Errorf("%s: %+v, %v", name, d, result.err)
			continue
		}
		if l := result.logout; tt.ok && ((l.Subject == "") != tt.how.NoSubject || (l.Session == "") != tt.how.NoSession) {
			t.Errorf("%s: %+v", name, result.logout)
		}
		if tt.ok && !tt.how.NoSession && result.logout.Session != id.Session {
			t.Errorf("%s: sid %q, want %q", name, result.logout.Session, id.Session)
		}
	}
	broken := oidctest.LogoutSend{Token: breakSignature(good).Reveal()}
	if d := emu.SendLogout(t.Context(), oidctest.PersonaJeju, broken); d.Status != http.StatusBadRequest {
		t.Errorf("broken signature: %+v", d)
	}
	for name, r := range map[string]*http.Request{
		"GET":       httptest.NewRequest(http.MethodGet, "/?logout_token=x", nil),
		"in query":  postForm("/?logout_token=x", "logout_token=x"),
		"no token":  postForm("/", ""),
		"two":       postForm("/", "logout_token="+good.Reveal()+"&logout_token="+good.Reveal()),
		"in both":   postForm("/?logout_token="+good.Reveal(), "logout_token="+good.Reveal()),
		"JSON body": httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"logout_token":"x"}`)),
		"too long":  postForm("/", "logout_token="+strings.Repeat("a", 64<<10)),
	} {
		var e *oidc.LogoutError
		if _, err := c.ParseLogout(r); !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
