package store

import (
	"context"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/operator"
)

var _ operator.Jobs = (*DB)(nil)

const retryDead = `UPDATE jobs SET state = 'open', ended_at = NULL, run_at = $1, created_at = $1
WHERE state = 'dead' AND ($2 = 0 OR id = $2) RETURNING about`

// RetryJobs opens dead jobs again, as if they had been queued now, and reports how many there were. Whom each is about has
// an access record in the same transaction.
func (db *DB) RetryJobs(ctx context.Context, r jobs.RetryRequest) (int, error) {
	n := 0
	err := db.write(ctx, "retry jobs", func(t tx) error {
		n = 0
		var people []string
		var about string
		if err := t.each(retryDead, []any{millis(r.At), r.ID}, []any{&about}, func() error {
			n++
			people = append(people, about)
			return nil
		}); err != nil {
			return err
		}
		for _, id := range people {
			if err := recordAccess(t, r.Actor, audit.Access{At: r.At, Kind: audit.JobRetry, UserID: id, Outcome: audit.Done}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
