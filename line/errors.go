package line

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/line/errcode"
)

// Errors of calls, for errors.Is. Every failed call returns an *Error that matches at most one of them; Error.Code is
// LINE's code.
var (
	// ErrUnavailable: LINE is unreachable, too slow, answers 5xx or 408 or a web page, or the circuit breaker is open.
	// It says nothing about the user or the token.
	ErrUnavailable = errors.New("line: not available")
	// ErrRateLimited: 429. Error.RetryAfter may say how long to wait.
	ErrRateLimited = errors.New("line: too many requests")
	// ErrMalformed: the response is not JSON, too long, or has members that are missing or repeated.
	ErrMalformed = errors.New("line: malformed response")
	// ErrTokenInvalid: the user's access token is expired, revoked or unknown. Refresh it or sign in again. If that
	// fails as well, the user has ended the link, or 90 days have passed.
	ErrTokenInvalid = errors.New("line: access token invalid or expired")
	// ErrChannelToken: LINE does not accept the channel access token of a deauthorization.
	ErrChannelToken = errors.New("line: channel access token not accepted")
	// ErrNotPermitted: the token lacks the scope, or the channel the permission (403).
	ErrNotPermitted = errors.New("line: not permitted")
	// ErrClientInvalid: the channel id or secret is wrong.
	ErrClientInvalid = errors.New("line: channel not accepted")
	// ErrCodeInvalid: the code is used, expired, unknown, or does not fit redirect URI or verifier.
	ErrCodeInvalid = errors.New("line: authorization code used or expired")
	// ErrRefreshTokenInvalid: the refresh token is expired, revoked or unknown. The user has to sign in again.
	ErrRefreshTokenInvalid = errors.New("line: refresh token invalid")
	// ErrForeignToken: an access token of another channel.
	ErrForeignToken = errors.New("line: access token of another channel")
	// ErrIDTokenInvalid: see IDTokenError.
	ErrIDTokenInvalid = errors.New("line: ID token invalid")
	// ErrInvalidInput: rejected before any call.
	ErrInvalidInput = errors.New("line: invalid input")
)

// Error is the error of a failed call. Its text never contains a token, code, secret or URL.
type Error struct {
	// Op is the call: "token", "token_refresh", "revoke", "verify", "userinfo", "profile", "channel_token",
	// "deauthorize", "certs".
	Op string
	// Status is the HTTP status, 0 if there was no response.
	Status int
	// Code is LINE's code: an OAuth error ("invalid_grant"), or the status ("400") where LINE sends a message only. ""
	// if there was no response.
	Code string
	// Description is LINE's message, at most 300 bytes, without control characters and without the secrets of the
	// request. It is meant for logs only.
	Description string
	// RequestID is LINE's id of the response (x-line-request-id), which its support asks for; "" if there is none.
	RequestID string
	// RetryAfter is how long to wait according to LINE (Retry-After) or the circuit breaker, 0 if unknown.
	RetryAfter time.Duration

	// kind is one of the errors above, cause the underlying error. Both may be nil.
	kind, cause error
}

// Error returns the operation, status, code, the cause of the code and LINE's request id.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("line: " + e.Op)
	if e.Status != 0 {
		b.WriteString(": status " + strconv.Itoa(e.Status))
	}
	if e.Code != "" && e.Code != strconv.Itoa(e.Status) {
		b.WriteString(": " + e.Code)
	}
	if e.Description != "" {
		fmt.Fprintf(&b, " (LINE: %q)", e.Description)
	} else if entry, ok := e.Entry(); ok {
		b.WriteString(" (" + strings.TrimSuffix(entry.Cause.En, ".") + ")")
	}
	if e.kind != nil {
		b.WriteString(": " + strings.TrimPrefix(e.kind.Error(), "line: "))
	}
	if e.cause != nil {
		b.WriteString(": " + e.cause.Error())
	}
	if e.RequestID != "" {
		b.WriteString(" [" + e.RequestID + "]")
	}
	return b.String()
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

// classify sets the sentinel that corresponds to LINE's code, or else to the status.
func (e *Error) classify() {
	switch strings.ToLower(e.Code) {
	case "server_error", "temporarily_unavailable":
		e.kind = ErrUnavailable
	case "invalid_client", "unauthorized_client":
		e.kind = ErrClientInvalid
	case "invalid_grant", "invalid_request":
		e.kind = e.refusedGrant()
	}
	switch {
	case e.Status == http.StatusTooManyRequests:
		e.kind = ErrRateLimited
	case e.Status >= 500 || e.Status == http.StatusRequestTimeout:
		e.kind = ErrUnavailable
	case e.kind != nil:
	case e.Status == http.StatusForbidden:
		e.kind = ErrNotPermitted
	case e.Op == opDeauthorize && e.Status == http.StatusBadRequest:
		e.kind = ErrTokenInvalid
	case e.Op == opDeauthorize && e.Status == http.StatusUnauthorized:
		e.kind = ErrChannelToken
	case (e.Op == opProfile || e.Op == opUserInfo) && e.Status == http.StatusUnauthorized:
		e.kind = ErrTokenInvalid
	}
}

// refusedGrant is what a refused grant or token means to the call.
func (e *Error) refusedGrant() error {
	switch {
	case e.Op == opExchange && e.Code == "invalid_grant":
		return ErrCodeInvalid
	case e.Op == opRefresh && e.Code == "invalid_grant":
		return ErrRefreshTokenInvalid
	case e.Op == opVerify, e.Op == opDeauthorize, e.Op == opUserInfo, e.Op == opProfile:
		return ErrTokenInvalid
	}
	return nil
}
