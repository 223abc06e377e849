package operator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

// SessionStore lists and ends sessions. Every method is one transaction.
type SessionStore interface {
	// SessionsOf lists a user's live sessions, the last used first.
	SessionsOf(ctx context.Context, id account.ID, at time.Time, limit int) ([]session.Session, error)
	// SessionOwner returns whose session has a public id; "" if there is none.
	SessionOwner(ctx context.Context, id string) (account.ID, error)
	// End ends sessions of one user and returns how many.
	End(context.Context, session.Revocation) (int, error)
}

// EpochStore ends all sessions of all users. Every method is one transaction.
type EpochStore interface {
	// CountSessions counts live sessions and their users.
	CountSessions(ctx context.Context, at time.Time) (sessions, users int, err error)
	// EndAll ends the sessions at once and returns how many rows are to be deleted.
	EndAll(ctx context.Context, by audit.Actor, at time.Time) (int, error)
	// ClearEnded deletes at most limit of these rows and returns how many; 0 if none are left.
	ClearEnded(ctx context.Context, now time.Time, limit int) (int, error)
}

// Sessions lists and ends sessions.
type Sessions struct {
	caller  *Caller
	store   SessionStore
	epochs  EpochStore
	changed func(account.ID)
}

// NewSessions returns Sessions for a caller. changed is called after sessions of a user have ended, so that a running
// service forgets what it has cached.
func NewSessions(c *Caller, store SessionStore, epochs EpochStore, changed func(account.ID)) *Sessions {
	return &Sessions{c, store, epochs, changed}
}

// ErrNoSession: no session has that id.
var ErrNoSession = errors.New("operator: no such session")

// Of lists the sessions of a user.
func (s *Sessions) Of(ctx context.Context, who Selector) (account.ID, []session.Session, error) {
	id, err := s.caller.find(ctx, audit.SessionList, who)
	if err != nil {
		return "", nil, err
	}
	all, err := s.store.SessionsOf(ctx, id, s.caller.now(), MaxPage)
	if err != nil {
		return "", nil, err
	}
	return id, all, s.caller.record(ctx, audit.Access{Kind: audit.SessionList, Outcome: audit.Done}, id)
}

// Revoke ends a session by its public id, and returns whose it was. A dry run changes nothing. [ErrNoSession].
func (s *Sessions) Revoke(ctx context.Context, id string, mode Mode) (account.ID, error) {
	owner, err := s.store.SessionOwner(ctx, id)
	if err != nil {
		return "", err
	}
	none := audit.Access{Kind: audit.SessionRevoke, Outcome: audit.NotFound}
	if owner == "" {
		return "", errors.Join(ErrNoSession, s.caller.record(ctx, none))
	}
	if mode == DryRun {
		return owner, s.caller.record(ctx, audit.Access{Kind: audit.SessionRevoke, Outcome: audit.DryRun}, owner)
	}
	n, err := s.store.End(ctx, s.revocation(owner, id))
	if err == nil && n == 0 { // it has ended meanwhile
		return "", errors.Join(ErrNoSession, s.caller.record(ctx, none))
	}
	s.changed(owner)
	return owner, err
}

// RevokeOf ends a session of one user by its public id. [ErrNoSession], also if it is another user's.
func (s *Sessions) RevokeOf(ctx context.Context, who Selector, id string) error {
	owner, err := s.caller.find(ctx, audit.SessionRevoke, who)
	if err != nil {
		return err
	}
	if id == "" { // would end all of them
		none := audit.Access{Kind: audit.SessionRevoke, Outcome: audit.NotFound}
		return errors.Join(ErrNoSession, s.caller.record(ctx, none, owner))
	}
	n, err := s.store.End(ctx, s.revocation(owner, id)) // records it also if nothing ends
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrNoSession
	}
	s.changed(owner)
	return nil
}

// RevokeAllOf ends all sessions of a user and returns how many. A dry run only counts them.
func (s *Sessions) RevokeAllOf(ctx context.Context, who Selector, mode Mode) (account.ID, int, error) {
	id, err := s.caller.find(ctx, audit.SessionRevoke, who)
	if err != nil {
		return "", 0, err
	}
	if mode == DryRun {
		all, err := s.store.SessionsOf(ctx, id, s.caller.now(), MaxPage)
		if err != nil {
			return "", 0, err
		}
		return id, len(all), s.caller.record(ctx, audit.Access{Kind: audit.SessionRevoke, Outcome: audit.DryRun}, id)
	}
	n, err := s.store.End(ctx, s.revocation(id, ""))
	s.changed(id)
	return id, n, err
}

func (s *Sessions) revocation(owner account.ID, id string) session.Revocation {
	return session.Revocation{
		UserID: owner, ID: id, At: s.caller.now(), Actor: s.caller.actor, Reason: session.ReasonOperator,
	}
}

// clearBatch is how many sessions one transaction deletes: on SQLite, sign-ins wait for it.
const clearBatch = 500

// ErrNotCleared: all sessions have ended, but not all of them are deleted yet. A running service deletes the rest.
var ErrNotCleared = errors.New("operator: ended sessions not deleted")

// RevokeAll ends all sessions that exist now, of all users, and returns how many. They end at once; then their
// rows are deleted in batches, with pauses as long as each batch took. progress is called before the first batch and
// after each one. [ErrNotCleared] if the deletion fails.
func (s *Sessions) RevokeAll(ctx context.Context, progress func(deleted, total int)) (int, error) {
	total, err := s.epochs.EndAll(ctx, s.caller.actor, s.caller.now())
	if err != nil {
		return 0, err
	}
	for deleted := 0; ; {
		progress(deleted, total)
		began := time.Now()
		n, err := s.epochs.ClearEnded(ctx, s.caller.now(), clearBatch)
		if err != nil {
			return total, fmt.Errorf("%w: %w", ErrNotCleared, err)
		}
		if n == 0 { // a batch is short if a service deletes too, so only an empty one is the last
			return total, nil
		}
		deleted += n
		time.Sleep(min(time.Since(began), time.Second))
	}
}

// Count counts what [Sessions.RevokeAll] would end.
func (s *Sessions) Count(ctx context.Context) (sessions, users int, err error) {
	if sessions, users, err = s.epochs.CountSessions(ctx, s.caller.now()); err != nil {
		return 0, 0, err
	}
	a := audit.Access{Kind: audit.SessionRevoke, Outcome: audit.DryRun, Detail: audit.AllUsers}
	return sessions, users, s.caller.record(ctx, a)
}
