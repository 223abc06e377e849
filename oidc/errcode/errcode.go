package errcode

import shared "github.com/norang-login/norang/internal/errcode"

// Types that the error codes of all providers share: those of the other providers are the same.
type (
	// Owner is who can fix an error, a string. IsProvider reports whether only the provider can.
	Owner = shared.Owner
	// Retry says whether a failed call may be retried, a string.
	Retry = shared.Retry
	// Place is where a provider sends a code, a string.
	Place = shared.Place
	// Text is a text in Korean and English, with the fields Ko and En. IsZero reports whether both are empty.
	Text = shared.Text
	// Entry describes one code: Code as the provider writes it, its Places, Status, the HTTP status or 0, Owner and Retry;
	// for the developer or operator of the service Cause, Remedy, Menu, the menu in the console, and Unconfirmed, what the
	// provider's documents do not confirm.
	Entry = shared.Entry
)

// The owners of an error.
const (
	User      = shared.User      // the user who signs in
	Developer = shared.Developer // the program
	Operator  = shared.Operator  // who configures the client at the provider

	Provider Owner = "provider" // the provider: maintenance, internal errors
)

// The kinds of retry.
const (
	Never       = shared.Never       // the call keeps failing until something is changed
	Later       = shared.Later       // the call may succeed after minutes
	SignInAgain = shared.SignInAgain // the user has to sign in again
	OfferButton = shared.OfferButton // show the ordinary sign-in button
)

// The places where a code occurs.
const (
	Callback Place = "callback" // parameter error of the redirect to the service
	Page     Place = "page"     // a page of the provider's, which does not lead back to the service
	Token    Place = "token"    // JSON of the token endpoint
	Revoke   Place = "revoke"   // JSON of the revocation endpoint
	UserInfo Place = "userinfo" // WWW-Authenticate or JSON of the user information endpoint
)

// Lookup returns the entry of a code and reports whether there is one. It ignores case and surrounding spaces.
func Lookup(code string) (Entry, bool) { return table.Lookup(code) }

// All returns a copy of the table.
func All() []Entry { return table.All() }
