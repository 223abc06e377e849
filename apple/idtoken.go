package apple

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
// Source: Apple, "Authenticating users with Sign in with Apple".
type IDToken struct {
	// Subject is the user, the same for all apps of a team and for no other team. It is the user's only identifier.
	Subject string
	// ClientID is the audience: the Services ID or a bundle id.
	ClientID            string
	IssuedAt, ExpiresAt time.Time
	Nonce               string
	// Email is present in every token if the user has ever shared it, and may be a relay address. It is not an
	// identifier.
	Email string
	// EmailVerified can be false for addresses of Work & School accounts.
	EmailVerified bool
	// PrivateEmail reports a relay address, which forwards to the user until they switch it off. Only registered senders
	// reach it.
	PrivateEmail bool
	// RealUser is 2 if Apple takes the user for a person, 1 if it does not know, 0 if it does not say. Apps only.
	RealUser int
	// TransferSubject is the user's transfer identifier of the team that an app came from, for 60 days after a transfer.
	TransferSubject string
}

// IDTokenOptions holds the expected values of an ID token.
type IDTokenOptions struct {
	// ClientID is the only accepted audience; "" for any of the configured client ids.
	ClientID string
	// Nonce is the nonce of the sign-in, which the token must contain.
	Nonce string
	// HashedNonce accepts the SHA-256 of Nonce in hexadecimal too. Apps commonly send Apple the hash.
	HashedNonce bool
	// SkipNonce accepts a token without comparing nonces. Use it only for tokens of the token endpoint, which did not pass
	// through a browser or an app.
	SkipNonce bool
}

// IDTokenError says why an ID token, or a notice, which is signed like one, is not valid.
type IDTokenError struct {
	// Reason is a constant text that contains nothing from the token.
	Reason string
	// Clock reports that a time is out of range, perhaps because the local clock is wrong. Skew is by how much. The
	// signature is valid.
	Clock bool
	Skew  time.Duration
	// Early reports, with Clock, a time in the future: the local clock is behind. Without it, the token has expired.
	Early bool
	// Audience reports a client id that Config does not name. NoNonce reports a token without any nonce.
	Audience, NoNonce bool
}

// Error returns the reason.
func (e *IDTokenError) Error() string {
	if e.Clock {
		return fmt.Sprintf("apple: token refused: %s (by %s; check the clock of this machine)",
			e.Reason, e.Skew.Round(time.Second))
	}
	return "apple: token refused: " + e.Reason
}

// Is reports whether target is ErrTokenInvalid.
func (e *IDTokenError) Is(target error) bool { return target == ErrTokenInvalid }

// newVerifier returns the verifier of ID tokens and notices. Issuer and algorithm are fixed: neither the discovery
// document nor a token has a say.
func (c *Client) newVerifier() (*idtoken.Verifier, error) {
	keys := idtoken.NewKeys(idtoken.KeysConfig{
		Fetch: c.fetchKeys, Algorithms: []idtoken.Algorithm{idtoken.RS256}, Now: c.cfg.Now,
	})
	return idtoken.New(idtoken.Config{
		Issuers: []string{Issuer}, Audiences: c.cfg.clientIDs(), Algorithms: []idtoken.Algorithm{idtoken.RS256},
		Keys: keys, Leeway: DefaultLeeway, Now: c.cfg.Now,
	})
}

func (c *Client) fetchKeys(ctx context.Context) ([]byte, error) {
	return c.calls.Body(ctx, oauthclient.Call{
		Op: opKeys, Host: c.host, Method: http.MethodGet, Path: "/auth/keys", Retry: true,
	})
}

// VerifyIDToken verifies an ID token from any source and returns its claims: signature (RS256, the key chosen by kid),
// issuer, audience, times and nonce. It makes a network call only if the key is not cached or no cached key made the
// signature. The caller must check that the nonce has not been used before.
//
// Errors: *IDTokenError if the token is not valid; *Error matching ErrUnavailable if the keys cannot be fetched, which
// says nothing about the token; ErrInvalidInput without Nonce and SkipNonce.
// Source: Apple, "Verifying a user"; OpenID Connect Core section 3.1.3.7.
func (c *Client) VerifyIDToken(ctx context.Context, raw Secret, o IDTokenOptions) (*IDToken, error) {
	claims, err := c.verifier.Verify(ctx, raw.Reveal(), idtoken.Options{
		Nonce: o.Nonce, HashedNonce: o.HashedNonce, SkipNonce: o.SkipNonce,
	})
	if err != nil {
		return nil, tokenError(err)
	}
	m := claims.Members
	t := &IDToken{
		Subject: claims.Subject, ClientID: claims.Audience[0], IssuedAt: claims.IssuedAt, ExpiresAt: claims.ExpiresAt,
		Nonce: claims.Nonce, Email: address(m.Text("email")), EmailVerified: m.BoolOrText("email_verified"),
		PrivateEmail: m.BoolOrText("is_private_email"), TransferSubject: subjectOrNone(m.Text("transfer_sub")),
	}
	switch m.Text("real_user_status") {
	case "1":
		t.RealUser = 1
	case "2":
		t.RealUser = 2
	}
	switch {
	case len(claims.Audience) != 1:
		return nil, &IDTokenError{Reason: "several audiences", Audience: true}
	case o.ClientID != "" && t.ClientID != o.ClientID:
		return nil, &IDTokenError{Reason: "audience is another of the client ids", Audience: true}
	case !oauthclient.VisibleASCII(t.Subject, maxSubject):
		return nil, &IDTokenError{Reason: "sub has unusual characters"}
	}
	return t, nil
}

const (
	maxSubject = 255
	maxEmail   = 254
)

func subjectOrNone(s string) string {
	if oauthclient.VisibleASCII(s, maxSubject) {
		return s
	}
	return ""
}

// address returns s if it has the form of an e-mail address, else "".
func address(s string) string {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || domain == "" || len(s) > maxEmail || strings.Contains(domain, "@") ||
		strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return ""
	}
	return s
}

// tokenError translates an error of package idtoken.
func tokenError(err error) error {
	var refused *idtoken.Error
	var keys *idtoken.KeysError
	var apple *Error
	switch {
	case errors.As(err, &refused):
		return &IDTokenError{
			Reason: refused.Reason, Clock: refused.Clock, Skew: refused.Skew, Early: refused.Early,
			Audience: refused.Audience, NoNonce: refused.NoNonce,
		}
	case errors.As(err, &apple) && apple.kind == ErrUnavailable:
		return apple
	case errors.As(err, &keys):
		return &Error{Op: opKeys, kind: ErrUnavailable, RetryAfter: keys.RetryAfter, cause: keys.Err}
	}
	return invalid("idtoken", "Nonce is empty")
}
