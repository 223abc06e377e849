package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/store/storetest"
	"github.com/norang-login/norang/internal/testkit/databasetest"
	"github.com/norang-login/norang/internal/testkit/disktest"
)

func openSQLite(t *testing.T, cfg store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return db
}

func rawSQLite(t *testing.T, path string) *sql.DB {
	t.Helper()
	raw, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	return raw
}

// textRows reads all rows as text.
func textRows(t *testing.T, raw *sql.DB, query string) [][]string {
	t.Helper()
	rows, err := raw.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	all := [][]string{}
	for rows.Next() {
		vals, dest := make([]any, len(cols)), make([]any, len(cols))
		for i := range vals {
			dest[i] = &vals[i]
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(cols))
		for i, v := range vals {
			switch v := v.(type) {
			case nil:
				row[i] = "NULL"
			case []byte:
				row[i] = string(v)
			default:
				row[i] = fmt.Sprint(v)
			}
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// migratedPath is the path of a migrated file, for tests that are not about creating or migrating a database.
func migratedPath(t *testing.T) string {
	t.Helper()
	path := tempPath(t)
	databasetest.WriteFile(t, path)
	return path
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		path := filepath.Join(disktest.Memory(t), "norang.db") // to wait for a disk takes longer than most tests
		databasetest.WriteFile(t, path)
		raw := rawSQLite(t, path)
		cfg := store.Config{DSN: path, BusyTimeout: time.Minute}
		return storetest.Subject{
			Store:   openSQLite(t, cfg),
			Other:   openSQLite(t, cfg),
			Query:   func(t *testing.T, q string) [][]string { return textRows(t, raw, q) },
			Exec:    func(q string) error { _, err := raw.Exec(q); return err },
			Members: "norang_members",
		}
	})
}
