package kakao

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Token is the answer of the token endpoint.
// Source: Kakao, REST API, "토큰 요청" and "토큰 갱신".
type Token struct {
	// AccessToken calls the API for the person. Opaque. It lives 6 hours with a REST
	// API key, 12 with a native key, 2 with a JavaScript key: read ExpiresIn.
	AccessToken Secret
	// RefreshToken makes new access tokens for about two months. After Refresh it is
	// the new one if Kakao sent one, otherwise the one that was given: storing it is always right.
	RefreshToken Secret
	// IDToken is a JWT, there only with OpenID Connect. Verify it before use. Refresh
	// has verified it already.
	IDToken Secret
	// ExpiresIn is the life of access and ID token, RefreshTokenExpiresIn that of the
	// refresh token; the latter is 0 when Kakao sent no new one.
	ExpiresIn, RefreshTokenExpiresIn time.Duration
	// ExpiresAt and RefreshTokenExpiresAt are the same as times of Config.Now; the latter may be zero.
	ExpiresAt, RefreshTokenExpiresAt time.Time
	// Scope lists the consents of the person, openid among them. Kakao often leaves
	// it out; nil then says nothing. Scopes gives the full truth.
	Scope []string
	// Rotated says that Refresh brought a new refresh token. The old one is dead already.
	Rotated bool
}

// ExchangeRequest is what a callback and its attempt know.
type ExchangeRequest struct {
	Code         Secret // Callback.Code
	RedirectURI  string // the one of AuthorizeURL, to the letter
	CodeVerifier Secret // of the CodeChallenge of AuthorizeURL
	// SkipCodeVerifier sends no verifier. Only for codes that Kakao's JavaScript SDK asked
	// for, since it sends no challenge: such a code can be used by whoever steals it.
	SkipCodeVerifier bool
}

// Exchange turns a code into tokens. It links the person to the app.
//
// It sends exactly one request, whatever happens: a code works once, so a second
// attempt after a lost answer could only fail. Repeated failures count against a limit
// per person (20 in 10 minutes, KOE237).
//
// Errors: ErrCodeInvalid (KOE320), ErrRateLimited (KOE237), ErrUnavailable,
// ErrMalformed; otherwise Error.Entry tells whose setting is wrong (KOE010, KOE101, KOE303 …).
// The ID token is not verified here: call VerifyIDToken with the nonce.
// Source: Kakao, REST API, "토큰 요청"; RFC 6749 section 4.1.3, RFC 7636 section 4.5.
func (c *Client) Exchange(ctx context.Context, r ExchangeRequest) (*Token, error) {
	const op = "token"
	switch {
	case !visibleASCII(r.Code.Reveal(), maxCode):
		return nil, invalid(op, "the code is empty, too long or has unusual characters")
	case r.RedirectURI == "":
		return nil, invalid(op, "RedirectURI is empty")
	case r.SkipCodeVerifier && r.CodeVerifier != "":
		return nil, invalid(op, "both CodeVerifier and SkipCodeVerifier")
	case !r.SkipCodeVerifier && (len(r.CodeVerifier) < 43 || !visibleASCII(r.CodeVerifier.Reveal(), 128)):
		return nil, invalid(op, "CodeVerifier must have 43 to 128 characters")
	}
	form := c.tokenForm("authorization_code")
	form.Set("code", r.Code.Reveal())
	form.Set("redirect_uri", r.RedirectURI)
	if !r.SkipCodeVerifier {
		form.Set("code_verifier", r.CodeVerifier.Reveal())
	}
	t, err := c.token(ctx, op, form, r.Code, r.CodeVerifier)
	if err != nil {
		return nil, err
	}
	if t.RefreshToken == "" {
		return nil, malformed(op, http.StatusOK, errors.New("no refresh_token"))
	}
	return t, nil
}

// RefreshRequest is what the store knows about a grant.
type RefreshRequest struct {
	RefreshToken Secret
	// Subject is the person's user id as decimal text. If set, an ID token in the
	// answer must be about that person.
	Subject string
}

