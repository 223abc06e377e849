package operator

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
)

// Jobs is what this package needs to know of the queue. Every method is one transaction.
type Jobs interface {
	// DeadJobs lists jobs that were given up, oldest first.
	DeadJobs(ctx context.Context, limit int) ([]jobs.DeadJob, error)
	// CountJobs counts what is not done.
	CountJobs(context.Context) (jobs.Counts, error)
	// RetryJobs opens dead jobs again, and reports how many there were.
	RetryJobs(context.Context, Retry) (int, error)
}

// Retry opens dead jobs again.
type Retry struct {
	ID     int64 // 0 for all
	At     time.Time
	Actor  string
	Client audit.Client
	Access *audit.Access
}

// DeadJobs looks at what was given up, at most limit, and counts all that is not done.
func (d *Service) DeadJobs(ctx context.Context, limit int) ([]jobs.DeadJob, jobs.Counts, error) {
	all, err := d.cfg.Jobs.DeadJobs(ctx, min(max(limit, 1), MaxPage))
	if err != nil {
		return nil, jobs.Counts{}, err
	}
	counts, err := d.cfg.Jobs.CountJobs(ctx)
	if err != nil {
		return nil, counts, err
	}
	var people []account.ID
	for _, j := range all {
		if j.About != "" {
			people = append(people, account.ID(j.About))
		}
	}
	if err := d.record(ctx, note{kind: audit.JobList, outcome: audit.Done}, people...); err != nil {
		return nil, counts, err
	}
	return all, counts, nil
}

// RetryJobs opens dead jobs again, all of them if id is 0, and says how many there were. The running service does them.
func (d *Service) RetryJobs(ctx context.Context, id int64) (int, error) {
	n, err := d.cfg.Jobs.RetryJobs(ctx, Retry{ID: id, At: d.now(), Actor: d.Actor(), Client: d.cfg.Who.Client, Access: d.access(audit.JobRetry, "")})
	if err == nil && n == 0 {
		err = d.record(ctx, note{kind: audit.JobRetry, outcome: audit.NotFound})
	}
	return n, err
}
