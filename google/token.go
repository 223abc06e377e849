package google

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Token is the response of the token endpoint.
// Source: Google, "OpenID Connect", "Exchange code for access token and ID token".
type Token struct {
	// AccessToken authorizes API calls for the user, for about an hour.
	AccessToken Secret
	// RefreshToken is present with AuthorizeRequest.Offline and at the first consent only, or with PromptConsent. ""
	// says nothing about an earlier one: keep it. Refresh returns the given one.
	RefreshToken Secret
	// IDToken is a JWT for VerifyIDToken. Refresh may return none.
	IDToken Secret
	// ExpiresIn is the lifetime of the access token, ExpiresAt its end.
	ExpiresIn time.Duration
	ExpiresAt time.Time
	// Scope is what the user agreed to.
	Scope []string
}

// Values of Error.Op.
const (
	opExchange = "token"
	opRefresh  = "token_refresh"
	opRevoke   = "revoke"
	opCerts    = "certs"
)

// ExchangeRequest holds the parameters of a code exchange. All are required.
type ExchangeRequest struct {
	Code Secret // from Callback.Code
	// RedirectURI is the one passed to AuthorizeURL.
	RedirectURI string
	// CodeVerifier is the verifier of the CodeChallenge passed to AuthorizeURL.
	CodeVerifier Secret
}

// Exchange exchanges a code for tokens. It sends exactly one request: a code works once. The ID token is not verified:
// pass it to VerifyIDToken.
//
// Errors: ErrCodeInvalid, ErrClientInvalid, ErrUnavailable, ErrRateLimited, ErrMalformed.
// Source: Google, "OpenID Connect", "Exchange code for access token and ID token".
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
	form := c.tokenForm("authorization_code")
	form.Set("code", r.Code.Reveal())
	form.Set("redirect_uri", r.RedirectURI)
	form.Set("code_verifier", verifier)
	t, err := c.callToken(ctx, op, form, r.Code, r.CodeVerifier)
	if err != nil {
		return nil, err
	}
	if t.IDToken == "" {
		return nil, malformed(op, errors.New("id_token missing"))
	}
	return t, nil
}

// Refresh requests a new access token. The result holds the given refresh token, because Google's answer has none.
//
// Errors: ErrRefreshTokenInvalid, ErrClientInvalid, ErrUnavailable, ErrRateLimited, ErrMalformed.
// Source: Google, "Using OAuth 2.0 for Web Server Applications", "Refreshing an access token".
func (c *Client) Refresh(ctx context.Context, refresh Secret) (*Token, error) {
	const op = opRefresh
	if !oauthclient.VisibleASCII(refresh.Reveal(), maxToken) {
		return nil, invalid(op, "refresh token is empty, too long or contains unusual characters")
	}
	form := c.tokenForm("refresh_token")
	form.Set("refresh_token", refresh.Reveal())
	t, err := c.callToken(ctx, op, form, refresh)
	if err != nil {
		return nil, err
	}
	if t.RefreshToken == "" {
		t.RefreshToken = refresh
	}
	return t, nil
}

func (c *Client) tokenForm(grant string) url.Values {
	return url.Values{
		"grant_type": {grant}, "client_id": {c.cfg.ClientID}, "client_secret": {c.cfg.ClientSecret.Reveal()},
	}
}

func (c *Client) callToken(ctx context.Context, op string, form url.Values, secrets ...Secret) (*Token, error) {
	o, err := c.calls.Object(ctx, oauthclient.Call{
		Op: op, Host: c.token, Method: http.MethodPost, Path: "/token", Params: form,
		Secrets: append(secrets, c.cfg.ClientSecret),
	})
	if err != nil {
		return nil, err
	}
	t, err := readToken(o, c.cfg.Now())
	if err != nil {
		return nil, malformed(op, err)
	}
	return t, nil
}

func readToken(o oauthclient.Object, now time.Time) (*Token, error) {
	r, err := oauthclient.TokenRules{MaxToken: maxToken}.Read(o)
	return &Token{
		AccessToken: r.AccessToken, RefreshToken: r.RefreshToken, IDToken: r.IDToken, Scope: r.Scope,
		ExpiresIn: r.ExpiresIn, ExpiresAt: now.Add(r.ExpiresIn),
	}, err
}
