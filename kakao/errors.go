package kakao

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/kakao/koe"
)

// Errors of calls, for errors.Is. Every failed call returns an *Error that matches at most one of them; Error.Code is
// Kakao's code.
var (
	// ErrUnavailable: Kakao is unreachable, too slow, answers 5xx or 408, a web page or a temporary error (-1, -7,
	// -603, -9798, KOE003), or the circuit breaker is open. It says nothing about the user or the token: do not end a
	// session because of it.
	ErrUnavailable = errors.New("kakao: not available")
	// ErrRateLimited: a rate limit of Kakao (-10, 429, KOE237). Error.RetryAfter may say how long to wait.
	ErrRateLimited = errors.New("kakao: too many requests")
	// ErrMalformed: the response is not JSON, too long, or has members that are missing, repeated or of another type.
	ErrMalformed = errors.New("kakao: malformed response")
	// ErrTokenInvalid: the access token is expired, revoked or unknown (-401, and -2 of access_token_info). Refresh it
	// or sign in again. For a -401 about an IP address, domain or key see ErrCallerRefused.
	ErrTokenInvalid = errors.New("kakao: access token invalid or expired")
	// ErrCallerRefused: a -401 that a new token does not fix: Kakao rejects the IP address (호출 허용 IP 주소) or the
	// key.
	ErrCallerRefused = errors.New("kakao: caller not accepted")
	// ErrNotLinked: the user is not linked to the app (-101). Unlink treats it as success.
	ErrNotLinked = errors.New("kakao: user not linked to the app")
	// ErrAlreadyLinked: Signup was called for a linked user (-102).
	ErrAlreadyLinked = errors.New("kakao: user already linked")
	// ErrConsentRequired: a consent is missing (-402). The error wraps a *ConsentError with the items.
	ErrConsentRequired = errors.New("kakao: consent required")
	// ErrCodeInvalid: the code is used, expired or unknown (KOE320, invalid_grant), usually because the
	// callback was requested twice.
	ErrCodeInvalid = errors.New("kakao: authorization code used or expired")
	// ErrRefreshTokenInvalid: the refresh token is expired or has been replaced (KOE322, invalid_grant).
	ErrRefreshTokenInvalid = errors.New("kakao: refresh token expired or replaced")
	// ErrForeignToken: the token is valid but belongs to another app or user.
	ErrForeignToken = errors.New("kakao: token of another app or user")
	// ErrInvalidInput: rejected before any call: a malformed token, code or id, or a missing setting.
	ErrInvalidInput = errors.New("kakao: invalid input")
)

// Error is the error of a failed call. Its text never contains a token, code, secret or URL.
type Error struct {
	// Op is the API family: "token", "token_refresh", "user_me", "unlink" and so on.
	Op string
	// Status is the HTTP status, 0 if there was no response.
	Status int
	// Code is Kakao's code ("KOE320", "-401"), "" if there is none.
	Code koe.Code
	// OAuthError is the member error of the authorization server ("invalid_grant").
	OAuthError string
	// Type is the member errorType of Kakao's newer APIs, "" for all others.
	Type string
	// Description is Kakao's message, at most 300 bytes, without control characters and without the secrets of the
	// request. It is meant for logs only.
	Description string
	// RetryAfter is how long to wait according to Kakao (Retry-After) or the circuit breaker, 0 if unknown.
	RetryAfter time.Duration

	// kind is one of the errors above, cause the underlying error. Both may be nil.
	kind, cause error
}

// Error returns the operation, status, code and the cause of the code. Without a documented code it returns Kakao's own
// words.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("kakao: " + e.Op)
	if e.Status != 0 {
		b.WriteString(": status " + strconv.Itoa(e.Status))
	}
	if e.Code != "" {
		b.WriteString(": " + string(e.Code))
	}
	if entry, ok := e.Entry(); ok {
		b.WriteString(" (" + strings.TrimSuffix(entry.Cause.En, ".") + ")")
	} else {
		if name := cmp.Or(e.OAuthError, e.Type); name != "" {
			b.WriteString(": " + name)
		}
		if e.Description != "" {
			fmt.Fprintf(&b, " (Kakao: %q)", e.Description)
		}
	}
	if e.kind != nil {
		b.WriteString(": " + strings.TrimPrefix(e.kind.Error(), "kakao: "))
	}
	if e.cause != nil {
		b.WriteString(": " + e.cause.Error())
	}
	return b.String()
}

// Unwrap returns the sentinel and the underlying error.
func (e *Error) Unwrap() []error { return oauthclient.NonNil(e.kind, e.cause) }

// Entry returns the description of Code: cause, remedy, console menu and owner.
func (e *Error) Entry() (koe.Entry, bool) { return koe.Lookup(string(e.Code)) }

// Temporary reports whether the same call may succeed later.
func (e *Error) Temporary() bool {
	return errors.Is(e.kind, ErrUnavailable) || errors.Is(e.kind, ErrRateLimited)
}

// ConsentError lists the consent items that a call requires (-402).
type ConsentError struct {
	APIType  string   // Kakao's name of the API
	Required []string // consent items that the call requires
	Allowed  []string // consent items that the user has agreed to
}

// Error returns the missing items.
func (e *ConsentError) Error() string {
	return fmt.Sprintf("consent missing for %q", e.Missing())
}

// Missing returns the required items that the user has not agreed to, in Kakao's order.
func (e *ConsentError) Missing() []string {
	var missing []string
	for _, item := range e.Required {
		if !slices.Contains(e.Allowed, item) {
			missing = append(missing, item)
		}
	}
	return missing
}

// ConsentURL returns the URL that asks the user for the consents whose absence caused err (-402). r is as for
// AuthorizeURL; its Scope is replaced. The error is ErrInvalidInput if err wraps no *ConsentError with missing items.
func (c *Client) ConsentURL(err error, r AuthorizeRequest) (string, error) {
	var need *ConsentError
	if !errors.As(err, &need) || len(need.Missing()) == 0 {
		return "", fmt.Errorf("%w: no missing consent in the error", ErrInvalidInput)
	}
	r.Scope = need.Missing()
	return c.AuthorizeURL(r)
}

// invalid returns the error of a call with invalid input.
func invalid(op, problem string) error {
	return &Error{Op: op, kind: ErrInvalidInput, cause: errors.New(problem)}
}

// newError returns the error of a call without a usable answer.
func newError(f oauthclient.Failure) error {
	return &Error{Op: f.Op, Status: f.Status, RetryAfter: f.RetryAfter, kind: f.Kind, cause: f.Cause}
}

// malformed returns the error of a response that cannot be decoded.
func malformed(op string, status int, cause error) *Error {
	return &Error{Op: op, Status: status, kind: ErrMalformed, cause: cause}
}

// foreign returns the error of a response about another app or user.
func foreign(op, problem string) error {
	return &Error{Op: op, Status: http.StatusOK, kind: ErrForeignToken, cause: errors.New(problem)}
}
