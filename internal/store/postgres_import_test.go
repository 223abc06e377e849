package store_test

import (
	"fmt"
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
	dsn := newPostgres(t)
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
