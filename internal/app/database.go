package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/store"
)

// Check reports every configuration error, as [New] would, including those of an existing key file. It opens no
// database.
func Check(cfg Config) error {
	cfg.setDefaults()
	errs := []error{cfg.check(), cfg.existingDatabase()}
	if cfg.Keys != "" {
		switch _, err := seal.Load(cfg.Keys); {
		case err == nil, errors.Is(err, fs.ErrNotExist) && !postgres(cfg.Database):
		case errors.Is(err, fs.ErrNotExist):
			errs = append(errs, missingKeys(cfg.Keys, err))
		default:
			errs = append(errs, unusable("Keys", err))
		}
	}
	return errors.Join(errs...)
}

// Migration is one step of a database's schema.
type Migration struct {
	Name    string
	Applied time.Time // zero if it is still to be applied
}

// DatabaseStatus is how a database's schema compares to this program.
type DatabaseStatus struct {
	Database        string // "sqlite" or "postgres"
	Current, Latest int64  // newest migration of the database, and of this program
	Pending         bool   // there are migrations to apply
	Migrations      []Migration
}

// ErrNoDatabase: the database does not exist.
var ErrNoDatabase = errors.New("there is no database yet")

// ReadDatabaseStatus reports the migrations of a database, which must exist. It changes nothing and may run while the
// service does.
func ReadDatabaseStatus(ctx context.Context, database string, log *slog.Logger) (s DatabaseStatus, err error) {
	db, err := store.Open(ctx, store.Config{DSN: database, Log: log, MustExist: true, NoMigrate: true})
	if databaseMissing(database, err) {
		return s, errors.Join(ErrNoDatabase, err)
	}
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return databaseStatus(ctx, db)
}

// MigrateDatabase brings the database of a configuration up to date, making it if there is none and none was lost, and
// reports what it did. The service does the same when it starts; this is for those who want it to happen before.
func MigrateDatabase(ctx context.Context, cfg Config) (done []Migration, s DatabaseStatus, err error) {
	cfg.setDefaults()
	if err := cfg.existingDatabase(); err != nil {
		return nil, s, err
	}
	db, err := store.Open(ctx, store.Config{DSN: cfg.Database, Log: cfg.Log, NoMigrate: true})
	if err != nil {
		return nil, s, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	applied, err := db.Migrate(ctx)
	if err != nil {
		return nil, s, err
	}
	for _, m := range applied {
		done = append(done, Migration{m.Name, m.Applied})
	}
	s, err = databaseStatus(ctx, db)
	return done, s, err
}

func databaseStatus(ctx context.Context, db *store.DB) (DatabaseStatus, error) {
	from, err := db.Status(ctx)
	s := DatabaseStatus{Database: from.Database, Current: from.Current, Latest: from.Latest, Pending: from.Pending()}
	for _, m := range from.Migrations {
		s.Migrations = append(s.Migrations, Migration{m.Name, m.Applied})
	}
	return s, err
}
