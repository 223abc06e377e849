package store

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/jobs"
)

const (
	// Mostly nothing is due, and a read waits for no lock.
	deliveryDue = `SELECT pos FROM event_delivery d WHERE one = 1 AND due_at <= $1
AND (EXISTS (SELECT 1 FROM events WHERE pos IS NULL) OR EXISTS (SELECT 1 FROM events WHERE pos > d.pos)
	OR EXISTS (SELECT 1 FROM event_holds WHERE due_at <= $1))`
	claimDelivery = `UPDATE event_delivery SET claims = claims + 1, due_at = $2 WHERE one = 1 AND due_at <= $1
RETURNING claims, pos, failures, failing_since, last_error, delivered_at`
	holdColumns = `h.user_id, h.next_pos, h.due_at, h.failures, h.failing_since, h.last_error`
	allHolds    = `SELECT ` + holdColumns + ` FROM event_holds h ORDER BY h.user_id`
	heldEvents  = `SELECT ` + holdColumns + `, e.id, e.kind FROM event_holds h LEFT JOIN events e ON e.pos = h.next_pos
WHERE h.failures > 0 ORDER BY h.failing_since, h.user_id LIMIT $1`

	// Only the number of the last claim saves.
	saveDelivery = `UPDATE event_delivery SET pos = $2, due_at = $3, failures = $4, failing_since = $5, last_error = $6,
	delivered_at = $7
WHERE one = 1 AND claims = $1`
	saveHold = `INSERT INTO event_holds (user_id, next_pos, due_at, failures, failing_since, last_error)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (user_id) DO UPDATE SET next_pos = excluded.next_pos, due_at = excluded.due_at,
	failures = excluded.failures, failing_since = excluded.failing_since, last_error = excluded.last_error`
	releaseHold = `DELETE FROM event_holds WHERE user_id = $1`

	// The claim that may be running is lost, so that what it saves cannot undo the skip.
	endClaim = `UPDATE event_delivery SET claims = claims + 1, due_at = $1 WHERE one = 1`
	skipHold = `UPDATE event_holds SET next_pos = next_pos + 1, due_at = $3, failures = 0, failing_since = NULL,
	last_error = NULL
WHERE user_id = $1 AND next_pos = $2 AND failures > 0`
	skipEvent     = `UPDATE events SET skipped_at = $2, skipped_by = $3 WHERE pos = $1`
	skippedEvents = `SELECT ` + eventColumns + `, e.skipped_at, e.skipped_by FROM events e WHERE e.skipped_at IS NOT NULL
ORDER BY e.skipped_at DESC, e.seq DESC LIMIT $1`

	// Without the condition, PostgreSQL estimates that two tables without statistics have a million pairs of rows, and
	// compiles the statement, which takes longer than a second.
	deliveryState = `SELECT d.pos, d.failures, d.failing_since, d.last_error, d.delivered_at, f.last_pos - d.pos,
	(SELECT COUNT(*) FROM events WHERE pos IS NULL),
	(SELECT COUNT(*) FROM event_holds h JOIN events e ON e.user_id = h.user_id AND e.pos >= h.next_pos AND e.pos <= d.pos),
	(SELECT COUNT(*) FROM event_holds WHERE failures > 0),
	(SELECT MIN(failing_since) FROM event_holds WHERE failures > 0)
FROM event_delivery d, event_feed f WHERE d.one = 1 AND f.one = 1`
)

// holdRow receives holdColumns.
type holdRow struct {
	events.Hold
	due, since int64
	user       string
}

func (r *holdRow) dest() []any {
	return []any{&r.user, &r.Next, &r.due, &r.Failures, &r.since, &r.LastError}
}

func (r *holdRow) hold() events.Hold {
	h := r.Hold
	h.UserID, h.Due, h.FailingSince = fromUserColumn(r.user), fromMillis(r.due), fromMillis(r.since)
	return h
}

