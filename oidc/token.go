package oidc

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Token is the response of the token endpoint.
// Source: OpenID Connect Core section 3.1.3.3, RFC 6749 section 5.1.
type Token struct {
	AccessToken Secret
	// RefreshToken is present if the provider gives one, usually with the scope offline_access. Refresh returns the given
	// one if the answer has none.
	RefreshToken Secret
	// IDToken is a JWT for VerifyIDToken. Refresh may return none.
	IDToken Secret
	// ExpiresAt is the end of the access token; zero if the provider does not say.
	ExpiresAt time.Time
	// Scope is what was granted; nil if the provider does not say, which means all that was requested.
	Scope []string
}

// Values of Error.Op.
const (
	opDiscovery = "discovery"
	opKeys      = "jwks"
	opExchange  = "token"
	opRefresh   = "token_refresh"
	opRevoke    = "revoke"
	opUserInfo  = "userinfo"
)

// ExchangeRequest holds the parameters of a code exchange. All are required.
type ExchangeRequest struct {
	Code         Secret // from Callback.Code
	RedirectURI  string // the one passed to AuthorizeURL
	CodeVerifier Secret // of the CodeChallenge passed to AuthorizeURL
}

// Exchange exchanges a code for tokens. It sends exactly one request to the token endpoint: a code works once. The ID
// token is not verified: pass it to VerifyIDToken.
//
// Errors: ErrCodeInvalid, ErrClientInvalid, ErrUnavailable, ErrRateLimited, ErrMalformed.
func (c *Client) Exchange(ctx context.Context, r ExchangeRequest) (*Token, error) {
	const op = opExchange
	verifier := r.CodeVerifier.Reveal()
	switch {
	case !oauthclient.VisibleASCII(r.Code.Reveal(), oauthclient.MaxCode):
		return nil, invalid(op, "Code is empty, too long or contains unusual characters")
	case r.RedirectURI == "":
		return nil, invalid(op, "RedirectURI is empty")
	case len(verifier) < 43 || !oauthclient.VisibleASCII(verifier, 128):
		return nil, invalid(op, "CodeVerifier must have 43 to 128 characters")
	}
	t, err := c.callToken(ctx, op, url.Values{
		"grant_type": {"authorization_code"}, "code": {r.Code.Reveal()}, "redirect_uri": {r.RedirectURI},
		"code_verifier": {verifier},
	}, r.Code, r.CodeVerifier)
	if err != nil {
		return nil, err
	}
	if t.IDToken == "" {
		return nil, malformed(op, errors.New("id_token missing"))
	}
	return t, nil
}

// Refresh requests a new access token. The result holds the given refresh token if the answer has none.
//
// Errors: ErrRefreshTokenInvalid, ErrClientInvalid, ErrUnavailable, ErrRateLimited, ErrMalformed.
func (c *Client) Refresh(ctx context.Context, refresh Secret) (*Token, error) {
	const op = opRefresh
	if !oauthclient.VisibleASCII(refresh.Reveal(), maxToken) {
		return nil, invalid(op, "refresh token is empty, too long or contains unusual characters")
	}
	t, err := c.callToken(ctx, op, url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {refresh.Reveal()},
	}, refresh)
	if err != nil {
		return nil, err
	}
	if t.RefreshToken == "" {
		t.RefreshToken = refresh
	}
	return t, nil
}

// ErrNoRevocation: the provider has no revocation endpoint.
var ErrNoRevocation = errors.New("oidc: no revocation endpoint")

// Revoke revokes a token (RFC 7009). Tokens that are void already are a success, also where the provider answers
// invalid_token, as Keycloak does. A refresh token takes its access tokens with it at most providers.
//
// Errors: ErrNoRevocation, ErrUnsupportedToken, ErrClientInvalid, ErrUnavailable, ErrRateLimited, ErrMalformed.
func (c *Client) Revoke(ctx context.Context, token Secret, isRefresh bool) error {
	m, err := c.Discover(ctx)
	if err != nil {
		return err
	}
	if m.RevocationEndpoint == "" {
		return ErrNoRevocation
	}
	if !oauthclient.VisibleASCII(token.Reveal(), maxToken) {
		return invalid(opRevoke, "token is empty, too long or contains unusual characters")
	}
	hint := "access_token"
	if isRefresh {
		hint = "refresh_token"
	}
	auth, err := c.RevocationAuth(m)
	if err != nil {
		return err
	}
	form := url.Values{"token": {token.Reveal()}, "token_type_hint": {hint}}
	_, err = c.call(ctx, c.authenticated(auth, oauthclient.Call{
		Op: opRevoke, Method: http.MethodPost, Params: form, Empty: true, Retry: true, Secrets: []Secret{token},
	}), m.RevocationEndpoint)
	var e *Error
	if errors.As(err, &e) && e.Code == "invalid_token" && e.kind == ErrTokenInvalid { // the kind differs with status 429
		return nil
	}
	return err
}

