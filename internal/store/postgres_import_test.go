package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/importing"
	"github.com/norang-login/norang/internal/store"
)

// Without statistics an export right after an import would read all consents for each page.
func TestPostgresKnowsItsTablesAfterAnImport(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	db, raw := openStore(t, store.Config{DSN: dsn}), rawPostgres(t, dsn)
	for _, table := range []string{"users", "identities", "consents", "audit_log"} {
		if _, err := raw.Exec("ALTER TABLE norang." + table + " SET (autovacuum_enabled = false)"); err != nil {
			t.Fatal(err)
		}
	}
	const rows = 2000
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b := importing.Batch{Provider: "kakao", Namespace: "1", At: at, Actor: audit.Operator("kim", "", audit.Client{})}
	for i := range rows {
		b.Rows = append(b.Rows, importing.Row{
			Subject: fmt.Sprint(4_000_000_000 + i), Status: account.Active,
			Consents: []account.Consent{{Kind: account.ConsentTerms, Tag: "service", Version: "1", Agreed: true}},
		})
	}
	if _, err := db.WriteImport(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	db.AfterImport(t.Context())
	for _, table := range []string{"users", "identities", "consents", "audit_log"} {
		var n int
		err := raw.QueryRow("SELECT reltuples FROM pg_class WHERE oid = CAST($1 AS regclass)", "norang."+table).Scan(&n)
		if err != nil || n < rows {
			t.Errorf("%s: %d rows, %v", table, n, err)
		}
	}
}

// After five pages of an export PostgreSQL plans without the values, and must still look users up one by one.
func TestPostgresReadsPagesOfAnExportByIndex(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	openStore(t, store.Config{DSN: dsn})
	raw := rawPostgres(t, dsn)
	raw.SetMaxOpenConns(1)
	for _, s := range []string{
		"SET search_path = norang",
		"INSERT INTO users (id, status, created_at) SELECT lpad(CAST(i AS text), 36, '0'), 'active', 1 " +
			"FROM generate_series(1, 20000) i",
		"INSERT INTO identities (id, user_id, provider, app, subject, email_state, linked_at, seen_at) " +
			"SELECT id, id, 'kakao', '1', id, 0, 1, 1 FROM users",
		"ANALYZE users", "ANALYZE identities",
		"SET plan_cache_mode = force_generic_plan",
		"PREPARE page (text, text, text, integer) AS " + store.ExportUsersPostgres,
	} {
		if _, err := raw.Exec(s); err != nil {
			t.Fatalf("%.50s: %v", s, err)
		}
	}
	rows, err := raw.Query("EXPLAIN EXECUTE page('kakao', '1', '', 500)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(line + "\n")
	}
	if text := plan.String(); rows.Err() != nil || strings.Contains(text, "Seq Scan") ||
		!strings.Contains(text, "identities_user") {
		t.Errorf("%v\n%s", rows.Err(), text)
	}
}