// ClaimDelivery claims the delivery of events to the app for the length of the lease, if it is due and there is
// anything to send; nil if not.
func (db *queue) ClaimDelivery(ctx context.Context, now time.Time, lease time.Duration) (*events.Claim, error) {
	var pos int64
	if ok, err := db.get(ctx, "look for events", deliveryDue, []any{millis(now)}, &pos); !ok {
		return nil, err
	}
	var c *events.Claim
	err := db.write(ctx, "claim delivery", func(t tx) error {
		var next events.Claim
		var since, delivered int64
		c = nil
		ok, err := found(t.get(claimDelivery, []any{millis(now), millis(now.Add(lease))},
			&next.Number, &next.Position, &next.Failures, &since, &next.LastError, &delivered))
		if !ok { // another replica was faster
			return err
		}
		next.FailingSince, next.DeliveredAt = fromMillis(since), fromMillis(delivered)
		var h holdRow
		next.Holds, err = collect(t, allHolds, nil, h.dest(), h.hold)
		c = &next
		return err
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// SaveDelivery saves the progress of a claim; jobs.ErrLost if another process has claimed the delivery meanwhile.
func (db *queue) SaveDelivery(ctx context.Context, p events.Progress) error {
	return db.write(ctx, "save delivery", func(t tx) error {
		err := execOne(t, jobs.ErrLost, saveDelivery, p.Number, p.Position, millis(p.Due), p.Failures,
			null(millis(p.FailingSince)), null(clean(p.LastError, maxOutcome)), null(millis(p.DeliveredAt)))
		if err != nil {
			return err
		}
		for _, h := range p.Held {
			if err := t.put(saveHold, userColumn(h.UserID), h.Next, millis(h.Due), h.Failures,
				null(millis(h.FailingSince)), null(clean(h.LastError, maxOutcome))); err != nil {
				return err
			}
		}
		for _, user := range p.Released {
			if err := t.put(releaseHold, userColumn(user)); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeliveryStatus returns how far the delivery of events is.
func (db *queue) DeliveryStatus(ctx context.Context) (s events.Status, err error) {
	var since, delivered, behind, unplaced, held, users, heldSince int64
	_, err = db.get(ctx, "delivery status", deliveryState, nil, &s.Position, &s.Failures, &since, &s.LastError, &delivered,
		&behind, &unplaced, &held, &users, &heldSince)
	s.FailingSince, s.DeliveredAt, s.HeldSince = fromMillis(since), fromMillis(delivered), fromMillis(heldSince)
	s.Waiting, s.Held = int(behind+unplaced+held), int(users)
	return s, err
}

// HeldEvents lists the events that were tried and not accepted, one for each user, the longest failing first.
func (db *queue) HeldEvents(ctx context.Context, limit int) ([]events.HeldEvent, error) {
	var h holdRow
	var id, kind string
	return list(ctx, db.core, "held events", heldEvents, []any{limit}, append(h.dest(), &id, &kind),
		func() events.HeldEvent {
			return events.HeldEvent{Hold: h.hold(), ID: id, Kind: events.Kind(kind)}
		})
}

// SkipEvent takes an event that the app has not accepted out of the way of the later ones of its user, with the access
// record. events.ErrNone, events.ErrNotHeld.
func (db *queue) SkipEvent(ctx context.Context, s events.Skip) (skipped events.Event, err error) {
	s.At = db.at(s.At)
	err = db.write(ctx, "skip event", func(t tx) error {
		var r eventRow
		if err := t.get(eventByID, []any{clean(s.ID, maxShort)}, r.dest()...); err != nil {
			return ifNoRow(err, events.ErrNone)
		}
		skipped = r.event()
		if err := t.put(endClaim, millis(s.At)); err != nil {
			return err
		}
		err := execOne(t, events.ErrNotHeld, skipHold, r.user, skipped.Position, millis(s.At))
		if err != nil {
			return err
		}
		if err := t.put(skipEvent, skipped.Position, millis(s.At), s.Actor.String()); err != nil {
			return err
		}
		return recordAccess(t, s.Actor, audit.Access{
			At: s.At, Kind: audit.EventSkip, UserID: string(skipped.UserID), Outcome: audit.Done,
			Detail: "event=" + skipped.ID + " kind=" + string(skipped.Kind),
		})
	})
	return skipped, err
}

// SkippedEvents lists the events that operators have skipped and that are still kept, the last one first.
func (db *queue) SkippedEvents(ctx context.Context, limit int) ([]events.SkippedEvent, error) {
	var r eventRow
	var at int64
	var by string
	return list(ctx, db.core, "skipped events", skippedEvents, []any{limit}, append(r.dest(), &at, &by),
		func() events.SkippedEvent {
			return events.SkippedEvent{Event: r.event(), SkippedAt: fromMillis(at), SkippedBy: by}
		})
}
