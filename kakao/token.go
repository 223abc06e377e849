package kakao

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Token is the response of the token endpoint.
// Source: Kakao, REST API, "토큰 요청" and "토큰 갱신".
type Token struct {
	// AccessToken authorizes API calls for the user. It is opaque. Its lifetime is ExpiresIn: 6 hours with a REST API
	// key, 12 with a native key, 2 with a JavaScript key.
	AccessToken Secret
	// RefreshToken is valid for about two months. Refresh returns the new token if Kakao sends one, otherwise the
	// given one, so the result can always be stored.
	RefreshToken Secret
	// IDToken is a JWT, present only with OpenID Connect. Verify it before use, unless it comes from Refresh.
	IDToken Secret
	// ExpiresIn is the lifetime of the access token and the ID token. RefreshTokenExpiresIn is that of the refresh
	// token, 0 if Kakao sends no new one.
	ExpiresIn, RefreshTokenExpiresIn time.Duration
	// ExpiresAt and RefreshTokenExpiresAt are the same as absolute times. RefreshTokenExpiresAt may be zero.
	ExpiresAt, RefreshTokenExpiresAt time.Time
	// Scope lists the user's consents including openid. It is often nil because Kakao omits it; use Client.Scopes for
	// the complete list.
	Scope []string
	// Rotated says that Refresh returned a new refresh token. The old one is no longer valid.
	Rotated bool
}

// Values of Error.Op.
const (
	opExchange = "token"
	opRefresh  = "token_refresh"
)

// maxToken is the maximum length of a token in bytes. Kakao's ID tokens have about 1 kB.
const maxToken = 16 << 10

// ExchangeRequest holds the parameters of a code exchange.
type ExchangeRequest struct {
	Code         Secret // from Callback.Code
	RedirectURI  string // exactly as passed to AuthorizeURL
	CodeVerifier Secret // verifier of the CodeChallenge passed to AuthorizeURL
	// SkipCodeVerifier sends no verifier. Use it only for codes requested by Kakao's JavaScript SDK, which sends no
	// challenge: anyone who steals such a code can use it.
	SkipCodeVerifier bool
	// DropTokens says that the tokens are used for this sign-in only. The response may then lack expires_in and
	// refresh_token.
	DropTokens bool
}

// Exchange exchanges a code for tokens and links the user to the app. It sends exactly one request: a code works once,
// so a retry can only fail. Failures count toward a limit of 20 exchanges per user in 10 minutes (KOE237).
//
// The ID token is not verified: call VerifyIDToken with the nonce.
//
// Errors: ErrCodeInvalid (KOE320, or invalid_grant without a code), ErrRateLimited (KOE237), ErrUnavailable,
// ErrMalformed. For errors of the configuration (KOE010, KOE101, KOE303 and others) see Error.Entry. Source: Kakao,
// REST API, "토큰 요청"; RFC 6749 section 4.1.3, RFC 7636 section 4.5.
func (c *Client) Exchange(ctx context.Context, r ExchangeRequest) (*Token, error) {
	const op = opExchange
	switch {
	case !oauthclient.VisibleASCII(r.Code.Reveal(), oauthclient.MaxCode):
		return nil, invalid(op, "Code is empty, too long or contains unusual characters")
	case r.RedirectURI == "":
		return nil, invalid(op, "RedirectURI is empty")
	case r.SkipCodeVerifier && r.CodeVerifier != "":
		return nil, invalid(op, "both CodeVerifier and SkipCodeVerifier are set")
	case !r.SkipCodeVerifier && (len(r.CodeVerifier) < 43 || !oauthclient.VisibleASCII(r.CodeVerifier.Reveal(), 128)):
		return nil, invalid(op, "CodeVerifier must have 43 to 128 characters")
	}
	form := c.tokenForm("authorization_code")
	form.Set("code", r.Code.Reveal())
	form.Set("redirect_uri", r.RedirectURI)
	if !r.SkipCodeVerifier {
		form.Set("code_verifier", r.CodeVerifier.Reveal())
	}
	t, err := c.token(ctx, op, form, r.Code, r.CodeVerifier)
	switch {
	case err != nil:
		return nil, err
	case r.DropTokens:
	case t.ExpiresIn <= 0: // callers might take 0 for "never expires"
		return nil, malformed(op, http.StatusOK, errors.New("missing expires_in"))
	case t.RefreshToken == "":
		return nil, malformed(op, http.StatusOK, errors.New("missing refresh_token"))
	}
	return t, nil
}

// RefreshRequest holds the parameters of a refresh.
type RefreshRequest struct {
	RefreshToken Secret
	// Subject, if set, is the user id in decimal that an ID token in the response must have.
	Subject string
}

// Refresh requests a new access token. Concurrent calls with the same refresh token share one request, so that none
// fails with KOE322 when Kakao replaces the token; several processes need a lock around loading, refreshing and
// storing.
//
// The request continues to its deadline even if ctx ends, because Kakao may already have replaced the refresh token.
// For the same reason it is not retried.
//
// An ID token in the response is verified. If it is not valid or belongs to another user, the error is an
// *IDTokenError or ErrForeignToken, and the stored tokens should be kept. If the signing keys cannot be fetched,
// IDToken is empty.
//
// Errors: ErrRefreshTokenInvalid (KOE322, or invalid_grant without a code), ErrUnavailable, ErrRateLimited,
// ErrMalformed. Source: Kakao, REST API, "토큰 갱신"; OpenID Connect Core section 12.2.
func (c *Client) Refresh(ctx context.Context, r RefreshRequest) (*Token, error) {
	const op = opRefresh
	if !oauthclient.VisibleASCII(r.RefreshToken.Reveal(), maxToken) {
		return nil, invalid(op, "RefreshToken is empty, too long or contains unusual characters")
	}
	t, subject, err := c.refreshes.do(ctx, r.RefreshToken, func(ctx context.Context) (*Token, string, error) {
		return c.refresh(ctx, op, r.RefreshToken)
	})
	if err != nil {
		return nil, err
	}
	if r.Subject != "" && subject != "" && subject != r.Subject {
		return nil, foreign(op, "new ID token belongs to another user")
	}
	own := *t // t is shared with concurrent callers
	return &own, nil
}

