package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

const (
	selectSessionsOf = `SELECT ` + sessionColumns + ` FROM sessions s
WHERE s.user_id = $1 AND s.idle_expires_at > $2
ORDER BY s.seen_at DESC, s.id DESC LIMIT $3`

	// The owner stands in the condition: an id alone ends nothing (SE-11).
	endSessionOf = `DELETE FROM sessions WHERE user_id = $1 AND id = $2 RETURNING id, user_id`

	renewSession = `UPDATE sessions SET key = $3 WHERE user_id = $1 AND key = $2`

	// Told by an index alone, so that a sign-in reads no session of a person who has not many.
	moreSessionsThan = `SELECT 1 FROM sessions WHERE user_id = $1 LIMIT 1 OFFSET $2`

	sessionsOverCap = `SELECT key FROM sessions
WHERE user_id = $1 AND idle_expires_at > $2 AND key <> $3
ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5`

	selectHistory = `SELECT at, kind, actor, user_id, session_id, reason, address, user_agent, request_id FROM audit_log
WHERE user_id = $1 AND kind NOT LIKE 'access.%' ORDER BY at DESC, id DESC LIMIT $2 OFFSET $3`
)

// maxRows bounds what one call reads of one person.
const maxRows = 500

// SessionsOf lists a person's sessions that live at a time, the last used first; at most limit, and never more than 500.
// A use is written down a little late, see session.Limits.Grain. Keys are not read: nobody who lists needs them.
func (db *DB) SessionsOf(ctx context.Context, id account.ID, at time.Time, limit int) ([]session.Session, error) {
	var all []session.Session
	var sr sessionRow
	err := db.read(ctx, "sessions of", func(t tx) error {
		all = nil
		return t.each(selectSessionsOf, []any{string(id), millis(at), min(max(limit, 0), maxRows)}, sr.dest(), func() error {
			s := sr.session()
			s.UserID = id
			all = append(all, s)
			return nil
		})
	})
	return all, err
}

// History reads a person's part of the audit log without access records, the newest first: limit lines, never more than 500, after leaving out
// offset. It says who did what; what of it the person may see is the caller's to judge.
func (db *DB) History(ctx context.Context, id account.ID, offset, limit int) ([]audit.Event, error) {
	var all []audit.Event
	var at int64
	var kind string
	var e audit.Event
	dest := []any{&at, &kind, &e.Actor, &e.UserID, &e.Session, &e.Reason, &e.Address, &e.UserAgent, &e.RequestID}
	err := db.read(ctx, "history", func(t tx) error {
		all = nil
		return t.each(selectHistory, []any{string(id), min(max(limit, 0), maxRows), max(offset, 0)}, dest, func() error {
			e.At, e.Kind = fromMillis(at), audit.Kind(kind)
			all = append(all, e)
			return nil
		})
	})
	return all, err
}

// endOfUser deletes what an Ending with UserID says.
func endOfUser(t tx, e session.Revocation) ([]ended, error) {
	switch {
	case e.ID != "" && (e.Except != nil || e.Renewed != nil), e.Renewed != nil && e.Except == nil:
		return nil, fmt.Errorf("%w: session.Ending: Except goes without ID, and Renewed with Except", errInvalid)
	case e.ID != "":
		return deleteSessions(t, e.At, endSessionOf, string(e.UserID), e.ID)
	case e.Except == nil:
		return deleteSessions(t, e.At, endSessions, string(e.UserID), []byte{})
	case e.Renewed == nil:
		return deleteSessions(t, e.At, endSessions, string(e.UserID), e.Except[:])
	}
	n, err := t.exec(renewSession, string(e.UserID), e.Except[:], e.Renewed[:])
	if err != nil {
		return nil, err
	}
	if n != 1 {
		return nil, session.ErrNone
	}
	if err := sessionChanged(t, e.At, *e.Except); err != nil {
		return nil, err
	}
	return deleteSessions(t, e.At, endSessions, string(e.UserID), e.Renewed[:])
}

// endOverCap ends the oldest sessions of the person whose session s was just written, so that session.MaxPerPerson
// remain with it (SE-13). Who signs in is locked by their identity, so two sign-ins at once count each other.
func endOverCap(t tx, at time.Time, s session.Session) error {
	var more int64
	switch err := t.get(moreSessionsThan, []any{string(s.UserID), session.MaxPerPerson}, &more); {
	case errors.Is(err, errNoRow):
		return nil
	case err != nil:
		return err
	}
	var keys [][]byte
	var key []byte
	if err := t.each(sessionsOverCap, []any{string(s.UserID), millis(at), s.Key[:], maxRows, session.MaxPerPerson - 1}, []any{&key}, func() error {
		keys = append(keys, append([]byte(nil), key...))
		return nil
	}); err != nil {
		return err
	}
	for _, k := range keys {
		gone, err := deleteSessions(t, at, endSession, k)
		if err != nil {
			return err
		}
		if len(gone) == 0 {
			continue // ended meanwhile
		}
		known, err := session.KeyFromBytes(k)
		if err != nil {
			return err
		}
		if err := sessionChanged(t, at, known); err != nil {
			return err
		}
		if err := record(t, audit.Event{
			At: at, Kind: audit.SignOut, Actor: "system", UserID: string(s.UserID), Session: gone[0].id, Reason: session.ReasonCap, Client: s.Client,
		}); err != nil {
			return err
		}
	}
	return nil
}
