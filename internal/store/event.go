package store

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/events"
)

const (
	// Who never joined is told of to nobody (design: user.created is when somebody becomes a member).
	insertOutbox = `INSERT INTO events (at, kind, user_id, about)
SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), id, CAST($4 AS TEXT) FROM users WHERE id = $3 AND joined_at IS NOT NULL`

	// The same of somebody who has just become a member, as who asks knows without looking.
	insertFirst = `INSERT INTO events (at, kind, user_id) VALUES ($1, $2, $3)`

	anyUnplaced = `SELECT seq FROM events WHERE pos IS NULL LIMIT 1`
	lastPlace   = `SELECT last_pos FROM event_feed WHERE one = 1`
	placeEvents = `UPDATE events SET pos = CAST($1 AS BIGINT) + n.nth
FROM (SELECT seq AS this, ROW_NUMBER() OVER (ORDER BY seq) AS nth FROM events WHERE pos IS NULL ORDER BY seq LIMIT $2) n
WHERE seq = n.this`
	movePlace = `UPDATE event_feed SET last_pos = $1 WHERE one = 1`

	// One statement, so that what was swept and what is left are of one moment. On the left one row, which comes back
	// also when there is nothing to read.
	selectEvents = `SELECT f.last_pos, f.swept_pos, e.pos, e.id, e.at, e.kind, e.user_id, e.about
FROM event_feed f
LEFT JOIN (SELECT pos, id, at, kind, user_id, about FROM events WHERE pos > $1 ORDER BY pos LIMIT $2) e ON e.pos > $1
ORDER BY e.pos`

	anyOldUnplaced = `SELECT seq FROM events WHERE pos IS NULL AND at < $1 LIMIT 1`
	oldEvents      = `SELECT COALESCE(MAX(pos), 0) FROM (SELECT pos FROM events WHERE pos IS NOT NULL AND at < $1 ORDER BY pos LIMIT $2) o`
	sweepEvents    = `DELETE FROM events WHERE pos <= $1 AND at < $2`
	sweptEvents    = `UPDATE event_feed SET swept_pos = $1 WHERE one = 1 AND swept_pos < $1`
)

// maxPlaced bounds how many events get their place in one transaction.
const maxPlaced = 1000

// emit tells the app of something, in the transaction of the thing that it tells of; about is the id of what else is
// concerned (see the kinds), "" if nothing is. Call it while the user's row is there. Nothing is told of somebody who has
// never been a member.
//
// A plain sign-in of a known person emits nothing: logins must not grow the outbox.
func emit(t tx, kind events.Kind, at time.Time, id account.ID, about string) error {
	return t.put(insertOutbox, millis(at), string(kind), string(id), null(clean(about, maxShort)))
}

// Events reads the feed after a position, oldest first: at most limit, and never more than 1000; limit below 1 means 100.
// It reports the cursor for the next call, which is after if there was nothing. Nothing ever turns up behind a cursor,
// however late it was committed. events.ErrCursor if after is none of this feed's, or something after it was swept.
func (db *DB) Events(ctx context.Context, after int64, limit int) ([]events.Event, int64, error) {
	if limit < 1 {
		limit = 100
	}
	if err := db.placeEvents(ctx); err != nil {
		return nil, after, err
	}
	var all []events.Event
	var last, swept, at int64
	var kind, user string
	var e events.Event
	err := db.read(ctx, "events", func(t tx) error {
		all = nil
		return t.each(selectEvents, []any{after, min(limit, maxPlaced)}, []any{&last, &swept, &e.Position, &e.ID, &at, &kind, &user, &e.About}, func() error {
			if e.Position != 0 {
				e.Kind, e.At, e.UserID = events.Kind(kind), fromMillis(at), account.ID(user)
				all = append(all, e)
			}
			return nil
		})
	})
	switch {
	case err != nil:
		return nil, after, err
	case after < 0, after > last, after > 0 && after < swept:
		return nil, after, events.ErrCursor
	case len(all) > 0:
		return all, all[len(all)-1].Position, nil
	}
	return nil, after, nil
}

// placeEvents gives those their place that have none. A number given with the row would not do: PostgreSQL gives it
// before the commit, and who commits late would turn up behind a cursor. Here whoever gives places holds the one row of
// event_feed, and sees what has been committed.
func (db *DB) placeEvents(ctx context.Context) error {
	var seq int64
	err := db.read(ctx, "look for events", func(t tx) error { return t.get(anyUnplaced, nil, &seq) })
	if errors.Is(err, errNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	return db.write(ctx, "place events", func(t tx) error { return db.place(t, maxPlaced) })
}

func (db *DB) place(t tx, limit int) error {
	var last int64
	if err := t.get(lastPlace+db.q.lockClause(), nil, &last); err != nil {
		return err
	}
	n, err := t.exec(placeEvents, last, limit)
	if err != nil || n == 0 {
		return err
	}
	return t.put(movePlace, last+n)
}

// sweepEvents deletes what is older than events.Keep, whether or not anybody has read it: an outbox to which nobody
// listens must not grow for ever. Places are given first, so that a reader who comes too late is told so.
func (db *DB) sweepEvents(ctx context.Context, before time.Time, limit int) (int, error) {
	var n int64
	err := db.write(ctx, "sweep events", func(t tx) error {
		n = 0
		var seq, upTo int64
		err := t.get(anyOldUnplaced, []any{millis(before)}, &seq)
		if err == nil {
			err = db.place(t, limit)
		}
		if err != nil && !errors.Is(err, errNoRow) {
			return err
		}
		if err := t.get(oldEvents, []any{millis(before), limit}, &upTo); err != nil || upTo == 0 {
			return err
		}
		if n, err = t.exec(sweepEvents, upTo, millis(before)); err != nil {
			return err
		}
		return t.put(sweptEvents, upTo)
	})
	return int(n), err
}
