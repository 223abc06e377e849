package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/session"
)

const (
	insertSession = `INSERT INTO sessions (key, id, user_id, identity_id, created_at, auth_time, seen_at, idle_expires_at, expires_at, remember, address, user_agent)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`

	// An UPDATE, never an upsert: a request under way must not revive what was ended meanwhile. Both times only move
	// forward, and never beyond the absolute limit.
	touchSession = `UPDATE sessions SET
	seen_at = CASE WHEN $2 > seen_at THEN $2 ELSE seen_at END,
	idle_expires_at = CASE WHEN $3 <= idle_expires_at THEN idle_expires_at WHEN $3 > expires_at THEN expires_at ELSE $3 END
WHERE key = $1 AND (seen_at < $2 OR idle_expires_at < $3)`

	endSession = `DELETE FROM sessions WHERE key = $1 RETURNING id, user_id`

	endSessions = `DELETE FROM sessions WHERE user_id = $1 AND key <> $2 RETURNING id, user_id`
)

// putSession writes a new session and returns it as it will be read back.
func putSession(t tx, s session.Session) (session.Session, error) {
	s.CreatedAt, s.AuthTime, s.SeenAt = stored(s.CreatedAt), stored(s.AuthTime), stored(s.SeenAt)
	s.IdleExpiresAt, s.ExpiresAt = stored(s.IdleExpiresAt), stored(s.ExpiresAt)
	if s.IdleExpiresAt.After(s.ExpiresAt) {
		s.IdleExpiresAt = s.ExpiresAt
	}
	s.Client = cleanOrigin(s.Client)
	s.Client.RequestID = "" // stands in the audit line
	if s.Key == (session.Key{}) || s.ExpiresAt.IsZero() {
		return s, fmt.Errorf("%w: session without key or end", errInvalid)
	}
	err := t.put(insertSession, s.Key[:], s.ID, string(s.UserID), s.IdentityID, millis(s.CreatedAt), millis(s.AuthTime),
		millis(s.SeenAt), millis(s.IdleExpiresAt), millis(s.ExpiresAt), flag(s.Remember), null(s.Client.Address), null(s.Client.UserAgent))
	return s, err
}

// Touch writes uses down. Sessions that are gone stay gone.
func (db *DB) Touch(ctx context.Context, uses []session.Touch) error {
	if len(uses) == 0 {
		return nil
	}
	// In one order, whoever writes: two processes that touch the same sessions must not wait for each other in a circle.
	uses = slices.SortedFunc(slices.Values(uses), func(a, b session.Touch) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	return db.write(ctx, "touch", func(t tx) error {
		for _, u := range uses {
			if err := t.put(touchSession, u.Key[:], millis(u.SeenAt), millis(u.IdleExpiresAt)); err != nil {
				return err
			}
		}
		return nil
	})
}

// ended is a session that was deleted.
type ended struct {
	id   string
	user account.ID
}

// deleteSessions ends the sessions that a DELETE … RETURNING id, user_id finds, and tells the app; at is when.
func deleteSessions(t tx, at time.Time, query string, args ...any) ([]ended, error) {
	all, err := deleteQuietly(t, at, query, args...)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if err := emit(t, events.SessionRevoked, at, s.user, s.id); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// deleteQuietly is deleteSessions without a word to the app. Everything that ends a session comes by here, since more may
// have to end with it.
func deleteQuietly(t tx, at time.Time, query string, args ...any) ([]ended, error) {
	var all []ended
	var id, user string
	err := t.each(query, args, []any{&id, &user}, func() error {
		all = append(all, ended{id, account.ID(user)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, endGrants(t, at, all)
}

// End ends sessions and says so in the change feed and the audit log, all in one transaction. It reports how many there
// were; none is not an error.
func (db *DB) End(ctx context.Context, e session.Revocation) (int, error) {
	if (e.Key == nil) == (e.UserID == "") {
		return 0, fmt.Errorf("%w: session.Ending needs exactly one of Key and UserID", errInvalid)
	}
	e.At = db.at(e.At)
	var all []ended
	err := db.write(ctx, "end", func(t tx) (err error) {
		if e.Key != nil {
			all, err = deleteSessions(t, e.At, endSession, e.Key[:])
		} else {
			all, err = endOfUser(t, e)
		}
		if err != nil {
			return err
		}
		outcome := audit.Done
		if len(all) == 0 {
			outcome = audit.Unchanged
		}
		if err := recordAccess(t, e.Actor, audit.Access{
			At: e.At, Kind: audit.SessionRevoke, UserID: string(e.UserID), Outcome: outcome,
		}); err != nil || len(all) == 0 {
			return err
		}
		if e.Key != nil {
			err = sessionChanged(t, e.At, *e.Key)
		} else {
			err = userChanged(t, e.At, e.UserID)
		}
		if err != nil {
			return err
		}
		for _, s := range all {
			if err := record(t, audit.Event{
				At: e.At, Kind: audit.SignOut, Actor: e.Actor.String(), UserID: string(s.user), Session: s.id, Reason: e.Reason,
				Client: e.Actor.Client,
			}); err != nil {
				return err
			}
		}
		failpoint.Hit("end.before_commit")
		return nil
	})
	if err != nil {
		return 0, err
	}
	failpoint.Hit("end.after_commit")
	return len(all), nil
}
