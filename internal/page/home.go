package page

import (
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

// Home is the first page of a stand-alone norang.
type Home struct {
	Frame
	// SignedIn is who is signed in; nil for nobody.
	SignedIn *Who
	// LastUsed is as in [SignIn].
	LastUsed bool
}

func (Home) file() string { return "home.html" }

// SignIn is what the page offers to whom is not signed in: the way of the sign-in page, back to here.
func (h Home) SignIn() SignIn {
	return SignIn{Frame: h.Frame, ReturnTo: "/", Remember: true, LastUsed: h.LastUsed}
}

// Who is a person as pages name them. Both fields may be empty.
type Who struct {
	Name    string
	Picture string // shown only if https and on a listed host
}

// WhoOf takes a person from a session.
func WhoOf(p *session.Principal) *Who {
	return &Who{
		Name:    account.DisplayName(p.User, p.Identity),
		Picture: account.DisplayPicture(p.User, p.Identity),
	}
}
