package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/norang-login/norang/internal/store"
)

func TestBackupIsAConsistentSnapshot(t *testing.T) {
	t.Parallel()
	path := migratedPath(t)
	db := openSQLite(t, store.Config{DSN: path, Exclusive: true})
	before := benchCompletion(1)
	if err := signIn(t.Context(), db, before); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { // the service goes on meanwhile
		for n := int64(2); ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := signIn(t.Context(), db, benchCompletion(n)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	copied := filepath.Join(t.TempDir(), "backup.db")
	err := db.Backup(t.Context(), copied)
	close(stop)
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(copied); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(copied), ".norang*")); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
	restored := openSQLite(t, store.Config{DSN: copied, MustExist: true})
	if _, err := restored.Principal(t.Context(), before.Session.Key); err != nil {
		t.Errorf("in the copy: %v", err)
	}
	if faults, err := restored.Check(t.Context()); err != nil || len(faults) != 0 {
		t.Errorf("Check of the copy = %q, %v", faults, err)
	}
	if err := db.Backup(t.Context(), copied); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Backup over a file: %v", err)
	}
}

func TestCheckFindsFaults(t *testing.T) {
	t.Parallel()
	path := migratedPath(t)
	db := openSQLite(t, store.Config{DSN: path})
	if err := signIn(t.Context(), db, benchCompletion(1)); err != nil {
		t.Fatal(err)
	}
	if faults, err := db.Check(t.Context()); err != nil || len(faults) != 0 {
		t.Errorf("Check of a good database = %q, %v", faults, err)
	}
	raw := rawSQLite(t, path)
	raw.SetMaxOpenConns(1)
	for _, q := range []string{"PRAGMA foreign_keys = OFF", "DELETE FROM users"} {
		if _, err := raw.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if faults, err := db.Check(t.Context()); err != nil || len(faults) == 0 {
		t.Errorf("Check of a database with orphans = %q, %v", faults, err)
	}
}
