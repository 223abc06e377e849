package kakao

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/norang-login/norang/internal/oauthclient"
)

const maxState = 2048 // bytes

// Callback is a successful response of the authorize page.
type Callback struct {
	// Code is passed to Exchange. It works only once.
	Code Secret
	// State is the value given to AuthorizeURL, unless the request is forged: compare it with the browser's sign-in
	// attempt before anything else.
	State string
	// Issuer is the parameter iss (RFC 9207), "" if there is none. Client.ParseCallback checks it.
	Issuer string
}

// CallbackKind classifies the error responses of the authorize page.
type CallbackKind string

// The kinds of error responses.
const (
	// Cancelled: the user cancelled the sign-in.
	Cancelled CallbackKind = "cancelled"
	// UnderAge: the app does not accept users under 14. Kakao sends access_denied, as for Cancelled; only the words
	// "under age" in the description tell the two apart.
	UnderAge CallbackKind = "under_age"
	// LoginRequired, ConsentRequired and InteractionRequired answer prompt=none: show the ordinary button and do not
	// use prompt=none again in this browser session.
	LoginRequired       CallbackKind = "login_required"
	ConsentRequired     CallbackKind = "consent_required"
	InteractionRequired CallbackKind = "interaction_required"
	// Blocked: Kakao has blocked the app or its developer (unauthorized_client).
	Blocked CallbackKind = "blocked"
	// Unavailable: server_error or temporarily_unavailable.
	Unavailable CallbackKind = "unavailable"
	// Misconfigured: the request or the app's settings are wrong (invalid_request, invalid_scope and others).
	Misconfigured CallbackKind = "misconfigured"
	// OtherError: an error unknown to this package.
	OtherError CallbackKind = "other"
	// Malformed: the response does not come from Kakao: it has neither code nor error, both, a repeated parameter or
	// one that is too long.
	Malformed CallbackKind = "malformed"
)

// CallbackError is an error response of the authorize page. Its text contains nothing from the request, which could
// forge log lines.
type CallbackError struct {
	Kind CallbackKind
	// OAuthError is the parameter error, "" for Malformed.
	OAuthError string
	// Description is error_description without control characters. Anyone can write it: do not show it to users.
	Description string
	// State is as in Callback: compare it before using anything else.
	State string
	// Issuer is as in Callback.
	Issuer string
	// Problem says why the response is Malformed.
	Problem string
}

// Error returns the kind and the problem.
func (e *CallbackError) Error() string {
	if e.Problem != "" {
		return fmt.Sprintf("kakao: callback %s: %s", e.Kind, e.Problem)
	}
	return fmt.Sprintf("kakao: callback %s", e.Kind)
}

// ParseCallback parses the query of the redirect from Kakao. The error is always a *CallbackError. ParseCallback
// checks only the format: the caller must first compare the state with the browser's attempt, for errors too. Tokens
// in the query are ignored.
// Source: Kakao, REST API, "인가 코드 요청", response; RFC 6749 section 4.1.2.
func ParseCallback(q url.Values) (Callback, error) {
	r, problem := oauthclient.ReadAuthorizeResponse(q, maxState)
	switch {
	case problem != "":
		return Callback{}, malformedCallback(r.State, problem)
	case r.Error != "":
		name, description := r.Printable()
		return Callback{}, &CallbackError{
			Kind: callbackKind(r.Error, r.Description), OAuthError: name, Description: description,
			State: r.State, Issuer: r.Issuer,
		}
	}
	return Callback{Code: r.Code, State: r.State, Issuer: r.Issuer}, nil
}

// ParseCallback is like the function of that name and refuses, as Malformed, the response of another authorization
// server: one whose iss is not Config.Issuer (RFC 9207 section 2.4). Kakao sends no iss; a missing one is accepted.
func (c *Client) ParseCallback(q url.Values) (Callback, error) {
	cb, err := ParseCallback(q)
	state, issuer := cb.State, cb.Issuer
	var e *CallbackError
	if errors.As(err, &e) {
		state, issuer = e.State, e.Issuer
	}
	if issuer != c.cfg.Issuer && (issuer != "" || q.Has("iss") && (e == nil || e.Kind != Malformed)) {
		return Callback{}, malformedCallback(state, "iss is not Kakao's")
	}
	return cb, err
}

func malformedCallback(state, problem string) error {
	return &CallbackError{Kind: Malformed, State: state, Problem: problem}
}

func callbackKind(name, description string) CallbackKind {
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
