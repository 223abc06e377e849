// Package databasetest gives tests databases that are migrated already.
package databasetest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/norang-login/norang/internal/store"
)

// migrated is a SQLite file that has its tables and nothing else. To migrate one for each test would take longer than
// most tests.
var migrated = sync.OnceValues(func() ([]byte, error) {
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

// WriteFile writes a migrated SQLite file to path. It is for tests that are not about creating or migrating one.
func WriteFile(t testing.TB, path string) {
	t.Helper()
	content, err := migrated()
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
