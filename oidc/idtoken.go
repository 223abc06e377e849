package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/internal/oauthclient/idtoken"
)

// Profile is what a provider says about a user, in an ID token or as user information. Every field may be empty.
type Profile struct {
	Name, Nickname, PreferredUsername string
	Picture                           string
	Email                             string
	// EmailVerified is what the provider says; many let an administrator type addresses.
	EmailVerified bool
	Phone         string
	PhoneVerified bool
}

// IDToken is a verified ID token.
// Source: OpenID Connect Core section 2.
type IDToken struct {
	Issuer string
	// Subject is the user's only identifier within the issuer, at some providers within the client.
	Subject  string
	Audience []string
	// Tenant is tid, the user's tenant, with Config.Tenants; else "".
	Tenant string
	// AuthTime is when the user authenticated; zero if the provider does not say.
	IssuedAt, ExpiresAt, AuthTime time.Time
	Nonce                         string
	// Session is sid, the provider's key of its session; "" if there is none.
	Session string
	Profile
	// Claims are all claims as sent.
	Claims map[string]json.RawMessage
}

// IDTokenOptions holds the expected values of an ID token.
type IDTokenOptions struct {
	// Nonce is the nonce of the sign-in, which the token must contain.
	Nonce string
	// HashedNonce accepts the SHA-256 of Nonce in hexadecimal too.
	HashedNonce bool
	// SkipNonce accepts a token without comparing nonces. Use it only for tokens of the refresh grant.
	SkipNonce bool
	// AccessToken, if set, is compared with the claim at_hash if the token has one.
	AccessToken Secret
	// MaxAge, if set, is the maximum age of AuthTime, which then must be present.
	MaxAge time.Duration
}

// IDTokenError says why an ID token, or a logout token, which is verified like one, is not valid. It matches
// ErrTokenInvalid.
type IDTokenError struct {
	// Reason is a constant text that contains nothing from the token.
	Reason string
	// Clock reports that a time is out of range, perhaps because the local clock is wrong. Skew is by how much. The
	// signature is valid.
	Clock bool
	Skew  time.Duration
	// Early reports, with Clock, a time in the future: the local clock is behind. Without it, the token has expired.
	Early bool
	// Audience reports that the token was issued for a client that Config does not name; NoNonce that it has no nonce.
	Audience, NoNonce bool
}

// Error returns the reason.
func (e *IDTokenError) Error() string { return "oidc: " + e.Reason }

// Is reports whether target is ErrTokenInvalid.
func (e *IDTokenError) Is(target error) bool { return target == ErrTokenInvalid }

// tokenError translates an error of package idtoken.
func tokenError(err error) error {
	var e *idtoken.Error
	var keys *idtoken.KeysError
	switch {
	case errors.As(err, &e):
		return &IDTokenError{
			Reason: strings.TrimPrefix(e.Error(), "oidc: "), Clock: e.Clock, Skew: e.Skew, Early: e.Early,
			Audience: e.Audience, NoNonce: e.NoNonce,
		}
	case errors.As(err, &keys):
		var own *Error
		if errors.As(keys.Err, &own) && own.kind == ErrUnavailable {
			return own
		}
		// A failure to get the keys says nothing about the token.
		return &Error{Op: opKeys, kind: ErrUnavailable, RetryAfter: keys.RetryAfter, cause: keys.Err}
	}
	return invalid("idtoken", err.Error())
}

// VerifyIDToken verifies an ID token from any source and returns its claims.
//
// It checks, in this order: format, algorithm (Config.Algorithms), typ, issuer, audience, azp, exp, iat, nbf, sub,
// nonce, AuthTime against MaxAge, signature, at_hash, and with Config.Tenants that tid is that of the issuer. A token
// that is out of time is refused for that only after its signature. The caller must check that the nonce has not been
// used before.
//
// Errors: *IDTokenError if the token is not valid; *Error matching ErrUnavailable if the signing keys cannot be
// fetched, which says nothing about the token; ErrInvalidInput without Nonce and SkipNonce.
func (c *Client) VerifyIDToken(ctx context.Context, raw Secret, opts IDTokenOptions) (*IDToken, error) {
	cl, err := c.verifier.Verify(ctx, raw.Reveal(), idtoken.Options{
		Nonce: opts.Nonce, HashedNonce: opts.HashedNonce, SkipNonce: opts.SkipNonce,
		AccessToken: opts.AccessToken.Reveal(), MaxAge: opts.MaxAge,
	})
	if err != nil {
		return nil, tokenError(err)
	}
	t := &IDToken{
		Issuer: cl.Issuer, Subject: cl.Subject, Audience: cl.Audience, IssuedAt: cl.IssuedAt, ExpiresAt: cl.ExpiresAt,
		AuthTime: cl.AuthTime, Nonce: cl.Nonce, Session: cl.Session, Profile: c.readProfile(cl.Members),
		Claims: cl.Members,
	}
	t.Tenant, err = c.tenant(cl)
	return t, err
}

// tenant returns tid, which must be the tenant of the issuer.
func (c *Client) tenant(cl *idtoken.Claims) (string, error) {
	if len(c.cfg.Tenants) == 0 {
		return "", nil
	}
	tid := strings.ToLower(cl.Members.Text("tid"))
	if cl.Issuer != strings.Replace(c.cfg.published(), tenantMark, tid, 1) {
		return "", &IDTokenError{Reason: "tid is not the tenant of the issuer"}
	}
	return tid, nil
}