// refresh makes the request and returns the subject of the ID token in the response, "" if there is none.
func (c *Client) refresh(ctx context.Context, op string, old Secret) (t *Token, subject string, err error) {
	form := c.tokenForm("refresh_token")
	form.Set("refresh_token", old.Reveal())
	if t, err = c.token(ctx, op, form, old); err != nil {
		return nil, "", err
	}
	if t.ExpiresIn <= 0 {
		return nil, "", malformed(op, http.StatusOK, errors.New("missing expires_in"))
	}
	if t.IDToken != "" {
		switch id, err := c.VerifyIDToken(ctx, t.IDToken, IDTokenOptions{SkipNonce: true}); {
		case errors.Is(err, ErrUnavailable):
			// Keep the tokens but drop the ID token, whose signature could not be checked. Its subject can still
			// reject the response.
			subject = unverifiedSubject(t.IDToken)
			t.IDToken = ""
		case err != nil:
			return nil, "", &Error{Op: op, Status: http.StatusOK, kind: ErrMalformed, cause: err}
		default:
			subject = id.Subject
		}
	}
	if t.Rotated = t.RefreshToken != "" && t.RefreshToken != old; t.RefreshToken == "" {
		t.RefreshToken = old
	}
	return t, subject, nil
}

func (c *Client) tokenForm(grant string) url.Values {
	form := url.Values{"grant_type": {grant}, "client_id": {c.cfg.ClientID}}
	if c.cfg.ClientSecret != "" { // in the form, because Kakao ignores HTTP Basic authentication
		form.Set("client_secret", c.cfg.ClientSecret.Reveal())
	}
	return form
}

func (c *Client) token(ctx context.Context, op string, form url.Values, secrets ...Secret) (*Token, error) {
	body, err := c.do(ctx, call{
		op: op, host: c.authServer, method: http.MethodPost, path: "/oauth/token",
		params: form, secrets: append(secrets, c.cfg.ClientSecret),
	})
	if err != nil {
		return nil, err
	}
	t, err := decodeToken(body, c.cfg.Now())
	if err != nil {
		return nil, malformed(op, http.StatusOK, err)
	}
	return t, nil
}

func decodeToken(body []byte, now time.Time) (*Token, error) {
	var t Token
	var kind string
	p := parser{b: body}
	o := p.object()
	for o.next() {
		switch string(o.key) {
		case "access_token":
			t.AccessToken = Secret(p.str())
		case "refresh_token":
			t.RefreshToken = Secret(p.str())
		case "id_token":
			t.IDToken = Secret(p.str())
		case "token_type":
			kind = p.str()
		case "expires_in":
			t.ExpiresIn = seconds(&p)
		case "refresh_token_expires_in":
			t.RefreshTokenExpiresIn = seconds(&p)
		case "scope":
			if s := p.stringOrSkip(); s != "" {
				t.Scope = strings.Fields(s)
			}
		default:
			p.skip()
		}
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	switch {
	case !oauthclient.VisibleASCII(t.AccessToken.Reveal(), maxToken):
		return nil, errors.New("access_token missing or invalid")
	case !strings.EqualFold(kind, "bearer"): // case-insensitive, RFC 6749 section 5.1
		return nil, errors.New("token_type is not bearer")
	case t.RefreshToken != "" && !oauthclient.VisibleASCII(t.RefreshToken.Reveal(), maxToken):
		return nil, errors.New("refresh_token contains unusual characters")
	}
	if t.ExpiresIn > 0 {
		t.ExpiresAt = now.Add(t.ExpiresIn)
	}
	if t.RefreshToken != "" && t.RefreshTokenExpiresIn > 0 {
		t.RefreshTokenExpiresAt = now.Add(t.RefreshTokenExpiresIn)
	}
	return &t, nil
}

// seconds reads a number of seconds, limited to 0 to 68 years. Any other value is 0.
func seconds(p *parser) time.Duration { return time.Duration(clampInt(p.intOrSkip())) * time.Second }

// refreshGroup joins concurrent refreshes with the same refresh token.
type refreshGroup struct {
	mu      sync.Mutex
	running map[Secret]*refreshCall
}

type refreshCall struct {
	done    chan struct{}
	token   *Token
	subject string
	err     error
}

func (g *refreshGroup) do(
	ctx context.Context, key Secret, run func(context.Context) (*Token, string, error),
) (*Token, string, error) {
	g.mu.Lock()
	r, ok := g.running[key]
	if !ok {
		r = &refreshCall{done: make(chan struct{})}
		if g.running == nil {
			g.running = make(map[Secret]*refreshCall)
		}
		g.running[key] = r
		go func() { // ends within Config.Timeout
			defer func() {
				g.mu.Lock()
				delete(g.running, key)
				g.mu.Unlock()
				close(r.done)
			}()
			r.token, r.subject, r.err = run(context.WithoutCancel(ctx))
		}()
	}
	g.mu.Unlock()
	select {
	case <-r.done:
		return r.token, r.subject, r.err
	case <-ctx.Done():
		return nil, "", &Error{Op: opRefresh, kind: ErrUnavailable, cause: ctx.Err()}
	}
}
