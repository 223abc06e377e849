package naver

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Limits of callback parameters in bytes.
const (
	maxState = 2048
	maxToken = 4096
)

// Callback is a successful response of the authorize page.
type Callback struct {
	// Code is passed to Exchange. It works only once.
	Code Secret
	// State is the value given to AuthorizeURL, unless the request is forged: compare it with the browser's sign-in
	// attempt before anything else.
	State string
}

// CallbackKind classifies the error responses of the authorize page.
type CallbackKind string

// The kinds of error responses.
const (
	// Cancelled: the user cancelled the sign-in or the consent.
	Cancelled CallbackKind = "cancelled"
	// InteractionRequired answers auth_type=autologin: no session, no consent yet, or not the Naver app. Show the
	// ordinary button and do not try again.
	InteractionRequired CallbackKind = "interaction_required"
	// Unavailable: server_error or temporarily_unavailable.
	Unavailable CallbackKind = "unavailable"
	// Misconfigured: the request or the application's settings are wrong.
	Misconfigured CallbackKind = "misconfigured"
	// OtherError: an error unknown to this package.
	OtherError CallbackKind = "other"
	// Malformed: the response does not come from Naver: it has neither code nor error, both, a repeated parameter or
	// one that is too long.
	Malformed CallbackKind = "malformed"
)

// CallbackError is an error response of the authorize page. Its text contains nothing from the request.
type CallbackError struct {
	Kind CallbackKind
	// OAuthError is the parameter error, "" for Malformed.
	OAuthError string
	// Description is error_description without control characters. Anyone can write it: do not show it to users.
	Description string
	// State is as in Callback: compare it before using anything else.
	State string
	// Problem says why the response is Malformed.
	Problem string
}

// Error returns the kind and the problem.
func (e *CallbackError) Error() string {
	if e.Problem != "" {
		return fmt.Sprintf("naver: callback %s: %s", e.Kind, e.Problem)
	}
	return fmt.Sprintf("naver: callback %s", e.Kind)
}

// ParseCallback parses the query of the redirect from Naver. The error is always a *CallbackError. It checks only the
// form: the caller must first compare the state with the browser's attempt, for errors too. A parameter iss (RFC 9207),
// which Naver does not send, must be that of the issuer if it is there.
// Source: Naver, developer guide 3.4.3 and 5.1.5.
func (c *Client) ParseCallback(q url.Values) (Callback, error) {
	r, problem := oauthclient.ReadAuthorizeResponse(q, maxState, c.cfg.Issuer)
	switch {
	case problem != "":
		return Callback{}, &CallbackError{Kind: Malformed, State: r.State, Problem: problem}
	case r.Error != "":
		name, description := r.Printable()
		return Callback{}, &CallbackError{
			Kind: callbackKind(r.Error, r.Description), OAuthError: name, Description: description, State: r.State,
		}
	}
	return Callback{Code: r.Code, State: r.State}, nil
}

// autoLoginRefusals are the descriptions of access_denied that answer auth_type=autologin.
var autoLoginRefusals = []string{"user not logged in", "need user consent", "unsupported browser environment"}

func callbackKind(name, description string) CallbackKind {
	switch name {
	case "access_denied":
		for _, refusal := range autoLoginRefusals {
			if strings.Contains(strings.ToLower(description), refusal) {
				return InteractionRequired
			}
		}
		return Cancelled
	case "server_error", "temporarily_unavailable":
		return Unavailable
	case "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope", "invalid_client":
		return Misconfigured
	}
	return OtherError
}
