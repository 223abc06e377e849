package store_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/store"
)

// A service whose file is removed, replaced or emptied says at once that it is not ready, and makes no new file.
func TestST18_LostDatabaseFileIsNotReady(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(path string) error{
		"removed": os.Remove,
		"emptied": func(path string) error { return os.Truncate(path, 0) },
		"replaced by a copy": func(path string) error {
			content, err := os.ReadFile(path + ".copy")
			if err != nil {
				return err
			}
			if err := os.WriteFile(path+".new", content, 0o600); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		},
		"overwritten by zeros": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, make([]byte, info.Size()), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := migratedPath(t)
			db := openSQLite(t, store.Config{DSN: path})
			if err := db.Backup(t.Context(), path+".copy"); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil { // so that everything is in the file
				t.Fatal(err)
			}
			db, err := store.Open(t.Context(), store.Config{DSN: path, Exclusive: true})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if err := db.Ping(t.Context()); err != nil {
				t.Fatalf("before: %v", err)
			}
			if err := lose(path); err != nil {
				t.Fatal(err)
			}
			if err := db.Ping(t.Context()); err == nil {
				t.Error("ready after the loss")
			}
			if _, err := os.Stat(path); name == "removed" && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the file was made again: %v", err)
			}
		})
	}
}

// Nor is a service whose log or the index of it is removed, as by an operator who frees space. What it writes until it
// is stopped is kept, if nothing else has opened the database.
func TestST18_LostLogIsNotReadyAndKeptAtTheEnd(t *testing.T) {
	t.Parallel()
	for _, ends := range [][]string{{"-wal"}, {"-shm"}, {"-wal", "-shm"}} {
		t.Run(strings.Join(ends, " "), func(t *testing.T) {
			t.Parallel()
			path := migratedPath(t)
			db, err := store.Open(t.Context(), store.Config{DSN: path, Exclusive: true})
			if err != nil {
				t.Fatal(err)
			}
			before, after := benchCompletion(1), benchCompletion(2)
			if err := errors.Join(signIn(t.Context(), db, before), db.Ping(t.Context())); err != nil {
				t.Fatalf("before: %v", err)
			}
			for _, end := range ends {
				if err := os.Remove(path + end); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.Ping(t.Context()); err == nil {
				t.Error("ready after the loss")
			}
			if err := errors.Join(signIn(t.Context(), db, after), db.Close()); err != nil {
				t.Fatal(err)
			}
			again := openSQLite(t, store.Config{DSN: path})
			for _, c := range []login.Completion{before, after} {
				if _, err := again.Principal(t.Context(), c.Session.Key); err != nil {
					t.Errorf("lost: %v", err)
				}
			}
		})
	}
}

// A command that needs a database does not fill an empty file either.
func TestST16_CommandsDoNotFillAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	path := tempPath(t)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), store.Config{DSN: path, MustExist: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opened: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 0 {
		t.Errorf("the file was changed: %v %v", info, err)
	}
}
