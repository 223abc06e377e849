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

// Decisions are a user's answers to terms on one of our pages.
type Decisions struct {
	Session session.Key
	At      time.Time
	Lines   []account.Consent // Kind, Tag, Version, Agreed and Place; the store fills in the rest
	Actor   audit.Actor
}

// ScopesUpdate is what a user has agreed to at a provider, as the provider says.
type ScopesUpdate struct {
	Key account.Key
	// Scopes are all consent items. If Revoked is set they are the stored ones without that item: the answer to a
	// revocation does not tell what became of the others meanwhile.
	Scopes    account.Scopes
	Revoked   string
	At        time.Time
	Place     string // account.PlaceAt or account.PlaceAccount
	SessionID string // public id of the session, "" for none
	Actor     audit.Actor
}

// Store is the consent ledger. Every method is one transaction.
type Store interface {
	// Ledger returns at most limit lines of a user's ledger, the newest first.
	Ledger(ctx context.Context, id account.ID, limit int) ([]account.Consent, error)
	// SaveDecisions adds a user's answers, as far as they change anything. session.ErrNone if the session has ended,
	// ErrNotActive if the user is not active.
	SaveDecisions(context.Context, Decisions) error
	// SetScopes stores a user's consent items and deletes profile data that they no longer cover.
	SetScopes(context.Context, ScopesUpdate) error
	// QueueMarketingReminders queues an event for at most limit users who agreed to advertising at or before a time, and
	// have neither answered nor been reminded since. It returns how many.
	QueueMarketingReminders(ctx context.Context, before, at time.Time, limit int) (int, error)
}
