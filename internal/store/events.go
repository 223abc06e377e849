package store

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/events"
)

const (
	// The app gets no events about users who have not joined.
	insertOutbox = `INSERT INTO events (at, kind, user_id, about)
SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), id, CAST($4 AS TEXT) FROM users WHERE id = $3 AND joined_at IS NOT NULL`

	// The same for a user known to have joined just now.
	insertFirst = `INSERT INTO events (at, kind, user_id) VALUES ($1, $2, $3)`

	anyUnplaced = `SELECT seq FROM events WHERE pos IS NULL LIMIT 1`
	lastPlace   = `SELECT last_pos FROM event_feed WHERE one = 1`
	placeEvents = `UPDATE events SET pos = CAST($1 AS BIGINT) + n.nth
FROM (SELECT seq AS this, ROW_NUMBER() OVER (ORDER BY seq) AS nth FROM events WHERE pos IS NULL ORDER BY seq LIMIT $2) n
WHERE seq = n.this`
	movePlace = `UPDATE event_feed SET last_pos = $1 WHERE one = 1`

	// One statement, so that what was swept and what is left are of one moment. The row on the left is returned also
	// when there is nothing to read.
	selectEvents = `SELECT f.last_pos, f.swept_pos, e.pos, e.id, e.at, e.kind, e.user_id, e.about
FROM event_feed f
LEFT JOIN (SELECT pos, id, at, kind, user_id, about FROM events WHERE pos > $1 ORDER BY pos LIMIT $2) e ON e.pos > $1
ORDER BY e.pos`

	anyOldUnplaced = `SELECT seq FROM events WHERE pos IS NULL AND at < $1 LIMIT 1`
	oldEvents      = `SELECT COALESCE(MAX(pos), 0) FROM (SELECT pos FROM events WHERE pos IS NOT NULL AND at < $1
ORDER BY pos LIMIT $2) o`
	sweepEvents = `DELETE FROM events WHERE pos <= $1 AND at < $2`
	sweptEvents = `UPDATE event_feed SET swept_pos = $1 WHERE one = 1 AND swept_pos < $1`

	eventColumns = `e.pos, e.id, e.at, e.kind, e.user_id, e.about`
	eventsOf     = `SELECT ` + eventColumns + ` FROM events e
WHERE e.user_id = $1 AND e.pos >= $2 AND e.pos <= $3 ORDER BY e.pos LIMIT $4`
	eventByID = `SELECT ` + eventColumns + ` FROM events e WHERE e.id = $1 AND e.pos IS NOT NULL`
	// The position before the first event of a time or later. Positions follow commits, and times may differ a little.
	positionAt = `SELECT COALESCE(MIN(e.pos), f.last_pos + 1) - 1, f.swept_pos FROM event_feed f
LEFT JOIN events e ON e.at >= $1 AND e.pos IS NOT NULL GROUP BY f.last_pos, f.swept_pos`
)

// maxPlaced bounds how many events get a position in one transaction.
const maxPlaced = 1000

// emit queues an event for the app, in the transaction of what happened. about is the id of what else is concerned,
// see the kinds, "" if nothing is. Call it while the user's row exists. The plain sign-in of a known user emits
// nothing: sign-ins must not grow the outbox.
func emit(t tx, kind events.Kind, at time.Time, id account.ID, about string) error {
	return t.put(insertOutbox, millis(at), string(kind), string(id), null(clean(about, maxShort)))
}

// Events reads the feed after a position, oldest first: at most limit, and never more than 1000; limit below 1 means
// 100. It returns the cursor for the next call, which is after if there was nothing. No event ever appears behind a
// cursor, however late it was committed. events.ErrCursor if after is not of this feed, or something after it was
// swept.
func (db *queue) Events(ctx context.Context, after int64, limit int) ([]events.Event, int64, error) {
	if limit < 1 {
		limit = 100
	}
	if err := db.placeEvents(ctx); err != nil {
		return nil, after, err
	}
	var all []events.Event
	var last, swept int64
	var r eventRow
	dest := append([]any{&last, &swept}, r.dest()...)
	err := db.read(ctx, "events", func(t tx) error {
		return t.each(selectEvents, []any{after, min(limit, maxPlaced)}, dest, func() error {
			if r.Position != 0 {
				all = append(all, r.event())
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

// eventRow receives eventColumns.
type eventRow struct {
	events.Event
	at         int64
	kind, user string
}

func (r *eventRow) dest() []any { return []any{&r.Position, &r.ID, &r.at, &r.kind, &r.user, &r.About} }

func (r *eventRow) event() events.Event {
	e := r.Event
	e.Kind, e.At, e.UserID = events.Kind(r.kind), fromMillis(r.at), fromUserColumn(r.user)
	return e
}

// userColumn is how the user of an event is stored; see noUser.
func userColumn(id account.ID) string {
	if id == "" {
		return noUser
	}
	return string(id)
}

func fromUserColumn(text string) account.ID {
	if text == noUser {
		return ""
	}
	return account.ID(text)
}

// EventsOf reads the events of one user, or with "" those about all users, with positions of a range.
func (db *queue) EventsOf(ctx context.Context, user account.ID, from, to int64, limit int) ([]events.Event, error) {
	var r eventRow
	return list(ctx, db.core, "events of a user", eventsOf, []any{userColumn(user), from, to, limit}, r.dest(), r.event)
}

// EventByID reads an event that is still kept; events.ErrNone if there is none.
func (db *queue) EventByID(ctx context.Context, id string) (events.Event, error) {
	if err := db.placeEvents(ctx); err != nil {
		return events.Event{}, err
	}
	var r eventRow
	ok, err := db.get(ctx, "event", eventByID, []any{clean(id, maxShort)}, r.dest()...)
	if err == nil && !ok {
		err = events.ErrNone
	}
	return r.event(), err
}

// EventPosition returns the cursor with which the events from a time on are read.
func (db *queue) EventPosition(ctx context.Context, at time.Time) (pos int64, err error) {
	if err := db.placeEvents(ctx); err != nil {
		return 0, err
	}
	var swept int64
	_, err = db.get(ctx, "event position", positionAt, []any{millis(at)}, &pos, &swept)
	return max(pos, swept), err
}

// placeEvents assigns positions to events that have none. A position assigned on insert would not do: PostgreSQL
// assigns it before the commit, and a late commit would appear behind a cursor. Here the one row of event_feed is
// locked.
func (db *queue) placeEvents(ctx context.Context) error {
	var seq int64
	if ok, err := db.get(ctx, "look for events", anyUnplaced, nil, &seq); !ok {
		return err
	}
	return db.write(ctx, "place events", func(t tx) error { return db.place(t, maxPlaced) })
}

func (c *core) place(t tx, limit int) error {
	var last int64
	if err := t.get(lastPlace+c.q.lock, nil, &last); err != nil {
		return err
	}
	n, err := t.exec(placeEvents, last, limit)
	if err != nil || n == 0 {
		return err
	}
	return t.put(movePlace, last+n)
}
