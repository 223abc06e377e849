package join

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

var (
	// ErrNotPending: the user has joined already, or is disabled or gone.
	ErrNotPending = errors.New("join: user is not pending")
	// ErrGone: the pending session has ended.
	ErrGone = errors.New("join: pending session has ended")
	// ErrHook: the app's hook gave no valid answer in time.
	ErrHook = errors.New("join hook")
)

// Activation is what a submitted join form writes.
type Activation struct {
	At time.Time
	// Session is the pending session. Nothing is written unless it is alive and its user pending.
	Session session.Key
	// Next replaces it: joining raises the user's rights, so the token changes (SE-03). The store copies UserID,
	// IdentityID, CreatedAt and AuthTime from the pending session.
	Next session.Session
	// Profile is what the provider said at the sign-in; nil if the browser has lost it, the next sign-in then fills it in.
	Profile *account.Profile
	// Scopes are the provider's consent items that the user agreed to; nil if unknown.
	Scopes   *account.Scopes
	Lang     string
	Ref      string            // the app's own user number, "" for none
	Consents []account.Consent // the store fills in UserID, and adds the lines of Scopes
	Actor    audit.Actor
}

// Store is what this package needs of the database. Every method is one durable transaction.
type Store interface {
	// Join makes a pending user active and replaces all pending sessions by the new one. session.ErrNone if the pending
	// session has ended, ErrNotPending (with the principal as it is) if the user is not pending, account.ErrRefTaken if
	// another user has the ref.
	Join(context.Context, Activation) (*session.Principal, error)
	// Discard deletes a pending user. It succeeds if there is none; ErrNotPending if the user is not pending.
	Discard(ctx context.Context, k session.Key, at time.Time, by audit.Actor) error
}
