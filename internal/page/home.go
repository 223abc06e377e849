package page

import (
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

// Home is the home page without an app behind norang.
type Home struct {
	Frame
	// SignedIn is the user; nil without a session.
	SignedIn *Who
	// LastUsed is as in [SignIn].
	LastUsed string
}

func (Home) file() string { return "home.html" }

// SignIn is the part of the page for users who are not signed in.
func (h Home) SignIn() SignIn {
	return SignIn{Frame: h.Frame, ReturnTo: "/", Remember: true, LastUsed: h.LastUsed}
}

// Who names a user on a page. Both fields may be empty.
type Who struct {
	Name    string
	Picture string // shown only from a provider's picture host
}

// WhoOf is the user of a session.
func WhoOf(p *session.Principal) *Who {
	return &Who{
		Name:    account.DisplayName(p.User, p.Identity),
		Picture: account.DisplayPicture(p.User, p.Identity),
	}
}
