package google

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Limits of parameters in bytes.
const (
	maxState = 2048
	maxNonce = 255
	maxHint  = 320
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
	// InteractionRequired answers PromptNone: Google would have to show a page. Show the ordinary button and do not try
	// again.
	InteractionRequired CallbackKind = "interaction_required"
	// Unavailable: server_error or temporarily_unavailable.
	Unavailable CallbackKind = "unavailable"
	// Misconfigured: the request or the project's settings are wrong.
	Misconfigured CallbackKind = "misconfigured"
	// OtherError: an error unknown to this package.
	OtherError CallbackKind = "other"
	// Malformed: the response does not come from Google: it has neither code nor error, both, a repeated parameter or
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
		return fmt.Sprintf("google: callback %s: %s", e.Kind, e.Problem)
	}
	return fmt.Sprintf("google: callback %s", e.Kind)
}

// ParseCallback parses the query of the redirect from Google. The error is always a *CallbackError. It checks only the
// form: the caller must first compare the state with the browser's attempt, for errors too. A parameter iss (RFC 9207),
// which Google does not promise, must be that of the issuer if it is there. Further parameters, such as scope, authuser
// and hd, are ignored: what they say is not signed.
// Source: Google, "OpenID Connect", "Confirm anti-forgery state token".
func (c *Client) ParseCallback(q url.Values) (Callback, error) {
	r, problem := oauthclient.ReadAuthorizeResponse(q, maxState, c.cfg.Issuer)
	switch {
	case problem != "":
		return Callback{}, &CallbackError{Kind: Malformed, State: r.State, Problem: problem}
	case r.Error != "":
		name, description := r.Printable()
		return Callback{}, &CallbackError{
			Kind: callbackKind(r.Error), OAuthError: name, Description: description, State: r.State,
		}
	}
	return Callback{Code: r.Code, State: r.State}, nil
}

// callbackKind classifies an error. Which of the errors of OpenID Connect Core 3.1.2.6 answer prompt=none is not
// documented, so all of them do.
func callbackKind(name string) CallbackKind {
	switch {
	case name == "access_denied":
		return Cancelled
	case strings.HasSuffix(name, "_required"):
		return InteractionRequired
	case name == "server_error" || name == "temporarily_unavailable":
		return Unavailable
	}
	switch name {
	case "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope", "invalid_client",
		"redirect_uri_mismatch", "org_internal", "admin_policy_enforced", "deleted_client":
		return Misconfigured
	}
	return OtherError
}
