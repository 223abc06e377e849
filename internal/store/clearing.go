package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/session"
)

var _ operator.Sessions = (*DB)(nil)

const (
	sessionOwner = `SELECT user_id FROM sessions WHERE id = $1`

	// The key begins with the time of minting, so the oldest come first.
	endOldestSessions = `DELETE FROM sessions WHERE key IN (SELECT key FROM sessions WHERE created_at <= $1 ORDER BY key LIMIT $2) RETURNING id, user_id`

	countAllSessions = `SELECT COUNT(*), COUNT(DISTINCT user_id) FROM sessions WHERE idle_expires_at > $1`
)

// SessionOwner says whose session has a public id; "" if there is none.
func (db *DB) SessionOwner(ctx context.Context, id string) (account.ID, error) {
	if id != clean(id, maxShort) {
		return "", nil
	}
	var owner string
	err := db.read(ctx, "session owner", func(t tx) error { return t.get(sessionOwner, []any{id}, &owner) })
	if errors.Is(err, errNoRow) {
		err = nil
	}
	return account.ID(owner), err
}

// CountSessions counts what lives at a time, and whose it is.
func (db *DB) CountSessions(ctx context.Context, at time.Time) (sessions, people int, err error) {
	var s, p int64
	err = db.read(ctx, "count sessions", func(t tx) error { return t.get(countAllSessions, []any{millis(at)}, &s, &p) })
	return int(s), int(p), err
}

// EndOldest ends at most c.Limit sessions, whosever they are, and says so in the change feed and the audit log. It reports
// how many there were.
func (db *DB) EndOldest(ctx context.Context, c session.MassRevocation) (int, error) {
	var all []ended
	err := db.write(ctx, "end oldest", func(t tx) (err error) {
		if all, err = deleteSessions(t, c.At, endOldestSessions, millis(c.Before), max(c.Limit, 0)); err != nil {
			return err
		}
		var people []account.ID
		for _, s := range all {
			if !slices.Contains(people, s.user) {
				people = append(people, s.user)
			}
			if err := record(t, audit.Event{
				At: c.At, Kind: audit.SignOut, Actor: c.Actor.String(), UserID: string(s.user), Session: s.id, Reason: c.Reason, Client: c.Actor.Client,
			}); err != nil {
				return err
			}
		}
		for _, id := range people {
			if err := userChanged(t, c.At, id); err != nil {
				return err
			}
			if err := recordAccess(t, c.Actor, audit.Access{
				At: c.At, Kind: audit.SessionRevoke, UserID: string(id), Outcome: audit.Done, Detail: audit.AllUsers,
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(all), nil
}
