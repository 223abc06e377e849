package store_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/store"
)

// A page of the console takes as long with ten million rows as with ten: no statement reads a whole table or sorts what
// it reads. Entries of the same millisecond may be put in order.
func TestListingsNeitherReadNorSortEverything(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, cfg store.Config, open func(*testing.T) *sql.DB, schema string) {
		db := openStore(t, cfg)
		raw := open(t)
		series := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) "
		id := "printf('%036d', i)"
		if schema != "" {
			id = "lpad(CAST(i AS text), 36, '0')"
		}
		for _, s := range []string{
			"INSERT INTO " + schema + "audit_log (class, at, kind, actor, user_id) " + series +
				"SELECT CASE WHEN i % 4 = 0 THEN 'access' ELSE 'member' END, i * 1000, 'k', 'operator:' || (i % 10), " +
				id + " FROM n",
			"INSERT INTO " + schema + "jobs (kind, key, state, attempts, run_at, created_at, ended_at) " + series +
				"SELECT 'k' || (i % 5), 'x' || i, CASE WHEN i % 9 = 0 THEN 'dead' ELSE 'done' END, 1, i, i, i FROM n",
			"INSERT INTO " + schema + "failed_attempts (at, request_id, code, provider, browser, device, user_id) " + series +
				"SELECT i, 'r' || i, 'c' || (i % 9), 'p' || (i % 9), 'chrome', 'mobile', " + id + " FROM n",
			"INSERT INTO " + schema + "events (at, kind, user_id) " + series + "SELECT i, 'k', " + id + " FROM n",
			"INSERT INTO " + schema + "figures (span, metric, at, label, n, total) " + series +
				"SELECT 60, 'm' || (i % 9), i * 60000, 'l', 1, 0 FROM n",
			"ANALYZE",
		} {
			if _, err := raw.Exec(s); err != nil {
				t.Fatal(err)
			}
		}
		plans, err := db.ListingPlans(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(plans) < 20 {
			t.Fatalf("%d plans", len(plans))
		}
		for query, plan := range plans {
			for i, step := range plan {
				step = strings.TrimLeft(strings.TrimSpace(step), "-> ")
				// In the order of the key without a condition, a listing reads only as far as its limit.
				first := !strings.Contains(query, " WHERE ")
				sums := strings.Contains(query, "GROUP BY") // what is sorted then has a bound
				bad := strings.HasPrefix(step, "Seq Scan") || strings.HasPrefix(step, "SCAN ") && !first ||
					!sums && (strings.Contains(step, "TEMP B-TREE FOR ORDER BY") || strings.HasPrefix(step, "Sort  ("))
				if strings.HasPrefix(step, "Index") && strings.Contains(step, "Scan") && !first {
					bad = bad || i+1 == len(plan) || !strings.Contains(plan[i+1], "Index Cond:")
				}
				if bad {
					t.Errorf("%s in the plan of\n%s\n%s", step, query, strings.Join(plan, "\n"))
				}
			}
		}
	})
}
