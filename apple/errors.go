package apple

import (
	"errors"
	"net/http"
	"time"

	"github.com/norang-login/norang/apple/errcode"
	"github.com/norang-login/norang/internal/oauthclient"
)

// Errors of calls, for errors.Is. Every failed call returns an *Error that matches at most one of them; Error.Code is
// Apple's code.
var (
	// ErrUnavailable: Apple is unreachable, too slow, answers 5xx or 408 or a web page, or the circuit breaker is open. It
	// says nothing about the user or the token.
	ErrUnavailable = errors.New("apple: not available")
	// ErrRateLimited: 429, or a refresh token validated more than once a day. Error.RetryAfter may say how long to wait.
	ErrRateLimited = errors.New("apple: too many requests")
	// ErrMalformed: the response is not JSON, too long, or has members that are missing or repeated.
	ErrMalformed = errors.New("apple: malformed response")
	// ErrClientInvalid: Apple does not accept the client secret or the client id (invalid_client, unauthorized_client).
	ErrClientInvalid = errors.New("apple: client not accepted")
	// ErrCodeInvalid: the code is used, expired, unknown or of another client id.
	ErrCodeInvalid = errors.New("apple: authorization code used, expired or of another client")
	// ErrRefreshTokenInvalid: the refresh token is revoked, unknown or of another client id. The user has stopped using
	// Sign in with Apple here, or changed the password.
	ErrRefreshTokenInvalid = errors.New("apple: refresh token invalid")
	// ErrTokenInvalid: an ID token or notice that is not valid here; see [IDTokenError].
	ErrTokenInvalid = errors.New("apple: token not valid here")
	// ErrInvalidInput: rejected before any call.
	ErrInvalidInput = errors.New("apple: invalid input")
)

// Error is the error of a failed call. Its text never contains a token, code, secret or URL.
type Error struct {
	// Op is the call: "token", "token_refresh", "revoke", "keys", "migration_token", "migration".
	Op string
	// Status is the HTTP status, 0 if there was no response.
	Status int
	// Code is Apple's OAuth error, such as "invalid_grant". "" if there is none.
	Code string
	// Description is Apple's message, at most 300 bytes, without control characters and without the secrets of the
	// request. It is meant for logs only.
	Description string
	// RetryAfter is how long to wait according to Apple (Retry-After) or the circuit breaker, 0 if unknown.
	RetryAfter time.Duration

	// kind is one of the errors above, cause the underlying error. Both may be nil.
	kind, cause error
}

// Error returns the operation, status, code and the cause of the code.
func (e *Error) Error() string {
	entry, _ := e.Entry()
	return oauthclient.ErrorText{
		Client: "apple", Op: e.Op, Status: e.Status, Code: e.Code, Cause: entry.Cause.En,
		Provider: "Apple", Description: e.Description, Kind: e.kind, Err: e.cause,
	}.String()
}

// Unwrap returns the sentinel and the underlying error.
func (e *Error) Unwrap() []error { return oauthclient.NonNil(e.kind, e.cause) }

// Entry returns the description of Code: cause, remedy, console menu and owner.
func (e *Error) Entry() (errcode.Entry, bool) { return errcode.Lookup(e.Code) }

// Temporary reports whether the same call may succeed later.
func (e *Error) Temporary() bool { return e.kind == ErrUnavailable || e.kind == ErrRateLimited }

func invalid(op, problem string) error {
	return &Error{Op: op, kind: ErrInvalidInput, cause: errors.New(problem)}
}

// newError returns the error of a failed call.
func newError(f oauthclient.Failure) error {
	return &Error{
		Op: f.Op, Status: f.Status, Code: f.Code, Description: f.Description, RetryAfter: f.RetryAfter,
		kind: f.Kind, cause: f.Cause,
	}
}

func malformed(op string, cause error) error {
	return &Error{Op: op, Status: http.StatusOK, kind: ErrMalformed, cause: cause}
}

// findError reads the error in a response.
func findError(_ int, o oauthclient.Object) (code, detail, description string) {
	return o.Text("error"), "", o.Text("error_description")
}

// classify returns the sentinel that corresponds to Apple's code.
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
	case "server_error", "temporarily_unavailable":
		return ErrUnavailable
	}
	return nil
}
