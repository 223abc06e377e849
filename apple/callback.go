package apple

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Limits of callback parameters in bytes.
const (
	maxState = 2048
	maxNonce = 256
	maxToken = 8192
	maxUser  = 2048
)

// Callback is a successful response of the authorize page.
type Callback struct {
	// Code is passed to Exchange. It works only once, for five minutes.
	Code Secret
	// State is the value given to AuthorizeURL, unless the request is forged: compare it with the browser's sign-in
	// attempt before anything else.
	State string
}

// CallbackKind classifies the error responses of the authorize page.
type CallbackKind string

// The kinds of error responses.
const (
	// Cancelled: the user cancelled the sign-in.
	Cancelled CallbackKind = "cancelled"
	// Unavailable: server_error or temporarily_unavailable.
	Unavailable CallbackKind = "unavailable"
	// Misconfigured: the request or the settings of the Services ID are wrong.
	Misconfigured CallbackKind = "misconfigured"
	// OtherError: an error unknown to this package.
	OtherError CallbackKind = "other"
	// Malformed: the response does not come from Apple: it has neither code nor error, both, a repeated parameter or one
	// that is too long.
	Malformed CallbackKind = "malformed"
)

// CallbackError is an error response of the authorize page. Its text contains nothing from the request.
type CallbackError struct {
	Kind CallbackKind
	// OAuthError is the parameter error, "" for Malformed.
	OAuthError string
	// State is as in Callback: compare it before using anything else.
	State string
	// Problem says why the response is Malformed.
	Problem string
}

// Error returns the kind and the problem.
func (e *CallbackError) Error() string {
	if e.Problem != "" {
		return fmt.Sprintf("apple: callback %s: %s", e.Kind, e.Problem)
	}
	return fmt.Sprintf("apple: callback %s", e.Kind)
}

// ParseCallback parses the form that Apple POSTs. The error is always a *CallbackError. It checks only the form: the
// caller must first compare the state with the browser's attempt, for errors too. A parameter iss (RFC 9207), which
// Apple does not send, must name the issuer if present. An id_token sent along with the code is ignored: the token
// endpoint returns one.
// Source: Apple, "Request an authorization to the Sign in with Apple server".
func (c *Client) ParseCallback(form url.Values) (Callback, error) {
	r, problem := oauthclient.ReadAuthorizeResponse(form, maxState, Issuer)
	switch {
	case problem != "":
		return Callback{}, &CallbackError{Kind: Malformed, State: r.State, Problem: problem}
	case r.Error != "":
		name, _ := r.Printable()
		return Callback{}, &CallbackError{
			Kind: callbackKind(r.Error), OAuthError: name, State: r.State,
		}
	}
	return Callback{Code: r.Code, State: r.State}, nil
}

func callbackKind(name string) CallbackKind {
	switch name {
	case "user_cancelled_authorize", "access_denied": // the second is the standard's; Apple documents the first
		return Cancelled
	case "server_error", "temporarily_unavailable":
		return Unavailable
	case "invalid_request", "invalid_client", "unauthorized_client", "unsupported_response_type", "invalid_scope":
		return Misconfigured
	}
	return OtherError
}

// User is the parameter user of the callback: a suggestion for the profile, which anyone could have written.
type User struct {
	FirstName, LastName string
	// Email tells whose name it is, if the user shared an address: it then equals IDToken.Email. It is unsigned and
	// proves nothing; send mail to the address of the ID token, which is in every token.
	Email string
}

// ParseUser reads the parameter user, which Apple sends once: at the first authorization of a user for a team, with the
// scope name. ok is false if there is none, or no name in it.
func ParseUser(form url.Values) (u User, ok bool) {
	values := form["user"]
	if len(values) != 1 || len(values[0]) > maxUser {
		return u, false
	}
	o, err := oauthclient.ParseObject([]byte(values[0]))
	if err != nil {
		return u, false
	}
	name, err := oauthclient.ParseObject(o["name"])
	if err != nil {
		return u, false
	}
	clean := func(member string) string { return strings.TrimSpace(oauthclient.Printable(name.Text(member), 200)) }
	u = User{FirstName: clean("firstName"), LastName: clean("lastName"), Email: address(o.Text("email"))}
	return u, u.FirstName+u.LastName != ""
}

// Name joins both names as they are written in East Asian scripts (김보성) or elsewhere (Ada Lovelace).
func (u User) Name() string {
	if eastAsian(u.FirstName) && eastAsian(u.LastName) {
		return u.LastName + u.FirstName
	}
	return strings.TrimSpace(u.FirstName + " " + u.LastName)
}

// eastAsian reports whether all letters are Hangul, Han or kana.
func eastAsian(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.In(r, unicode.Hangul, unicode.Han, unicode.Hiragana, unicode.Katakana)
	})
}
