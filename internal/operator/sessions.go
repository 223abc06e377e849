package operator

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

// Sessions is what this package needs to know of sessions. Every method is one transaction.
type Sessions interface {
	// SessionsOf lists a person's sessions that live at a time, the last used first.
	SessionsOf(ctx context.Context, id account.ID, at time.Time, limit int) ([]session.Session, error)
	// SessionOwner says whose session has a public id; "" if there is none.
	SessionOwner(ctx context.Context, id string) (account.ID, error)
	// End ends sessions of one person, and tells every process; it reports how many there were.
	End(context.Context, session.Revocation) (int, error)
	// EndOldest ends the oldest sessions that began before a time, whosever they are.
	EndOldest(context.Context, MassRevocation) (int, error)
	// CountSessions counts what lives at a time.
	CountSessions(ctx context.Context, at time.Time) (sessions, people int, err error)
}

// Clearing ends sessions of everybody, some at a time.
type MassRevocation struct {
	Before time.Time // only those that began then or earlier
	Limit  int
	At     time.Time
	Actor  string
	Reason string
	Client audit.Client
	Access *audit.Access
}

// ReasonOperator is the reason of sessions that an operator ended, see session.Ending.
const ReasonOperator = "ended_by_operator"

// ErrNoSession: there is no session of that id.
var ErrNoSession = errors.New("operator: no such session")

// SessionsOf looks at the sessions of one person.
func (d *Service) SessionsOf(ctx context.Context, s Selector) (account.ID, []session.Session, error) {
	id, err := d.find(ctx, audit.SessionList, s)
	if err != nil {
		return "", nil, err
	}
	all, err := d.cfg.Sessions.SessionsOf(ctx, id, d.now(), MaxPage)
	if err != nil {
		return "", nil, err
	}
	return id, all, d.record(ctx, note{kind: audit.SessionList, outcome: audit.Done}, id)
}

// EndSession ends one session by its public id; dry only says whose it is. ErrNoSession if there is none.
func (d *Service) RevokeSession(ctx context.Context, id string, dry bool) (account.ID, error) {
	owner, err := d.cfg.Sessions.SessionOwner(ctx, id)
	if err != nil {
		return "", err
	}
	if owner == "" {
		return "", errors.Join(ErrNoSession, d.record(ctx, note{kind: audit.SessionRevoke, outcome: audit.NotFound}))
	}
	if dry {
		return owner, d.record(ctx, note{kind: audit.SessionRevoke, outcome: audit.DryRun}, owner)
	}
	n, err := d.cfg.Sessions.End(ctx, d.ending(owner, id))
	if err == nil && n == 0 { // it ended meanwhile
		return "", errors.Join(ErrNoSession, d.record(ctx, note{kind: audit.SessionRevoke, outcome: audit.NotFound}))
	}
	return owner, err
}

// EndSessionsOf ends every session of one person and says how many there were; dry only counts.
func (d *Service) RevokeSessionsOf(ctx context.Context, s Selector, dry bool) (account.ID, int, error) {
	id, err := d.find(ctx, audit.SessionRevoke, s)
	if err != nil {
		return "", 0, err
	}
	if dry {
		all, err := d.cfg.Sessions.SessionsOf(ctx, id, d.now(), MaxPage)
		if err != nil {
			return "", 0, err
		}
		return id, len(all), d.record(ctx, note{kind: audit.SessionRevoke, outcome: audit.DryRun}, id)
	}
	n, err := d.cfg.Sessions.End(ctx, d.ending(id, ""))
	return id, n, err
}

func (d *Service) ending(owner account.ID, id string) session.Revocation {
	return session.Revocation{
		UserID: owner, ID: id, At: d.now(), Actor: d.Actor(), Reason: ReasonOperator, Client: d.cfg.Who.Client,
		Access: d.access(audit.SessionRevoke, ""),
	}
}

// clearBatch is how many sessions one transaction ends: sign-ins wait for it on SQLite.
const revokeBatch = 200

// EndEverySession ends all sessions of everybody that began before now, and says how many there were. It works in batches,
// each recorded with whom it concerned; if one fails, those before it remain ended, and doing it again ends the rest.
func (d *Service) RevokeAllSessions(ctx context.Context) (int, error) {
	now, total := d.now(), 0
	for {
		n, err := d.cfg.Sessions.EndOldest(ctx, MassRevocation{
			Before: now, Limit: revokeBatch, At: now, Actor: d.Actor(), Reason: ReasonOperator, Client: d.cfg.Who.Client,
			Access: d.access(audit.SessionRevoke, "everybody"),
		})
		switch {
		case err != nil:
			return total, err
		case n == 0 && total == 0:
			return 0, d.record(ctx, note{audit.SessionRevoke, audit.Unchanged, "everybody"})
		case n == 0: // fewer than asked for may only mean that somebody else ended some of them
			return total, nil
		}
		total += n
	}
}

// CountSessions counts what EndEverySession would end.
func (d *Service) CountSessions(ctx context.Context) (sessions, people int, err error) {
	if sessions, people, err = d.cfg.Sessions.CountSessions(ctx, d.now()); err != nil {
		return 0, 0, err
	}
	return sessions, people, d.record(ctx, note{audit.SessionRevoke, audit.DryRun, "everybody"})
}
