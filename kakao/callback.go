package kakao

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Limits of what a callback may carry. Kakao's codes have about 86 characters;
// it promises no length, so the limit is far above, and far below what could hurt.
const (
	maxCode        = 4096
	maxState       = 2048
	maxErrorName   = 128
	maxDescription = 1024
)

// Callback is the good answer of the authorize page.
type Callback struct {
	// Code is exchanged once with Exchange. It is of no use a second time.
	Code Secret
	// State is what AuthorizeURL was given, or whatever an attacker wrote: compare
	// it with the attempt of this browser before anything else.
	State string
}

// CallbackKind classifies the bad answers of the authorize page.
type CallbackKind string

// What can come instead of a code. Unknown errors of Kakao are OtherError: a login
// that did not happen, never a crash.
const (
	// Cancelled: the person pressed cancel. Nothing is wrong.
	Cancelled CallbackKind = "cancelled"
	// UnderAge: the app refuses people under 14. Kakao sends access_denied for this
	// too and tells it from Cancelled only by the words "under age".
	UnderAge CallbackKind = "under_age"
	// LoginRequired, ConsentRequired and InteractionRequired answer prompt=none:
	// show the ordinary button, and do not try prompt=none again in this browser session.
	LoginRequired       CallbackKind = "login_required"
	ConsentRequired     CallbackKind = "consent_required"
	InteractionRequired CallbackKind = "interaction_required"
	// Blocked: Kakao has blocked the app or its developer (unauthorized_client).
	Blocked CallbackKind = "blocked"
	// Unavailable: server_error or temporarily_unavailable.
	Unavailable CallbackKind = "unavailable"
	// Misconfigured: the request or the app is wrong (invalid_request, invalid_scope, …).
	Misconfigured CallbackKind = "misconfigured"
	// OtherError: an error that this package does not know.
	OtherError CallbackKind = "other"
	// Malformed: no answer that Kakao gives: neither code nor error, both at once, a
	// parameter twice, or one that is too long. Somebody made it by hand.
	Malformed CallbackKind = "malformed"
)

// CallbackError is the bad answer of the authorize page. Its text names the kind
// and nothing that the address carried, so that it cannot forge a log line.
type CallbackError struct {
	Kind CallbackKind
	// OAuthError is the parameter error, "" for Malformed.
	OAuthError string
	// Description is error_description, without control characters. It is written by whoever made the
	// address: never show it to a person.
	Description string
	// State is as in Callback: compare it before believing any of this.
	State string
	// Problem says what was malformed.
	Problem string
}

// Error names kind and problem.
func (e *CallbackError) Error() string {
	if e.Problem != "" {
		return fmt.Sprintf("kakao: callback %s: %s", e.Kind, e.Problem)
	}
	return fmt.Sprintf("kakao: callback %s", e.Kind)
}

// ParseCallback reads the query with which Kakao sends the browser back. The error
// is always a *CallbackError. It judges form only: that the state belongs to this
// browser is the caller's check, and comes first for good and bad answers alike.
// Tokens in the query are ignored, only a code is ever accepted.
// Source: Kakao, REST API, "인가 코드 요청", response; RFC 6749 section 4.1.2.
func ParseCallback(q url.Values) (Callback, error) {
	var code, state, name, description string
	for _, p := range []struct {
		key   string
		limit int
		into  *string
	}{
		{"state", maxState, &state}, // first, so that a malformed rest still carries it
		{"code", maxCode, &code},
		{"error", maxErrorName, &name},
		{"error_description", maxDescription, &description},
	} {
		values := q[p.key]
		switch {
		case len(values) > 1:
			// Two values let a filter in front judge one and us use the other.
			return Callback{}, &CallbackError{Kind: Malformed, State: state, Problem: p.key + " is there twice"}
		case len(values) == 1 && len(values[0]) > p.limit:
			return Callback{}, &CallbackError{Kind: Malformed, State: state, Problem: p.key + " is too long"}
		case len(values) == 1:
			*p.into = values[0]
		}
	}
	switch {
	case code != "" && name != "":
		return Callback{}, &CallbackError{Kind: Malformed, State: state, Problem: "code and error together"}
	case name != "":
		return Callback{}, &CallbackError{Kind: kindOf(name, description), OAuthError: printable(name, maxErrorName), Description: printable(description, maxDescription), State: state}
	case code == "":
		return Callback{}, &CallbackError{Kind: Malformed, State: state, Problem: "neither code nor error"}
	case !visibleASCII(code, maxCode):
		return Callback{}, &CallbackError{Kind: Malformed, State: state, Problem: "code has characters that no code has"}
	}
	return Callback{Code: Secret(code), State: state}, nil
}

func kindOf(name, description string) CallbackKind {
	switch name {
	case "access_denied":
		if d := strings.ToLower(description); strings.Contains(d, "under age") || strings.Contains(d, "age 14") {
			return UnderAge
		}
		return Cancelled
	case "cancelled":
		return Cancelled
	case "login_required", "account_selection_required":
		return LoginRequired
	case "consent_required":
		return ConsentRequired
	case "interaction_required", "auto_login":
		return InteractionRequired
	case "unauthorized_client":
		return Blocked
	case "server_error", "temporarily_unavailable":
		return Unavailable
	case "invalid_request", "invalid_client", "invalid_scope", "invalid_grant", "misconfigured", "unauthorized",
		"unsupported_response_type", "unsupported_grant_type":
		return Misconfigured
	}
	return OtherError
}

// printable drops control characters and bad UTF-8 and cuts at limit bytes on a
// character's border: text of strangers that may reach a log or a terminal.
func printable(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		// C0, DEL, C1, line separators and the marks that turn the direction of text around.
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, s)
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