// readProfile reads the standard claims of OpenID Connect Core section 5.1.
func (c *Client) readProfile(o oauthclient.Object) Profile {
	is := o.Bool
	if c.cfg.TextBooleans {
		is = o.BoolOrText
	}
	text := func(name string) string { s, _ := o.String(name); return s }
	return Profile{
		Name: text("name"), Nickname: text("nickname"), PreferredUsername: text("preferred_username"),
		Picture: text("picture"), Email: text("email"), EmailVerified: is("email_verified"),
		Phone: text("phone_number"), PhoneVerified: is("phone_number_verified"),
	}
}

// Logout is a verified logout token.
// Source: OpenID Connect Back-Channel Logout section 2.4.
type Logout struct {
	// ID is jti: remember it, because the same token may be delivered twice.
	ID     string
	Issuer string
	// Subject and Session say who signed out: with a Session that session ends, with a Subject alone all of them. At least
	// one is set.
	Subject, Session string
	Tenant           string // as in IDToken
	IssuedAt         time.Time
}

// LogoutError says why a back-channel logout was refused. Answer it with WriteLogoutError.
type LogoutError struct {
	Status int
	Reason string // contains nothing from the request
}

// Error returns the reason.
func (e *LogoutError) Error() string { return "oidc: logout refused: " + e.Reason }

// maxLogout bounds the body of a back-channel logout, in bytes.
const maxLogout = 32 << 10

// ParseLogout verifies a back-channel logout, a POST of a form with the member logout_token. The token must be for
// Config.ClientID or Config.Audiences, have the event, a jti, and sub or sid or both, and must not have a nonce. exp
// may be missing, as older providers leave it out; then the token must be younger than ten minutes.
//
// Answer 200 or 204 within seconds, once the logout is stored.
// Errors: *LogoutError; *Error matching ErrUnavailable if the signing keys cannot be fetched, and *IDTokenError with
// Clock for a valid token from the future, because the clock of this machine is behind: answer 503.
// Source: OpenID Connect Back-Channel Logout sections 2.5 to 2.8.
func (c *Client) ParseLogout(r *http.Request) (*Logout, error) {
	raw, err := logoutToken(r)
	if err != nil {
		return nil, err
	}
	refuse := func(reason string) (*Logout, error) { return nil, &LogoutError{http.StatusBadRequest, reason} }
	e, err := c.verifier.VerifyEvent(r.Context(), raw, idtoken.EventOptions{
		Types: []string{"logout+jwt"}, ExpiryOptional: true,
	})
	if err != nil {
		var unavailable *Error
		var invalid *idtoken.Error
		early := errors.As(err, &invalid) && invalid.Early
		if err = tokenError(err); early || errors.As(err, &unavailable) && unavailable.kind == ErrUnavailable {
			return nil, err
		}
		return refuse(err.Error())
	}
	switch {
	case !e.Has(idtoken.BackChannelLogout):
		return refuse("token without the logout event")
	case e.Subject == "" && e.Session == "":
		return refuse("token names neither sub nor sid")
	case e.ExpiresAt.IsZero() && c.cfg.Now().Sub(e.IssuedAt) > 10*time.Minute:
		return refuse("token without exp is too old")
	}
	l := &Logout{ID: e.ID, Issuer: e.Issuer, Subject: e.Subject, Session: e.Session, IssuedAt: e.IssuedAt}
	if len(c.cfg.Tenants) > 0 {
		i := slices.Index(c.cfg.issuers(), e.Issuer)
		l.Tenant = strings.ToLower(c.cfg.Tenants[i]) // the verifier has found it there
	}
	return l, nil
}

// logoutToken reads the only member of the form.
func logoutToken(r *http.Request) (string, error) {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch {
	case r.Method != http.MethodPost:
		return "", &LogoutError{http.StatusMethodNotAllowed, "method is not POST"}
	case strings.TrimSpace(strings.ToLower(kind)) != "application/x-www-form-urlencoded":
		return "", &LogoutError{http.StatusBadRequest, "the content type is not that of a form"}
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxLogout)
	if err := r.ParseForm(); err != nil {
		return "", &LogoutError{http.StatusBadRequest, "the form is invalid or too long"}
	}
	values := r.PostForm["logout_token"]
	if len(values) != 1 || r.URL.RawQuery != "" {
		return "", &LogoutError{http.StatusBadRequest, "want exactly one logout_token, in the body"}
	}
	return values[0], nil
}

// WriteLogoutError answers a refused logout (OpenID Connect Back-Channel Logout section 2.8): 400 with the reason, or
// 503 with Retry-After for errors that are not the token's.
func WriteLogoutError(w http.ResponseWriter, err error) {
	w.Header().Set("Cache-Control", "no-store")
	var e *LogoutError
	if !errors.As(err, &e) {
		w.Header().Set("Retry-After", "10")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.Status)
	body, _ := json.Marshal(map[string]string{"error": "invalid_request", "error_description": e.Reason})
	_, _ = w.Write(body)
}
