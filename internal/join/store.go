package join

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

// Activation is all that one confirmed join page writes.
type Activation struct {
	At time.Time
	// Session is the pending session that confirmed; it must still be there and its user pending, or nothing is written.
	Session session.Key
	// Next takes its place: becoming a member is a rise of rights, so the token changes (SE-03). UserID, IdentityID,
	// CreatedAt and AuthTime are copied from the pending session by the store.
	Next session.Session
	// Profile is what the provider had said at the sign-in; nil if the browser no longer has it, then the next sign-in
	// fills it in.
	Profile *account.Profile
	// Scopes are the consent items that the person agreed to at the provider; nil if that is not known.
	Scopes   *account.Scopes
	Lang     string
	Ref      string            // the app's own member number, "" for none
	Consents []account.Consent // UserID is filled in by the store; those of Scopes are made by it
	Actor    audit.Actor
}

// Store is what this package needs of the database. Every method is one durable transaction.
type Store interface {
	// Join makes a pending user active: profile onto the identity, consents into the ledger, the new session in place
	// of all pending ones, audit lines, the change feed. session.ErrNone if the pending session is gone;
	// ErrNotPending (with the principal as it is) if the user has joined already; account.ErrRefTaken if Ref is
	// another user's.
	Join(context.Context, Activation) (*session.Principal, error)
	// Discard removes a pending user with identity and sessions, because they declined to join. It is done, without
	// error, if there is none; a user who is not pending is left alone (ErrNotPending).
	Discard(ctx context.Context, k session.Key, at time.Time, by audit.Actor) error
}

var (
	// ErrNotPending: the user has joined already, or is disabled or gone.
	ErrNotPending = errors.New("join: user is not pending")
	// ErrGone: the pending session has ended.
	ErrGone = errors.New("join: pending session has ended")
	// ErrHook: the app's hook gave no valid answer in time.
	ErrHook = errors.New("join hook")
)
