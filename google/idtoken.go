package google

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/internal/oauthclient/idtoken"
)

// IDToken is a verified ID token.
// Source: Google, "OpenID Connect", "An ID token's payload".
type IDToken struct {
	Issuer string
	// Subject is the user's only identifier, at most 255 bytes. It is the same for every project and never reused.
	Subject string
	// Audience is the client that the token is for, AuthorizedParty the one that asked for it: in an Android or iOS app
	// they differ.
	Audience, AuthorizedParty string
	IssuedAt, ExpiresAt       time.Time
	// AuthTime is when the browser last signed in at Google, which may be long ago; zero unless asked for and permitted.
	// It does not say that the user was there for this sign-in.
	AuthTime time.Time
	Nonce    string
	// Email is an address without proof unless EmailAuthoritative. It may change, and belong to another user later.
	Email string
	// EmailVerified is Google's claim: the address was verified once, perhaps long ago and by another owner of the
	// domain.
	EmailVerified bool
	// HostedDomain is the domain of a Google Workspace account. It is "" for consumer accounts, whose e-mail address
	// may be of any domain.
	HostedDomain string
	// Name, GivenName, FamilyName and Picture may each be missing.
	Name, GivenName, FamilyName, Picture string
}

// EmailAuthoritative reports that Google vouches for Email: an address at gmail.com, or a verified one of a Google
// Workspace account. Any other address may have another owner today.
// Source: Google, "Authenticate with a backend server", on email, email_verified and hd.
func (t *IDToken) EmailAuthoritative() bool {
	if t.Email == "" || !t.EmailVerified {
		return false
	}
	_, domain, _ := strings.Cut(t.Email, "@")
	return t.HostedDomain != "" || strings.EqualFold(domain, "gmail.com")
}

// IDTokenOptions holds the expected values of an ID token.
type IDTokenOptions struct {
	// Nonce is the nonce of the sign-in, which the token must contain.
	Nonce string
	// SkipNonce accepts a token without comparing nonces. Use it only for tokens of the refresh grant.
	SkipNonce bool
	// AccessToken, if set, is compared with the claim at_hash if the token has one.
	AccessToken Secret
	// Native accepts the tokens of the Android and iOS apps in Config.NativeClientIDs as well: as audience, and as azp of
	// a token for ClientID. Without it, audience and azp must be ClientID.
	Native bool
}

// IDTokenError says why an ID token is not valid. It matches ErrTokenInvalid.
type IDTokenError struct {
	// Reason is a constant text that contains nothing from the token.
	Reason string
	// Clock reports that a time is out of range, perhaps because the local clock is wrong. Skew is by how much. The
	// signature is valid.
	Clock bool
	Skew  time.Duration
	// Early reports, with Clock, a time in the future: the local clock is behind. Without it, the token has expired.
	Early bool
	// Audience reports a token for or by another client, NoNonce one without a nonce.
	Audience, NoNonce bool
}

// Error returns the reason.
func (e *IDTokenError) Error() string {
	if e.Clock {
		return fmt.Sprintf("google: ID token refused: %s (by %s; check the clock of this machine)",
			e.Reason, e.Skew.Round(time.Second))
	}
	return "google: ID token refused: " + e.Reason
}

// Is reports whether target is ErrTokenInvalid.
func (e *IDTokenError) Is(target error) bool { return target == ErrTokenInvalid }

// newVerifiers makes the verifiers of sign-ins in a browser, and of apps and events.
func (c *Client) newVerifiers() error {
	algorithms := []idtoken.Algorithm{idtoken.RS256}
	keys := idtoken.NewKeys(idtoken.KeysConfig{Fetch: c.fetchKeys, Algorithms: algorithms, Now: c.cfg.Now})
	_, bare, _ := strings.Cut(c.cfg.Issuer, "://")
	cfg := idtoken.Config{
		Issuers: []string{c.cfg.Issuer, bare}, Audiences: []string{c.cfg.ClientID}, Algorithms: algorithms, Keys: keys,
		Leeway: c.cfg.Leeway, Now: c.cfg.Now,
	}
	var err error
	if c.web, err = idtoken.New(cfg); err != nil {
		return err
	}
	cfg.Audiences = append(cfg.Audiences, c.cfg.NativeClientIDs...)
	c.native, err = idtoken.New(cfg)
	return err
}

