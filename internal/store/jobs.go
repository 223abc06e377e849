package store

import (
	"context"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/providertoken"
)

// queue keeps jobs, and the events for the app.
type queue struct{ *core }

var (
	_ operator.JobStore = (*DB)(nil)
	_ events.Store      = (*DB)(nil)
)

const (
	insertJob = `INSERT INTO jobs (kind, key, about, payload, state, attempts, run_at, created_at)
VALUES ($1, $2, $3, $4, 'open', 0, $5, $5)
ON CONFLICT (kind, key) DO NOTHING`

	anyDue  = `SELECT id FROM jobs WHERE state = 'open' AND run_at <= $1 ORDER BY run_at LIMIT 1`
	dueJobs = `SELECT id, kind, key, about, payload, attempts, created_at FROM jobs
WHERE state = 'open' AND run_at <= $1 ORDER BY run_at, id LIMIT $2`

	claimJob = `UPDATE jobs SET attempts = attempts + 1, run_at = $2 WHERE id = $1`

	// Only the number of the last claim settles a job, and only once.
	ofAttempt = ` WHERE id = $1 AND attempts = $2 AND state = 'open'`
	finishJob = `UPDATE jobs SET state = 'done', payload = NULL, ended_at = $3, outcome = $4` + ofAttempt
	buryJob   = `UPDATE jobs SET state = 'dead', ended_at = $3, outcome = $4` + ofAttempt
	retryJob  = `UPDATE jobs SET run_at = $3, outcome = $4` + ofAttempt

	reviveJobs = `UPDATE jobs SET state = 'open', ended_at = NULL, run_at = $1, created_at = $1
WHERE state = 'dead' AND ($2 = 0 OR id = $2) RETURNING about`
	deadJobs = `SELECT id, kind, about, attempts, outcome, created_at, ended_at FROM jobs
WHERE state = 'dead' ORDER BY ended_at, id LIMIT $1`
	unfinishedJobs = `SELECT state, COUNT(*) FROM jobs WHERE state <> 'done' GROUP BY state`
	jobsAbout      = `SELECT state, COUNT(*) FROM jobs WHERE about = $1 AND kind = $2 AND state <> 'done' GROUP BY state`
	unlinksAbout   = `SELECT state, payload FROM jobs WHERE about = $1 AND kind = $2 AND state <> 'done' ORDER BY id`
	sweepJobs      = `DELETE FROM jobs WHERE id IN (
	SELECT id FROM jobs WHERE state = 'done' AND ended_at < $1 ORDER BY ended_at LIMIT $2)`

	// Jobs that served only the erased user. Unlink jobs are not among them: withdrawal waits for them.
	forgetJobsOf = `DELETE FROM jobs
WHERE about = $1 AND kind IN ('` + consent.RevokeTermJob + `', '` + providertoken.CheckLinkJob + `')`

	maxOutcome = 300
)

// forgetJobs deletes jobs that name an erased user, and failed sign-ins. Dead jobs would stay for ever; retried ones
// would act on what the same person has agreed to since as a new user.
func forgetJobs(t tx, id account.ID) error {
	if err := t.put(forgetFailuresOf, string(id)); err != nil {
		return err
	}
	return t.put(forgetJobsOf, string(id))
}

// putJob queues a job in the transaction that it follows from.
func putJob(t tx, j jobs.New) error {
	if j.Kind == "" || j.Key == "" || len(j.Payload) > jobs.MaxPayload {
		return fmt.Errorf("%w: job of kind %q with a payload of %d bytes", errInvalid, j.Kind, len(j.Payload))
	}
	_, err := t.exec(insertJob, clean(j.Kind, maxShort), clean(j.Key, maxShort), null(clean(j.About, maxShort)),
		clean(j.Payload, jobs.MaxPayload), millis(j.At))
	return err
}

// QueueJob queues a job by itself. It succeeds if there is one of its kind and key.
func (db *queue) QueueJob(ctx context.Context, j jobs.New) error {
	return db.write(ctx, "queue job", func(t tx) error { return putJob(t, j) })
}

// ClaimJobs claims at most limit jobs that are due, oldest first, for the length of the lease. Replicas that claim at
// the same time skip each other's.
func (db *queue) ClaimJobs(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]jobs.Job, error) {
	var id int64 // mostly nothing is due, and a read waits for no lock
	if due, err := db.get(ctx, "look for jobs", anyDue, []any{millis(now)}, &id); !due {
		return nil, err
	}
	var all []jobs.Job
	err := db.write(ctx, "claim jobs", func(t tx) (err error) {
		var j jobs.Job
		var created int64
		dest := []any{&j.ID, &j.Kind, &j.Key, &j.About, &j.Payload, &j.Attempt, &created}
		all, err = collect(t, db.q.dueJobsLocked, []any{millis(now), limit}, dest, func() jobs.Job {
			j.CreatedAt = fromMillis(created)
			return j
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

// SettleJob ends an attempt; jobs.ErrLost if it has lost its claim.
func (db *queue) SettleJob(ctx context.Context, s jobs.Settlement) error {
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
		return fmt.Errorf("%w: job settled as %q", errInvalid, s.State)
	}
	return execOne(t, jobs.ErrLost, query, s.ID, s.Attempt, millis(at), null(clean(s.Outcome, maxOutcome)))
}

// ReviveJobs reopens dead jobs, as if they were queued now, and returns how many there were.
func (db *queue) ReviveJobs(ctx context.Context, now time.Time) (int, error) {
	return db.RetryJobs(ctx, jobs.RetryRequest{At: now})
}

// RetryJobs reopens dead jobs for an operator, and writes an access record for each user that they are about.
func (db *queue) RetryJobs(ctx context.Context, r jobs.RetryRequest) (int, error) {
	var about []string
	err := db.write(ctx, "retry jobs", func(t tx) (err error) {
		if about, err = texts(t, reviveJobs, millis(r.At), r.ID); err != nil {
			return err
		}
		for _, id := range about {
			if err := recordAccess(t, r.Actor, audit.Access{At: r.At, Kind: audit.JobRetry, UserID: id,
				Outcome: audit.Done}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(about), nil
}

// DeadJobs lists dead jobs, oldest first; limit below 1 means 100.
func (db *queue) DeadJobs(ctx context.Context, limit int) ([]jobs.DeadJob, error) {
	if limit < 1 {
		limit = 100
	}
	var j jobs.DeadJob
	var created, dead int64
	dest := []any{&j.ID, &j.Kind, &j.About, &j.Attempts, &j.Outcome, &created, &dead}
	return list(ctx, db.core, "dead jobs", deadJobs, []any{limit}, dest, func() jobs.DeadJob {
		j.CreatedAt, j.DeadAt = fromMillis(created), fromMillis(dead)
		return j
	})
}

// CountJobs counts the unfinished jobs.
func (db *queue) CountJobs(ctx context.Context) (jobs.Counts, error) {
	return db.countJobs(ctx, unfinishedJobs)
}

func (c *core) countJobs(ctx context.Context, query string, args ...any) (n jobs.Counts, err error) {
	var state string
	var count int64
	err = c.read(ctx, "count jobs", func(t tx) error {
		return t.each(query, args, []any{&state, &count}, func() error {
			if jobs.State(state) == jobs.Dead {
				n.Dead = int(count)
			} else {
				n.Open = int(count)
			}
			return nil
		})
	})
	return n, err
}
