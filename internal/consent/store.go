package consent

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

// ErrNotActive: the user is pending, disabled or withdrawn.
var ErrNotActive = errors.New("consent: user is not active")

// Decisions is what a member decides about terms on one of our pages.
type Decisions struct {
	Session session.Key
	At      time.Time
	Lines   []account.Consent // Kind, Tag, Version, Agreed, Place; the rest is filled in by the store
	Actor   audit.Actor
}

// ScopesUpdate is what a person has agreed to at a provider, by its own word.
type ScopesUpdate struct {
	Key account.Key
	// Scopes are all of them; or, if Taken is set, they are what they were but for that one, which was taken back. Whoever
	// takes one back does not know what became of the others meanwhile.
	Scopes    account.Scopes
	Revoked   string
	At        time.Time
	Place     string // account.PlaceKakao or account.PlaceAccount
	SessionID string // public id of the session in which it was changed, "" for none
	Actor     audit.Actor
}

// Store is what the ledger of consents needs of the database. Every method is one transaction.
type Store interface {
	// Ledger reads what a person agreed to and took back, the newest first, at most limit lines.
	Ledger(ctx context.Context, id account.ID, limit int) ([]account.Consent, error)
	// Agree adds a member's decisions, of each only if it changes anything. session.ErrNone if the session is gone,
	// ErrNotActive if its person is no member.
	SaveDecisions(context.Context, Decisions) error
	// SetScopes notes what a person has agreed to at the provider and erases what that does not cover any more.
	SetScopes(context.Context, ScopesUpdate) error
	// RemindOfMarketing tells the app, of each member once, who agreed to advertising at or before a time, and has said
	// nothing and not been told of since; at most limit at a time. It reports how many there were.
	QueueMarketingReminders(ctx context.Context, before, at time.Time, limit int) (int, error)
}