// authenticated adds the client's authentication to a call.
func (c *Client) authenticated(auth ClientAuth, call oauthclient.Call) oauthclient.Call {
	secret := c.cfg.ClientSecret
	switch auth {
	case AuthBasic:
		call.Authorization = oauthclient.Basic(c.cfg.ClientID, secret)
	case AuthPost:
		call.Params.Set("client_id", c.cfg.ClientID)
		call.Params.Set("client_secret", secret.Reveal())
	case AuthNone:
		call.Params.Set("client_id", c.cfg.ClientID)
	}
	call.Secrets = append(call.Secrets, secret)
	return call
}

func (c *Client) callToken(ctx context.Context, op string, form url.Values, secrets ...Secret) (*Token, error) {
	m, err := c.Discover(ctx)
	if err != nil {
		return nil, err
	}
	auth, err := c.clientAuth(op, "token_endpoint", m.TokenAuthMethods)
	if err != nil {
		return nil, err
	}
	a, err := c.call(ctx, c.authenticated(auth, oauthclient.Call{
		Op: op, Method: http.MethodPost, Params: form, Secrets: secrets,
	}), m.TokenEndpoint)
	if err != nil {
		return nil, err
	}
	t, err := readToken(a.Object, c.cfg.Now())
	if err != nil {
		return nil, malformed(op, err)
	}
	return t, nil
}

func readToken(o oauthclient.Object, now time.Time) (*Token, error) {
	r, err := oauthclient.TokenRules{MaxToken: maxToken, LifetimeOptional: true}.Read(o)
	t := &Token{AccessToken: r.AccessToken, RefreshToken: r.RefreshToken, IDToken: r.IDToken, Scope: r.Scope}
	if r.ExpiresIn > 0 {
		t.ExpiresAt = now.Add(r.ExpiresIn)
	}
	return t, err
}

// UserInfo is the response of the user information endpoint.
type UserInfo struct {
	Subject string
	Profile
}

// UserInfo reads the user information of an access token. subject is that of the ID token: an answer about another user
// is ErrForeignToken and must not be used (OpenID Connect Core section 5.3.2). A signed answer (application/jwt) is not
// supported and ErrMalformed.
//
// Errors: ErrForeignToken, ErrTokenInvalid, ErrUnavailable, ErrRateLimited, ErrMalformed; ErrInvalidInput if the
// provider has no such endpoint.
func (c *Client) UserInfo(ctx context.Context, access Secret, subject string) (*UserInfo, error) {
	m, err := c.Discover(ctx)
	switch {
	case err != nil:
		return nil, err
	case m.UserInfoEndpoint == "":
		return nil, invalid(opUserInfo, "the provider has no userinfo_endpoint")
	case subject == "" || !oauthclient.VisibleASCII(access.Reveal(), maxToken):
		return nil, invalid(opUserInfo, "access token or subject is empty, too long or contains unusual characters")
	}
	a, err := c.call(ctx, oauthclient.Call{
		Op: opUserInfo, Method: http.MethodGet, Authorization: oauthclient.Bearer(access), Retry: true,
		Secrets: []Secret{access},
	}, m.UserInfoEndpoint)
	if err != nil {
		return nil, err
	}
	sub, ok := a.Object.String("sub")
	if !ok || sub != subject {
		return nil, &Error{
			Op: opUserInfo, Status: http.StatusOK, kind: ErrForeignToken, cause: errors.New("sub is another user"),
		}
	}
	return &UserInfo{Subject: sub, Profile: c.readProfile(a.Object)}, nil
}
