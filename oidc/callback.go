package oidc

import (
	"fmt"
	"net/url"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Limits of callback parameters in bytes.
const (
	maxState = 2048
	maxToken = 16 << 10
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
	// Cancelled: the user or the provider refused (access_denied).
	Cancelled CallbackKind = "cancelled"
	// InteractionRequired answers prompt=none: show the ordinary button.
	InteractionRequired CallbackKind = "interaction_required"
	// Unavailable: server_error or temporarily_unavailable.
	Unavailable CallbackKind = "unavailable"
	// Misconfigured: the request or the client's registration is wrong.
	Misconfigured CallbackKind = "misconfigured"
	// OtherError: an error that no standard defines.
	OtherError CallbackKind = "other"
	// Malformed: the response does not come from the provider: it has neither code nor error, both, a repeated parameter,
	// one that is too long, or the issuer of another provider.
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
		return fmt.Sprintf("oidc: callback %s: %s", e.Kind, e.Problem)
	}
	return fmt.Sprintf("oidc: callback %s", e.Kind)
}

// ParseCallback parses the parameters of the return from the provider, the query or the form of a POST. The error is
// always a *CallbackError. It checks only the form: the caller must first compare the state with the browser's attempt,
// for errors too. The parameter iss (RFC 9207) must be there if the provider promises it, and equal if it is there; a
// provider for several tenants cannot promise it.
func (c *Client) ParseCallback(m *Metadata, q url.Values) (Callback, error) {
	r, problem := oauthclient.ReadAuthorizeResponse(q, maxState, c.cfg.issuers()...)
	if problem == "" && !q.Has("iss") && m.ResponseIssuer && len(c.cfg.Tenants) == 0 {
		problem = "iss is missing, which the provider promises"
	}
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

// callbackKind classifies an error of RFC 6749 section 4.1.2.1 and OpenID Connect Core section 3.1.2.6.
func callbackKind(name string) CallbackKind {
	switch name {
	case "access_denied":
		return Cancelled
	case "login_required", "interaction_required", "consent_required", "account_selection_required":
		return InteractionRequired
	case "server_error", "temporarily_unavailable":
		return Unavailable
	case "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope", "invalid_client",
		"invalid_request_uri", "invalid_request_object", "request_not_supported", "request_uri_not_supported",
		"registration_not_supported", "invalid_resource", "unmet_authentication_requirements":
		return Misconfigured
	}
	return OtherError
}
