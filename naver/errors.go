package naver

import (
	"errors"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/naver/errcode"
)

// Errors of calls, for errors.Is. Every failed call returns an *Error that matches at most one of them; Error.Code is
// Naver's code.
var (
	// ErrUnavailable: Naver is unreachable, too slow, answers 5xx or 408, a web page or temporarily_unavailable, or the
	// circuit breaker is open. It says nothing about the user or the token.
	ErrUnavailable = errors.New("naver: not available")
	// ErrRateLimited: 429. Error.RetryAfter may say how long to wait.
	ErrRateLimited = errors.New("naver: too many requests")
	// ErrMalformed: the response is not JSON, too long, or has members that are missing or repeated.
	ErrMalformed = errors.New("naver: malformed response")
	// ErrTokenInvalid: the access token is expired, revoked or unknown (024). Refresh it or sign in again. If that
	// fails as well, the user has ended the link.
	ErrTokenInvalid = errors.New("naver: access token invalid or expired")
	// ErrNotPermitted: the API is not selected in the console (403).
	ErrNotPermitted = errors.New("naver: API not permitted")
	// ErrClientInvalid: the client id or secret is wrong (invalid_client, unauthorized_client).
	ErrClientInvalid = errors.New("naver: client not accepted")
	// ErrCodeInvalid: the code is used, expired, unknown or of the other set of endpoints.
	ErrCodeInvalid = errors.New("naver: authorization code used or expired")
	// ErrRefreshTokenInvalid: the refresh token is expired, revoked or unknown. The user has to sign in again.
	ErrRefreshTokenInvalid = errors.New("naver: refresh token invalid")
	// ErrForeignToken: an ID token of another issuer or application, or outside of its period of validity.
	ErrForeignToken = errors.New("naver: ID token not for this application")
	// ErrInvalidInput: rejected before any call.
	ErrInvalidInput = errors.New("naver: invalid input")
)

// Error is the error of a failed call. Its text never contains a token, code, secret or URL.
type Error struct {
	// Op is the call: "token", "token_refresh", "revoke", "profile", "verify".
	Op string
	// Status is the HTTP status, 0 if there was no response.
	Status int
	// Code is Naver's code: the number of the API server ("024") or the OAuth error ("invalid_request"). "" if there is
	// none.
	Code string
	// Description is Naver's message, at most 300 bytes, without control characters and without the secrets of the
	// request. It is meant for logs only.
	Description string
	// RetryAfter is how long to wait according to Naver (Retry-After) or the circuit breaker, 0 if unknown.
	RetryAfter time.Duration

	// kind is one of the errors above, cause the underlying error. Both may be nil.
	kind, cause error
}

// Error returns the operation, status, code and the cause of the code.
func (e *Error) Error() string {
	entry, _ := e.Entry()
	return oauthclient.ErrorText{
		Client: "naver", Op: e.Op, Status: e.Status, Code: e.Code, Cause: entry.Cause.En,
		Provider: "Naver", Description: e.Description, Kind: e.kind, Err: e.cause,
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

// success is the result code of a successful API call.
const success = "00"

// findError reads the error in a response. The authorization server sends {"error"}, the API server {"resultcode"} or
// {"errorCode"}.
func findError(_ int, o oauthclient.Object) (code, detail, description string) {
	if code = o.Text("error"); code != "" {
		return code, "", o.Text("error_description")
	}
	switch code = o.Text("resultcode"); code {
	case success:
		return "", "", ""
	case "":
		return o.Text("errorCode"), "", o.Text("errorMessage")
	}
	return code, "", o.Text("message")
}

// classify returns the sentinel that corresponds to Naver's code, or else to the status.
func classify(f oauthclient.Failure) error {
	switch f.Code {
	case "024":
		return ErrTokenInvalid
	case "403":
		return ErrNotPermitted
	case "429", "010":
		return ErrRateLimited
	case "500", "server_error", "temporarily_unavailable":
		return ErrUnavailable
	case "invalid_client", "unauthorized_client":
		return ErrClientInvalid
	case "invalid_grant", "invalid_request":
		// Naver documents no invalid_grant: a used code and a dead refresh token come as invalid_request, too.
		switch f.Op {
		case opExchange:
			return ErrCodeInvalid
		case opRefresh:
			return ErrRefreshTokenInvalid
		}
	}
	if f.Status == http.StatusUnauthorized && (f.Op == opProfile || f.Op == opVerify) {
		return ErrTokenInvalid
	}
	return nil
}
