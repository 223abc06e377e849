package store_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/store"
)

// waitGone waits until the server has ended a connection.
func waitGone(t *testing.T, raw *sql.DB, pid int64) {
	t.Helper()
	for n := 1; n > 0; time.Sleep(time.Millisecond) {
		if err := raw.QueryRow("SELECT COUNT(*) FROM pg_stat_activity WHERE pid = $1", pid).Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
}

// PostgreSQL ends a transaction for which this process had no time, as during an import on a busy machine.
func TestATransactionThatWasIdleForTooLongIsRepeated(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	db, raw := openStore(t, store.Config{DSN: dsn}), rawPostgres(t, dsn)
	if _, err := raw.Exec("CREATE TABLE norang.idle (n integer PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	tries := 0
	err := db.Transact(t.Context(), func(get func(string) (int64, error), put func(string) error) error {
		if tries++; tries > 2 {
			return put("INSERT INTO norang.idle SELECT COUNT(*) FROM norang.idle")
		}
		pid, err := get("SELECT CAST(pg_backend_pid() AS bigint)")
		if err != nil {
			return err
		}
		last := 0 // the first try ends before many statements, the second one before the commit
		if tries == 2 {
			last = store.MaxKept + 1
		}
		for i := range store.MaxKept + 2 {
			if i == last {
				_, err := get("SELECT CAST(length(set_config('idle_in_transaction_session_timeout', '1', true)) AS bigint)")
				if err != nil {
					return err
				}
				waitGone(t, raw, pid)
			}
			if err := put("INSERT INTO norang.idle SELECT COUNT(*) FROM norang.idle"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || tries != 3 {
		t.Errorf("%d tries, %v", tries, err)
	}
	var n int
	if err := raw.QueryRow("SELECT COUNT(*) FROM norang.idle").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows, %v", n, err)
	}
}

// The server works while an import writes out its next rows, and memory holds few of them.
func TestStatementsAreNotDelayedWithoutLimit(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	db, raw := openStore(t, store.Config{DSN: dsn}), rawPostgres(t, dsn)
	if _, err := raw.Exec("CREATE SEQUENCE norang.sent"); err != nil { // not undone with a transaction
		t.Fatal(err)
	}
	err := db.Transact(t.Context(), func(_ func(string) (int64, error), put func(string) error) error {
		for range 3 * store.MaxKept {
			if err := put("SELECT nextval('norang.sent')"); err != nil {
				return err
			}
		}
		var sent int
		err := raw.QueryRow("SELECT last_value FROM norang.sent").Scan(&sent)
		if sent < 2*store.MaxKept {
			t.Errorf("%d statements of %d have been sent, want at least %d", sent, 3*store.MaxKept, 2*store.MaxKept)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
