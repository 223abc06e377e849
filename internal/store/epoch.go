package store

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/session"
)

const (
	// inEpoch is the condition that a session s did not end with all others, see [sessions.EndAll].
	inEpoch = ` AND s.epoch = (SELECT e.epoch FROM session_epoch e)`
	// returningEnded ends a statement that deletes sessions.
	returningEnded = ` RETURNING id, user_id,
	CASE WHEN epoch = (SELECT e.epoch FROM session_epoch e) THEN 1 ELSE 0 END`

	currentEpoch    = `SELECT epoch FROM session_epoch WHERE one = 1`
	countAllRows    = `SELECT COUNT(*) FROM sessions`
	startEpoch      = `UPDATE session_epoch SET epoch = epoch + 1, cleared_to = $1 WHERE one = 1`
	anyEndedEpoch   = `SELECT epoch FROM session_epoch WHERE cleared_to IS NOT NULL`
	endedEpoch      = `SELECT epoch, cleared_to FROM session_epoch WHERE one = 1 AND cleared_to IS NOT NULL`
	keysBeforeEpoch = `SELECT key FROM sessions WHERE key > $1 AND epoch < $2 ORDER BY key LIMIT $3`
	clearSessions   = `DELETE FROM sessions WHERE key > $1 AND key <= $2 AND epoch < $3` + returningEnded
	clearedTo       = `UPDATE session_epoch SET cleared_to = $1 WHERE one = 1`

	// A program without migration 17 accepts the sessions of an earlier epoch.
	requireEpochs = `UPDATE schema_support SET oldest_program = 17 WHERE one = 1 AND oldest_program < 17`

	// noUser means no user in events, whose column must have a UUID: the nil UUID of RFC 9562.
	noUser = "00000000-0000-0000-0000-000000000000"
)

// ofSignIn, in place of the epoch of a session, means the epoch at the time when the row is written.
const ofSignIn = -1

func epochNow(t tx) (epoch int64, err error) {
	err = t.get(currentEpoch, nil, &epoch)
	return epoch, err
}

// EndAll ends all sessions of all users by starting an epoch, with one event and one access record, and returns how
// many rows [sessions.ClearEnded] has to delete. It needs no clock: a sign-in that is written later counts, one that is
// being written may or may not.
func (db *sessions) EndAll(ctx context.Context, by audit.Actor, at time.Time) (int, error) {
	at = db.at(at)
	rows, err := db.count(ctx, "count sessions", countAllRows)
	if err != nil {
		return 0, err
	}
	return rows, db.write(ctx, "end all", func(t tx) error {
		if err := t.put(startEpoch, []byte{0}); err != nil { // before the key of every session
			return err
		}
		if err := t.put(requireEpochs); err != nil {
			return err
		}
		if err := t.put(clearConsoles); err != nil {
			return err
		}
		if err := t.put(insertFirst, millis(at), string(events.SessionAllRevoked), noUser); err != nil {
			return err
		}
		if err := userChanged(t, at, session.AllUsers); err != nil {
			return err
		}
		return recordAccess(t, by, audit.Access{
			At: at, Kind: audit.SessionRevoke, Outcome: audit.Done, Detail: audit.AllUsers,
		})
	})
}

// ClearEnded deletes at most limit sessions that [sessions.EndAll] has ended, and returns how many; 0 if none are left.
// The end of their provider tokens is queued.
func (db *sessions) ClearEnded(ctx context.Context, now time.Time, limit int) (n int, err error) {
	var epoch int64
	if ok, err := db.get(ctx, "look for ended sessions", anyEndedEpoch, nil, &epoch); !ok {
		return 0, err
	}
	err = db.write(ctx, "clear ended sessions", func(t tx) error {
		var after, key []byte
		n = 0
		if ok, err := found(t.get(endedEpoch+db.q.lock, nil, &epoch, &after)); !ok {
			return err
		}
		keys, err := collect(t, keysBeforeEpoch, []any{after, epoch, limit}, []any{&key},
			func() session.Key { return session.Key(key) })
		if err != nil {
			return err
		}
		if n = len(keys); n == 0 {
			return t.put(clearedTo, nil)
		}
		last := keys[n-1]
		if _, err := deleteQuietly(t, now, clearSessions, after, last[:], epoch); err != nil {
			return err
		}
		return t.put(clearedTo, last[:])
	})
	return n, err
}