// Refresh makes a new access token. Concurrent calls with one refresh token make
// one request and share its answer, so that a rotation cannot make losers (KOE322);
// across processes the caller needs a lock around reading, refreshing and storing.
//
// The request goes on to its own deadline even if ctx ends, because Kakao may
// already have replaced the refresh token. It is never repeated for the same reason.
//
// An ID token in the answer is verified: a wrong issuer, audience, signature or Subject
// makes the whole answer ErrForeignToken or an *IDTokenError, and the stored tokens should stay as they are. If
// the keys cannot be fetched just now, the ID token is left out instead.
// Errors: ErrRefreshTokenInvalid (KOE322), ErrUnavailable, ErrRateLimited, ErrMalformed.
// Source: Kakao, REST API, "토큰 갱신"; OpenID Connect Core section 12.2.
func (c *Client) Refresh(ctx context.Context, r RefreshRequest) (*Token, error) {
	const op = "token_refresh"
	if !visibleASCII(r.RefreshToken.Reveal(), maxToken) {
		return nil, invalid(op, "the refresh token is empty, too long or has unusual characters")
	}
	t, subject, err := c.refreshes.do(ctx, r.RefreshToken, func(ctx context.Context) (*Token, string, error) { return c.refresh(ctx, op, r.RefreshToken) })
	if err != nil {
		return nil, err
	}
	if r.Subject != "" && subject != "" && subject != r.Subject {
		return nil, &Error{Op: op, Status: http.StatusOK, kind: ErrForeignToken, cause: errors.New("the new ID token is about somebody else")}
	}
	shared := *t // callers may change theirs
	return &shared, nil
}

// refresh makes the request. It gives the subject of the ID token in the answer, "" if there is none.
func (c *Client) refresh(ctx context.Context, op string, old Secret) (t *Token, subject string, err error) {
	form := c.tokenForm("refresh_token")
	form.Set("refresh_token", old.Reveal())
	if t, err = c.token(ctx, op, form, old); err != nil {
		return nil, "", err
	}
	if t.IDToken != "" {
		switch id, err := c.VerifyIDToken(ctx, t.IDToken, IDTokenOptions{SkipNonce: true}); {
		case errors.Is(err, ErrUnavailable):
			// The tokens must not be lost for want of keys; an unverified ID token must not be
			// handed out. All but its signature has been checked, so its subject can still accuse.
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
	if c.cfg.ClientSecret != "" { // in the form: Kakao does not read HTTP Basic
		form.Set("client_secret", c.cfg.ClientSecret.Reveal())
	}
	return form
}

func (c *Client) token(ctx context.Context, op string, form url.Values, secrets ...Secret) (*Token, error) {
	body, err := c.do(ctx, call{op: op, host: c.authServer, method: http.MethodPost, path: "/oauth/token",
		params: form, secrets: append(secrets, c.cfg.ClientSecret)})
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
			t.ExpiresIn = p.seconds()
		case "refresh_token_expires_in":
			t.RefreshTokenExpiresIn = p.seconds()
		case "scope":
			t.Scope = strings.Fields(p.str())
		default:
			p.skip()
		}
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	// A missing life would mean "for ever" to a careless reader.
	switch {
	case !visibleASCII(t.AccessToken.Reveal(), maxToken):
		return nil, errors.New("no access_token")
	case !strings.EqualFold(kind, "bearer"): // RFC 6749 section 5.1: without regard to case
		return nil, errors.New("token_type is not bearer")
	case t.ExpiresIn <= 0:
		return nil, errors.New("no expires_in")
	case t.RefreshToken != "" && !visibleASCII(t.RefreshToken.Reveal(), maxToken):
		return nil, errors.New("odd refresh_token")
	}
	t.ExpiresAt = now.Add(t.ExpiresIn)
	if t.RefreshToken != "" && t.RefreshTokenExpiresIn > 0 {
		t.RefreshTokenExpiresAt = now.Add(t.RefreshTokenExpiresIn)
	}
	return &t, nil
}

// seconds reads a number of seconds; negative ones and those beyond 68 years are clamped.
func (p *parser) seconds() time.Duration { return time.Duration(clampInt(p.int())) * time.Second }

// flights joins concurrent refreshes of one grant.
type flights struct {
	mu    sync.Mutex
	under map[Secret]*flight
}

type flight struct {
	done    chan struct{}
	token   *Token
	subject string
	err     error
}

func (f *flights) do(ctx context.Context, key Secret, run func(context.Context) (*Token, string, error)) (*Token, string, error) {
	f.mu.Lock()
	one, ok := f.under[key]
	if !ok {
		one = &flight{done: make(chan struct{})}
		if f.under == nil {
			f.under = make(map[Secret]*flight)
		}
		f.under[key] = one
		go func() { // ends with the deadline of the call
			defer func() {
				f.mu.Lock()
				delete(f.under, key)
				f.mu.Unlock()
				close(one.done)
			}()
			one.token, one.subject, one.err = run(context.WithoutCancel(ctx))
		}()
	}
	f.mu.Unlock()
	select {
	case <-one.done:
		return one.token, one.subject, one.err
	case <-ctx.Done():
		return nil, "", &Error{Op: "token_refresh", kind: ErrUnavailable, cause: ctx.Err()}
	}
}
