package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/providertoken"
)

const (
	insertJob = `INSERT INTO jobs (kind, key, about, payload, state, attempts, run_at, created_at)
VALUES ($1, $2, $3, $4, 'open', 0, $5, $5)
ON CONFLICT (kind, key) DO NOTHING`

	anyDue  = `SELECT id FROM jobs WHERE state = 'open' AND run_at <= $1 ORDER BY run_at LIMIT 1`
	dueJobs = `SELECT id, kind, key, about, payload, attempts, created_at FROM jobs WHERE state = 'open' AND run_at <= $1 ORDER BY run_at, id LIMIT $2`

	claimJob = `UPDATE jobs SET attempts = attempts + 1, run_at = $2 WHERE id = $1`

	// Only who holds the number of the last claim settles a job, and only once.
	finishJob = `UPDATE jobs SET state = 'done', payload = NULL, ended_at = $3, outcome = $4 WHERE id = $1 AND attempts = $2 AND state = 'open'`
	buryJob   = `UPDATE jobs SET state = 'dead', ended_at = $3, outcome = $4 WHERE id = $1 AND attempts = $2 AND state = 'open'`
	retryJob  = `UPDATE jobs SET run_at = $3, outcome = $4 WHERE id = $1 AND attempts = $2 AND state = 'open'`

	reviveJobs = `UPDATE jobs SET state = 'open', ended_at = NULL, run_at = $1, created_at = $1 WHERE state = 'dead'`
	deadJobs   = `SELECT id, kind, about, attempts, outcome, created_at, ended_at FROM jobs WHERE state = 'dead' ORDER BY ended_at, id LIMIT $1`
	countJobs  = `SELECT state, COUNT(*) FROM jobs WHERE state <> 'done' GROUP BY state`
	aboutJobs  = `SELECT state, COUNT(*) FROM jobs WHERE about = $1 AND kind = $2 AND state <> 'done' GROUP BY state`
	sweepJobs  = `DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE state = 'done' AND ended_at < $1 ORDER BY ended_at LIMIT $2)`

	// What is left to do about somebody and is of use to nobody once they are erased. Ending their link is not: that is
	// what their leaving waits for.
	forgetJobsOf = `DELETE FROM jobs WHERE about = $1 AND kind IN ('` + consent.RevokeTermJob + `', '` + providertoken.CheckLinkJob + `')`

	maxOutcome = 300
)

// forgetJobs deletes work that names who is erased. Given up, it would be kept for ever; tried again, it would act upon
// what the same person has agreed to since as somebody new.
func forgetJobs(t tx, id account.ID) error { return t.put(forgetJobsOf, string(id)) }

// putJob queues a job in the transaction that it follows from.
func putJob(t tx, j jobs.New) error {
	if j.Kind == "" || j.Key == "" || len(j.Payload) > jobs.MaxPayload {
		return fmt.Errorf("%w: job of kind %q with a payload of %d bytes", errInvalid, j.Kind, len(j.Payload))
	}
	_, err := t.exec(insertJob, clean(j.Kind, maxShort), clean(j.Key, maxShort), null(clean(j.About, maxShort)), clean(j.Payload, jobs.MaxPayload), millis(j.At))
	return err
}

// QueueJob queues a job by itself. It is done, without error, if there is one of its kind and key.
func (db *DB) QueueJob(ctx context.Context, j jobs.New) error {
	return db.write(ctx, "queue job", func(t tx) error { return putJob(t, j) })
}

// lockClause is what the locking statements have beside the plain ones, "" where there is one writer.
func (q queries) lockClause() string { return strings.TrimPrefix(q.userLocked, selectUser) }

// ClaimJobs takes at most limit jobs that are due, oldest first, for the length of the lease. Replicas that claim at the
// same time pass over each other's.
func (db *DB) ClaimJobs(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]jobs.Job, error) {
	// Mostly there is nothing, and a read waits for nobody.
	var id int64
	err := db.read(ctx, "look for jobs", func(t tx) error { return t.get(anyDue, []any{millis(now)}, &id) })
	if errors.Is(err, errNoRow) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	query := dueJobs
	if lock := db.q.lockClause(); lock != "" {
		query += lock + " SKIP LOCKED"
	}
	var all []jobs.Job
	err = db.write(ctx, "claim jobs", func(t tx) error {
		all = nil
		var j jobs.Job
		var created int64
		err := t.each(query, []any{millis(now), limit}, []any{&j.ID, &j.Kind, &j.Key, &j.About, &j.Payload, &j.Attempt, &created}, func() error {
			j.CreatedAt = fromMillis(created)
			all = append(all, j)
			return nil
		})
		if err != nil {
			return err
		}
		for i := range all {
			if _, err := t.exec(claimJob, all[i].ID, millis(now.Add(lease))); err != nil {
				return err
			}
			all[i].Attempt++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// SettleJob ends an attempt; jobs.ErrLost if the job is not this attempt's any more.
func (db *DB) SettleJob(ctx context.Context, s jobs.Settlement) error {
	return db.write(ctx, "settle job", func(t tx) error { return settle(t, s) })
}

func settle(t tx, s jobs.Settlement) error {
	query, at := finishJob, s.At
	switch s.State {
	case jobs.Done:
	case jobs.Dead:
		query = buryJob
	case jobs.Open:
		query, at = retryJob, s.Next
	default:
		return fmt.Errorf("%w: a job settled as %q", errInvalid, s.State)
	}
	n, err := t.exec(query, s.ID, s.Attempt, millis(at), null(clean(s.Outcome, maxOutcome)))
	if err == nil && n == 0 {
		return jobs.ErrLost
	}
	return err
}

// ReviveJobs opens dead jobs again, as if they had been queued now, and reports how many there were.
func (db *DB) ReviveJobs(ctx context.Context, now time.Time) (int, error) {
	var n int64
	err := db.write(ctx, "revive jobs", func(t tx) (err error) {
		n, err = t.exec(reviveJobs, millis(now))
		return err
	})
	return int(n), err
}

// DeadJobs lists jobs that were given up, oldest first; limit below 1 means 100.
func (db *DB) DeadJobs(ctx context.Context, limit int) ([]jobs.DeadJob, error) {
	if limit < 1 {
		limit = 100
	}
	var all []jobs.DeadJob
	err := db.read(ctx, "dead jobs", func(t tx) error {
		all = nil
		var j jobs.DeadJob
		var created, dead int64
		return t.each(deadJobs, []any{limit}, []any{&j.ID, &j.Kind, &j.About, &j.Attempts, &j.Outcome, &created, &dead}, func() error {
			j.CreatedAt, j.DeadAt = fromMillis(created), fromMillis(dead)
			all = append(all, j)
			return nil
		})
	})
	return all, err
}

// CountJobs counts what is not done.
func (db *DB) CountJobs(ctx context.Context) (jobs.Counts, error) {
	return db.countJobs(ctx, countJobs)
}

func (db *DB) countJobs(ctx context.Context, query string, args ...any) (jobs.Counts, error) {
	var c jobs.Counts
	err := db.read(ctx, "count jobs", func(t tx) error {
		c = jobs.Counts{}
		var state string
		var n int64
		return t.each(query, args, []any{&state, &n}, func() error {
			if jobs.State(state) == jobs.Dead {
				c.Dead = int(n)
			} else {
				c.Open = int(n)
			}
			return nil
		})
	})
	return c, err
}
