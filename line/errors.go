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

// newError returns the error of a failed call.
func newError(f oauthclient.Failure) error {
	return &Error{
		Op: f.Op, Status: f.Status, Code: f.Code, Description: f.Description, RequestID: requestID(f.Header),
		RetryAfter: f.RetryAfter, kind: f.Kind, cause: f.Cause,
	}
}

func malformed(op string, cause error) error {
	return &Error{Op: op, Status: http.StatusOK, kind: ErrMalformed, cause: cause}
}

// findError reads the error in a response. The API's errors are statuses with a message.
func findError(status int, o oauthclient.Object) (code, detail, description string) {
	switch code = o.Text("error"); {
	case code != "":
		return code, "", o.Text("error_description")
	case status < 200 || status >= 300:
		return strconv.Itoa(status), "", o.Text("message")
	}
	return "", "", ""
}

// requestID is LINE's id of the response, which its guidelines ask to log.
func requestID(h http.Header) string {
	id := h.Get("X-Line-Request-Id")
	if !oauthclient.VisibleASCII(id, 100) {
		return ""
	}
	return id
}

// classify returns the sentinel that corresponds to LINE's code, or else to the status.
func classify(f oauthclient.Failure) error {
	code, profile := strings.ToLower(f.Code), f.Op == opProfile || f.Op == opUserInfo
	switch {
	case code == "server_error", code == "temporarily_unavailable",
		f.Status >= 500, f.Status == http.StatusRequestTimeout:
		return ErrUnavailable
	case code == "invalid_client", code == "unauthorized_client":
		return ErrClientInvalid
	case f.Op == opExchange && f.Code == "invalid_grant":
		return ErrCodeInvalid
	case f.Op == opRefresh && f.Code == "invalid_grant":
		return ErrRefreshTokenInvalid
	case (code == "invalid_grant" || code == "invalid_request") && (profile || f.Op == opVerify || f.Op == opDeauthorize):
		return ErrTokenInvalid
	case f.Status == http.StatusForbidden:
		return ErrNotPermitted
	case f.Op == opDeauthorize && f.Status == http.StatusBadRequest, profile && f.Status == http.StatusUnauthorized:
		return ErrTokenInvalid
	case f.Op == opDeauthorize && f.Status == http.StatusUnauthorized:
		return ErrChannelToken
	}
	return nil
}
