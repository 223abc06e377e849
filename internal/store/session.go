package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/session"
)

// sessions finds, lists and ends sessions.
type sessions struct{ *core }

var (
	_ operator.SessionStore = (*DB)(nil)
	_ operator.EpochStore   = (*DB)(nil)
)

const (
	insertSession = `INSERT INTO sessions
(key, id, user_id, identity_id, created_at, auth_time, seen_at, idle_expires_at, expires_at, remember, address,
user_agent, epoch)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 
	COALESCE(NULLIF(CAST($13 AS BIGINT), -1), (` + currentEpoch + `)))`

	// An UPDATE, never an upsert: a request in flight must not revive an ended session. Both times only move forward,
	// and never beyond the absolute limit.
	touchSession = `UPDATE sessions SET
	seen_at = CASE WHEN $2 > seen_at THEN $2 ELSE seen_at END,
	idle_expires_at = CASE WHEN $3 <= idle_expires_at THEN idle_expires_at WHEN $3 > expires_at THEN expires_at ELSE $3 END
WHERE key = $1 AND (seen_at < $2 OR idle_expires_at < $3)`

	// Of few providers, hence not a column of every insert.
	setProviderSession = `UPDATE sessions SET provider_session = $2 WHERE key = $1`
	providerSessionOf  = `SELECT COALESCE(provider_session, '') FROM sessions WHERE key = $1`

	endSession  = `DELETE FROM sessions WHERE key = $1` + returningEnded
	endSessions = `DELETE FROM sessions WHERE user_id = $1 AND key <> $2` + returningEnded
	// The owner is in the condition: an id alone ends nothing (SE-11).
	endSessionOf = `DELETE FROM sessions WHERE user_id = $1 AND id = $2` + returningEnded
	renewSession = `UPDATE sessions SET key = $3 WHERE user_id = $1 AND key = $2`

	selectSessionsOf = `SELECT ` + sessionColumns + ` FROM sessions s
WHERE s.user_id = $1 AND s.idle_expires_at > $2` + inEpoch + `
ORDER BY s.seen_at DESC, s.id DESC LIMIT $3`

	// Answered by an index alone, so that the sign-in of a user with few sessions reads no row.
	moreSessionsThan = `SELECT 1 FROM sessions WHERE user_id = $1 LIMIT 1 OFFSET $2`
	sessionsOverCap  = `SELECT key FROM sessions s
WHERE user_id = $1 AND idle_expires_at > $2 AND key <> $3` + inEpoch + `
ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5`

	sessionOwner     = `SELECT user_id FROM sessions s WHERE id = $1` + inEpoch
	countAllSessions = `SELECT COUNT(*), COUNT(DISTINCT user_id) FROM sessions s
WHERE idle_expires_at > $1` + inEpoch
)

// maxRows bounds what one call reads about one user.
const maxRows = 500

// cause is who changes something, when and why, as the log says it.
type cause struct {
	at     time.Time
	actor  audit.Actor
	reason string
}

func (c cause) event(kind audit.Kind, user account.ID) audit.Event {
	return audit.Event{
		At: c.at, Kind: kind, Actor: c.actor.String(), UserID: string(user), Reason: c.reason, Client: c.actor.Client,
	}
}

// signOut is the event of an ended session.
func (c cause) signOut(s ended) audit.Event {
	e := c.event(audit.SignOut, s.user)
	e.Session = s.id
	return e
}

// Principal finds a session that exists, even beyond its limits; session.ErrNone if there is none.
func (db *sessions) Principal(ctx context.Context, k session.Key) (p *session.Principal, err error) {
	defer db.timed("principal", time.Now())
	err = db.b.lookup(ctx, func(t tx) (err error) {
		p, err = findPrincipal(t, selectPrincipal, k)
		return err
	})
	return p, wrap("principal", err)
}

