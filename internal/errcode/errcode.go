// Package errcode holds what the tables of error codes of several providers share. It knows no provider.
package errcode

import (
	"slices"
	"strings"
)

// Owner is who can fix an error. Besides those below there is the provider itself, for maintenance and internal errors.
type Owner string

// The owners of an error.
const (
	User      Owner = "user"      // the user who signs in
	Developer Owner = "developer" // the program
	Operator  Owner = "operator"  // who configures the client at the provider
)

// IsProvider reports whether only the provider can fix the error.
func (o Owner) IsProvider() bool { return o != User && o != Developer && o != Operator }

// Retry says whether a failed call may be retried.
type Retry string

// The kinds of retry.
const (
	Never       Retry = "never"        // the call keeps failing until something is changed
	Later       Retry = "later"        // the call may succeed after minutes
	Refresh     Retry = "refresh"      // refresh the access token and retry once; sign in again if that fails
	SignInAgain Retry = "sign_in"      // the user has to sign in again
	OfferButton Retry = "offer_button" // show the ordinary sign-in button
)

// Place is where a provider sends a code.
type Place string

// Text is a text in Korean and English.
type Text struct {
	Ko string `json:"ko"`
	En string `json:"en"`
}

// IsZero reports whether the text is empty in both languages.
func (t Text) IsZero() bool { return t == Text{} }

// Entry describes one code.
type Entry struct {
	// Code is written as the provider writes it.
	Code   string  `json:"code"`
	Places []Place `json:"places"`
	// Status is the HTTP status of the response, 0 if not documented.
	Status int   `json:"status,omitempty"`
	Owner  Owner `json:"owner"`
	Retry  Retry `json:"retry"`
	// Cause and Remedy are sentences for the developer or operator of the service.
	Cause  Text `json:"cause"`
	Remedy Text `json:"remedy"`
	// Menu is the menu in the provider's console, zero if it has no setting for it.
	Menu Text `json:"menu,omitzero"`
	// Unconfirmed says what the provider's documents do not confirm. Zero if everything is documented.
	Unconfirmed Text `json:"unconfirmed,omitzero"`
}

// Table are the codes of a provider.
type Table []Entry

// Lookup returns the entry of a code and reports whether there is one. It ignores case and surrounding spaces.
func (t Table) Lookup(code string) (Entry, bool) {
	code = strings.TrimSpace(code)
	i := slices.IndexFunc(t, func(e Entry) bool { return strings.EqualFold(e.Code, code) })
	if i < 0 {
		return Entry{}, false
	}
	return t[i], true
}

// All returns a copy of the table.
func (t Table) All() []Entry { return slices.Clone(t) }
