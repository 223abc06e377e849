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
	JoinedAt   time.Time
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

// ConsoleIdentity is an identity of a user.
type ConsoleIdentity struct {
	Provider, Namespace, Subject string
	Nickname                     string
	// Email is masked unless the page is revealed; Why says why there is none.
	Email      string
	EmailState account.EmailState
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
	Tag, Version string
	Agreed       bool
	At           time.Time
}

// ConsoleAccess is an access record.
type ConsoleAccess struct {
	At      time.Time
	Kind    string
	Actor   string
	Reason  string
	Outcome string
}

// peopleSamples are the pages about users.
func peopleSamples(frame func(string) ConsoleFrame, provider string) []sample {
	at := time.Date(2026, 3, 2, 6, 20, 0, 0, time.UTC)
	user := ConsoleUser{
		ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e", Nickname: "라이언", Status: account.Active, Ref: "10482",
		CreatedAt: at.AddDate(0, -2, 0), SeenAt: at,
	}
	bare := ConsoleUser{ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3f", Status: account.Pending, CreatedAt: at}
	statuses := []account.Status{account.Active, account.Pending, account.Disabled, account.Withdrawn}
	frameOf := func(path string) ConsoleFrame {
		f := frame("people")
		f.Path = path
		return f
	}
	person := ConsolePerson{
		ConsoleFrame: frameOf("/admin/people/" + string(user.ID)), Now: at, ConsoleUser: user, JoinedAt: user.CreatedAt,
		Meta: `{"grade":"gold"}`, MaxReason: 500,
		Identities: []ConsoleIdentity{
			{
				Provider: provider, Namespace: "123456", Subject: "3141592653589", Nickname: "라이언", Email: "r***@example.com",
				EmailState: account.EmailVerified, LinkedAt: user.CreatedAt, SeenAt: at,
			},
			{
				Provider: provider, Namespace: "123457", Subject: "3141592653590", Why: account.EmailNotGranted,
				LinkedAt: at, SeenAt: at,
			},
		},
		Sessions: []ConsoleSession{{
			ID:      "019c8f9c-0000-7000-8000-000000000001",
			Agent:   session.Agent{System: session.SystemIPhone, Browser: session.BrowserSafari},
			Address: "203.0.113.7", SignedInAt: at, SeenAt: at,
		}},
		Consents: []ConsoleConsent{
			{Tag: "tos", Version: "2026-01", Agreed: true, At: at}, {Tag: "news", Version: "1", At: at},
		},
		MoreConsents: true,
		Accesses: []ConsoleAccess{
			{At: at, Kind: "access.user.show", Actor: "operator:kim", Outcome: "done"},
			{At: at, Kind: "access.user.disable", Actor: "operator:kim", Reason: "신고 3건", Outcome: "done"},
		},
	}
	viewer := person
	viewer.Role, viewer.Changes, viewer.Revealed = "viewer", false, false
	ticket := person
	ticket.Ticket, ticket.TicketTo, ticket.Revealed = "https://example.com/auth/link/ticket-of-the-sample", at, true
	missing := person
	missing.Missing, missing.Last = true, true
	missing.Status = account.Disabled
	empty := ConsolePerson{ConsoleFrame: frameOf("/admin/people/" + string(bare.ID)), Now: at, ConsoleUser: bare}
	return []sample{
		{"people", ConsolePeople{
			ConsoleFrame: frameOf("/admin/people"), Statuses: statuses, People: []ConsoleUser{user, bare},
			First: "/admin/people", Next: "/admin/people?after=" + string(bare.ID),
		}},
		{"people-none", ConsolePeople{ConsoleFrame: frameOf("/admin/people"), Statuses: statuses}},
		{"people-found", ConsolePeople{
			ConsoleFrame: frameOf("/admin/people"), Searched: true, By: "nickname", More: true, People: []ConsoleUser{user},
		}},
		{"people-not-found", ConsolePeople{ConsoleFrame: frameOf("/admin/people"), Searched: true, By: "email"}},
		{"person", &person},
		{"person-viewer", &viewer},
		{"person-ticket", &ticket},
		{"person-missing", &missing},
		{"person-bare", &empty},
	}
}
