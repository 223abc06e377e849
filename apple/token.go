package apple

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Token is the response of the token endpoint.
// Source: Apple, "TokenResponse".
type Token struct {
	// AccessToken authorizes no API call. It can only be revoked.
	AccessToken Secret
	// RefreshToken does not expire. Refresh returns the given one, because Apple sends none. Apple wants it validated
	// at most once a day.
	RefreshToken Secret
	// IDToken is a JWT; verify it with [Client.VerifyIDToken].
	IDToken Secret
	// ClientID is the client id that the tokens belong to. Refreshing and revoking must name the same.
	ClientID string
	// ExpiresIn is the lifetime of the access token, ExpiresAt its end.
	ExpiresIn time.Duration
	ExpiresAt time.Time
}

// RefreshInterval is the least time between two refreshes of the same token; Apple may refuse more.
const RefreshInterval = 24 * time.Hour

// Values of Error.Op.
const (
	opExchange = "token"
	opRefresh  = "token_refresh"
	opRevoke   = "revoke"
	opKeys     = "keys"
)

// ExchangeRequest holds the parameters of a code exchange.
type ExchangeRequest struct {
	Code Secret // from Callback.Code, or from the SDK of an app
	// ClientID is the client id that the code was issued to: the Services ID, which is the default, or a bundle id for a
	// code of an app.
	ClientID string
	// RedirectURI is exactly the one of the authorize request; "" for a code of an app.
	RedirectURI string
}

// Exchange exchanges a code for tokens. It sends exactly one request: a code works once.
//
// Errors: ErrCodeInvalid, ErrClientInvalid, ErrUnavailable, ErrRateLimited, ErrMalformed, ErrInvalidInput.
// Source: Apple, "Generate and validate tokens".
func (c *Client) Exchange(ctx context.Context, r ExchangeRequest) (*Token, error) {
	if !oauthclient.VisibleASCII(r.Code.Reveal(), oauthclient.MaxCode) {
		return nil, invalid(opExchange, "Code is empty, too long or contains unusual characters")
	}
	if r.ClientID == "" {
		r.ClientID = c.cfg.ServicesID
	}
	form, secret, err := c.clientForm(r.ClientID)
	if err != nil {
		return nil, err
	}
	form.Set("grant_type", "authorization_code")
	form.Set("code", r.Code.Reveal())
	if r.RedirectURI != "" {
		form.Set("redirect_uri", r.RedirectURI)
	}
	t, err := c.token(ctx, opExchange, form, r.Code, secret)
	if err != nil {
		return nil, err
	}
	if t.RefreshToken == "" || t.IDToken == "" {
		return nil, malformed(opExchange, errors.New("missing refresh_token or id_token"))
	}
	t.ClientID = r.ClientID
	return t, nil
}

// Refresh validates a refresh token and requests a new access token. Do not call it more than once a day for a token.
//
// Errors: ErrRefreshTokenInvalid, ErrClientInvalid, ErrUnavailable, ErrRateLimited, ErrMalformed, ErrInvalidInput.
// Source: Apple, "Verifying a user", "Generate and validate tokens".
func (c *Client) Refresh(ctx context.Context, refresh Secret, clientID string) (*Token, error) {
	if !oauthclient.VisibleASCII(refresh.Reveal(), maxToken) {
		return nil, invalid(opRefresh, "refresh token is empty, too long or contains unusual characters")
	}
	form, secret, err := c.clientForm(clientID)
	if err != nil {
		return nil, err
	}
	form.Set("grant_type", "refresh_token")
	form.Set("refresh_token", refresh.Reveal())
	t, err := c.token(ctx, opRefresh, form, refresh, secret)
	if err != nil {
		return nil, err
	}
	if t.RefreshToken == "" {
		t.RefreshToken = refresh
	}
	t.ClientID = clientID
	return t, nil
}

// clientForm is the client authentication of a call.
func (c *Client) clientForm(clientID string) (url.Values, Secret, error) {
	secret, err := c.ClientSecret(clientID)
	if err != nil {
		return nil, "", err
	}
	return url.Values{"client_id": {clientID}, "client_secret": {secret.Reveal()}}, secret, nil
}

func (c *Client) token(ctx context.Context, op string, form url.Values, secrets ...Secret) (*Token, error) {
	o, err := c.calls.Object(ctx, oauthclient.Call{
		Op: op, Host: c.host, Method: http.MethodPost, Path: "/auth/token", Params: form, Secrets: secrets,
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
		AccessToken: r.AccessToken, RefreshToken: r.RefreshToken, IDToken: r.IDToken,
		ExpiresIn: r.ExpiresIn, ExpiresAt: now.Add(r.ExpiresIn),
	}, err
}