// putSession writes a new session and returns it as it will be read back. epoch is [ofSignIn], or for a session that
// continues another one what [epochNow] returned before that one was read, so that it ends with it.
func putSession(t tx, s session.Session, epoch int64) (session.Session, error) {
	s.CreatedAt, s.AuthTime, s.SeenAt = stored(s.CreatedAt), stored(s.AuthTime), stored(s.SeenAt)
	s.IdleExpiresAt, s.ExpiresAt = stored(s.IdleExpiresAt), stored(s.ExpiresAt)
	if s.IdleExpiresAt.After(s.ExpiresAt) {
		s.IdleExpiresAt = s.ExpiresAt
	}
	s.Client = cleanClient(s.Client)
	s.Client.RequestID = "" // it is in the log
	if s.Key == (session.Key{}) || s.ExpiresAt.IsZero() {
		return s, fmt.Errorf("%w: session without a key or an end", errInvalid)
	}
	err := t.put(insertSession, s.Key[:], s.ID, string(s.UserID), s.IdentityID, millis(s.CreatedAt), millis(s.AuthTime),
		millis(s.SeenAt), millis(s.IdleExpiresAt), millis(s.ExpiresAt), flag(s.Remember), null(s.Client.Address),
		null(s.Client.UserAgent), epoch)
	return s, err
}

// putProviderSession records in which session at the provider a session began; "" for none.
func putProviderSession(t tx, key session.Key, digest string) error {
	if digest == "" {
		return nil
	}
	return t.put(setProviderSession, key[:], digest)
}

