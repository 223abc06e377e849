package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// Root works on the database of a service that runs under another account: what it creates next to the database, or in
// its place, must be the service's.
func TestFilesOfRootBelongToTheAccountOfTheDatabase(t *testing.T) {
	t.Parallel()
	const uid, gid = 65534, 65533
	if os.Getuid() != 0 {
		skipped.Skip(t, "root, to own files of another user")
	}
	path, copied := migratedPath(t), filepath.Join(t.TempDir(), "backup.db")
	if err := os.Chown(path, uid, gid); err != nil {
		t.Fatal(err)
	}
	db := openSQLite(t, store.Config{DSN: path, Exclusive: true})
	one := benchCompletion(1)
	if err := signIn(t.Context(), db, one); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	leave(t, db, userOf(t, db, one.Session.Key))
	if _, err := db.Replay(t.Context(), time.Time{}); errors.Join(err, db.Close()) != nil {
		t.Fatal(err)
	}
	belong := func(names ...string) {
		t.Helper()
		for _, name := range names {
			info, err := os.Lstat(path + name)
			if err != nil {
				t.Error(err)
				continue
			}
			if owner := info.Sys().(*syscall.Stat_t); owner.Uid != uid || owner.Gid != gid || info.Mode() != 0o600 {
				t.Errorf("%s: owner %d:%d, mode %v", info.Name(), owner.Uid, owner.Gid, info.Mode())
			}
		}
	}
	belong("", ".lock", ".erasures", ".erasures.lock")
	if _, err := store.Restore(t.Context(), store.Config{DSN: path}, copied, restorer); err != nil {
		t.Fatal(err)
	}
	belong("")
	// The account could have put a link there.
	victim := filepath.Join(t.TempDir(), "victim")
	if err := errors.Join(os.WriteFile(victim, nil, 0o600), os.Remove(path+".lock"),
		os.Symlink(victim, path+".lock")); err != nil {
		t.Fatal(err)
	}
	openSQLite(t, store.Config{DSN: path, Exclusive: true})
	if info, err := os.Stat(victim); err != nil || info.Sys().(*syscall.Stat_t).Uid != 0 {
		t.Errorf("a link gave away the file of root: %v", err)
	}
}
