package kakao

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// The tests correspond to modules of the OpenID Foundation's relying party conformance suite and have their names,
// with underscores. Modules about client_secret_basic, form_post, dynamic registration, aggregated claims, mTLS
// aliases and logout tokens do not apply to Kakao.

// provider is an issuer with token, user info and discovery endpoints, like that of the conformance suite.
type provider struct {
	*issuer
	claims  map[string]any // claims of ID tokens; nil for valid ones
	sign    func(map[string]any) Secret
	sub     string // subject of the user info
	forms   []url.Values
	headers []http.Header
}

func newProvider(t *testing.T, keys ...signer) (*provider, *Client) {
	is, c := newIssuer(t, keys...)
	p := &provider{issuer: is, sub: "3141592653589", sign: keys[0].token}
	is.mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		p.forms, p.headers = append(p.forms, r.PostForm), append(p.headers, r.Header)
		claims := p.claims
		if claims == nil {
			claims = is.goodClaims(nil)
		}
		answer(w, 200, mustJSON(map[string]any{
			"access_token": "A1", "token_type": "bearer", "expires_in": 21599,
			"refresh_token": "R1", "id_token": p.sign(claims).Reveal(),
		}))
	})
	is.mux.HandleFunc("GET /v1/oidc/userinfo", func(w http.ResponseWriter, r *http.Request) {
		p.headers = append(p.headers, r.Header)
		answer(w, 200, mustJSON(map[string]any{
			"sub": p.sub, "nickname": "라이언", "email": "ryan@example.com", "email_verified": true,
		}))
	})
	is.mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		answer(w, 200, load(t, "discovery.json").body)
	})
	return p, c
}

// login exchanges a code, verifies the ID token and requests the user info.
func login(ctx context.Context, c *Client) (*IDToken, *UserInfo, error) {
	tok, err := c.Exchange(ctx, goodExchange)
	if err != nil {
		return nil, nil, err
	}
	id, err := c.VerifyIDToken(ctx, tok.IDToken, IDTokenOptions{Nonce: testNonce, AccessToken: tok.AccessToken})
	if err != nil {
		return nil, nil, err
	}
	u, err := c.UserInfo(ctx, tok.AccessToken, id.Subject)
	return id, u, err
}

func mustLogin(t *testing.T, c *Client) {
	t.Helper()
	if id, u, err := login(t.Context(), c); err != nil || id.Subject != u.Subject {
		t.Errorf("%+v, %+v, %v", id, u, err)
	}
}

func mustNotLogin(t *testing.T, c *Client) {
	t.Helper()
	if id, u, err := login(t.Context(), c); err == nil {
		t.Errorf("signed in as %+v, %+v", id, u)
	}
}

func Test_oidcc_client_test(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	mustLogin(t, c)
	if len(p.forms) != 1 || p.forms[0].Get("grant_type") != "authorization_code" ||
		p.forms[0].Get("code") != "the-code" {
		t.Errorf("%v", p.forms)
	}
}

func Test_oidcc_client_test_invalid_iss(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	p.claims = p.goodClaims(map[string]any{"iss": testIssuer + "1"})
	mustNotLogin(t, c)
}

func Test_oidcc_client_test_missing_sub(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	p.claims = p.goodClaims(map[string]any{"sub": nil})
	mustNotLogin(t, c)
}

func Test_oidcc_client_test_invalid_aud(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	p.claims = p.goodClaims(map[string]any{"aud": "rest-key1"})
	mustNotLogin(t, c)
}

func Test_oidcc_client_test_missing_aud(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	p.claims = p.goodClaims(map[string]any{"aud": nil})
	mustNotLogin(t, c)
}

func Test_oidcc_client_test_missing_iat(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	p.claims = p.goodClaims(map[string]any{"iat": nil})
	mustNotLogin(t, c)
}

func Test_oidcc_client_test_kid_absent_single_jwks(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	p, c := newProvider(t, k)
	p.sign = func(m map[string]any) Secret { return k.sign(`{"alg":"RS256"}`, mustJSON(m)) }
	mustLogin(t, c)
}

