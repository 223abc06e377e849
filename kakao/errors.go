package kakao

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/kakao/koe"
)

// What went wrong, for errors.Is. Every error of a call to Kakao is an *Error and
// matches the sentinels that fit it; the code that Kakao sent stands in Error.Code.
var (
	// ErrUnavailable: Kakao gave no usable verdict: unreachable, too slow, 5xx, its
	// temporary errors (-1, -7, -603, -9798, KOE003), or the breaker is open. It says nothing
	// about the person or the token: end no session and delete nothing for it.
	ErrUnavailable = errors.New("kakao: not available")
	// ErrRateLimited: a limit of Kakao's (-10, 429, KOE237). Wait; Error.RetryAfter may say how long.
	ErrRateLimited = errors.New("kakao: too many requests")
	// ErrMalformed: an answer that cannot be understood: no JSON, wrong type, doubled or missing
	// members, too long.
	ErrMalformed = errors.New("kakao: answer not understood")
	// ErrTokenInvalid: the access token is expired, revoked or unknown (-401, and -2 of
	// access_token_info). Refresh it, or sign in again. A -401 about IP address, domain or
	// key does not match: see ErrCallerRefused.
	ErrTokenInvalid = errors.New("kakao: access token invalid or expired")
	// ErrCallerRefused: a -401 that a new token cannot cure: this program's IP address
	// (호출 허용 IP 주소) or its key is not accepted.
	ErrCallerRefused = errors.New("kakao: caller not accepted")
	// ErrNotLinked: the person is not linked to the app (-101). Unlink takes it for success.
	ErrNotLinked = errors.New("kakao: user not linked to the app")
	// ErrAlreadyLinked: the answer of Signup for somebody who is linked already (-102).
	ErrAlreadyLinked = errors.New("kakao: user already linked")
	// ErrConsentRequired: a consent is missing (-402); a *ConsentError in the chain lists the items.
	ErrConsentRequired = errors.New("kakao: consent required")
	// ErrCodeInvalid: the code is used, expired or unknown (KOE320). Nearly always a callback sent twice.
	ErrCodeInvalid = errors.New("kakao: authorization code used or expired")
	// ErrRefreshTokenInvalid: the refresh token is expired or replaced (KOE322): sign in again.
	ErrRefreshTokenInvalid = errors.New("kakao: refresh token expired or replaced")
	// ErrForeignToken: the token is good, but was made for another app or person.
	ErrForeignToken = errors.New("kakao: token of another app or person")
	// ErrInvalidInput: refused here, before any call: an empty or odd token, code or id, a missing setting.
	ErrInvalidInput = errors.New("kakao: invalid input")
)

// Error is the failure of one call. Its text holds the operation, the status and
// Kakao's code, never a token, code, secret or address.
type Error struct {
	// Op is the API family: "token", "token_refresh", "user_me", "unlink" …
	Op string
	// Status is the HTTP status, 0 if there was no answer.
	Status int
	// Code is Kakao's code ("KOE320", "-401"), "" if there was none.
	Code koe.Code
	// OAuthError is the member error of the authorization server ("invalid_grant").
	OAuthError string
	// Description is Kakao's own text, cut to 300 bytes, without control
	// characters and without the secrets of the request. For operators' logs only.
	Description string
	// RetryAfter is how long Kakao (Retry-After) or the breaker asks to wait; 0 if nobody says.
	RetryAfter time.Duration

	// kind is one of the sentinels above, cause the error below, if any.
	kind, cause error
}

// Error names operation, status, code and what is known about the code.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("kakao: " + e.Op)
	if e.Status != 0 {
		b.WriteString(": status " + strconv.Itoa(e.Status))
	}
	if e.Code != "" {
		b.WriteString(": " + string(e.Code))
		if entry, ok := koe.Lookup(string(e.Code)); ok {
			b.WriteString(" (" + entry.Cause.En + ")")
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

// Unwrap gives the sentinel and the error below, for errors.Is and errors.As.
func (e *Error) Unwrap() []error {
	var errs []error
	if e.kind != nil {
		errs = append(errs, e.kind)
	}
	if e.cause != nil {
		errs = append(errs, e.cause)
	}
	return errs
}

// Entry gives what is known about Code: cause, remedy, console menu, whose fault.
func (e *Error) Entry() (koe.Entry, bool) { return koe.Lookup(string(e.Code)) }

// Temporary reports that the same call may succeed later without anybody changing anything.
func (e *Error) Temporary() bool {
	return errors.Is(e.kind, ErrUnavailable) || errors.Is(e.kind, ErrRateLimited)
}

// ConsentError lists the consents that a call would have needed (-402).
type ConsentError struct {
	APIType  string   // Kakao's name of the API
	Required []string // consent items that the call needs
	Allowed  []string // consent items that the person has agreed to
}

// Error lists the missing items.
func (e *ConsentError) Error() string {
	return fmt.Sprintf("consent missing for %q", e.Missing())
}

// Missing lists the required items that are not allowed yet, in Kakao's order.
func (e *ConsentError) Missing() []string {
	var missing []string
	for _, item := range e.Required {
		if !contains(e.Allowed, item) {
			missing = append(missing, item)
		}
	}
	return missing
}

func contains(list []string, item string) bool {
	for _, s := range list {
		if s == item {
			return true
		}
	}
	return false
}

// ConsentURL builds the address that asks the person for just the consents whose
// absence made err (-402): r as for AuthorizeURL, its Scope replaced. An err without
// a *ConsentError, or one that misses nothing, is refused.
func (c *Client) ConsentURL(err error, r AuthorizeRequest) (string, error) {
	var need *ConsentError
	if !errors.As(err, &need) || len(need.Missing()) == 0 {
		return "", fmt.Errorf("%w: the error names no missing consent", ErrInvalidInput)
	}
	r.Scope = need.Missing()
	return c.AuthorizeURL(r)
}

// invalid is a refusal before any call.
func invalid(op, problem string) error {
	return &Error{Op: op, kind: ErrInvalidInput, cause: errors.New(problem)}
}

// malformed is an answer that cannot be understood.
func malformed(op string, status int, cause error) *Error {
	return &Error{Op: op, Status: status, kind: ErrMalformed, cause: cause}
}