// fetchKeys reads the keys that sign ID tokens and security event tokens.
func (c *Client) fetchKeys(ctx context.Context) ([]byte, error) {
	return c.calls.Body(ctx, oauthclient.Call{
		Op: opCerts, Host: c.certs, Method: http.MethodGet, Path: "/oauth2/v3/certs", Retry: true,
	})
}

// VerifyIDToken verifies an ID token from any source and returns its claims: RS256, a published key of the given id,
// issuer (either spelling), audience, azp, exp, iat, nbf, sub, nonce and at_hash. It makes a network call only if the
// key is not cached or no cached key made the signature. The caller must check that the nonce has not been used before.
//
// Errors: *IDTokenError if the token is not valid; *Error matching ErrUnavailable if the keys cannot be fetched, which
// says nothing about the token; ErrInvalidInput without Nonce and SkipNonce.
// Source: Google, "OpenID Connect", "Validating an ID token".
func (c *Client) VerifyIDToken(ctx context.Context, raw Secret, opts IDTokenOptions) (*IDToken, error) {
	if opts.Nonce == "" && !opts.SkipNonce {
		return nil, invalid("idtoken", "Nonce is empty")
	}
	v := c.web
	if opts.Native {
		v = c.native
	}
	cl, err := v.Verify(ctx, raw.Reveal(), idtoken.Options{
		Nonce: opts.Nonce, SkipNonce: opts.SkipNonce, AccessToken: opts.AccessToken.Reveal(),
	})
	if err != nil {
		return nil, tokenError(err)
	}
	m := cl.Members
	t := &IDToken{
		Issuer: cl.Issuer, Subject: cl.Subject, Audience: cl.Audience[0], AuthorizedParty: cl.AuthorizedParty,
		IssuedAt: cl.IssuedAt, ExpiresAt: cl.ExpiresAt, AuthTime: cl.AuthTime, Nonce: cl.Nonce,
		Email: text(m, "email"), EmailVerified: m.Bool("email_verified"), HostedDomain: text(m, "hd"),
		Name: text(m, "name"), GivenName: text(m, "given_name"), FamilyName: text(m, "family_name"),
		Picture: text(m, "picture"),
	}
	if !oauthclient.VisibleASCII(t.Subject, 255) {
		return nil, &IDTokenError{Reason: "sub contains unusual characters"}
	}
	return t, nil
}

// text reads a claim that is text; "" for anything else.
func text(m oauthclient.Object, name string) string {
	s, _ := m.String(name)
	return s
}

// tokenError translates an error of package idtoken.
func tokenError(err error) error {
	var e *idtoken.Error
	if errors.As(err, &e) {
		return &IDTokenError{
			Reason: e.Reason, Clock: e.Clock, Skew: e.Skew, Early: e.Early, Audience: e.Audience,
			NoNonce: e.NoNonce,
		}
	}
	return keysError(err)
}

// keysError is the error of keys that cannot be fetched.
func keysError(err error) error {
	out := &Error{Op: opCerts, kind: ErrUnavailable, cause: err}
	var keys *idtoken.KeysError
	if errors.As(err, &keys) {
		out.RetryAfter, out.cause = keys.RetryAfter, keys.Err
	}
	var inner *Error
	if errors.As(err, &inner) {
		out.Status, out.Code, out.RetryAfter = inner.Status, inner.Code, max(out.RetryAfter, inner.RetryAfter)
		out.cause = inner.cause
	}
	return out
}
