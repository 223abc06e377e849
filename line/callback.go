package line

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Limits of callback parameters in bytes.
const (
	maxState = 255
	maxToken = 8192
)

// Callback is a successful response of the authorize page.
type Callback struct {
	// Code is passed to Exchange. It works once, for 10 minutes.
	Code Secret
	// State is the value given to AuthorizeURL, unless the request is forged or auto login failed: compare it with the
	// browser's sign-in attempt before anything else.
	State string
	// Friendship is what BotPrompt led to.
	Friendship Friendship
}

// Friendship is whether the user's friendship with the LINE Official Account changed during the login.
type Friendship int8

// The values of Friendship.
const (
	FriendshipUnknown Friendship = iota // LINE did not say
	FriendshipUnchanged
	FriendshipChanged
)

// CallbackKind classifies the error responses of the authorize page.
type CallbackKind string

// The kinds of error responses.
const (
	// Cancelled: the user cancelled the login or the consent.
	Cancelled CallbackKind = "cancelled"
	// InteractionRequired answers PromptNone: no session, no consent yet. Show the ordinary button.
	InteractionRequired CallbackKind = "interaction_required"
	// Unavailable: LINE cannot handle the request now.
	Unavailable CallbackKind = "unavailable"
	// Misconfigured: the request or the channel's settings are wrong.
	Misconfigured CallbackKind = "misconfigured"
	// OtherError: an error unknown to this package.
	OtherError CallbackKind = "other"
	// Malformed: the response does not come from LINE: it has neither code nor error, both, a repeated parameter or one
	// that is too long.
	Malformed CallbackKind = "malformed"
)

// CallbackError is an error response of the authorize page. Its text contains nothing from the request.
type CallbackError struct {
	Kind CallbackKind
	// OAuthError is the parameter error as sent, in capitals; "" for Malformed.
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
		return fmt.Sprintf("line: callback %s: %s", e.Kind, e.Problem)
	}
	return fmt.Sprintf("line: callback %s", e.Kind)
}

// ParseCallback parses the query of the redirect from LINE. The error is always a *CallbackError. It checks only the
// form: the caller must first compare the state with the browser's attempt, for errors too. Parameters that LINE adds,
// such as those of LIFF, are ignored.
// Source: LINE, "Integrating LINE Login with your web app", "Receiving the authorization code".
func (c *Client) ParseCallback(q url.Values) (Callback, error) {
	r, problem := oauthclient.ReadAuthorizeResponse(q, maxState, c.cfg.Issuer)
	var friendship string
	if problem == "" {
		status := oauthclient.Param{Name: "friendship_status_changed", Limit: 16, Into: &friendship}
		problem = oauthclient.ReadParams(q, status)
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
	return Callback{Code: r.Code, State: r.State, Friendship: friendships[friendship]}, nil
}

var friendships = map[string]Friendship{"true": FriendshipChanged, "false": FriendshipUnchanged}

// callbackKind ignores case: LINE writes the codes in capitals, OAuth in small letters.
func callbackKind(name string) CallbackKind {
	switch strings.ToLower(name) {
	case "access_denied":
		return Cancelled
	case "login_required", "interaction_required", "consent_required":
		return InteractionRequired
	case "server_error", "temporarily_unavailable":
		return Unavailable
	case "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope", "invalid_client":
		return Misconfigured
	}
	return OtherError
}
