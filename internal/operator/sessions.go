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

// Sessions is what this package needs of sessions. Every method is one transaction.
type Sessions interface {
	// SessionsOf lists a user's live sessions, the last used first.
	SessionsOf(ctx context.Context, id account.ID, at time.Time, limit int) ([]session.Session, error)
	// SessionOwner returns whose session has a public id; "" if there is none.
	SessionOwner(ctx context.Context, id string) (account.ID, error)
	// End ends sessions of one user and returns how many.
	End(context.Context, session.Revocation) (int, error)
	// CountSessions counts live sessions and their users.
	CountSessions(ctx context.Context, at time.Time) (sessions, users int, err error)
	Epochs
}

// Epochs ends all sessions of all users.
type Epochs interface {
	// EndAll ends the sessions at once and returns how many rows are to be deleted.
	EndAll(ctx context.Context, by audit.Actor, at time.Time) (int, error)
	// ClearEnded deletes at most limit of these rows and returns how many; 0 if none are left.
	ClearEnded(ctx context.Context, now time.Time, limit int) (int, error)
}

// ErrNoSession: no session has that id.
var ErrNoSession = errors.New("operator: no such session")

// SessionsOf lists the sessions of a user.
func (s *Service) SessionsOf(ctx context.Context, who Selector) (account.ID, []session.Session, error) {
	id, err := s.find(ctx, audit.SessionList, who)
	if err != nil {
		return "", nil, err
	}
	all, err := s.cfg.Sessions.SessionsOf(ctx, id, s.now(), MaxPage)
	if err != nil {
		return "", nil, err
	}
	return id, all, s.record(ctx, audit.Access{Kind: audit.SessionList, Outcome: audit.Done}, id)
}

// RevokeSession ends a session by its public id, and returns whose it was. A dry run changes nothing. [ErrNoSession].
func (s *Service) RevokeSession(ctx context.Context, id string, dry bool) (account.ID, error) {
	owner, err := s.cfg.Sessions.SessionOwner(ctx, id)
	if err != nil {
		return "", err
	}
	none := audit.Access{Kind: audit.SessionRevoke, Outcome: audit.NotFound}
	if owner == "" {
		return "", errors.Join(ErrNoSession, s.record(ctx, none))
	}
	if dry {
		return owner, s.record(ctx, audit.Access{Kind: audit.SessionRevoke, Outcome: audit.DryRun}, owner)
	}
	n, err := s.cfg.Sessions.End(ctx, s.revocation(owner, id))
	if err == nil && n == 0 { // it has ended meanwhile
		return "", errors.Join(ErrNoSession, s.record(ctx, none))
	}
	s.cfg.Changed(owner)
	return owner, err
}

// RevokeSessionOf ends a session of one user by its public id. [ErrNoSession], also if it is another user's.
func (s *base) RevokeSessionOf(ctx context.Context, who Selector, id string) error {
	owner, err := s.find(ctx, audit.SessionRevoke, who)
	if err != nil {
		return err
	}
	if id == "" { // would end all of them
		none := audit.Access{Kind: audit.SessionRevoke, Outcome: audit.NotFound}
		return errors.Join(ErrNoSession, s.record(ctx, none, owner))
	}
	n, err := s.cfg.Sessions.End(ctx, s.revocation(owner, id)) // records it also if nothing ends
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrNoSession
	}
	s.cfg.Changed(owner)
	return nil
}

// RevokeSessionsOf ends all sessions of a user and returns how many. A dry run only counts them.
func (s *Service) RevokeSessionsOf(ctx context.Context, who Selector, dry bool) (account.ID, int, error) {
	id, err := s.find(ctx, audit.SessionRevoke, who)
	if err != nil {
		return "", 0, err
	}
	if dry {
		all, err := s.cfg.Sessions.SessionsOf(ctx, id, s.now(), MaxPage)
		if err != nil {
			return "", 0, err
		}
		return id, len(all), s.record(ctx, audit.Access{Kind: audit.SessionRevoke, Outcome: audit.DryRun}, id)
	}
	n, err := s.cfg.Sessions.End(ctx, s.revocation(id, ""))
	s.cfg.Changed(id)
	return id, n, err
}

func (s *base) revocation(owner account.ID, id string) session.Revocation {
	return session.Revocation{UserID: owner, ID: id, At: s.now(), Actor: s.cfg.Actor, Reason: session.ReasonOperator}
}

// clearBatch is how many sessions one transaction deletes: on SQLite, sign-ins wait for it.
const clearBatch = 500

// ErrNotCleared: all sessions have ended, but not all of them are deleted yet. A running service deletes the rest.
var ErrNotCleared = errors.New("operator: ended sessions not deleted")

// RevokeAllSessions ends all sessions that exist now, of all users, and returns how many. They end at once; then their
// rows are deleted in batches, with pauses as long as each batch took. progress is called before the first batch and
// after each one. [ErrNotCleared] if the deletion fails.
func (s *Service) RevokeAllSessions(ctx context.Context, progress func(deleted, total int)) (int, error) {
	total, err := s.cfg.Sessions.EndAll(ctx, s.cfg.Actor, s.now())
	if err != nil {
		return 0, err
	}
	for deleted := 0; ; {
		progress(deleted, total)
		began := time.Now()
		n, err := s.cfg.Sessions.ClearEnded(ctx, s.now(), clearBatch)
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

// CountSessions counts what [Service.RevokeAllSessions] would end.
func (s *Service) CountSessions(ctx context.Context) (sessions, users int, err error) {
	if sessions, users, err = s.cfg.Sessions.CountSessions(ctx, s.now()); err != nil {
		return 0, 0, err
	}
	a := audit.Access{Kind: audit.SessionRevoke, Outcome: audit.DryRun, Detail: audit.AllUsers}
	return sessions, users, s.record(ctx, a)
}
