package line

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// RefreshLife is how long a refresh token lives from the login on. Refreshing does not extend it.
const RefreshLife = 90 * 24 * time.Hour

// Token is the response of the token endpoint.
// Source: LINE, API reference, "Issue access token" and "Refresh access token".
type Token struct {
	// AccessToken authorizes API calls for the user, for 30 days.
	AccessToken Secret
	// RefreshToken is the same after every refresh.
	RefreshToken Secret
	// IDToken is a JWT. Exchange does not verify it: see [Client.VerifyIDToken]. A refresh returns none.
	IDToken Secret
	// ExpiresIn is the lifetime of the access token, ExpiresAt its end.
	ExpiresIn time.Duration
	ExpiresAt time.Time
	// RefreshExpiresAt is when RefreshToken ends, by RefreshLife. Zero after a refresh, which does not move the end.
	RefreshExpiresAt time.Time
	// Scope is what the user agreed to, without ScopeEmail, which LINE never lists.
	Scope []string
}

// Values of Error.Op.
const (
	opExchange     = "token"
	opRefresh      = "token_refresh"
	opRevoke       = "revoke"
	opVerify       = "verify"
	opUserInfo     = "userinfo"
	opProfile      = "profile"
	opChannelToken = "channel_token"
	opDeauthorize  = "deauthorize"
	opKeys         = "certs"
	opIDToken      = "id_token"
)

// ExchangeRequest holds the parameters of a code exchange.
type ExchangeRequest struct {
	Code        Secret // from Callback.Code
	RedirectURI string // exactly as passed to AuthorizeURL
	// CodeVerifier is the verifier of the CodeChallenge passed to AuthorizeURL; "" if there was none.
	CodeVerifier Secret
}

// Exchange exchanges a code for tokens. It sends exactly one request: a code works once.
//
// Errors: ErrCodeInvalid, ErrClientInvalid, ErrUnavailable, ErrRateLimited, ErrMalformed.
// Source: LINE, API reference, "Issue access token".
func (c *Client) Exchange(ctx context.Context, r ExchangeRequest) (*Token, error) {
	const op = opExchange
	verifier := r.CodeVerifier.Reveal()
	switch {
	case !oauthclient.VisibleASCII(r.Code.Reveal(), oauthclient.MaxCode):
		return nil, invalid(op, "Code is empty, too long or contains unusual characters")
	case r.RedirectURI == "":
		return nil, invalid(op, "RedirectURI is empty")
	case verifier != "" && (len(verifier) < 43 || !oauthclient.VisibleASCII(verifier, 128)):
		return nil, invalid(op, "CodeVerifier must have 43 to 128 characters")
	}
	form := c.clientForm("authorization_code")
	form.Set("code", r.Code.Reveal())
	form.Set("redirect_uri", r.RedirectURI)
	if verifier != "" {
		form.Set("code_verifier", verifier)
	}
	t, err := c.token(ctx, op, form, r.Code, r.CodeVerifier)
	if err != nil {
		return nil, err
	}
	if t.RefreshToken != "" {
		t.RefreshExpiresAt = c.cfg.Now().Add(RefreshLife)
	}
	return t, nil
}

// Refresh requests a new access token. The refresh token stays the same and its end is not moved.
//
// Errors: ErrRefreshTokenInvalid, ErrClientInvalid, ErrUnavailable, ErrRateLimited, ErrMalformed.
// Source: LINE, API reference, "Refresh access token".
func (c *Client) Refresh(ctx context.Context, refresh Secret) (*Token, error) {
	const op = opRefresh
	if !oauthclient.VisibleASCII(refresh.Reveal(), maxToken) {
		return nil, invalid(op, "RefreshToken is empty, too long or contains unusual characters")
	}
	form := c.clientForm("refresh_token")
	form.Set("refresh_token", refresh.Reveal())
	t, err := c.token(ctx, op, form, refresh)
	if err != nil {
		return nil, err
	}
	if t.RefreshToken == "" {
		t.RefreshToken = refresh
	}
	return t, nil
}

// clientForm has the client's credentials in the body: LINE does not document HTTP Basic.
func (c *Client) clientForm(grant string) url.Values {
	return url.Values{
		"grant_type": {grant}, "client_id": {c.cfg.ChannelID}, "client_secret": {c.cfg.ChannelSecret.Reveal()},
	}
}

func (c *Client) token(ctx context.Context, op string, form url.Values, secrets ...Secret) (*Token, error) {
	o, err := c.calls.Object(ctx, oauthclient.Call{
		Op: op, Host: c.api, Method: http.MethodPost, Path: "/oauth2/v2.1/token", Params: form,
		Secrets: append(secrets, c.cfg.ChannelSecret),
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

// Revoke ends an access token. The link with the user stays: see [Client.Deauthorize].
// Errors: ErrClientInvalid, ErrUnavailable, ErrRateLimited. Source: LINE, API reference, "Revoke access token".
func (c *Client) Revoke(ctx context.Context, access Secret) error {
	if !oauthclient.VisibleASCII(access.Reveal(), maxToken) {
		return invalid(opRevoke, "access token is empty, too long or contains unusual characters")
	}
	form := c.clientForm("")
	form.Del("grant_type")
	form.Set("access_token", access.Reveal())
	_, err := c.calls.Do(ctx, oauthclient.Call{
		Op: opRevoke, Host: c.api, Method: http.MethodPost, Path: "/oauth2/v2.1/revoke", Params: form,
		Retry: true, Empty: true, Secrets: []Secret{access, c.cfg.ChannelSecret},
	})
	return err
}
