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

// kinds are the errors of calls without a usable answer.
var kinds = oauthclient.Kinds{Unavailable: ErrUnavailable, Malformed: ErrMalformed, InvalidInput: ErrInvalidInput}

// failed is the error of a call without a usable answer.
func failed(op string, f oauthclient.Failure) *Error {
	return &Error{Op: op, Status: f.Status, RetryAfter: f.RetryAfter, kind: f.Kind, cause: f.Cause}
}

func malformed(op string, status int, cause error) *Error {
	return &Error{Op: op, Status: status, kind: ErrMalformed, cause: cause}
}

// success is the result code of a successful API call.
const success = "00"

// readError returns the error in the body of a response of any status, or nil if there is none. The authorization
// server sends {"error"}, the API server {"resultcode"} or {"errorCode"}.
func readError(o oauthclient.Object) *Error {
	e := &Error{Description: o.Text("error_description")}
	if e.Code = o.Text("error"); e.Code == "" {
		if e.Code = o.Text("resultcode"); e.Code == success {
			return nil
		}
		e.Description = o.Text("message")
	}
	if e.Code == "" {
		e.Code, e.Description = o.Text("errorCode"), o.Text("errorMessage")
	}
	if e.Code = oauthclient.Printable(e.Code, oauthclient.MaxErrorName); e.Code == "" {
		return nil
	}
	return e
}

// classify sets the sentinel that corresponds to Naver's code, or else to the status.
func (e *Error) classify() {
	switch e.Code {
	case "024":
		e.kind = ErrTokenInvalid
	case "403":
		e.kind = ErrNotPermitted
	case "429", "010":
		e.kind = ErrRateLimited
	case "500", "server_error", "temporarily_unavailable":
		e.kind = ErrUnavailable
	case "invalid_client", "unauthorized_client":
		e.kind = ErrClientInvalid
	case "invalid_grant":
		e.kind = e.grant()
	case "invalid_request":
		// Naver documents no invalid_grant: a used code and a dead refresh token come as invalid_request, too.
		e.kind = e.grant()
	}
	switch {
	case e.Status == http.StatusTooManyRequests:
		e.kind = ErrRateLimited
	case e.kind != nil:
	case e.Status >= 500 || e.Status == http.StatusRequestTimeout:
		e.kind = ErrUnavailable
	case e.Status == http.StatusUnauthorized && (e.Op == opProfile || e.Op == opVerify):
		e.kind = ErrTokenInvalid
	}
}

// grant is what a refused grant means to the call.
func (e *Error) grant() error {
	switch e.Op {
	case opExchange:
		return ErrCodeInvalid
	case opRefresh:
		return ErrRefreshTokenInvalid
	}
	return nil
}
