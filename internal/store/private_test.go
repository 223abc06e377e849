package store_test

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/store"
)

func TestOP15_DatabaseFilesBecomePrivate(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("left out: no file modes on Windows")
	}
	for _, mode := range []fs.FileMode{0o644, 0o666, 0o640, 0o604} {
		path := migratedPath(t)
		db, err := store.Open(t.Context(), store.Config{DSN: path, Exclusive: true})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := signIn(t.Context(), db, benchCompletion(1)); err != nil {
			t.Fatal(err)
		}
		all, err := filepath.Glob(path + "*")
		if err != nil || len(all) < 3 {
			t.Fatalf("files are %q, %v", all, err)
		}
		for _, f := range all {
			if err := os.Chmod(f, mode); err != nil {
				t.Fatal(err)
			}
		}
		var log strings.Builder
		other := openSQLite(t, store.Config{DSN: path, Log: slog.New(slog.NewTextHandler(&log, nil))})
		for _, end := range []string{"", "-wal", "-shm"} {
			if info, err := os.Stat(path + end); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%v: norang.db%s has mode %v, %v", mode, end, info.Mode(), err)
			}
		}
		if n := strings.Count(log.String(), "other users"); n != 3 {
			t.Errorf("%v: %d warnings: %s", mode, n, log.String())
		}
		// A backup is private even if its source was not, and so is what a restore puts aside.
		from := path + ".copy"
		if err := errors.Join(other.Backup(t.Context(), from), other.Close(), db.Close()); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Chmod(path, mode), os.Chmod(from, mode)); err != nil {
			t.Fatal(err)
		}
		log.Reset()
		r, err := store.Restore(t.Context(), store.Config{DSN: path, Log: slog.New(slog.NewTextHandler(&log, nil))}, from,
			audit.Event{Kind: audit.DatabaseRestore, Actor: "system"})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(log.String(), "other users can read the backup") {
			t.Errorf("no warning about the backup: %s", log.String())
		}
		for _, f := range []string{path, r.Aside} {
			if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%v: %s has mode %v, %v", mode, f, info.Mode(), err)
			}
		}
	}
}

func TestOP15_DanglingLinkAsDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	path, target := tempPath(t), tempPath(t)
	if err := os.Symlink(target, path); err != nil {
		t.Skip("left out: no symbolic links")
	}
	for _, exclusive := range []bool{true, false} {
		_, err := store.Open(t.Context(), store.Config{DSN: path, Exclusive: exclusive})
		if err == nil || !strings.Contains(err.Error(), "symbolic link") {
			t.Errorf("opened: %v", err)
		}
	}
	from := tempPath(t) + ".copy"
	if err := openSQLite(t, store.Config{DSN: migratedPath(t)}).Backup(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Restore(t.Context(), store.Config{DSN: path}, from,
		audit.Event{Kind: audit.DatabaseRestore, Actor: "system"}); err == nil {
		t.Error("restored through the link")
	}
	if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the target was made: %v", err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v", err)
	}
}
