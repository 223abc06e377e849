package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/store"
)

// What a database command may answer.
var (
	// ErrNotSQLite: PostgreSQL has tools of its own for this.
	ErrNotSQLite = store.ErrNotSQLite
	// ErrDatabaseInUse: a service runs on the database.
	ErrDatabaseInUse = store.ErrInUse
	// ErrDiskFull: there is no room on a disk. What was to be written is not there, in no part.
	ErrDiskFull = store.ErrFull
	// ErrUnsoundCopy: what was to be restored is no whole database of norang's.
	ErrUnsoundCopy = store.ErrUnsound
)

// Backup writes a copy of the database to a new file, beside the running service; the access record comes first.
func (d *Operator) Backup(ctx context.Context, to string) error {
	if err := d.RecordForAll(ctx, audit.DatabaseBackup, to); err != nil {
		return err
	}
	return d.db.Backup(ctx, to)
}

// Replay erases again whoever has left and is here all the same, because an older copy of the database was put in place.
// It says how many there were.
func (d *Operator) Replay(ctx context.Context) (int, error) {
	if err := d.RecordForAll(ctx, audit.DatabaseRestore, "erasures"); err != nil {
		return 0, err
	}
	return d.db.Replay(ctx, time.Time{})
}

// CheckDatabase reads the whole database and reports what is wrong with it. It shows nobody's data.
func CheckDatabase(ctx context.Context, database string, log *slog.Logger) (faults []string, err error) {
	db, err := store.Open(ctx, store.Config{DSN: database, Log: log, MustExist: true, NoMigrate: true})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(ErrNoDatabase, err)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.Check(ctx)
}

// Restored is what [RestoreDatabase] did.
type Restored = store.Restored

// RestoreDatabase puts a copy that Backup made in the place of the database, while no service runs on it. See
// store.Restore for what a copy cannot know.
func RestoreDatabase(ctx context.Context, database, from string, by audit.Actor, log *slog.Logger) (Restored, error) {
	e, _ := by.Access(audit.Access{At: time.Now().UTC(), Kind: audit.DatabaseRestore, Outcome: audit.Done, Detail: from})
	return store.Restore(ctx, store.Config{DSN: database, Log: log}, from, e)
}
