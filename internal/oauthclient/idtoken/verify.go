package idtoken

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/oauthclient"
)

// DefaultLeeway is the clock difference that is allowed.
const DefaultLeeway = time.Minute

// maxSubject is the longest subject in bytes (OpenID Connect Core section 2).
const maxSubject = 255

// Config configures a [Verifier].
type Config struct {
	// Issuers are the accepted values of iss, compared to the letter. Required.
	Issuers []string
	// Audiences are the accepted client ids. Required.
	Audiences []string
	// Parties are values of azp that are accepted besides Audiences, such as the client ids of mobile apps that sign in
	// for one of Audiences.
	Parties []string
	// Algorithms are RS256, ES256 or both, with Keys; or HS256 alone, with Secrets. Required.
	Algorithms []Algorithm
	Keys       *Keys
	Secrets    []string
	// Leeway is the allowed clock difference. Default DefaultLeeway.
	Leeway time.Duration
	// Now returns the current time. Default time.Now.
	Now func() time.Time
}

// Verifier verifies the tokens of one client. It is safe for concurrent use.
type Verifier struct{ cfg Config }

// New returns a verifier. An error means that the configuration would accept too much.
func New(cfg Config) (*Verifier, error) {
	symmetric := len(cfg.Algorithms) == 1 && cfg.Algorithms[0] == HS256
	blank := func(s string) bool { return s == "" }
	switch {
	case len(cfg.Issuers) == 0 || slices.ContainsFunc(cfg.Issuers, blank):
		return nil, errors.New("idtoken: Issuers is empty")
	case len(cfg.Audiences) == 0 || slices.ContainsFunc(cfg.Audiences, blank):
		return nil, errors.New("idtoken: Audiences is empty")
	case symmetric && (len(cfg.Secrets) == 0 || slices.ContainsFunc(cfg.Secrets, blank) || cfg.Keys != nil):
		return nil, errors.New("idtoken: HS256 needs Secrets and no Keys")
	case !symmetric && (cfg.Keys == nil || cfg.Secrets != nil || len(cfg.Algorithms) == 0):
		return nil, errors.New("idtoken: RS256 and ES256 need Keys and no Secrets")
	}
	for _, a := range cfg.Algorithms {
		if !symmetric && a != RS256 && a != ES256 {
			return nil, fmt.Errorf("idtoken: unsupported algorithm %q", a)
		}
	}
	cfg.Leeway = cmp.Or(cfg.Leeway, DefaultLeeway)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Verifier{cfg}, nil
}

// Options are the expected values of one ID token.
type Options struct {
	// Nonce is the nonce of the sign-in, which the token must contain.
	Nonce string
	// HashedNonce accepts the SHA-256 of Nonce in hexadecimal too, as native apps send it.
	HashedNonce bool
	// SkipNonce accepts a token without comparing nonces. Use it only for tokens of the refresh grant, which do not pass
	// through a browser or an app.
	SkipNonce bool
	// AccessToken, if set, is compared with the claim at_hash if the token has one.
	AccessToken string
	// MaxAge, if set, is the maximum age of AuthTime, which then must be present.
	MaxAge time.Duration
}

// Claims are the claims of a verified ID token.
type Claims struct {
	Issuer          string
	Subject         string // 1 to 255 bytes
	Audience        []string
	AuthorizedParty string // azp, "" if absent
	IssuedAt        time.Time
	ExpiresAt       time.Time
	AuthTime        time.Time // zero if absent
	Nonce           string    // "" if absent
	Session         string    // sid, "" if absent
	// Members are all claims as sent.
	Members oauthclient.Object
}

// Error says why a token is not valid.
type Error struct {
	// Reason is a constant text that contains nothing from the token.
	Reason string
	// Clock reports that a time is out of range, perhaps because the local clock is wrong, in a token with a valid
	// signature. Skew is by how much.
	Clock bool
	Skew  time.Duration
	// Early reports, with Clock, a time in the future: the local clock is behind.
	Early bool
	// Issuer, Audience and Nonce report which claim is not as expected. NoNonce reports a token without any.
	Issuer, Audience, Nonce, NoNonce bool
	// Signature reports that the claims are as expected and the signature is not.
	Signature bool
}

