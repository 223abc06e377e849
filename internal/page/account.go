package page

import (
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

// Account is a person's own page.
type Account struct {
	Frame
	Who
	ID    account.ID // what to quote to the operator
	Email string
	// EmailState is what the address is worth; with account.EmailNone, Email is not shown.
	EmailState account.EmailState
	Since      time.Time // when they became a member
	Provider   string    // "kakao"
	Subject    string    // the provider's number for the person
	SignedInAt time.Time
	EndsAt     time.Time // the session's absolute end
	Remember   bool      // whether the session outlives the browser
}

func (Account) file() string { return "account.html" }

// AccountOf takes everything from a session.
func AccountOf(f Frame, p *session.Principal) Account {
	since := p.User.JoinedAt
	if since.IsZero() {
		since = p.User.CreatedAt
	}
	return Account{
		Frame: f, Who: *WhoOf(p), ID: p.User.ID,
		Email: p.Identity.Profile.Email, EmailState: p.Identity.Profile.EmailState, Since: since,
		Provider: p.Identity.Provider, Subject: p.Identity.Subject,
		SignedInAt: p.Session.AuthTime, EndsAt: p.Session.ExpiresAt, Remember: p.Session.Remember,
	}
}

// Verified and Unverified are EmailState for templates.
func (a Account) Verified() bool { return a.EmailState == account.EmailVerified && a.Email != "" }

// Unverified reports an address that nobody has proven to own.
func (a Account) Unverified() bool { return a.EmailState == account.EmailUnverified && a.Email != "" }
