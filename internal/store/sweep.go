package store

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/jobs"
)

const (
	// pendingFor is how long somebody may take to join.
	pendingFor = 24 * time.Hour
	// sweepSlack is how far beyond its end a row is left: uses of a session are written down a little late, and a
	// callback may be at work on an attempt that ends this moment.
	sweepSlack = time.Hour

	sweepSessions = `DELETE FROM sessions WHERE key IN (SELECT key FROM sessions WHERE idle_expires_at < $1 ORDER BY idle_expires_at LIMIT $2) RETURNING id, user_id`
	sweepAttempts = `DELETE FROM attempts WHERE key IN (SELECT key FROM attempts WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)`
	sweepChanges  = `DELETE FROM changes WHERE seq IN (SELECT seq FROM changes WHERE at < $1 ORDER BY at LIMIT $2)`
	sweepAudit    = `DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE class = $1 AND at < $2 ORDER BY at LIMIT $3)`
	giveUpAudit   = `UPDATE audit_retention SET before = $2 WHERE class = $1 AND before < $2`
	oldPending    = `SELECT id FROM users WHERE status = 'pending' AND created_at < $1 ORDER BY created_at LIMIT $2`
)

// Sweep deletes what has outlived its time: sessions and attempts past their end, changes older than a day, jobs done a
// week ago, events beyond events.Keep, people who signed in and did not join within a day (their unlinking is queued with that), what is
// known of people whose grace period is over, blocks that have ended, audit lines beyond
// their period. It deletes at most limit rows of each in a
// transaction of its own, and reports how many altogether: call it again, after a pause, until it reports 0. limit
// below 1 means 500.
func (db *DB) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	if limit < 1 {
		limit = 500
	}
	total := 0
	for _, s := range []struct {
		op, query string
		before    time.Time
	}{
		{"sweep attempts", sweepAttempts, now.Add(-sweepSlack)},
		{"sweep tickets", sweepTickets, now.Add(-sweepSlack)},
		{"sweep changes", sweepChanges, now.Add(-keepChanges)},
		{"sweep jobs", sweepJobs, now.Add(-jobs.KeepDone)},
		{"sweep grants", sweepGrants, now.Add(-sweepSlack)},
		{"sweep blocks", sweepBlocks, now},
	} {
		var n int64
		err := db.write(ctx, s.op, func(t tx) (err error) {
			n, err = t.exec(s.query, millis(s.before), limit)
			return err
		})
		if err != nil {
			return total, err
		}
		total += int(n)
	}
	n, err := db.sweepSessions(ctx, now, limit)
	if err != nil {
		return total, err
	}
	total += n
	for _, sweep := range []func(context.Context, time.Time, int) (int, error){db.sweepPending, db.sweepLeft} {
		if n, err = sweep(ctx, now, limit); err != nil {
			return total, err
		}
		total += n
	}
	if n, err = db.sweepEvents(ctx, now.Add(-events.Keep), limit); err != nil {
		return total, err
	}
	total += n
	if err := db.sweepErased(ctx, now); err != nil {
		return total, err
	}
	for class, keep := range map[audit.Class]time.Duration{audit.UserLog: db.cfg.KeepMember, audit.AccessLog: db.cfg.KeepAccess} {
		n, err := db.sweepAudit(ctx, string(class), now.Add(-keep), limit)
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

// sweepStep is how many rows of a kind one step of SweepAll deletes, sweepPause the shortest pause after it. In a file of
// 20 million sessions 500 rows lie on as many pages, hold the writer for 40 ms, and made the slowest hundredth of sign-ins
// six times slower; 50 rows, up to 2.7 times (docs/scale.md).
const (
	sweepStep  = 30
	sweepPause = 5 * time.Millisecond
)

// SweepAll sweeps in small steps until nothing is left that has outlived its time, and reports how many rows it deleted.
// After each step it leaves the database alone for as long as the step took: however much there is to delete, sign-ins
// have the writer for half of the time at least, and never wait for more than one step (ST-13).
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

func (db *DB) sweepSessions(ctx context.Context, now time.Time, limit int) (int, error) {
	var gone []ended
	err := db.write(ctx, "sweep sessions", func(t tx) (err error) {
		gone, err = deleteQuietly(t, now, sweepSessions, millis(now.Add(-sweepSlack)), limit)
		return err
	})
	return len(gone), err
}

func (db *DB) sweepPending(ctx context.Context, now time.Time, limit int) (int, error) {
	n := 0
	err := db.write(ctx, "sweep pending", func(t tx) error {
		n = 0
		var ids []account.ID
		var id string
		if err := t.each(db.q.oldPendingLocked, []any{millis(now.Add(-pendingFor)), limit}, []any{&id}, func() error {
			ids = append(ids, account.ID(id))
			return nil
		}); err != nil {
			return err
		}
		for _, id := range ids {
			if err := discard(t, id, leaving{at: now, reason: "not_joined", unlink: true}); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

func (db *DB) sweepAudit(ctx context.Context, class string, before time.Time, limit int) (int, error) {
	var n int64
	err := db.write(ctx, "sweep audit", func(t tx) (err error) {
		if err = t.put(giveUpAudit, class, millis(before)); err != nil {
			return err
		}
		n, err = t.exec(sweepAudit, class, millis(before), limit)
		return err
	})
	return int(n), err
}