// Error returns the reason.
func (e *Error) Error() string {
	if e.Clock {
		return fmt.Sprintf("token refused: %s (by %s; check the clock of this machine)", e.Reason, e.Skew.Round(time.Second))
	}
	return "token refused: " + e.Reason
}

func refuse(reason string) *Error { return &Error{Reason: reason} }

// ErrNoNonce: neither Nonce nor SkipNonce was given.
var ErrNoNonce = errors.New("idtoken: Nonce is empty")

// Verify verifies an ID token from any source and returns its claims.
//
// It checks, in this order: format and length, algorithm, typ, issuer, audience (one of Audiences; several audiences
// only with an azp), azp, exp, iat and nbf, sub, nonce, AuthTime against MaxAge, signature, at_hash. A token that is
// out of time is refused for that only after its signature. exp, iat, aud and sub are required. The caller must check
// that the nonce has not been used before.
//
// Errors: *[Error] if the token is not valid; *[KeysError] if the signing keys cannot be fetched, which says nothing
// about the token; [ErrNoNonce].
func (v *Verifier) Verify(ctx context.Context, raw string, opts Options) (*Claims, error) {
	if opts.Nonce == "" && !opts.SkipNonce { // would match a missing one
		return nil, ErrNoNonce
	}
	t, c, err := v.read(raw)
	if err != nil {
		return nil, err
	}
	// Security event tokens are signed with the same keys but are not ID tokens (RFC 8725 section 3.11).
	if t.Type != "" && !strings.EqualFold(t.Type, "JWT") {
		return nil, refuse("typ is not JWT")
	}
	if c.Members["events"] != nil {
		return nil, refuse("a security event, not an ID token")
	}
	refused := v.checkClaims(c, opts)
	if refused != nil && !refused.Clock {
		return nil, refused
	}
	if err := v.signature(ctx, t, ForSignIn); err != nil {
		return nil, err
	}
	if refused != nil { // only a genuine token says something about the local clock
		return nil, refused
	}
	if hash, ok := c.Members.String("at_hash"); opts.AccessToken != "" && c.Members["at_hash"] != nil &&
		(!ok || !AccessTokenHashMatches(hash, opts.AccessToken)) {
		return nil, refuse("at_hash does not match the access token")
	}
	return c, nil
}

// read reads format and claims.
func (v *Verifier) read(raw string) (*JWS, *Claims, error) {
	t, err := ParseJWS(raw, v.cfg.Algorithms...)
	if err != nil {
		return nil, nil, refuse(err.Error())
	}
	if !utf8.Valid(t.Payload) {
		return nil, nil, refuse("claims: invalid UTF-8")
	}
	m, err := oauthclient.ParseObject(t.Payload)
	if err != nil {
		return nil, nil, refuse("claims: not a valid object")
	}
	c := &Claims{
		Audience: m.Strings("aud"), IssuedAt: m.Time("iat"), ExpiresAt: m.Time("exp"), AuthTime: m.Time("auth_time"),
		Members: m,
	}
	for name, into := range map[string]*string{
		"iss": &c.Issuer, "sub": &c.Subject, "azp": &c.AuthorizedParty, "nonce": &c.Nonce, "sid": &c.Session,
	} {
		var ok bool
		if *into, ok = m.String(name); m[name] != nil && !ok {
			return nil, nil, refuse("claims: " + name + " is not text")
		}
		// Half a surrogate pair in JSON is read as U+FFFD: different subjects would become one.
		if strings.ContainsRune(*into, utf8.RuneError) {
			return nil, nil, refuse("claims: " + name + " contains U+FFFD or half a surrogate pair")
		}
	}
	return t, c, nil
}

