package app_test

import (
	"database/sql"
	"sync"
	"testing"

	_ "modernc.org/sqlite"
)

// lockDatabase holds the write lock, as a long transaction of another process would.
func lockDatabase(t *testing.T, path string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() {
		_, err := db.Exec("ROLLBACK")
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(release)
	return release
}
