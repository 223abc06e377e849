package errcode

import (
	"slices"
	"strings"
)

// Owner is who can fix an error.
type Owner string

// The owners of an error.
const (
	User      Owner = "user"      // the user who signs in
	Developer Owner = "developer" // the program
	Operator  Owner = "operator"  // who configures the client at the provider
	Provider  Owner = "provider"  // the provider: maintenance, internal errors
)

// Retry says whether a failed call may be retried.
type Retry string

// The kinds of retry.
const (
	Never       Retry = "never"        // the call keeps failing until something is changed
	Later       Retry = "later"        // the call may succeed after minutes
	SignInAgain Retry = "sign_in"      // the user has to sign in again
	OfferButton Retry = "offer_button" // show the ordinary sign-in button
)

// Place is where a provider sends a code.
type Place string

// The places where a code occurs.
const (
	Callback Place = "callback" // parameter error of the redirect to the service
	Page     Place = "page"     // a page of the provider's, which does not lead back to the service
	Token    Place = "token"    // JSON of the token endpoint
	UserInfo Place = "userinfo" // WWW-Authenticate or JSON of the user information endpoint
)

// Text is a text in Korean and English.
type Text struct {
	Ko string `json:"ko"`
	En string `json:"en"`
}

// IsZero reports whether the text is empty in both languages.
func (t Text) IsZero() bool { return t == Text{} }

// Entry describes one code.
type Entry struct {
	Code   string  `json:"code"`
	Places []Place `json:"places"`
	// Status is the HTTP status of the response, 0 if not documented.
	Status int   `json:"status,omitempty"`
	Owner  Owner `json:"owner"`
	Retry  Retry `json:"retry"`
	// Cause and Remedy are sentences for the developer or operator of the service.
	Cause  Text `json:"cause"`
	Remedy Text `json:"remedy"`
	// Menu is the menu in the console of a vendor, zero for codes of a standard.
	Menu Text `json:"menu,omitzero"`
	// Unconfirmed says what no document confirms. Zero if everything is documented.
	Unconfirmed Text `json:"unconfirmed,omitzero"`
}

// Lookup returns the entry of a code and reports whether there is one. It ignores case and surrounding spaces.
func Lookup(code string) (Entry, bool) {
	code = strings.TrimSpace(code)
	for _, e := range table {
		if strings.EqualFold(e.Code, code) {
			return e, true
		}
	}
	return Entry{}, false
}

// All returns a copy of the table.
func All() []Entry { return slices.Clone(table) }