func (v *Verifier) signature(ctx context.Context, t *JWS, use Use) error {
	var err error
	if v.cfg.Keys != nil {
		err = t.Verify(ctx, v.cfg.Keys, use)
	} else {
		err = t.VerifySecret(v.cfg.Secrets...)
	}
	var unavailable *KeysError
	if err == nil || errors.As(err, &unavailable) {
		return err
	}
	return &Error{Reason: err.Error(), Signature: true}
}

func (v *Verifier) checkClaims(c *Claims, opts Options) *Error {
	if e := v.checkIssuer(c, v.cfg.Issuers); e != nil {
		return e
	}
	if len(c.Audience) > 1 && c.AuthorizedParty == "" {
		return &Error{Reason: "several audiences and no azp", Audience: true}
	}
	if e := v.checkTimes(c); e != nil {
		return e
	}
	if c.Subject == "" || len(c.Subject) > maxSubject || strings.ContainsRune(c.Subject, 0) {
		return refuse("sub is empty, too long or contains NUL")
	}
	if !opts.SkipNonce {
		switch {
		case c.Nonce == "":
			return &Error{Reason: "missing nonce", Nonce: true, NoNonce: true}
		case !nonceMatches(c.Nonce, opts):
			return &Error{Reason: "wrong nonce", Nonce: true}
		}
	}
	if opts.MaxAge > 0 {
		if c.AuthTime.IsZero() {
			return refuse("missing auth_time")
		}
		switch age := v.cfg.Now().Sub(c.AuthTime); {
		case age > opts.MaxAge+v.cfg.Leeway:
			return refuse("user authenticated too long ago")
		case age < -v.cfg.Leeway:
			return refuse("user authenticated in the future")
		}
	}
	return nil
}

func (v *Verifier) checkIssuer(c *Claims, issuers []string) *Error {
	ours := func(client string) bool { return slices.Contains(v.cfg.Audiences, client) }
	party := func(client string) bool { return ours(client) || slices.Contains(v.cfg.Parties, client) }
	switch {
	case !slices.Contains(issuers, c.Issuer):
		return &Error{Reason: "wrong issuer", Issuer: true}
	case len(c.Audience) == 0:
		return refuse("missing audience")
	case !slices.ContainsFunc(c.Audience, ours):
		return &Error{Reason: "wrong audience", Audience: true}
	case c.Members["azp"] != nil && !party(c.AuthorizedParty):
		return &Error{Reason: "azp is another client", Audience: true}
	}
	return nil
}

func (v *Verifier) checkTimes(c *Claims) *Error {
	now, leeway := v.cfg.Now(), v.cfg.Leeway
	early := func(reason string, by time.Duration) *Error {
		return &Error{Reason: reason, Clock: true, Skew: by, Early: true}
	}
	nbf := c.Members.Time("nbf")
	switch {
	case c.ExpiresAt.IsZero():
		return refuse("missing exp")
	case c.IssuedAt.IsZero():
		return refuse("missing iat")
	case !now.Before(c.ExpiresAt.Add(leeway)):
		return &Error{Reason: "expired", Clock: true, Skew: now.Sub(c.ExpiresAt)}
	case c.IssuedAt.After(now.Add(leeway)):
		return early("issued in the future", c.IssuedAt.Sub(now))
	case nbf.After(now.Add(leeway)):
		return early("not valid yet", nbf.Sub(now))
	}
	return nil
}

func nonceMatches(got string, opts Options) bool {
	if subtle.ConstantTimeCompare([]byte(got), []byte(opts.Nonce)) == 1 {
		return true
	}
	sum := sha256.Sum256([]byte(opts.Nonce))
	return opts.HashedNonce && subtle.ConstantTimeCompare([]byte(got), []byte(hex.EncodeToString(sum[:]))) == 1
}

// AccessTokenHashMatches compares at_hash with the left half of the token's SHA-256 (OpenID Connect Core section
// 3.1.3.6), which belongs to all of the supported algorithms.
func AccessTokenHashMatches(claim, accessToken string) bool {
	sum := sha256.Sum256([]byte(accessToken))
	want := base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	return subtle.ConstantTimeCompare([]byte(claim), []byte(want)) == 1
}