// The suite also allows refusing the token.
func Test_oidcc_client_test_kid_absent_multiple_jwks(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	p, c := newProvider(t, k, signers()[1])
	p.sign = func(m map[string]any) Secret { return k.sign(`{"alg":"RS256"}`, mustJSON(m)) }
	mustLogin(t, c)
}

func Test_oidcc_client_test_idtoken_sig_rs256(t *testing.T) {
	t.Parallel()
	_, c := newProvider(t, signers()[0])
	mustLogin(t, c)
}

// The suite allows an unsigned token from the token endpoint; this client rejects it.
func Test_oidcc_client_test_idtoken_sig_none(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	p.sign = func(m map[string]any) Secret {
		return Secret(b64([]byte(`{"alg":"none"}`)) + "." + b64([]byte(mustJSON(m))) + ".")
	}
	mustNotLogin(t, c)
}

func Test_oidcc_client_test_invalid_sig_rs256(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	p, c := newProvider(t, k)
	p.sign = func(m map[string]any) Secret { return signer{k.id, signers()[3].key}.token(m) }
	mustNotLogin(t, c)
}

// HS256 and ES256 are not supported at all.
func Test_oidcc_client_test_invalid_sig_hs256(t *testing.T) { rejectsAlg(t, "HS256") }
func Test_oidcc_client_test_invalid_sig_es256(t *testing.T) { rejectsAlg(t, "ES256") }

func rejectsAlg(t *testing.T, alg string) {
	t.Helper()
	p, c := newProvider(t, signers()[0])
	p.sign = func(m map[string]any) Secret { return signers()[0].sign(`{"alg":"`+alg+`","kid":"k1"}`, mustJSON(m)) }
	mustNotLogin(t, c)
}

func Test_oidcc_client_test_userinfo_invalid_sub(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	p.sub = "2718281828459"
	if _, u, err := login(t.Context(), c); !errors.Is(err, ErrForeignToken) || u != nil {
		t.Errorf("%+v, %v", u, err)
	}
}

func Test_oidcc_client_test_nonce_invalid(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	p.claims = p.goodClaims(map[string]any{"nonce": testNonce + "1"})
	mustNotLogin(t, c)
}

// Scopes are Kakao's consent items; openid is added to them.
func Test_oidcc_client_test_scope_userinfo_claims(t *testing.T) {
	t.Parallel()
	_, c := newProvider(t, signers()[0])
	r := goodAuthorize
	r.Scope = []string{"account_email", "phone_number"}
	if got, err := c.AuthorizeURL(r); err != nil ||
		!strings.Contains(got, "scope=account_email%2Cphone_number%2Copenid") {
		t.Errorf("%s, %v", got, err)
	}
	if _, u, err := login(t.Context(), c); err != nil || u.Email != "ryan@example.com" || u.EmailVerified != Yes {
		t.Errorf("%+v, %v", u, err)
	}
}

// Kakao supports only client_secret_post.
func Test_oidcc_client_test_client_secret_basic(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	c.cfg.ClientSecret = "the-client-secret"
	mustLogin(t, c)
	if p.forms[0].Get("client_secret") != "the-client-secret" || p.headers[0].Get("Authorization") != "" {
		t.Errorf("%v %v", p.forms, p.headers)
	}
}

func Test_oidcc_client_test_userinfo_bearer_header(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	mustLogin(t, c)
	if got := p.headers[len(p.headers)-1].Get("Authorization"); got != "Bearer A1" {
		t.Error(got)
	}
}

func Test_oidcc_client_test_discovery_openid_config(t *testing.T) {
	t.Parallel()
	_, c := newProvider(t, signers()[0])
	m, err := c.Discover(t.Context())
	if err != nil || m.Issuer != testIssuer || m.TokenEndpoint != "https://kauth.kakao.com/oauth/token" ||
		!slices.Equal(m.TokenAuthMethods, []string{"client_secret_post"}) ||
		!slices.Equal(m.ChallengeMethods, []string{"S256"}) ||
		!slices.Equal(m.SigningAlgs, []string{"RS256"}) || len(m.Claims) != 10 {
		t.Errorf("%+v, %v", m, err)
	}
}

