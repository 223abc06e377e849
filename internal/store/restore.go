package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/audit"
)

// ErrUnsound: what was to be restored is no whole database of norang's.
var ErrUnsound = errors.New("store: the copy is not sound")

// Restored is what [Restore] did.
type Restored struct {
	// Aside is where the database from before is now, "" if there was none. It holds everything that it held.
	Aside string
	// Erased is how many people had left since the copy was made and were let go again; Sessions how many sessions ended.
	Erased, Sessions int
	// Current is the newest migration of the database, after those that it lacked were applied.
	Current int64
}

// Restore puts a copy that [DB.Backup] made in the place of the SQLite database cfg.DSN, while no service runs on it
// ([ErrInUse]); commands may not run either. The copy itself is left alone. Until the new database has its name, the old
// one has it, whatever happens in between.
//
// A copy knows nothing of what happened since, and some of that must hold all the same: whoever has left is erased again
// (see [DB.Replay]), and every session ends, because it cannot be known which of them were ended. Whoever was suspended
// since is not suspended in the copy. by leaves an access record in the new database.
func Restore(ctx context.Context, cfg Config, from string, by audit.Event) (r Restored, err error) {
	defer func() { err = markFull(err) }()
	if err := cfg.setDefaults(); err != nil {
		return r, err
	}
	if strings.HasPrefix(cfg.DSN, "postgres://") || strings.HasPrefix(cfg.DSN, "postgresql://") {
		return r, ErrNotSQLite
	}
	path, old, err := restoreTarget(cfg.DSN)
	if err != nil {
		return r, err
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, lock.unlock()) }()
	dir, err := os.MkdirTemp(filepath.Dir(path), ".norang-restore-*") // mode 0700
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	fresh := filepath.Join(dir, "fresh.db")
	if err := copyDatabase(from, fresh); err != nil {
		return r, err
	}
	if old {
		saveNotes(ctx, cfg, path)
	}
	cfg.DSN, cfg.MustExist, cfg.NoMigrate, cfg.Exclusive, cfg.register = fresh, true, false, false, registerPath(path)
	if err := r.prepare(ctx, cfg, by); err != nil {
		return r, err
	}
	// All that was prepared is in the one file now, or it must not be used.
	if info, err := os.Stat(fresh + "-wal"); err == nil && info.Size() > 0 {
		return r, fmt.Errorf("%w: it could not be closed", ErrUnsound)
	}
	if err := syncFile(fresh); err != nil {
		return r, err
	}
	if old {
		r.Aside = path + ".before-" + cfg.Now().UTC().Format("20060102T150405Z")
		if err := moveDatabase(path, r.Aside); err != nil {
			return r, err
		}
	}
	if err := os.Rename(fresh, path); err != nil {
		if old { // a directory may have no room for one more name; then all is as it was
			err = errors.Join(err, moveDatabase(r.Aside, path))
			r.Aside = ""
		}
		return r, err
	}
	return r, syncDir(filepath.Dir(path))
}

// restoreTarget is the file to replace, and whether it is there.
func restoreTarget(dsn string) (path string, old bool, err error) {
	if path, err = filepath.Abs(dsn); err != nil {
		return "", false, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, false, nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("store: %s is no regular file", path)
	}
	if err != nil {
		return "", false, err
	}
	path, err = filepath.EvalSymlinks(path)
	return path, true, err
}

// copyDatabase copies a backup, which is one file. A database in use is more than its file, and would be copied in part.
func copyDatabase(from, to string) (err error) {
	if info, err := os.Stat(from + "-wal"); err == nil && info.Size() > 0 {
		return fmt.Errorf("%w: %s is in use or was not closed; norang db backup makes a copy of it", ErrUnsound, from)
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(out, in)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: %s is empty", ErrUnsound, from) // SQLite would take it for a new database
	}
	return errors.Join(err, out.Sync(), out.Close())
}

// saveNotes brings erasures that the old database has noted, and not yet put into the register, there. It may be too
// broken for that, which may be why it is replaced.
func saveNotes(ctx context.Context, cfg Config, path string) {
	cfg.DSN, cfg.MustExist, cfg.NoMigrate, cfg.Exclusive = path, true, true, false
	db, err := Open(ctx, cfg)
	if err == nil {
		err = errors.Join(db.flushErased(ctx), db.Close())
	}
	if err != nil {
		cfg.Log.Warn("the database that is replaced could not be asked who left last", "err", err)
	}
}

// prepare makes the copy fit to be used, before it has its name.
func (r *Restored) prepare(ctx context.Context, cfg Config, by audit.Event) (err error) {
	db, err := Open(ctx, cfg)
	if errors.Is(err, ErrFull) {
		return err // which says nothing against the copy
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsound, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	faults, err := db.Check(ctx)
	if errors.Is(err, ErrFull) {
		return err
	}
	if err != nil || len(faults) > 0 {
		return fmt.Errorf("%w: %s", ErrUnsound, strings.Join(append(faults, errText(err)...), "; "))
	}
	s, err := db.Status(ctx)
	if err != nil {
		return err
	}
	r.Current = s.Current
	if r.Erased, err = db.Replay(ctx, time.Time{}); err != nil {
		return err
	}
	return db.write(ctx, "restore", func(t tx) error {
		if _, err := t.exec("DELETE FROM grants WHERE session_id IS NOT NULL"); err != nil {
			return err
		}
		n, err := t.exec("DELETE FROM sessions")
		if err != nil {
			return err
		}
		r.Sessions = int(n)
		return record(t, by)
	})
}

func errText(err error) []string {
	if err == nil {
		return nil
	}
	return []string{err.Error()}
}

// moveDatabase gives a database that nobody uses another name, with what belongs to it. The file itself goes last: without
// its log beside it, it must not be found under its old name.
func moveDatabase(from, to string) error {
	for _, end := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(from+end, to+end); err != nil && !(end != "" && errors.Is(err, fs.ErrNotExist)) {
			return err
		}
	}
	return syncDir(filepath.Dir(from))
}
