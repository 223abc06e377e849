package store

import (
	"context"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/alert"
	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/figures"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/withdrawal"
)

const (
	// sweepSlack is how long rows outlive their end: uses of a session are written late, and a callback may be
	// finishing an attempt.
	sweepSlack = time.Hour
	// maxPurges bounds how many users one transaction erases: a user is many rows.
	maxPurges = 50

	sweepSessions = `DELETE FROM sessions WHERE key IN (
	SELECT key FROM sessions WHERE idle_expires_at < $1 ORDER BY idle_expires_at LIMIT $2)` + returningEnded
	sweepAttempts = `DELETE FROM attempts WHERE key IN (SELECT key FROM attempts WHERE expires_at < $1
ORDER BY expires_at LIMIT $2)`
	sweepChanges = `DELETE FROM changes WHERE seq IN (SELECT seq FROM changes WHERE at < $1 ORDER BY at LIMIT $2)`
	sweepAudit   = `DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE class = $1 AND at < $2
	AND (kind NOT LIKE 'access.admin.%' OR at < $3) ORDER BY at LIMIT $4)`
	moveRetention = `UPDATE audit_retention SET before = $2 WHERE class = $1 AND before < $2`
	countAudit    = `SELECT COUNT(*) FROM audit_log WHERE class = $1 AND at < $2
	AND (kind NOT LIKE 'access.admin.%' OR at < $3)`
	oldPending = `SELECT id FROM users WHERE status = 'pending' AND created_at < $1 ORDER BY created_at LIMIT $2`

	correctJobs     = `UPDATE jobs SET run_at = $1 WHERE state = 'open' AND run_at > $2`
	correctDelivery = `UPDATE event_delivery SET due_at = $1 WHERE due_at > $2`
	correctHolds    = `UPDATE event_holds SET due_at = $1 WHERE due_at > $2`
	correctWatch    = `UPDATE alert_watch SET due_at = $1 WHERE due_at > $2`
	correctAlerts   = `UPDATE alerts SET due_at = $1 WHERE due_at > $2`
)

// Sweep deletes what has expired or ended: sessions, attempts, tickets, old changes, done jobs, old events, provider
// tokens, pending users who did not join in time (queueing their unlinking), withdrawn users after the grace period,
// re-join blocks, preview origins, figures, failures, sessions of the console, and log lines. It deletes at most limit
// rows of each in a transaction of its own, and returns how many altogether: call it again, after a pause, until that
// is 0. limit below 1 means 500. Jobs, events and alerts that are due later than they can be are due now.
func (db *DB) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	if limit < 1 {
		limit = 500
	}
	type step func(context.Context, time.Time, int) (int, error)
	steps := []step{
		db.sweepRows("sweep attempts", sweepAttempts, sweepSlack),
		db.sweepRows("sweep tickets", sweepTickets, sweepSlack),
		db.sweepRows("sweep changes", sweepChanges, keepChanges),
		db.sweepRows("sweep jobs", sweepJobs, jobs.KeepDone),
		db.sweepRows("sweep tokens", sweepTokens, sweepSlack),
		db.sweepRows("sweep blocks", sweepBlocks, 0),
		db.sweepRows("sweep requests", sweepRequests, apikey.RememberFor),
		db.sweepRows("sweep origins", sweepOrigins, 0),
		db.sweepFigures(figures.Minute), db.sweepFigures(figures.Hour),
		db.sweepRows("sweep failures", sweepFailures, failures.Keep),
		db.sweepRows("sweep console", sweepConsoles, sweepSlack),
		db.ClearEnded, db.sweepSessions, db.sweepPending, db.sweepWithdrawn, db.sweepEvents,
		func(ctx context.Context, now time.Time, _ int) (int, error) { return 0, db.sweepErased(ctx, now) },
		func(ctx context.Context, now time.Time, _ int) (int, error) { return 0, db.correctDue(ctx, now) },
		db.sweepAudit(audit.UserLog, db.cfg.KeepUserLog),
		db.sweepAudit(audit.AccessLog, db.cfg.KeepAccessLog),
	}
	total := 0
	for _, s := range steps {
		n, err := s(ctx, now, limit)
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

// sweepStep is how many rows of a kind one step of SweepAll deletes, sweepPause the shortest pause after it: larger
// steps make the slowest sign-ins wait for the writer (measured in docs/scale.md).
const (
	sweepStep  = 30
	sweepPause = 5 * time.Millisecond
)

// SweepAll sweeps in small steps until nothing is left that has expired, and returns how many rows it deleted. After
// each step it pauses for as long as the step took, so that sign-ins have the writer at least half of the time
// (ST-13).
func (db *DB) SweepAll(ctx context.Context, now time.Time) (int, error) {
	total := 0
	for {
		began := time.Now()
		n, err := db.Sweep(ctx, now, sweepStep)
		total += n
		if err != nil || n < sweepStep {
			return total, err
		}
		pause := time.NewTimer(max(sweepPause, time.Since(began)))
		select {
		case <-ctx.Done():
			pause.Stop()
			return total, ctx.Err()
		case <-pause.C:
		}
	}
}

// sweepRows deletes the rows older than age.
func (db *DB) sweepRows(op, query string, age time.Duration) func(context.Context, time.Time, int) (int, error) {
	return func(ctx context.Context, now time.Time, limit int) (int, error) {
		n, err := db.exec(ctx, op, query, millis(now.Add(-age)), limit)
		return int(n), err
	}
}

func (db *DB) sweepSessions(ctx context.Context, now time.Time, limit int) (int, error) {
	var gone []ended
	err := db.write(ctx, "sweep sessions", func(t tx) (err error) {
		gone, err = deleteQuietly(t, now, sweepSessions, millis(now.Add(-sweepSlack)), limit)
		return err
	})
	return len(gone), err
}

func (db *DB) sweepPending(ctx context.Context, now time.Time, limit int) (int, error) {
	by := cause{at: now, reason: "not_joined"}
	return db.sweepUsers(ctx, "sweep pending", db.q.oldPendingLocked, now.Add(-account.PendingLife), limit,
		func(t tx, id account.ID) error { return discard(t, id, by, true) })
}

func (db *DB) sweepWithdrawn(ctx context.Context, now time.Time, limit int) (int, error) {
	by := cause{at: now, reason: withdrawal.ReasonGraceOver}
	return db.sweepUsers(ctx, "sweep withdrawn", db.q.duePurgesLocked, now, min(limit, maxPurges),
		func(t tx, id account.ID) error { return purge(t, id, by) })
}

// sweepUsers does something to each user whose id a query finds.
func (db *DB) sweepUsers(ctx context.Context, op, query string, before time.Time, limit int,
	fn func(tx, account.ID) error) (n int, err error) {
	err = db.write(ctx, op, func(t tx) error {
		ids, err := texts(t, query, millis(before), limit)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := fn(t, account.ID(id)); err != nil {
				return err
			}
		}
		n = len(ids)
		return nil
	})
	return n, err
}

