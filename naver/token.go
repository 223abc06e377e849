package naver

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Token is the response of the token endpoint.
// Source: Naver, developer guide 3.4.4, 3.5.6 and 4.1.2.
type Token struct {
	// AccessToken authorizes API calls for the user, for an hour. It may contain "+", "/" and "=".
	AccessToken Secret
	// RefreshToken has no documented lifetime. Refresh returns the given one, because Naver sends none.
	RefreshToken Secret
	// IDToken is a JWT, present only with Config.OpenID. Exchange has checked its issuer, audience and time.
	IDToken Secret
	// ExpiresIn is the lifetime of the access token, ExpiresAt its end.
	ExpiresIn time.Duration
	ExpiresAt time.Time
}

// Values of Error.Op.
const (
	opExchange = "token"
	opRefresh  = "token_refresh"
	opRevoke   = "revoke"
	opProfile  = "profile"
	opVerify   = "verify"
)

// ExchangeRequest holds the parameters of a code exchange.
type ExchangeRequest struct {
	Code  Secret // from Callback.Code
	State string // as passed to AuthorizeURL; Naver's documents require it
	// RedirectURI is sent if it is not "". Naver documents it only in some samples.
	RedirectURI string
	// CodeVerifier is the verifier of the CodeChallenge passed to AuthorizeURL. Required with Config.OpenID and refused
	// without.
	CodeVerifier Secret
}

// Exchange exchanges a code for tokens. It sends exactly one request: a code works once. The parameters travel in the
// body, because a GET would leave secret and code in logs.
//
// Errors: ErrCodeInvalid, ErrClientInvalid, ErrUnavailable, ErrRateLimited, ErrMalformed, ErrForeignToken.
// Source: Naver, developer guide 3.4.4 and 3.5.6.
func (c *Client) Exchange(ctx context.Context, r ExchangeRequest) (*Token, error) {
	const op = opExchange
	verifier := r.CodeVerifier.Reveal()
	switch {
	case !oauthclient.VisibleASCII(r.Code.Reveal(), oauthclient.MaxCode):
		return nil, invalid(op, "Code is empty, too long or contains unusual characters")
	case r.State == "" || len(r.State) > maxState:
		return nil, invalid(op, "State is empty or too long")
	case !c.cfg.OpenID && verifier != "":
		return nil, invalid(op, "CodeVerifier needs Config.OpenID: the OAuth 2.0 set has no PKCE")
	case c.cfg.OpenID && (len(verifier) < 43 || !oauthclient.VisibleASCII(verifier, 128)):
		return nil, invalid(op, "CodeVerifier must have 43 to 128 characters")
	}
	form := c.tokenForm("authorization_code")
	form.Set("code", r.Code.Reveal())
	form.Set("state", r.State)
	if r.RedirectURI != "" {
		form.Set("redirect_uri", r.RedirectURI)
	}
	if c.cfg.OpenID {
		form.Set("code_verifier", verifier)
	}
	t, err := c.token(ctx, op, form, r.Code, r.CodeVerifier)
	if err != nil {
		return nil, err
	}
	if t.IDToken != "" {
		if err := c.checkIDToken(t.IDToken); err != nil {
			return nil, &Error{Op: op, Status: http.StatusOK, kind: ErrForeignToken, cause: err}
		}
	}
	return t, nil
}

// Refresh requests a new access token. The result holds the given refresh token, because Naver's answer has none.
//
// Errors: ErrRefreshTokenInvalid, ErrClientInvalid, ErrUnavailable, ErrRateLimited, ErrMalformed.
// Source: Naver, developer guide 4.1.2.
func (c *Client) Refresh(ctx context.Context, refresh Secret) (*Token, error) {
	const op = opRefresh
	if !oauthclient.VisibleASCII(refresh.Reveal(), maxToken) {
		return nil, invalid(op, "RefreshToken is empty, too long or contains unusual characters")
	}
	form := c.tokenForm("refresh_token")
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

func (c *Client) tokenForm(grant string) url.Values {
	return url.Values{
		"grant_type": {grant}, "client_id": {c.cfg.ClientID}, "client_secret": {c.cfg.ClientSecret.Reveal()},
	}
}

func (c *Client) token(ctx context.Context, op string, form url.Values, secrets ...Secret) (*Token, error) {
	o, err := c.calls.Object(ctx, oauthclient.Call{
		Op: op, Host: c.authServer, Method: http.MethodPost, Path: c.path("/token"), Params: form,
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
		AccessToken: r.AccessToken, RefreshToken: r.RefreshToken, IDToken: r.IDToken,
		ExpiresIn: r.ExpiresIn, ExpiresAt: now.Add(r.ExpiresIn),
	}, err
}
