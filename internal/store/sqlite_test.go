package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/store/storetest"
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

// emptySQLite is a database that has its tables and nothing else. To migrate one for each test would take longer than
// most of these tests.
var emptySQLite = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "norang-test-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "norang.db")
	db, err := store.Open(context.Background(), store.Config{DSN: path})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil { // with which all of its log is copied into it
		return nil, err
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("a log is left: %w", err)
	}
	return os.ReadFile(path)
})

// migratedPath is the path of a copy of emptySQLite, for tests that are not about creating or migrating a database.
func migratedPath(t *testing.T) string {
	t.Helper()
	path := tempPath(t)
	empty, err := emptySQLite()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, empty, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		path := migratedPath(t)
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
