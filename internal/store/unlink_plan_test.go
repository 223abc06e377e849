package store_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/store"
)

// A first sign-in finds the unlink jobs of its link by an index, among those that are done, wait or have failed.
func TestUnlinkJobsOfALinkAreFoundByAnIndex(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, cfg store.Config, open func(*testing.T) *sql.DB, schema string) {
		db := openStore(t, cfg)
		raw := open(t)
		fillUnlinkJobs(t, raw, schema, 4000)
		for _, analyzed := range []bool{false, true} {
			if analyzed {
				if _, err := raw.Exec("ANALYZE"); err != nil {
					t.Fatal(err)
				}
			}
			plan, err := db.WaitingUnlinksPlan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			all := strings.Join(plan, "\n")
			if !strings.Contains(all, "jobs_link") || strings.Contains(all, "SCAN jobs") || strings.Contains(all, "Seq Scan") {
				t.Errorf("analyzed %t: not by the index of links alone:\n%s", analyzed, all)
			}
		}
	})
}

// fillUnlinkJobs adds n dead unlink jobs with tokens of n links, and n that are done.
func fillUnlinkJobs(t testing.TB, raw *sql.DB, schema string, n int) {
	t.Helper()
	series := fmt.Sprintf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) ", n)
	for _, s := range []string{
		"SELECT 'unlink', 'done ' || i, NULL, 'done', 1, i, i, i FROM n",
		`SELECT 'unlink', 'dead ' || i, '{"Provider":"kakao","App":"123456","Subject":"dead ' || i || ` +
			`'","Tokens":[{"Sealed":"s"}]}', 'dead', 1, i, i, i FROM n`,
	} {
		_, err := raw.Exec("INSERT INTO " + schema +
			"jobs (kind, key, payload, state, attempts, run_at, created_at, ended_at) " + series + s)
		if err != nil {
			t.Fatal(err)
		}
	}
}
