package line

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/norang-login/norang/internal/oauthclient/idtoken"
)

// IDToken is a verified ID token.
// Source: LINE, "Get profile information from ID tokens".
type IDToken struct {
	// Subject is the user id: "U" and 32 hexadecimal digits. All channels of one provider of LINE's console see the same.
	Subject             string
	IssuedAt, ExpiresAt time.Time
	// AuthTime is when the user entered their credentials at LINE; zero unless AuthorizeRequest.MaxAge asked for it.
	AuthTime time.Time
	Nonce    string // "" if there is none
	// Methods are how the user logged in (amr): "pwd", "linesso", "lineautologin", "lineqr", "mfa". Often nil.
	Methods []string
	// Name and Picture need ScopeProfile.
	Name, Picture string
	// Email needs ScopeEmail. LINE does not say that it is verified: it proves nothing.
	Email string
}

// IDTokenOptions are the expected values of an ID token.
type IDTokenOptions struct {
	// Nonce is that of the login, which the token must contain. Required.
	Nonce string
	// AccessToken, if set, is compared with the claim at_hash if the token has one.
	AccessToken Secret
	// MaxAge, if set, is the maximum age of AuthTime, which then must be present.
	MaxAge time.Duration
}

// IDTokenError says why an ID token is not valid. It matches ErrIDTokenInvalid.
type IDTokenError struct {
	// Reason is a constant text that contains nothing from the token.
	Reason string
	// Clock reports that a time is out of range, perhaps because the local clock is wrong. Skew is by how much. The
	// signature is valid.
	Clock bool
	Skew  time.Duration
	// Early reports, with Clock, a time in the future: the local clock is behind. Without it, the token has expired.
	Early bool
	// Audience reports a token for another channel, NoNonce one without a nonce.
	Audience, NoNonce bool
}

// Error returns the reason.
func (e *IDTokenError) Error() string {
	if e.Clock {
		return fmt.Sprintf("line: ID token refused: %s (by %s; check the clock of this machine)",
			e.Reason, e.Skew.Round(time.Second))
	}
	return "line: ID token refused: " + e.Reason
}

// Is reports whether target is ErrIDTokenInvalid.
func (e *IDTokenError) Is(target error) bool { return target == ErrIDTokenInvalid }

// VerifyIDToken verifies an ID token that Exchange returned: HS256 with the channel secret or one of
// Config.PreviousSecrets. The header of the token cannot select another algorithm. It makes no call.
//
// It checks issuer, audience, times with Config.Leeway, the form of the subject, nonce, age and signature. The caller
// must check that the nonce has not been used before.
//
// Errors: *IDTokenError; ErrInvalidInput without a nonce. Source: LINE, "Verify ID token"; OpenID Connect Core 3.1.3.7.
func (c *Client) VerifyIDToken(ctx context.Context, raw Secret, o IDTokenOptions) (*IDToken, error) {
	return verify(ctx, c.web, raw, o)
}

// VerifyNativeIDToken verifies an ID token that one of LINE's SDKs or LIFF gave to an app: ES256 with one of LINE's
// published keys. The header of the token cannot select another algorithm. It makes a call only if the key is not
// cached or no cached key made the signature. All else is as in VerifyIDToken.
//
// Errors: as VerifyIDToken; *Error matching ErrUnavailable if the keys cannot be fetched, which says nothing about the
// token.
func (c *Client) VerifyNativeIDToken(ctx context.Context, raw Secret, o IDTokenOptions) (*IDToken, error) {
	return verify(ctx, c.native, raw, o)
}

var userID = regexp.MustCompile(`^U[0-9a-f]{32}$`)

func verify(ctx context.Context, v *idtoken.Verifier, raw Secret, o IDTokenOptions) (*IDToken, error) {
	claims, err := v.Verify(ctx, raw.Reveal(), idtoken.Options{
		Nonce: o.Nonce, AccessToken: o.AccessToken.Reveal(), MaxAge: o.MaxAge,
	})
	var refused *idtoken.Error
	var keys *idtoken.KeysError
	switch {
	case errors.As(err, &refused):
		return nil, &IDTokenError{
			Reason: refused.Reason, Clock: refused.Clock, Skew: refused.Skew, Early: refused.Early,
			Audience: refused.Audience, NoNonce: refused.NoNonce,
		}
	case errors.As(err, &keys):
		return nil, &Error{Op: opKeys, kind: ErrUnavailable, RetryAfter: keys.RetryAfter, cause: err}
	case err != nil:
		return nil, invalid(opIDToken, "Nonce is empty")
	case !userID.MatchString(claims.Subject):
		return nil, &IDTokenError{Reason: "sub is not a user id of LINE"}
	}
	m := claims.Members
	return &IDToken{
		Subject: claims.Subject, IssuedAt: claims.IssuedAt, ExpiresAt: claims.ExpiresAt, AuthTime: claims.AuthTime,
		Nonce: claims.Nonce, Methods: m.Strings("amr"), Name: m.Text("name"), Picture: m.Text("picture"),
		Email: m.Text("email"),
	}, nil
}
