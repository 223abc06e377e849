package operator

import (
	"context"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
)

// Jobs is what this package needs of the job queue. Every method is one transaction.
type Jobs interface {
	// DeadJobs lists jobs that were given up, oldest first.
	DeadJobs(ctx context.Context, limit int) ([]jobs.DeadJob, error)
	// CountJobs counts the jobs that are not done.
	CountJobs(context.Context) (jobs.Counts, error)
	// RetryJobs reopens dead jobs, and returns how many.
	RetryJobs(context.Context, jobs.RetryRequest) (int, error)
}

// DeadJobs lists at most limit jobs that were given up, and counts all that are not done.
func (s *Service) DeadJobs(ctx context.Context, limit int) ([]jobs.DeadJob, jobs.Counts, error) {
	all, err := s.cfg.Jobs.DeadJobs(ctx, min(max(limit, 1), MaxPage))
	if err != nil {
		return nil, jobs.Counts{}, err
	}
	counts, err := s.cfg.Jobs.CountJobs(ctx)
	if err != nil {
		return nil, counts, err
	}
	var users []account.ID
	for _, j := range all {
		if j.About != "" {
			users = append(users, account.ID(j.About))
		}
	}
	if err := s.record(ctx, audit.Access{Kind: audit.JobList, Outcome: audit.Done}, users...); err != nil {
		return nil, counts, err
	}
	return all, counts, nil
}

// RetryJobs reopens a dead job, or all of them if id is 0, and returns how many. The running service performs them.
func (s *Service) RetryJobs(ctx context.Context, id int64) (int, error) {
	n, err := s.cfg.Jobs.RetryJobs(ctx, jobs.RetryRequest{ID: id, At: s.now(), Actor: s.cfg.Actor})
	if err == nil && n == 0 {
		err = s.record(ctx, audit.Access{Kind: audit.JobRetry, Outcome: audit.NotFound})
	}
	return n, err
}
