package page

import (
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

// Account is the user's own page.
type Account struct {
	Frame
	Who
	ID    account.ID // to quote to the operator
	Email string
	// EmailState says whether the address is verified; with account.EmailNone, Email is not shown.
	EmailState account.EmailState
	EmailRelay bool      // the address forwards to one that the provider does not disclose
	Since      time.Time // when the account became active
	Provider   string    // the identity's provider
	Linked     []string  // the providers of all identities; by default Provider alone
	Subject    string    // the identity's subject
	SignedInAt time.Time
	// IdleEndsAt is when the session ends unless it is used before, EndsAt when it ends in any case.
	IdleEndsAt time.Time
	EndsAt     time.Time
	Remember   bool // whether the session outlives the browser
}

func (Account) file() string { return "account.html" }

// AccountOf builds the page from a session.
func AccountOf(f Frame, p *session.Principal) Account {
	since := p.User.JoinedAt
	if since.IsZero() {
		since = p.User.CreatedAt
	}
	return Account{
		Frame: f, Who: *WhoOf(p), ID: p.User.ID,
		Email: p.Identity.Profile.Email, EmailState: p.Identity.Profile.EmailState,
		EmailRelay: p.Identity.Profile.EmailRelay, Since: since,
		Provider: p.Identity.Provider, Subject: p.Identity.Subject,
		SignedInAt: p.Session.AuthTime, IdleEndsAt: p.Session.IdleExpiresAt, EndsAt: p.Session.ExpiresAt,
		Remember: p.Session.Remember,
	}
}

// Idles reports whether the session ends earlier if it is not used.
func (a Account) Idles() bool { return a.IdleEndsAt.Before(a.EndsAt) }

// Verified reports a verified address.
func (a Account) Verified() bool { return a.EmailState == account.EmailVerified && a.Email != "" }

// Unverified reports an address whose owner is not proven.
func (a Account) Unverified() bool { return a.EmailState == account.EmailUnverified && a.Email != "" }

// Relay reports an address that forwards to another one.
func (a Account) Relay() bool { return a.EmailRelay && a.Email != "" }

// menuItem is a row that leads to one of the user's pages.
type menuItem struct {
	URL, Label, Value string
	Here              bool // the page that shows the menu
}

// menu lists the user's pages, the account first.
func (x *texts) menu(v View) []menuItem {
	item := func(path, key string, page View, value string) menuItem {
		return menuItem{URL: x.cfg.path(path), Label: x.text(v, key), Value: value, Here: v.file() == page.file()}
	}
	linked := []string{x.providerOf(v).Name}
	if a, ok := v.(*Account); ok && len(a.Linked) > 0 {
		linked = a.Linked
	}
	return []menuItem{
		item("account", "account.title", Account{}, ""),
		item("account/links", "links.title", Links{}, x.few(v, x.providerNames(v, linked))),
		item("account/sessions", "devices.title", Devices{}, ""),
		item("account/log", "log.title", Log{}, ""),
		item("account/consents", "consents.title", Consents{}, ""),
	}
}

// few are one or two names, or the first one and how many more there are, which fits beside a label on a phone.
func (x *texts) few(v View, names []string) string {
	if len(names) > 2 {
		return x.text(v, "list.more", "first", names[0], "count", strconv.Itoa(len(names)-1))
	}
	return strings.Join(names, ", ")
}
