package store_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

func TestReadersAreOpenedWhenTheyAreNeeded(t *testing.T) {
	t.Parallel()
	db := openSQLite(t, store.Config{DSN: migratedPath(t), Exclusive: true, Readers: 3})
	for range 10 {
		if _, err := db.Principal(t.Context(), session.Key{1}); !errors.Is(err, session.ErrNone) {
			t.Fatal(err)
		}
	}
	if n := db.OpenedReaders(); n != 1 {
		t.Errorf("%d connections for reads one after the other", n)
	}
	if err := db.OpenReaders(t.Context()); err != nil || db.OpenedReaders() != 4 {
		t.Errorf("%d connections for four reads at once (%v)", db.OpenedReaders(), err)
	}
	if working, _ := db.Load(); working != 0 {
		t.Errorf("%d connections are in use after the reads", working)
	}
}

// ST-18: a reader that is opened late reads nothing from another file.
func TestST18_ReadersAreNotOpenedOnAnotherFile(t *testing.T) {
	t.Parallel()
	path := migratedPath(t)
	db := openSQLite(t, store.Config{DSN: path, Exclusive: true, BusyTimeout: 20 * time.Millisecond})
	content, err := os.ReadFile(path)
	if err == nil {
		err = errors.Join(os.WriteFile(path+".new", content, 0o600), os.Rename(path+".new", path))
	}
	if err != nil {
		t.Fatal(err)
	}
	err = db.OpenReaders(t.Context())
	if !errors.Is(err, store.ErrBusy) || !strings.Contains(err.Error(), "another file") {
		t.Errorf("got %v", err)
	}
	if n := db.OpenedReaders(); n != 1 {
		t.Errorf("%d connections", n)
	}
}
