package store

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

const insertChange = `INSERT INTO changes (at, session_key, user_id) VALUES ($1, $2, $3)`

// keepChanges is how long the feed goes back. Who has not read it for so long must begin again with cursor 0.
const keepChanges = 24 * time.Hour

func sessionChanged(t tx, at time.Time, k session.Key) error {
	t.changed()
	return t.put(insertChange, millis(at), k[:], nil)
}

func userChanged(t tx, at time.Time, id account.ID) error {
	t.changed()
	return t.put(insertChange, millis(at), nil, string(id))
}

// Wake receives, at the latest a moment after another process wrote to the change feed, so that the next poll need not
// be waited for. It is a hint: polls must go on without it. On SQLite nothing ever comes. There is one channel: one
// reader.
func (db *DB) Wake() <-chan struct{} { return db.b.wake() }

// Changes reports what changed after cursor, oldest first, and the next cursor. Cursor 0 asks for the present cursor
// without any change. A change may be reported again; none is left out. Changes are kept for a day.
func (db *DB) Changes(ctx context.Context, cursor int64) ([]session.Change, int64, error) {
	changes, next, err := db.b.changes(ctx, cursor)
	if err != nil {
		return nil, 0, wrap("changes", err)
	}
	return changes, next, nil
}
