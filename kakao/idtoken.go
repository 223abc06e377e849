package kakao

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/oauthclient/idtoken"
)

// IDToken is a verified ID token.
// Source: Kakao, REST API, "ID 토큰"; OpenID Connect Core section 2.
type IDToken struct {
	Issuer string
	// Subject is the user id (회원번호) in decimal, UserID the same as a number. It is the user's only identifier and
	// is valid within one Kakao app.
	Subject string
	UserID  int64
	// Audience is the app key used for the sign-in: the REST API, native or JavaScript key.
	Audience []string
	// IssuedAt and ExpiresAt limit the token's validity. AuthTime is when the user last authenticated to Kakao, which
	// may be long ago; zero if Kakao does not send it.
	IssuedAt, ExpiresAt, AuthTime time.Time
	Nonce                         string
	// Nickname and Picture require consent. Picture is often an http URL.
	Nickname, Picture string
	// Email requires consent and is present only if valid and verified. It is not an identifier: addresses change and
	// are reassigned.
	Email string
}

// IDTokenOptions holds the expected values of an ID token.
type IDTokenOptions struct {
	// Nonce is the nonce of the sign-in, which the token must contain.
	Nonce string
	// SkipNonce accepts a token without comparing nonces. Use it only for tokens of the refresh grant, which do not
	// pass through a browser or an app.
	SkipNonce bool
	// AccessToken, if set, is compared with the claim at_hash if the token has one.
	AccessToken Secret
	// MaxAge, if set, is the maximum age of AuthTime, which then must be present.
	MaxAge time.Duration
}

// IDTokenError says why an ID token is not valid.
type IDTokenError struct {
	// Reason is a constant text that contains nothing from the token.
	Reason string
	// Clock reports that a time is out of range, perhaps because the local clock is wrong. Skew is by how much. The
	// signature is valid.
	Clock bool
	Skew  time.Duration
	// Early reports, with Clock, a time in the future: the local clock is behind. Without it, the token has expired.
	Early bool
	// Audience reports that the token was issued for a key that Config does not name, perhaps one of the same app.
	Audience bool
}

// Error returns the reason.
func (e *IDTokenError) Error() string {
	if e.Clock {
		return fmt.Sprintf("kakao: id token refused: %s (by %s; check the clock of this machine)",
			e.Reason, e.Skew.Round(time.Second))
	}
	return "kakao: id token refused: " + e.Reason
}

// Is reports whether target is ErrTokenInvalid.
func (e *IDTokenError) Is(target error) bool { return target == ErrTokenInvalid }

func refuse(reason string) *IDTokenError { return &IDTokenError{Reason: reason} }

// VerifyIDToken verifies an ID token from any source and returns its claims.
//
// It checks, in this order: format and length, RS256, issuer (exact), audience (a key of Config; several audiences
// only with an azp that is a key of Config), exp, iat and nbf with Config.Leeway, sub, nonce, AuthTime against
// MaxAge, signature, at_hash. A token that is out of time is refused for that only after its signature. exp, iat, aud
// and sub are required. It makes a network call only if the key is not cached or no cached key made the signature.
//
// The caller must check that the nonce has not been used before. VerifyIDToken does not check whether the user is
// still linked.
//
// Errors: *IDTokenError if the token is not valid; *Error matching ErrUnavailable if the signing keys cannot be
// fetched, which says nothing about the token; ErrInvalidInput without Nonce and SkipNonce.
// Source: Kakao, REST API, "ID 토큰 유효성 검증"; OpenID Connect Core section 3.1.3.7.
func (c *Client) VerifyIDToken(ctx context.Context, raw Secret, opts IDTokenOptions) (*IDToken, error) {
	// An empty nonce would match a missing one.
	if opts.Nonce == "" && !opts.SkipNonce {
		return nil, invalid("idtoken", "Nonce is empty")
	}
	t, err := idtoken.ParseJWS(raw.Reveal(), algorithms...)
	if err != nil {
		return nil, refuse(err.Error())
	}
	// Security event tokens are signed with the same keys but are not ID tokens (RFC 8725 section 3.11).
	if t.Type != "" && t.Type != "JWT" {
		return nil, refuse("typ is not JWT")
	}
	cl, err := decodeClaims(t.Payload)
	if err != nil {
		return nil, refuse("claims: " + err.Error())
	}
	refused := c.checkClaims(cl, opts)
	if refused != nil && !refused.Clock {
		return nil, refused
	}
	if err := c.verify(ctx, t, idtoken.ForSignIn); err != nil {
		var e *Error
		if errors.As(err, &e) {
			return nil, err
		}
		return nil, refuse(err.Error())
	}
	if refused != nil { // only a genuine token says something about the clock of this machine
		return nil, refused
	}
	if cl.atHash != "" && opts.AccessToken != "" && !idtoken.AccessTokenHashMatches(cl.atHash, opts.AccessToken.Reveal()) {
		return nil, refuse("at_hash does not match the access token")
	}
	return &cl.IDToken, nil
}

