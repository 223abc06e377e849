package oidc

import (
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/oidc/errcode"
)

// Errors of calls, for errors.Is. Every failed call returns an *Error that matches at most one of them; Error.Code is
// the provider's code.
var (
	// ErrUnavailable: the provider is unreachable, too slow, answers 5xx or 408 or a web page, or the circuit breaker is
	// open. It says nothing about the user or the token.
	ErrUnavailable = errors.New("oidc: not available")
	// ErrRateLimited: too many requests. Error.RetryAfter may say how long to wait.
	ErrRateLimited = errors.New("oidc: too many requests")
	// ErrMalformed: the response is not JSON, too long, or has members that are missing or repeated.
	ErrMalformed = errors.New("oidc: malformed response")
	// ErrClientInvalid: the client id or secret is wrong or expired, or the way in which they are sent.
	ErrClientInvalid = errors.New("oidc: client not accepted")
	// ErrCodeInvalid: the code is used, expired, unknown or of another client.
	ErrCodeInvalid = errors.New("oidc: authorization code used or expired")
	// ErrRefreshTokenInvalid: the refresh token is expired, revoked or unknown. The user has to sign in again.
	ErrRefreshTokenInvalid = errors.New("oidc: refresh token invalid")
	// ErrTokenInvalid: an ID token or logout token that the provider did not sign, that is for another client, or that
	// is outside of its period of validity (an *IDTokenError), or an access token that the provider does not accept.
	ErrTokenInvalid = errors.New("oidc: token not valid here")
	// ErrForeignToken: the user information is about another user than the ID token.
	ErrForeignToken = errors.New("oidc: user information of another user")
	// ErrUnsupportedToken: the provider does not revoke tokens of this type (RFC 7009 section 2.2.1).
	ErrUnsupportedToken = errors.New("oidc: token type not revocable")
	// ErrInvalidInput: rejected before any call.
	ErrInvalidInput = errors.New("oidc: invalid input")
)

// Error is the error of a failed call. Its text never contains a token, code, secret or URL.
type Error struct {
	// Op is the call: "discovery", "jwks", "token", "token_refresh", "revoke", "userinfo".
	Op string
	// Status is the HTTP status, 0 if there was no response.
	Status int
	// Code is the provider's error ("invalid_grant"), Vendor a more precise code in its message ("AADSTS7000222"). "" if
	// there is none.
	Code, Vendor string
	// Description is the provider's message, at most 300 bytes, without control characters and without the secrets of the
	// request. It is meant for logs only.
	Description string
	// RetryAfter is how long to wait according to the provider (Retry-After) or the circuit breaker, 0 if unknown.
	RetryAfter time.Duration

	// kind is one of the errors above, cause the underlying error. Both may be nil.
	kind, cause error
}

// Error returns the operation, status, code and the cause of the code.
func (e *Error) Error() string {
	entry, _ := e.Entry()
	return oauthclient.ErrorText{
		Client: "oidc", Op: e.Op, Status: e.Status, Code: e.Code, Cause: entry.Cause.En,
		Provider: "provider", Description: e.Description, Kind: e.kind, Err: e.cause,
	}.String()
}

// Unwrap returns the sentinel and the underlying error.
func (e *Error) Unwrap() []error { return oauthclient.NonNil(e.kind, e.cause) }

// Entry returns the description of Vendor, or else of Code: cause, remedy and owner.
func (e *Error) Entry() (errcode.Entry, bool) {
	if entry, ok := errcode.Lookup(e.Vendor); ok {
		return entry, true
	}
	return errcode.Lookup(e.Code)
}

// Temporary reports whether the same call may succeed later.
func (e *Error) Temporary() bool { return e.kind == ErrUnavailable || e.kind == ErrRateLimited }

func invalid(op, problem string) error {
	return &Error{Op: op, kind: ErrInvalidInput, cause: errors.New(problem)}
}

// newError returns the error of a failed call.
func newError(f oauthclient.Failure) error {
	return &Error{
		Op: f.Op, Status: f.Status, Code: f.Code, Vendor: f.Detail, Description: f.Description, RetryAfter: f.RetryAfter,
		kind: f.Kind, cause: f.Cause,
	}
}

func malformed(op string, cause error) error {
	return &Error{Op: op, Status: http.StatusOK, kind: ErrMalformed, cause: cause}
}

// vendorCode is Entra's own code at the beginning of a message.
var vendorCode = regexp.MustCompile(`^AADSTS[0-9]{3,8}\b`)

// findError reads the error in a response.
func findError(_ int, o oauthclient.Object) (code, vendor, description string) {
	description = o.Text("error_description")
	return o.Text("error"), vendorCode.FindString(description), description
}

// classify returns the sentinel that corresponds to the code, or else to the status.
func classify(f oauthclient.Failure) error {
	switch f.Code {
	case "invalid_client", "unauthorized_client":
		return ErrClientInvalid
	case "invalid_grant":
		switch f.Op {
		case opExchange:
			return ErrCodeInvalid
		case opRefresh:
			return ErrRefreshTokenInvalid
		}
	case "unsupported_token_type":
		return ErrUnsupportedToken
	case "invalid_token", "insufficient_scope":
		return ErrTokenInvalid
	case "server_error", "temporarily_unavailable":
		return ErrUnavailable
	}
	switch {
	case f.Status == http.StatusUnauthorized && f.Op == opUserInfo:
		return ErrTokenInvalid
	case f.Status == http.StatusUnauthorized:
		return ErrClientInvalid
	}
	return nil
}