// The client does not use the document: it fetches keys from the configured server even if jwks_uri names another
// host.
func Test_oidcc_client_test_discovery_jwks_uri_keys(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	m, err := c.Discover(t.Context())
	if err != nil || strings.HasPrefix(m.JWKSURI, c.cfg.AuthServerURL) {
		t.Fatalf("%+v, %v", m, err)
	}
	mustLogin(t, c)
	if p.fetched() != 1 {
		t.Errorf("%d fetches from the configured server", p.fetched())
	}
}

func Test_oidcc_client_test_discovery_issuer_mismatch(t *testing.T) {
	t.Parallel()
	_, c := newProvider(t, signers()[0])
	c.cfg.Issuer = "https://kauth.example"
	if m, err := c.Discover(t.Context()); !errors.Is(err, ErrMalformed) {
		t.Errorf("%+v, %v", m, err)
	}
}

func Test_oidcc_client_test_signing_key_rotation(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	mustLogin(t, c)
	p.publish(signers()[1])
	p.sign = signers()[1].token
	mustLogin(t, c)
}

func Test_oidcc_client_test_signing_key_rotation_just_before_signing(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	mustLogin(t, c)
	p.sign = func(m map[string]any) Secret { p.publish(signers()[1]); return signers()[1].token(m) }
	mustLogin(t, c)
}

// Claim sources are ignored; see also TestSF04_DistributedClaimsAreNotFetched.
func Test_oidcc_client_test_distributed_claims(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	p.mux.HandleFunc("/source", func(http.ResponseWriter, *http.Request) { t.Error("fetched a claim source") })
	source := map[string]any{"endpoint": c.cfg.AuthURL + "/source", "access_token": "x"}
	p.claims = p.goodClaims(map[string]any{"_claim_sources": map[string]any{"s": source}})
	mustLogin(t, c)
}

// at_hash is optional in the code flow, but must match if present.
func Test_oidcc_client_test_invalid_athash(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	p.claims = p.goodClaims(map[string]any{"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"})
	mustNotLogin(t, c)
}

func Test_oidcc_client_test_refresh_token(t *testing.T) {
	t.Parallel()
	_, c := newProvider(t, signers()[0])
	tok, err := c.Refresh(t.Context(), RefreshRequest{RefreshToken: "R0", Subject: "3141592653589"})
	if err != nil {
		t.Fatal(err)
	}
	if u, err := c.UserInfo(t.Context(), tok.AccessToken, "3141592653589"); err != nil || u.UserID != ryan {
		t.Errorf("%+v, %v", u, err)
	}
}

func Test_oidcc_client_test_refresh_token_invalid_issuer(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	p.claims = p.goodClaims(map[string]any{"iss": "https://kauth.example"})
	if tok, err := c.Refresh(t.Context(), RefreshRequest{RefreshToken: "R0", Subject: "3141592653589"}); err == nil {
		t.Errorf("%v", tok)
	}
}

func Test_oidcc_client_test_refresh_token_invalid_sub(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	p.claims = p.goodClaims(map[string]any{"sub": "2718281828459"})
	if tok, err := c.Refresh(
		t.Context(), RefreshRequest{RefreshToken: "R0", Subject: "3141592653589"},
	); !errors.Is(err, ErrForeignToken) {
		t.Errorf("%v, %v", tok, err)
	}
}

// Of the Shared Signals receiver plan, two modules apply to Kakao. Events of unknown types are acknowledged.
func Test_openid_ssf_receiver_unsolicited_stream_verification(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	events := map[string]any{"https://schemas.openid.net/secevent/ssf/event-type/verification": map[string]any{}}
	e, err := c.ParseAccountWebhook(setRequest(k.set(is, map[string]any{"events": events})))
	if err != nil || e.Events[0].Type != OtherEvent || e.Events[0].Type.Effect() != NoEffect {
		t.Errorf("%+v, %v", e, err)
	}
}