// sweepAudit deletes lines of the log. Once a day (in UTC) it moves the time before which they may be deleted, and
// records that with their number, in one transaction (PV-11). Records about the roles of operators stay longer.
func (db *DB) sweepAudit(class audit.Class, keep time.Duration) func(context.Context, time.Time, int) (int, error) {
	return func(ctx context.Context, now time.Time, limit int) (int, error) {
		var n int64
		before := now.Add(-keep).UTC().Truncate(24 * time.Hour)
		roles := now.Add(-max(keep, audit.KeepRoles))
		err := db.write(ctx, "sweep audit", func(t tx) error {
			moved, err := t.exec(moveRetention, string(class), millis(before))
			if err != nil {
				return err
			}
			if moved > 0 {
				if err := t.get(countAudit, []any{string(class), millis(before), millis(roles)}, &n); err != nil {
					return err
				}
				if n == 0 {
					return nil
				}
				e := audit.Event{At: now, Kind: audit.LogExpired, Outcome: audit.Done,
					Detail: fmt.Sprintf("class=%s before=%s lines=%d", class, before.Format(time.DateOnly), n)}
				if err := record(t, e); err != nil {
					return err
				}
			}
			n, err = t.exec(sweepAudit, string(class), millis(before), millis(roles), limit)
			return err
		})
		return int(n), err
	}
}

// sweepEvents deletes events that are older than events.Keep, read or not: an outbox without a reader must not grow
// for ever. It assigns positions first, so that a late reader gets events.ErrCursor.
func (db *DB) sweepEvents(ctx context.Context, now time.Time, limit int) (int, error) {
	before := millis(now.Add(-events.Keep))
	var n int64
	err := db.write(ctx, "sweep events", func(t tx) error {
		n = 0
		var seq, upTo int64
		if ok, err := found(t.get(anyOldUnplaced, []any{before}, &seq)); err != nil {
			return err
		} else if ok {
			if err := db.place(t, limit); err != nil {
				return err
			}
		}
		if err := t.get(oldEvents, []any{before, limit}, &upTo); err != nil || upTo == 0 {
			return err
		}
		var err error
		if n, err = t.exec(sweepEvents, upTo, before); err != nil {
			return err
		}
		return t.put(sweptEvents, upTo)
	})
	return int(n), err
}

// correctDue makes jobs, events and alerts due that were written while the clock was ahead. Otherwise they, and the
// delivery of all events, would wait until the clock shows that time again.
func (db *DB) correctDue(ctx context.Context, now time.Time) error {
	return db.write(ctx, "correct due times", func(t tx) error {
		for _, c := range []struct {
			query string
			wait  time.Duration
		}{
			{correctJobs, jobs.MaxWait}, {correctDelivery, events.MaxWait}, {correctHolds, events.MaxWait},
			{correctWatch, alert.MaxWait}, {correctAlerts, alert.MaxWait},
		} {
			if err := t.put(c.query, millis(now), millis(now.Add(c.wait))); err != nil {
				return err
			}
		}
		return nil
	})
}
