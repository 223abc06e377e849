package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/store"
)

// Errors of the database commands.
var (
	// ErrNotSQLite: the command is for SQLite only; PostgreSQL has its own tools.
	ErrNotSQLite = store.ErrNotSQLite
	// ErrDatabaseInUse: a running service has the database open.
	ErrDatabaseInUse = store.ErrInUse
	// ErrDiskFull: the disk is full. Nothing was written.
	ErrDiskFull = store.ErrFull
	// ErrReadOnly: the database or its disk is read-only. Nothing was written.
	ErrReadOnly = store.ErrReadOnly
	// ErrUnsoundCopy: the file to restore is not a complete database of norang.
	ErrUnsoundCopy = store.ErrUnsound
	// ErrNewerSchema: a newer program has migrated the database or the copy of it.
	ErrNewerSchema = store.ErrNewerSchema
	// ErrMayNotMigrate: migrations are pending, which the role of the database's address may not apply.
	ErrMayNotMigrate = store.ErrMayNotMigrate
)

// A RightsError says that the role of the database's address lacks rights on the tables.
type RightsError = store.RightsError

// CheckFile refuses a file to back up to or to restore from that is the address of a database, by an [i18n.Error]
// that does not repeat it.
func CheckFile(path string) error { return store.CheckFile(path) }

// Backup writes a copy of the database to a new file, while the service may run. The database may be older than this
// program, so that an update can begin with it; access records are the same since migration 8.
func (d *Operator) Backup(ctx context.Context, to string) error {
	if err := CheckFile(to); err != nil {
		return err // before it is recorded
	}
	return d.Use.Records.ForAll(ctx, audit.DatabaseBackup, to, func() error { return d.db.Backup(ctx, to) })
}

// Replay erases withdrawn users again after an older copy of the database was restored, and returns how many there
// were.
func (d *Operator) Replay(ctx context.Context) (erased int, err error) {
	err = d.Use.Records.ForAll(ctx, audit.DatabaseRestore, "erasures", func() (err error) {
		erased, err = d.db.Replay(ctx, time.Time{})
		return err
	})
	return erased, err
}

// Checked is what [CheckDatabase] found.
type Checked struct {
	// Faults are what is wrong with the database.
	Faults []string
	// Schema is the newest migration of the database, Known the newest that this program knows. If a newer program has
	// migrated the database, its tables, indexes and triggers were not compared.
	Schema, Known int64
}

// CheckDatabase reads the whole database and reports what is wrong with it. It shows no user data.
func CheckDatabase(ctx context.Context, database string, log *slog.Logger) (found Checked, err error) {
	db, err := store.Open(ctx, store.Config{DSN: database, Log: log, MustExist: true, NoMigrate: true})
	if databaseMissing(database, err) {
		return found, errors.Join(ErrNoDatabase, err)
	}
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if found.Faults, err = db.Check(ctx); err != nil {
		return found, err
	}
	status, err := db.Status(ctx)
	found.Schema, found.Known = status.Current, status.Latest
	return found, err
}

// Restored is the result of [RestoreDatabase].
type Restored = store.Restored

// RestoreDatabase replaces the database by a copy that Backup made, while no service has it open. See store.Restore
// for what a copy lacks.
func RestoreDatabase(ctx context.Context, database, from string, by audit.Actor, log *slog.Logger) (Restored, error) {
	e, _ := by.Access(audit.Access{At: time.Now().UTC(), Kind: audit.DatabaseRestore, Outcome: audit.Done, Detail: from})
	return store.Restore(ctx, store.Config{DSN: database, Log: log}, from, e)
}
