package kakao

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// IDToken is a verified ID token.
// Source: Kakao, REST API, "ID 토큰"; OpenID Connect Core section 2.
type IDToken struct {
	Issuer string
	// Subject is the person's user id (회원번호) as decimal text, UserID the same as a
	// number. It is the person's only identifier, and belongs to one Kakao app.
	Subject string
	UserID  int64
	// Audience is the app key that the login was made with: REST API, native or JavaScript.
	Audience []string
	// IssuedAt and ExpiresAt bound the token; AuthTime is when the person last gave
	// Kakao a password, which may be long ago. AuthTime is zero if Kakao left it out.
	IssuedAt, ExpiresAt, AuthTime time.Time
	Nonce                         string
	// Nickname and Picture are there with consent. Picture often begins with http://.
	Nickname, Picture string
	// Email is there with consent and only if valid and verified at Kakao. It is
	// not an identifier: it changes and is given to other people.
	Email string
}

// IDTokenOptions says what a login expects of its ID token.
type IDTokenOptions struct {
	// Nonce is the one that this login sent; the token must carry it unchanged.
	Nonce string
	// SkipNonce accepts a token without comparing nonces. Only for tokens that did
	// not come through a browser or an app: those of the refresh grant.
	SkipNonce bool
	// AccessToken, if set, is compared with the claim at_hash, should there be one.
	AccessToken Secret
	// MaxAge, if set, demands that AuthTime is there and at most so long ago.
	MaxAge time.Duration
}

// IDTokenError says why an ID token was refused. Nobody must be signed in.
type IDTokenError struct {
	// Reason is a constant text without anything from the token.
	Reason string
	// Clock is set if the reason is a time: then look at the clock of this machine, and Skew
	// says by how much the token's time lies outside.
	Clock bool
	Skew  time.Duration
}

// Error gives the reason.
func (e *IDTokenError) Error() string {
	if e.Clock {
		return fmt.Sprintf("kakao: id token refused: %s (by %s; check the clock of this machine)", e.Reason, e.Skew.Round(time.Second))
	}
	return "kakao: id token refused: " + e.Reason
}

// Is makes a refused ID token match ErrTokenInvalid.
func (e *IDTokenError) Is(target error) bool { return target == ErrTokenInvalid }

func refuse(reason string) error { return &IDTokenError{Reason: reason} }

// VerifyIDToken checks an ID token from anywhere and gives its claims.
//
// Checked, in this order, cheap things first and the network last: form and length,
// RS256, issuer (exact), audience (one of Config's keys; several audiences only with
// azp being ours), exp, iat, nbf with Config.Leeway, sub as a user id, nonce, AuthTime
// against MaxAge, signature, at_hash. A missing exp, iat, aud or sub is a refusal.
//
// While keys are cached there is no network call. Not checked: whether a nonce was
// used before, which is the caller's to remember, and whether the person is still linked.
//
// Errors: *IDTokenError for a refusal (matches ErrTokenInvalid); *Error matching ErrUnavailable
// if keys are needed and cannot be had, which says nothing about the token; ErrInvalidInput
// without Nonce and SkipNonce.
// Source: Kakao, REST API, "ID 토큰 유효성 검증"; OpenID Connect Core section 3.1.3.7.
func (c *Client) VerifyIDToken(ctx context.Context, raw Secret, opts IDTokenOptions) (*IDToken, error) {
	// An empty expected nonce would equal a missing one.
	if opts.Nonce == "" && !opts.SkipNonce {
		return nil, invalid("idtoken", "Nonce is empty")
	}
	t, err := splitJWS(raw.Reveal())
	if err != nil {
		return nil, refuse(err.Error())
	}
	// An event of the account webhook is signed by the same keys and is no login (RFC 8725 section 3.11).
	if t.typ != "" && t.typ != "JWT" {
		return nil, refuse("typ is not JWT")
	}
	cl, err := decodeClaims(t.payload)
	if err != nil {
		return nil, refuse("claims: " + err.Error())
	}
	if err := c.judgeClaims(cl, opts); err != nil {
		return nil, err
	}
	if err := t.verify(ctx, c); err != nil {
		var e *Error
		if errors.As(err, &e) {
			return nil, err
		}
		return nil, refuse(err.Error())
	}
	if cl.atHash != "" && opts.AccessToken != "" && !atHashFits(cl.atHash, opts.AccessToken) {
		return nil, refuse("at_hash does not fit the access token")
	}
	return &cl.IDToken, nil
}

