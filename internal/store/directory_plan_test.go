package store_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/store"
)

// A page of users, a look-up and a batch take as long with a million users as with ten: no statement reads a whole
// table or a whole index.
func TestLookupsReadNoWholeTable(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, cfg store.Config, open func(*testing.T) *sql.DB, schema string) {
		db := openStore(t, cfg)
		series := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) "
		id := "printf('%036d', i)"
		if schema != "" {
			id = "lpad(CAST(i AS text), 36, '0')"
		}
		raw := open(t)
		for _, s := range []string{
			"INSERT INTO " + schema + "users (id, status, ref, nickname, created_at) " + series + "SELECT " + id +
				", CASE WHEN i % 100 = 0 THEN 'disabled' ELSE 'active' END, 'r' || i, 'n' || i, 1 FROM n",
			"INSERT INTO " + schema +
				"identities (id, user_id, provider, app, subject, nickname, email, email_state, linked_at, seen_at) " + series +
				"SELECT " + id + ", " + id + ", 'p', 'a', 's' || i, 'n' || i, 'e' || i, 2, 1, 1 FROM n",
			"ANALYZE",
		} {
			if _, err := raw.Exec(s); err != nil {
				t.Fatal(err)
			}
		}
		plans, err := db.DirectoryPlans(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(plans) < 10 {
			t.Fatalf("%d plans", len(plans))
		}
		for query, plan := range plans {
			if !strings.Contains(strings.Join(plan, "\n"), store.IndexFor(query)) {
				t.Errorf("index %s is not in the plan of\n%.300s\n%s", store.IndexFor(query), query, strings.Join(plan, "\n"))
			}
			for i, step := range plan {
				step = strings.TrimLeft(strings.TrimSpace(step), "-> ")
				whole := strings.HasPrefix(step, "Seq Scan") ||
					strings.HasPrefix(step, "SCAN ") && step != "SCAN u" &&
						!strings.HasPrefix(step, "SCAN json_each VIRTUAL TABLE") && query != store.FirstUsers
				// PostgreSQL reads an index whole if no condition follows.
				if strings.HasPrefix(step, "Index") && strings.Contains(step, "Scan") && query != store.FirstUsers &&
					!strings.Contains(step, "events_skipped") { // which has the skipped events only
					whole = i+1 == len(plan) || !strings.Contains(plan[i+1], "Index Cond:")
				}
				if whole && !store.Bounded(query) {
					t.Errorf("%s in the plan of\n%.300s\n%s", step, query, strings.Join(plan, "\n"))
				}
			}
		}
	})
}

// PostgreSQL has no statistics about a table that was filled a moment ago, as by the batches of an import.
func TestManyIdentitiesAreLookedUpByIndexWithoutStatistics(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	db := openStore(t, store.Config{DSN: dsn})
	raw := rawPostgres(t, dsn)
	for _, s := range []string{
		"ALTER TABLE norang.identities SET (autovacuum_enabled = false)",
		`INSERT INTO norang.users (id, status, created_at) VALUES ('00000000-0000-7000-8000-000000000000', 'active', 1)`,
		`INSERT INTO norang.identities (id, user_id, provider, app, subject, email_state, linked_at, seen_at)
SELECT lpad(CAST(i AS text), 36, '0'), u.id, 'k', 'k', 's' || i, 0, 1, 1
FROM generate_series(1, 5000) i, norang.users u`,
	} {
		if _, err := raw.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	plans, err := db.IdentityPlans(t.Context())
	if err != nil || len(plans) != 3 {
		t.Fatalf("%d plans, %v", len(plans), err)
	}
	for _, plan := range plans {
		text := strings.Join(plan, "\n")
		if !strings.Contains(text, "Index Cond: ") || strings.Contains(text, "Seq Scan on identities") ||
			strings.Contains(text, "Filter: (subject") || strings.Contains(text, "Filter: (user_id") {
			t.Errorf("an index is not used for each key:\n%.2000s", text)
		}
	}
}

// Operators are few and users are many: no page of the console reads all users to find the operators, neither before
// nor after the database has statistics.
func TestOperatorsAreReadWithoutAllUsers(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, cfg store.Config, open func(*testing.T) *sql.DB, schema string) {
		db := openStore(t, cfg)
		raw := open(t)
		id := "printf('%036d', i)"
		if schema != "" {
			id = "lpad(CAST(i AS text), 36, '0')"
		}
		check := func(when string) {
			t.Helper()
			plans, err := db.ConsolePlans(t.Context())
			if err != nil || len(plans) != 3 {
				t.Fatalf("%d plans, %v", len(plans), err)
			}
			for query, plan := range plans {
				text := strings.Join(plan, "\n")
				if strings.Contains(text, "SCAN u") || strings.Contains(text, "Seq Scan on users") {
					t.Errorf("%s: all users are read:\n%s\n%s", when, query, text)
				}
			}
		}
		check("empty")
		for _, s := range []string{
			"INSERT INTO " + schema + "users (id, status, created_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 " +
				"FROM n WHERE i < 4000) SELECT " + id + ", 'active', 1 FROM n",
			"ANALYZE",
			"INSERT INTO " + schema + "operators (user_id, role, granted_at, granted_by) SELECT id, 'viewer', 1, 'x' FROM " +
				schema + "users ORDER BY id LIMIT 3",
		} {
			if _, err := raw.Exec(s); err != nil {
				t.Fatal(err)
			}
		}
		check("operators without statistics")
		if _, err := raw.Exec("ANALYZE"); err != nil {
			t.Fatal(err)
		}
		check("with statistics")
	})
}
