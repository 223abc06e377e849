package page

import (
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

// ConsolePeople lists users, or what a search has found.
type ConsolePeople struct {
	ConsoleFrame
	// Status is the filter; "" for all.
	Status   account.Status
	Statuses []account.Status
	People   []ConsoleUser
	// Searched reports the answer to a search by By ("id", "email" or "nickname"). More: there are more than these.
	Searched bool
	By       string
	More     bool
	// First and Next are the neighbouring pages; "" for none.
	First, Next string
}

func (ConsolePeople) file() string { return consoleDir + "people.html" }

// ConsoleUser is a user in a list.
type ConsoleUser struct {
	ID        account.ID
	Nickname  string
	Status    account.Status
	Ref       string
	CreatedAt time.Time
	SeenAt    time.Time // the last sign-in; zero if there is none
}

// ConsolePerson is one user.
type ConsolePerson struct {
	ConsoleFrame
	Now time.Time
	ConsoleUser
	JoinedAt time.Time
	// Why answers why the user cannot sign in.
	Why        []string
	Meta       string
	Identities []ConsoleIdentity
	Sessions   []ConsoleSession
	Consents   []ConsoleConsent
	// MoreConsents: the ledger is longer.
	MoreConsents bool
	// Accesses are the last access records about the user, with the operator's name or id.
	Accesses []ConsoleAccess
	// Revealed shows e-mail addresses in full.
	Revealed bool
	// Masked reports that an e-mail address is masked.
	Masked bool
	// Missing reports an action that was sent without a reason or confirmation.
	Missing bool
	// Last reports the last active operator, who cannot be disabled or withdrawn.
	Last bool
	// Ticket is the address of a link ticket that was just made; "" for none. It is shown once.
	Ticket   string
	TicketTo time.Time
	// MaxReason is the longest reason, in bytes.
	MaxReason int
}

func (ConsolePerson) file() string { return consoleDir + "person.html" }

// TicketPossible reports whether a link ticket can be made for the user's ref.
func (p ConsolePerson) TicketPossible() bool { return account.ValidRef(p.Ref) }

// ConsoleIdentity is an identity of a user.
type ConsoleIdentity struct {
	Provider, Namespace, Subject string
	Nickname                     string
	// Email is masked unless the page is revealed; Why says why there is none.
	Email      string
	EmailState account.EmailState
	EmailRelay bool
	Why        account.EmailAbsence
	LinkedAt   time.Time
	SeenAt     time.Time
}

// ConsoleSession is a session of a user.
type ConsoleSession struct {
	ID         string
	Agent      session.Agent
	Address    string
	SignedInAt time.Time
	SeenAt     time.Time
}

// ConsoleConsent is a line of the consent ledger.
type ConsoleConsent struct {
	// Name is the item in words; "" if it is a Scope or a term that is no longer configured.
	Name, Tag, Version string
	// Provider is where it was given or withdrawn; "" for this service. Scope says that it is an item of that provider.
	Provider string
	Scope    bool
	// Reminder says that the user was asked again.
	Reminder bool
	Agreed   bool
	At       time.Time
}

// ConsoleAccess is an access record.
type ConsoleAccess struct {
	At      time.Time
	Kind    string
	Actor   string // in words
	Account string // the operator's or the key's; "" for none
	Reason  string
	Outcome string
}