// unverifiedSubject returns the subject of a token without checking its signature. Use it only to reject tokens.
func unverifiedSubject(raw Secret) string {
	t, err := idtoken.ParseJWS(raw.Reveal(), algorithms...)
	if err != nil {
		return ""
	}
	cl, err := decodeClaims(t.Payload)
	if err != nil {
		return ""
	}
	return cl.Subject
}

// claims are the claims of an ID token, including those needed only for validation.
type claims struct {
	IDToken
	azp, atHash             string
	exp, iat, nbf, authTime int64
	hasNbf, events          bool
}

func decodeClaims(payload []byte) (*claims, error) {
	var c claims
	p := parser{b: payload}
	o := p.object()
	for o.next() {
		switch string(o.key) {
		case "iss":
			c.Issuer = p.str()
		case "sub":
			c.Subject = p.str()
		case "aud":
			c.Audience = audience(&p)
		case "azp":
			c.azp = p.str()
		case "exp":
			c.exp = p.int()
		case "iat":
			c.iat = p.int()
		case "nbf":
			c.nbf, c.hasNbf = p.int(), true
		case "auth_time":
			c.authTime = p.intOrSkip()
		case "nonce":
			c.Nonce = p.str()
		case "at_hash":
			c.atHash = p.str()
		case "nickname":
			c.Nickname = p.stringOrSkip()
		case "picture":
			c.Picture = p.stringOrSkip()
		case "email":
			c.Email = p.stringOrSkip()
		case "events":
			c.events = true
			p.skip()
		default: // including _claim_sources: claims are never fetched (SF-04)
			p.skip()
		}
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	if !isAddress(c.Email) {
		c.Email = ""
	}
	c.IssuedAt, c.ExpiresAt, c.AuthTime = unixTime(c.iat), unixTime(c.exp), unixTime(c.authTime)
	return &c, nil
}

// audience reads a string or an array of strings (RFC 7519 section 4.1.3).
func audience(p *parser) []string {
	if p.peek() == '[' {
		return p.strs()
	}
	if s := p.str(); s != "" {
		return []string{s}
	}
	return nil
}

// unixTime converts Unix seconds. It returns the zero time for values outside the years 1970 to 9999.
func unixTime(s int64) time.Time {
	if s <= 0 || s > 253402300799 { // 9999-12-31
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

func (c *Client) checkClaims(cl *claims, opts IDTokenOptions) *IDTokenError {
	now := c.cfg.Now()
	early := func(reason string, by time.Duration) *IDTokenError {
		return &IDTokenError{Reason: reason, Clock: true, Skew: by, Early: true}
	}
	switch {
	case cl.events:
		return refuse("a security event, not an ID token")
	case cl.Issuer != c.cfg.Issuer:
		return refuse("wrong issuer")
	case len(cl.Audience) == 0:
		return refuse("missing audience")
	case len(cl.Audience) == 1 && !slices.Contains(c.cfg.Audiences, cl.Audience[0]):
		return &IDTokenError{Reason: "wrong audience", Audience: true}
	case len(cl.Audience) > 1 && !(slices.Contains(c.cfg.Audiences, cl.azp) && slices.Contains(cl.Audience, cl.azp)):
		return &IDTokenError{Reason: "several audiences, and azp is not a key of this app", Audience: true}
	case cl.azp != "" && !slices.Contains(c.cfg.Audiences, cl.azp):
		return &IDTokenError{Reason: "azp is not a key of this app", Audience: true}
	case cl.ExpiresAt.IsZero():
		return refuse("missing exp")
	case cl.IssuedAt.IsZero():
		return refuse("missing iat")
	case !now.Before(cl.ExpiresAt.Add(c.cfg.Leeway)):
		return &IDTokenError{Reason: "expired", Clock: true, Skew: now.Sub(cl.ExpiresAt)}
	case cl.IssuedAt.After(now.Add(c.cfg.Leeway)):
		return early("issued in the future", cl.IssuedAt.Sub(now))
	case cl.hasNbf && unixTime(cl.nbf).After(now.Add(c.cfg.Leeway)):
		return early("not valid yet", unixTime(cl.nbf).Sub(now))
	}
	var ok bool
	if cl.UserID, ok = parseUserID(cl.Subject); !ok {
		return refuse("sub is not a user id")
	}
	if !opts.SkipNonce && subtle.ConstantTimeCompare([]byte(cl.Nonce), []byte(opts.Nonce)) != 1 {
		return refuse("wrong nonce")
	}
	if opts.MaxAge > 0 {
		if cl.AuthTime.IsZero() {
			return refuse("missing auth_time")
		}
		switch age := now.Sub(cl.AuthTime); {
		case age > opts.MaxAge+c.cfg.Leeway:
			return refuse("user authenticated too long ago")
		case age < -c.cfg.Leeway:
			return refuse("user authenticated in the future")
		}
	}
	return nil
}

// parseUserID parses a user id: a positive int64 in canonical decimal form, so that "007" and "7" cannot be confused.
func parseUserID(s string) (int64, bool) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id <= 0 || strconv.FormatInt(id, 10) != s {
		return 0, false
	}
	return id, true
}
