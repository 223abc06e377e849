package google

import (
	"errors"
	"net/http"
	"time"

	"github.com/norang-login/norang/google/errcode"
	"github.com/norang-login/norang/internal/oauthclient"
)

// Errors of calls, for errors.Is. Every failed call returns an *Error that matches at most one of them; Error.Code is
// Google's code.
var (
	// ErrUnavailable: Google is unreachable, too slow, answers 5xx or 408 or a web page, or the circuit breaker is open.
	// It says nothing about the user or the token.
	ErrUnavailable = errors.New("google: not available")
	// ErrRateLimited: too many requests. Error.RetryAfter may say how long to wait.
	ErrRateLimited = errors.New("google: too many requests")
	// ErrMalformed: the response is not JSON, too long, or has members that are missing or repeated.
	ErrMalformed = errors.New("google: malformed response")
	// ErrClientInvalid: the client ID or secret is wrong, or the client was deleted.
	ErrClientInvalid = errors.New("google: client not accepted")
	// ErrCodeInvalid: the code is used, expired, unknown or of another client.
	ErrCodeInvalid = errors.New("google: authorization code used or expired")
	// ErrRefreshTokenInvalid: the refresh token is expired, revoked or unknown. The user has to sign in again.
	ErrRefreshTokenInvalid = errors.New("google: refresh token invalid")
	// ErrTokenInvalid: an ID token or security event token that Google did not sign, that is for another project, or
	// that is outside of its period of validity. Such an error is an *IDTokenError or an *EventError.
	ErrTokenInvalid = errors.New("google: token not valid here")
	// ErrInvalidInput: rejected before any call.
	ErrInvalidInput = errors.New("google: invalid input")
)

// Error is the error of a failed call. Its text never contains a token, code, secret or URL.
type Error struct {
	// Op is the call: "token", "token_refresh", "revoke", "certs".
	Op string
	// Status is the HTTP status, 0 if there was no response.
	Status int
	// Code is Google's error ("invalid_grant"), Subtype its error_subtype ("invalid_rapt"). "" if there is none.
	Code, Subtype string
	// Description is Google's message, at most 300 bytes, without control characters and without the secrets of the
	// request. It is meant for logs only.
	Description string
	// RetryAfter is how long to wait according to Google (Retry-After) or the circuit breaker, 0 if unknown.
	RetryAfter time.Duration

	// kind is one of the errors above, cause the underlying error. Both may be nil.
	kind, cause error
}

// Error returns the operation, status, code and the cause of the code.
func (e *Error) Error() string {
	entry, _ := e.Entry()
	return oauthclient.ErrorText{
		Client: "google", Op: e.Op, Status: e.Status, Code: e.Code, Cause: entry.Cause.En,
		Provider: "Google", Description: e.Description, Kind: e.kind, Err: e.cause,
	}.String()
}

// Unwrap returns the sentinel and the underlying error.
func (e *Error) Unwrap() []error { return oauthclient.NonNil(e.kind, e.cause) }

// Entry returns the description of Subtype, or else of Code: cause, remedy, console menu and owner.
func (e *Error) Entry() (errcode.Entry, bool) {
	if entry, ok := errcode.Lookup(e.Subtype); ok {
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
		Op: f.Op, Status: f.Status, Code: f.Code, Subtype: f.Detail, Description: f.Description, RetryAfter: f.RetryAfter,
		kind: f.Kind, cause: f.Cause,
	}
}

func malformed(op string, cause error) error {
	return &Error{Op: op, Status: http.StatusOK, kind: ErrMalformed, cause: cause}
}

// findError reads the error in a response. Newer servers of Google's send an object in place of the code.
func findError(_ int, o oauthclient.Object) (code, subtype, description string) {
	code, subtype, description = o.Text("error"), o.Text("error_subtype"), o.Text("error_description")
	if detail := o.Object("error"); code == "" && detail != nil {
		code, description = detail.Text("status"), detail.Text("message")
	}
	return code, subtype, description
}

// classify returns the sentinel that corresponds to Google's code.
func classify(f oauthclient.Failure) error {
	switch f.Code {
	case "invalid_client", "unauthorized_client", "deleted_client":
		return ErrClientInvalid
	case "invalid_grant":
		switch f.Op {
		case opExchange:
			return ErrCodeInvalid
		case opRefresh:
			return ErrRefreshTokenInvalid
		}
	case "server_error", "internal_failure", "temporarily_unavailable":
		return ErrUnavailable
	case "rate_limit_exceeded":
		return ErrRateLimited
	}
	return nil
}