// Touch records uses of sessions. Sessions that have ended stay ended.
func (db *sessions) Touch(ctx context.Context, uses []session.Touch) error {
	if len(uses) == 0 {
		return nil
	}
	// In one order: two processes that touch the same sessions must not deadlock.
	uses = slices.Clone(uses)
	sort.Slice(uses, func(i, j int) bool { return bytes.Compare(uses[i].Key[:], uses[j].Key[:]) < 0 })
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

// signOut ends the sessions that a DELETE with [returningEnded] finds, and writes their events and audit events.
func signOut(t tx, c cause, query string, args ...any) ([]ended, error) {
	all, err := deleteSessions(t, c.at, query, args...)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if err := record(t, c.signOut(s)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// deleteSessions is signOut without the log.
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

// deleteQuietly is deleteSessions without events for the app. Everything that deletes a session goes through it,
// because the session's provider tokens end too. It does not return those that had ended before, with all others.
func deleteQuietly(t tx, at time.Time, query string, args ...any) (gone []ended, err error) {
	var id, user string
	var current int64
	all, err := collect(t, query, args, []any{&id, &user, &current}, func() ended {
		s := ended{id, account.ID(user)}
		if current != 0 {
			gone = append(gone, s)
		}
		return s
	})
	if err != nil {
		return nil, err
	}
	return gone, endTokens(t, at, all)
}

// End ends sessions and writes the change feed and the log in one transaction. It returns how many there were,
// perhaps 0.
func (db *sessions) End(ctx context.Context, e session.Revocation) (int, error) {
	if (e.Key == nil) == (e.UserID == "") {
		return 0, fmt.Errorf("%w: session.Revocation needs exactly one of Key and UserID", errInvalid)
	}
	e.At = db.at(e.At)
	var all []ended
	err := db.write(ctx, "end", func(t tx) (err error) {
		by := cause{e.At, e.Actor, e.Reason}
		if e.Key != nil {
			all, err = deleteSessions(t, e.At, endSession, e.Key[:])
		} else {
			all, err = endOfUser(t, e)
			if err == nil && e.ID == "" {
				err = t.put(deleteConsoles, string(e.UserID))
			}
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
			if err := record(t, by.signOut(s)); err != nil {
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

// endOfUser deletes the sessions that a Revocation with UserID names.
func endOfUser(t tx, e session.Revocation) ([]ended, error) {
	switch {
	case e.ID != "" && (e.Except != nil || e.Renewed != nil), e.Renewed != nil && e.Except == nil:
		return nil, fmt.Errorf("%w: session.Revocation: Except excludes ID, and Renewed needs Except", errInvalid)
	case e.ID != "":
		return deleteSessions(t, e.At, endSessionOf, string(e.UserID), e.ID)
	case e.Except == nil:
		return deleteSessions(t, e.At, endSessions, string(e.UserID), []byte{})
	case e.Renewed == nil:
		return deleteSessions(t, e.At, endSessions, string(e.UserID), e.Except[:])
	}
	if err := renew(t, e.At, session.ErrNone, e.UserID, *e.Except, *e.Renewed); err != nil {
		return nil, err
	}
	return deleteSessions(t, e.At, endSessions, string(e.UserID), e.Renewed[:])
}

// renew gives a session another token, because the user's rights have changed (SE-03). The transaction makes the old
// one invalid; everything else about the session stays. none is the error if there is no such session.
func renew(t tx, at time.Time, none error, user account.ID, old, next session.Key) error {
	if err := execOne(t, none, renewSession, string(user), old[:], next[:]); err != nil {
		return err
	}
	return sessionChanged(t, at, old)
}

// endOverCap ends the oldest sessions of the user whose session s was just written, so that session.MaxPerUser
// remain (SE-13). The sign-in has locked the user's identity, so two at once count each other's session.
func endOverCap(t tx, by cause, s session.Session) error {
	var more int64
	over, err := found(t.get(moreSessionsThan, []any{string(s.UserID), session.MaxPerUser}, &more))
	if err != nil || !over {
		return err
	}
	var key []byte
	keys, err := collect(t, sessionsOverCap,
		[]any{string(s.UserID), millis(by.at), s.Key[:], maxRows, session.MaxPerUser - 1}, []any{&key},
		func() session.Key { return session.Key(key) })
	if err != nil {
		return err
	}
	for _, k := range keys {
		gone, err := signOut(t, by, endSession, k[:])
		if err != nil {
			return err
		}
		if len(gone) == 0 {
			continue // it has ended meanwhile
		}
		if err := sessionChanged(t, by.at, k); err != nil {
			return err
		}
	}
	return nil
}

// SessionsOf lists a user's sessions that are alive at a time, last used first; at most limit, and never more than
// 500. SeenAt may be late by session.Limits.Grain. Keys are not read.
func (db *sessions) SessionsOf(ctx context.Context, id account.ID, at time.Time, limit int) ([]session.Session, error) {
	var r sessionRow
	args := []any{string(id), millis(at), bounded(limit, maxRows)}
	return list(ctx, db.core, "sessions of", selectSessionsOf, args, r.dest(), func() session.Session {
		s := r.session()
		s.UserID = id
		return s
	})
}

// SessionOwner returns the user of the session with a public id; "" if there is none.
func (db *sessions) SessionOwner(ctx context.Context, id string) (account.ID, error) {
	if !storable(maxShort, id) {
		return "", nil
	}
	var owner string
	_, err := db.get(ctx, "session owner", sessionOwner, []any{id}, &owner)
	return account.ID(owner), err
}

// CountSessions counts the sessions that are alive at a time, and their users.
func (db *sessions) CountSessions(ctx context.Context, at time.Time) (sessions, users int, err error) {
	var s, u int64
	_, err = db.get(ctx, "count sessions", countAllSessions, []any{millis(at)}, &s, &u)
	return int(s), int(u), err
}

const insertChange = `INSERT INTO changes (at, session_key, user_id) VALUES ($1, $2, $3)`

// keepChanges is how far back the change feed goes. A reader that was away for longer starts over with cursor 0.
const keepChanges = 24 * time.Hour

func sessionChanged(t tx, at time.Time, k session.Key) error {
	t.changed(session.Change{Key: k})
	return t.put(insertChange, millis(at), k[:], nil)
}

func userChanged(t tx, at time.Time, id account.ID) error {
	t.changed(session.Change{UserID: id})
	return t.put(insertChange, millis(at), nil, string(id))
}

// Wake receives changes shortly after a process wrote them to the change feed, so that the reader need not wait for its
// next poll. A zero Change asks to read the feed now. It is a hint: not every change comes, and none on SQLite. There
// is one channel, for one reader.
func (db *sessions) Wake() <-chan session.Change { return db.b.wake() }

// Changes returns what changed after cursor, oldest first, and the next cursor. Cursor 0 asks for the present cursor
// alone. A change may be reported again; none is left out. Changes are kept for a day.
func (db *sessions) Changes(ctx context.Context, cursor int64) ([]session.Change, int64, error) {
	changes, next, err := db.b.changes(ctx, cursor)
	if err != nil {
		return nil, 0, wrap("changes", err)
	}
	return changes, next, nil
}
