package store_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/store"
)

// A first sign-in looks for unlink jobs among those that wait, and not among the jobs that are done.
func TestWaitingUnlinkJobsAreFoundAmongWaitingJobs(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, cfg store.Config, open func(*testing.T) *sql.DB, schema string) {
		db := openStore(t, cfg)
		raw := open(t)
		for _, s := range []string{
			"INSERT INTO " + schema + "jobs (kind, key, payload, state, attempts, run_at, created_at, ended_at) " +
				"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) " +
				"SELECT 'unlink', 'k' || i, NULL, 'done', 1, i, i, i FROM n",
			"ANALYZE",
		} {
			if _, err := raw.Exec(s); err != nil {
				t.Fatal(err)
			}
		}
		plan, err := db.WaitingUnlinksPlan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(plan, "\n")
		if !strings.Contains(all, "jobs_") {
			t.Errorf("no index is used:\n%s", all)
		}
		if strings.Contains(all, "Seq Scan") || strings.Contains(all, "SCAN jobs") {
			t.Error(all)
		}
	})
}
