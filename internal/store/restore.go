package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// ErrUnsound: the copy to restore is damaged, in use, or not a database of norang's.
var ErrUnsound = errors.New("store: the copy is damaged")

// Restored is what [Restore] did.
type Restored struct {
	// Aside is where the replaced database is now, "" if there was none. Nothing in it has changed.
	Aside string
	// Erased is how many users had withdrawn since the copy was made and were erased or hidden again; Sessions how
	// many sessions ended.
	Erased, Sessions int
	// Disabled, Keys and Operators are the users, API keys and roles of operators that the copy brought back although
	// the replaced database says that they were disabled or revoked, and that are so again.
	Disabled, Keys, Operators int
	// Origins, Consents and Unlinked are the preview origins, consents and identities that the copy brought back although
	// they were removed or withdrawn, and that are so again.
	Origins, Consents, Unlinked int
	// Unknown: these numbers are incomplete, because there was no database to replace, or it could not be read.
	Unknown bool
	// NoRegister: there was neither a database to replace nor a register of erasures, so the users withdrawn since the
	// copy was made are unknown.
	NoRegister bool
	// Current is the newest migration of the database, after the pending ones were applied.
	Current int64
}

// Restore replaces the SQLite database cfg.DSN by a copy that [DB.Backup] made. No service ([ErrInUse]) and no
// command may use the database. The copy itself does not change. Until the new database has its name, the old one
// keeps it. A ctx that ends before leaves nothing behind.
//
// What happened since the copy was made is lost, except that users who have withdrawn since, by the register of
// erasures (see [DB.Replay]) or by the replaced database, are withdrawn again, every session ends, and what the
// replaced database says was revoked is revoked again. by is written to the log of the new database. [ErrNewerSchema]
// if the copy is of a database that a newer program has migrated.
func Restore(ctx context.Context, cfg Config, from string, by audit.Event) (r Restored, err error) {
	defer func() { err = markDisk(err) }()
	if err := setDefaults(&cfg); err != nil {
		return r, err
	}
	if IsPostgres(cfg.DSN) {
		return r, ErrNotSQLite
	}
	if err := CheckFile(from); err != nil {
		return r, err
	}
	path, old, err := restoreTarget(cfg.DSN)
	if err != nil {
		return r, err
	}
	lock, err := lockFile(path+".lock", path)
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
	if err := copyDatabase(ctx, from, fresh, path); err != nil {
		return r, err
	}
	if err := checkSum(ctx, fresh, from); err != nil {
		return r, err
	}
	if err := refuseForeign(ctx, cfg, fresh, from); err != nil {
		return r, err
	}
	var was replaced
	if r.Unknown = !old; old {
		if err := makePrivate(path, cfg.Log); err != nil {
			return r, err
		}
		was, r.Unknown = readReplaced(ctx, cfg, path)
	} else if _, err := os.Lstat(registerPath(path)); errors.Is(err, fs.ErrNotExist) {
		r.NoRegister = true
	}
	cfg.DSN, cfg.MustExist, cfg.NoMigrate, cfg.Exclusive, cfg.register = fresh, true, false, false, registerPath(path)
	if err := r.prepare(ctx, cfg, was, by); err != nil {
		return r, err
	}
	// Everything must be in the one file now.
	if info, err := os.Stat(fresh + "-wal"); err == nil && info.Size() > 0 {
		return r, fmt.Errorf("%w: its write-ahead log is not empty", ErrUnsound)
	}
	if err := errors.Join(syncFile(fresh), ctx.Err()); err != nil {
		return r, err
	}
	if old {
		r.Aside = path + ".before-" + cfg.Now().UTC().Format("20060102T150405Z")
		if err := moveDatabase(path, r.Aside); err != nil {
			return r, err
		}
	}
	if err := os.Rename(fresh, path); err != nil {
		if old { // a full disk, for example: undo
			err = errors.Join(err, moveDatabase(r.Aside, path))
			r.Aside = ""
		}
		return r, err
	}
	return r, syncDir(filepath.Dir(path))
}

