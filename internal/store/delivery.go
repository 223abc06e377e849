package store

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/jobs"
)

var _ events.Store = (*DB)(nil)

const (
	// Mostly there is nothing, and a read waits for nobody.
	deliveryDue = `SELECT pos FROM event_delivery d WHERE one = 1 AND due_at <= $1
AND (EXISTS (SELECT 1 FROM events WHERE pos IS NULL) OR EXISTS (SELECT 1 FROM events WHERE pos > d.pos))`
	claimDelivery = `UPDATE event_delivery SET claims = claims + 1, due_at = $2 WHERE one = 1 AND due_at <= $1
RETURNING claims, pos, failures, failing_since`
	// Only who holds the number of the last claim settles it.
	settleDelivery = `UPDATE event_delivery SET pos = $2, due_at = $3, failures = $4, failing_since = $5 WHERE one = 1 AND claims = $1`

	deliveryState = `SELECT f.last_pos - d.pos, d.failing_since, (SELECT COUNT(*) FROM events WHERE pos IS NULL)
FROM event_delivery d, event_feed f`
)

// ClaimDelivery takes the delivery of events to the app for the length of the lease, if it is due and there is anything
// to send; nil if not.
func (db *DB) ClaimDelivery(ctx context.Context, now time.Time, lease time.Duration) (*events.Claim, error) {
	var pos int64
	err := db.read(ctx, "look for events", func(t tx) error { return t.get(deliveryDue, []any{millis(now)}, &pos) })
	if errors.Is(err, errNoRow) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var c events.Claim
	var since int64
	err = db.write(ctx, "claim delivery", func(t tx) error {
		return t.get(claimDelivery, []any{millis(now), millis(now.Add(lease))}, &c.Number, &c.Position, &c.Failures, &since)
	})
	if errors.Is(err, errNoRow) {
		return nil, nil // another replica was faster
	}
	if err != nil {
		return nil, err
	}
	c.FailingSince = fromMillis(since)
	return &c, nil
}

// SettleDelivery writes how far a claim came and gives it back; the next one is possible at due. jobs.ErrLost if
// somebody else has claimed the delivery meanwhile.
func (db *DB) SettleDelivery(ctx context.Context, c events.Claim, due time.Time) error {
	return db.write(ctx, "settle delivery", func(t tx) error {
		n, err := t.exec(settleDelivery, c.Number, c.Position, millis(due), c.Failures, null(millis(c.FailingSince)))
		if err == nil && n == 0 {
			return jobs.ErrLost
		}
		return err
	})
}

// Undelivered says how many events the app was not told of yet, about, and since when telling it fails; zero if it does
// not.
func (db *DB) Undelivered(ctx context.Context) (count int, failingSince time.Time, err error) {
	var placed, since, unplaced int64
	err = db.read(ctx, "undelivered", func(t tx) error { return t.get(deliveryState, nil, &placed, &since, &unplaced) })
	return int(placed + unplaced), fromMillis(since), err
}
