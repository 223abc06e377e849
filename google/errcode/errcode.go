package errcode

import shared "github.com/norang-login/norang/internal/errcode"

// Types that the error codes of all providers share.
type (
	// Owner is who can fix an error.
	Owner = shared.Owner
	// Retry says whether a failed call may be retried.
	Retry = shared.Retry
	// Place is where Google sends a code.
	Place = shared.Place
	// Text is a text in Korean and English.
	Text = shared.Text
	// Entry describes one code: its places, status, owner and retry, and for the developer or operator of the service its
	// cause, remedy and menu in the console.
	Entry = shared.Entry
)

// The owners of an error.
const (
	User      = shared.User      // the user who signs in
	Developer = shared.Developer // the program
	Operator  = shared.Operator  // who configures the project in Google's console

	Google Owner = "google" // Google: maintenance, internal errors
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
	Page     Place = "page"     // a page of Google's, which does not lead back to the service
	Token    Place = "token"    // JSON of the token endpoint
	Revoke   Place = "revoke"   // JSON of the revocation endpoint
)

// Lookup returns the entry of a code and reports whether there is one. It ignores case and surrounding spaces.
func Lookup(code string) (Entry, bool) { return table.Lookup(code) }

// All returns a copy of the table.
func All() []Entry { return table.All() }