// restoreTarget is the file to replace, and whether it exists.
func restoreTarget(dsn string) (path string, old bool, err error) {
	if path, err = filepath.Abs(dsn); err != nil {
		return "", false, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && !isLink(path) {
		return path, false, nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("store: %s is not a regular file", path)
	}
	if err != nil {
		return "", false, err
	}
	path, err = filepath.EvalSymlinks(path)
	return path, true, err
}

// refuseForeign refuses a copy with objects that are not norang's, before anything is written into it. from is where
// the copy comes from.
func refuseForeign(ctx context.Context, cfg Config, fresh, from string) error {
	if info, err := os.Stat(from); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		cfg.Log.WarnContext(ctx, "other users can read the backup", "path", from, "mode", info.Mode().Perm().String())
	}
	faults, err := (&sqliteDB{path: fresh, cfg: cfg}).foreign(ctx)
	if err = markDisk(err); errors.Is(err, ErrFull) || errors.Is(err, ErrNewerSchema) || ctx.Err() != nil {
		return err // not the fault of the copy
	}
	if err != nil || len(faults) > 0 {
		return fmt.Errorf("%w: %s", ErrUnsound, strings.Join(append(faults, errText(err)...), "; "))
	}
	return nil
}

// copyDatabase copies a backup, which is one file, for the account of the database that it replaces. A database in use
// consists of more than one.
func copyDatabase(ctx context.Context, from, to, replaces string) (err error) {
	if info, err := os.Stat(from + "-wal"); err == nil && info.Size() > 0 {
		return fmt.Errorf("%w: %s is in use or was not closed; use norang db backup to copy it", ErrUnsound, from)
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := openBeside(to, replaces, os.O_WRONLY)
	if err != nil {
		return err
	}
	n, err := io.Copy(out, contextReader{ctx, in})
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: %s is empty", ErrUnsound, from) // which SQLite takes for a new database
	}
	return errors.Join(err, out.Sync(), out.Close())
}

// contextReader ends with its context.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// withdrawn is a withdrawn user; purgeAt is the end of the grace period, zero if the data is erased.
type withdrawn struct {
	id      account.ID
	purgeAt time.Time
}

const selectWithdrawn = `SELECT id, purge_at FROM users WHERE status = 'withdrawn'`

// replaced is what must hold after a restore as in the replaced database.
type replaced struct {
	gone    []withdrawn
	revoked revoked
}

// readReplaced moves the noted erasures of the database to be replaced to the register, and reads the users withdrawn
// there, because a version without the register may have erased them, and what was revoked. It reads none if the
// database is too damaged. unknown: not everything that was revoked could be read.
func readReplaced(ctx context.Context, cfg Config, path string) (was replaced, unknown bool) {
	cfg.DSN, cfg.MustExist, cfg.NoMigrate, cfg.Exclusive = path, true, true, false
	db, err := Open(ctx, cfg)
	if unknown = err != nil; err == nil {
		var id string
		var at int64
		err = db.read(ctx, "read withdrawn users", func(t tx) (err error) {
			was.gone, err = collect(t, selectWithdrawn, nil, []any{&id, &at},
				func() withdrawn { return withdrawn{account.ID(id), fromMillis(at)} })
			return err
		})
		var unread error
		was.revoked, unread = readRevoked(ctx, db)
		unknown = unread != nil
		err = errors.Join(err, unread, db.flushErased(ctx), db.Close())
	}
	if err != nil {
		cfg.Log.WarnContext(ctx, "replaced database not read completely", "err", err)
	}
	return was, unknown
}

// prepare checks and migrates the copy, and applies what must hold in it, before it has its name.
func (r *Restored) prepare(ctx context.Context, cfg Config, was replaced, by audit.Event) (err error) {
	db, err := Open(ctx, cfg)
	if errors.Is(err, ErrFull) || ctx.Err() != nil {
		return err // not the fault of the copy
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsound, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	faults, err := db.Check(ctx)
	if errors.Is(err, ErrFull) || ctx.Err() != nil {
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
	for _, u := range was.gone {
		again, err := db.withdrawAgain(ctx, u, cfg.Now())
		if err != nil {
			return err
		}
		if again {
			r.Erased++
		}
	}
	n, err := db.Replay(ctx, time.Time{})
	if err != nil {
		return err
	}
	r.Erased += n
	if err := r.revokeAgain(ctx, db, was.revoked, by); err != nil {
		return err
	}
	return db.write(ctx, "restore", func(t tx) error {
		if _, err := t.exec("DELETE FROM grants WHERE session_id IS NOT NULL"); err != nil {
			return err
		}
		if _, err := t.exec(clearConsoles); err != nil {
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

// moveDatabase renames an unused database with its log. The file itself goes last: it must not be found under its old
// name without the log.
func moveDatabase(from, to string) error {
	for _, end := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(from+end, to+end); err != nil && !(end != "" && errors.Is(err, fs.ErrNotExist)) {
			return err
		}
	}
	return syncDir(filepath.Dir(from))
}
