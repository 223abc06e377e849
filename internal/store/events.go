package store

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/jobs"
)

const (
	// The app hears nothing of users who have not joined.
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

	// Mostly nothing is due, and a read waits for no lock.
	deliveryDue = `SELECT pos FROM event_delivery d WHERE one = 1 AND due_at <= $1
AND (EXISTS (SELECT 1 FROM events WHERE pos IS NULL) OR EXISTS (SELECT 1 FROM events WHERE pos > d.pos))`
	claimDelivery = `UPDATE event_delivery SET claims = claims + 1, due_at = $2 WHERE one = 1 AND due_at <= $1
RETURNING claims, pos, failures, failing_since`
	// Only the number of the last claim settles it.
	settleDelivery = `UPDATE event_delivery SET pos = $2, due_at = $3, failures = $4, failing_since = $5
WHERE one = 1 AND claims = $1`

	deliveryState = `SELECT f.last_pos - d.pos, d.failing_since, (SELECT COUNT(*) FROM events WHERE pos IS NULL)
FROM event_delivery d, event_feed f`
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
func (db queue) Events(ctx context.Context, after int64, limit int) ([]events.Event, int64, error) {
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
	dest := []any{&last, &swept, &e.Position, &e.ID, &at, &kind, &user, &e.About}
	err := db.read(ctx, "events", func(t tx) error {
		return t.each(selectEvents, []any{after, min(limit, maxPlaced)}, dest, func() error {
			if e.Position != 0 {
				e.Kind, e.At, e.UserID = events.Kind(kind), fromMillis(at), account.ID(user)
				if user == noUser {
					e.UserID = ""
				}
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

// placeEvents assigns positions to events that have none. A position assigned on insert would not do: PostgreSQL
// assigns it before the commit, and a late commit would appear behind a cursor. Here the one row of event_feed is
// locked.
func (db queue) placeEvents(ctx context.Context) error {
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

// ClaimDelivery claims the delivery of events to the app for the length of the lease, if it is due and there is
// anything to send; nil if not.
func (db queue) ClaimDelivery(ctx context.Context, now time.Time, lease time.Duration) (*events.Claim, error) {
	var pos int64
	if ok, err := db.get(ctx, "look for events", deliveryDue, []any{millis(now)}, &pos); !ok {
		return nil, err
	}
	var c *events.Claim
	err := db.write(ctx, "claim delivery", func(t tx) error {
		var next events.Claim
		var since int64
		ok, err := found(t.get(claimDelivery, []any{millis(now), millis(now.Add(lease))},
			&next.Number, &next.Position, &next.Failures, &since))
		if c = nil; ok { // else another replica was faster
			next.FailingSince = fromMillis(since)
			c = &next
		}
		return err
	})
	return c, err
}

// SettleDelivery records how far a claim came and ends it; the next one is possible at due. jobs.ErrLost if another
// process has claimed the delivery meanwhile.
func (db queue) SettleDelivery(ctx context.Context, c events.Claim, due time.Time) error {
	return db.write(ctx, "settle delivery", func(t tx) error {
		return execOne(t, jobs.ErrLost, settleDelivery, c.Number, c.Position, millis(due), c.Failures,
			null(millis(c.FailingSince)))
	})
}

// Undelivered returns about how many events the app has not received yet, and since when delivery fails; zero if it
// does not.
func (db queue) Undelivered(ctx context.Context) (count int, failingSince time.Time, err error) {
	var placed, since, unplaced int64
	_, err = db.get(ctx, "undelivered", deliveryState, nil, &placed, &since, &unplaced)
	return int(placed + unplaced), fromMillis(since), err
}
