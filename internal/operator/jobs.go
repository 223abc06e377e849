package operator

import (
	"context"
	"slices"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
)

// JobStore reads and reopens jobs. Every method is one transaction.
type JobStore interface {
	// DeadJobs lists jobs that were given up, oldest first.
	DeadJobs(ctx context.Context, limit int) ([]jobs.DeadJob, error)
	// CountJobs counts the jobs that are not done.
	CountJobs(context.Context) (jobs.Counts, error)
	// RetryJobs reopens dead jobs, and returns how many.
	RetryJobs(context.Context, jobs.RetryRequest) (int, error)
	// JobPage lists jobs before a number, the newest first; 0 for the first page. Its time does not grow with the number
	// of rows.
	JobPage(ctx context.Context, f JobFilter) ([]jobs.Listed, error)
}

// Jobs lists jobs and repeats those that were given up.
type Jobs struct {
	caller *Caller
	store  JobStore
}

// NewJobs returns Jobs for a caller.
func NewJobs(c *Caller, store JobStore) *Jobs { return &Jobs{c, store} }

// JobFilter selects jobs: of a kind, or in a state, or all.
type JobFilter struct {
	Kind   string
	State  jobs.State
	Before int64
	Limit  int
}

// Dead lists at most limit jobs that were given up, and counts all that are not done.
func (j *Jobs) Dead(ctx context.Context, limit int) ([]jobs.DeadJob, jobs.Counts, error) {
	all, err := j.store.DeadJobs(ctx, min(max(limit, 1), MaxPage))
	if err != nil {
		return nil, jobs.Counts{}, err
	}
	counts, err := j.store.CountJobs(ctx)
	if err != nil {
		return nil, counts, err
	}
	var users []account.ID
	for _, one := range all {
		if one.About != "" {
			users = append(users, account.ID(one.About))
		}
	}
	if err := j.caller.record(ctx, audit.Access{Kind: audit.JobList, Outcome: audit.Done}, users...); err != nil {
		return nil, counts, err
	}
	return all, counts, nil
}

// Retry reopens a dead job, or all of them if id is 0, and returns how many. The running service performs them.
func (j *Jobs) Retry(ctx context.Context, id int64) (int, error) {
	n, err := j.store.RetryJobs(ctx, jobs.RetryRequest{ID: id, At: j.caller.now(), Actor: j.caller.actor})
	if err == nil && n == 0 {
		err = j.caller.record(ctx, audit.Access{Kind: audit.JobRetry, Outcome: audit.NotFound})
	}
	return n, err
}

// Page is a page of jobs and whether there are more. Each user concerned gets an access record.
func (j *Jobs) Page(ctx context.Context, f JobFilter) (page []jobs.Listed, more bool, err error) {
	limit := min(max(f.Limit, 1), MaxPage)
	f.Limit = limit + 1
	if page, err = j.store.JobPage(ctx, f); err != nil {
		return nil, false, err
	}
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	var users []account.ID
	for _, one := range page {
		if id := account.ID(one.About); id != "" && !slices.Contains(users, id) {
			users = append(users, id)
		}
	}
	return page, more, j.caller.record(ctx, audit.Access{Kind: audit.JobList, Outcome: audit.Done}, users...)
}