// unverifiedSubject reads the subject of a token whose signature could not be checked. It may
// be used against a token, never for it.
func unverifiedSubject(raw Secret) string {
	t, err := splitJWS(raw.Reveal())
	if err != nil {
		return ""
	}
	cl, err := decodeClaims(t.payload)
	if err != nil {
		return ""
	}
	return cl.Subject
}

// claims are those of an ID token that count, and what only checks need.
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
			c.Audience = p.audience()
		case "azp":
			c.azp = p.str()
		case "exp":
			c.exp = p.int()
		case "iat":
			c.iat = p.int()
		case "nbf":
			c.nbf, c.hasNbf = p.int(), true
		case "auth_time":
			c.authTime = p.int()
		case "nonce":
			c.Nonce = p.str()
		case "at_hash":
			c.atHash = p.str()
		case "nickname":
			c.Nickname = p.str()
		case "picture":
			c.Picture = p.str()
		case "email":
			c.Email = p.str()
		case "events":
			c.events = true
			p.skip()
		default: // _claim_sources among them: nothing is ever fetched for a claim (SF-04)
			p.skip()
		}
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	c.IssuedAt, c.ExpiresAt = unixTime(c.iat), unixTime(c.exp)
	c.AuthTime = unixTime(c.authTime)
	return &c, nil
}

// audience reads a string or an array of strings (RFC 7519 section 4.1.3).
func (p *parser) audience() []string {
	if p.peek() == '[' {
		return p.strs()
	}
	if s := p.str(); s != "" {
		return []string{s}
	}
	return nil
}

// unixTime is zero for a missing time and for one that no calendar has.
func unixTime(s int64) time.Time {
	if s <= 0 || s > 253402300799 { // 9999-12-31
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

func (c *Client) judgeClaims(cl *claims, opts IDTokenOptions) error {
	now := c.cfg.Now()
	late := func(reason string, by time.Duration) error {
		return &IDTokenError{Reason: reason, Clock: true, Skew: by}
	}
	switch {
	case cl.events:
		return refuse("a security event, not an ID token")
	case cl.Issuer != c.cfg.Issuer:
		return refuse("wrong issuer")
	case len(cl.Audience) == 0:
		return refuse("no audience")
	case len(cl.Audience) == 1 && !slices.Contains(c.cfg.Audiences, cl.Audience[0]):
		return refuse("wrong audience")
	case len(cl.Audience) > 1 && (!slices.Contains(c.cfg.Audiences, cl.azp) || !slices.Contains(cl.Audience, cl.azp)):
		return refuse("several audiences without azp being ours")
	case cl.azp != "" && !slices.Contains(c.cfg.Audiences, cl.azp):
		return refuse("azp is not ours")
	case cl.ExpiresAt.IsZero():
		return refuse("no exp")
	case cl.IssuedAt.IsZero():
		return refuse("no iat")
	case !now.Before(cl.ExpiresAt.Add(c.cfg.Leeway)):
		return late("expired", now.Sub(cl.ExpiresAt))
	case cl.IssuedAt.After(now.Add(c.cfg.Leeway)):
		return late("issued in the future", cl.IssuedAt.Sub(now))
	case cl.hasNbf && unixTime(cl.nbf).After(now.Add(c.cfg.Leeway)):
		return late("not valid yet", unixTime(cl.nbf).Sub(now))
	}
	var ok bool
	if cl.UserID, ok = parseUserID(cl.Subject); !ok {
		return refuse("sub is no user id")
	}
	if !opts.SkipNonce && subtle.ConstantTimeCompare([]byte(cl.Nonce), []byte(opts.Nonce)) != 1 {
		return refuse("wrong nonce")
	}
	if opts.MaxAge > 0 {
		if cl.AuthTime.IsZero() {
			return refuse("no auth_time")
		}
		if age := now.Sub(cl.AuthTime); age > opts.MaxAge+c.cfg.Leeway {
			return refuse("the person authenticated too long ago")
		}
	}
	return nil
}

// parseUserID reads Kakao's user id: decimal, positive, int64, written in its one
// normal form, so that "007" and "7" cannot be two people or one by turns.
func parseUserID(s string) (int64, bool) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id <= 0 || strconv.FormatInt(id, 10) != s {
		return 0, false
	}
	return id, true
}

// atHashFits: base64url of the left half of SHA-256 (OpenID Connect Core section 3.1.3.6).
func atHashFits(claim string, token Secret) bool {
	sum := sha256.Sum256([]byte(token))
	want := base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	return subtle.ConstantTimeCompare([]byte(claim), []byte(want)) == 1
}