// The events are session-revoked, which Kakao names sessions-revoked, and credential-change.
func Test_openid_ssf_receiver_stream_caep_interop(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	for _, uri := range []string{
		"https://schemas.openid.net/secevent/risc/event-type/sessions-revoked",
		"https://schemas.openid.net/secevent/caep/event-type/credential-change",
	} {
		e, err := c.ParseAccountWebhook(
			setRequest(k.set(is, map[string]any{"events": map[string]any{uri: map[string]any{}}})),
		)
		if err != nil || e.Events[0].Type.Effect() != RevokeSessions {
			t.Errorf("%+v, %v", e, err)
		}
	}
}

func TestMT01_TokenOfAnotherAppIsRejected(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/user/access_token_info" {
			t.Errorf("called %s with another app's token", r.URL.Path)
		}
		answer(w, 200, `{"id":3141592653589,"expires_in":7199,"app_id":654321}`)
	})
	if info, err := c.VerifyAccessToken(t.Context(), testToken); !errors.Is(err, ErrForeignToken) || info != nil {
		t.Errorf("%+v, %v", info, err)
	}
	for _, body := range []string{
		`{"id":3141592653589,"expires_in":7199}`, `{"expires_in":7199,"app_id":123456}`,
		`{"id":3141592653589,"appId":123456}`, `{"id":3141592653589,"app_id":"123456"}`,
	} {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 200, body) })
		if info, err := c.VerifyAccessToken(t.Context(), testToken); err == nil {
			t.Errorf("%s: %+v", body, info)
		}
	}
}

func TestMT02_TokenInfoIsUnavailable(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 500, "") }, noPause)
	if info, err := c.VerifyAccessToken(t.Context(), testToken); !errors.Is(err, ErrUnavailable) || info != nil {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestMT03_AudienceOfNativeTokens(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	for _, aud := range []string{"rest-key", "native-key", "js-key"} {
		accepts(t, c, aud, k.token(is.goodClaims(map[string]any{"aud": aud})))
	}
	rejects(t, c, "another app", k.token(is.goodClaims(map[string]any{"aud": "another-native-key"})))
	rejects(t, c, "app id", k.token(is.goodClaims(map[string]any{"aud": "123456"}))) // valid only in events
}

func TestMT08_ExpiredTokenIsNotUnavailable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file string
		want error
	}{
		{"access_token_info_-401.json", ErrTokenInvalid}, {"access_token_info_-2.json", ErrTokenInvalid},
		{"access_token_info_-1.json", ErrUnavailable},
	} {
		s := load(t, tt.file)
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, s.status, s.body) }, noPause)
		_, err := c.VerifyAccessToken(t.Context(), testToken)
		var e *Error
		if !errors.Is(err, tt.want) || !errors.As(err, &e) || e.Temporary() != (tt.want == ErrUnavailable) {
			t.Errorf("%s: %v", tt.file, err)
		}
	}
}

// MT-07 and MT-09 (malformed tokens, keys used as tokens) are in TestCallsRejectInvalidInput.

func TestCI01_PKCEAlwaysSent(t *testing.T) {
	t.Parallel()
	p, c := newProvider(t, signers()[0])
	for range 100 {
		verifier := Secret(strings.Repeat("v", 20) + time.Now().Format("20060102150405.000000000"))
		r := goodAuthorize
		r.CodeChallenge = S256Challenge(verifier)
		got, err := c.AuthorizeURL(r)
		if err != nil {
			continue
		}
		u, _ := url.Parse(got)
		if ch := u.Query().Get("code_challenge"); len(ch) != 43 || u.Query().Get("code_challenge_method") != "S256" {
			t.Errorf("%s", got)
		}
	}
	mustLogin(t, c)
	if p.forms[0].Get("code_verifier") != testVerifier.Reveal() {
		t.Errorf("%v", p.forms)
	}
}
