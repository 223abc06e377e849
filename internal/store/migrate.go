package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed migrations
var migrationFiles embed.FS

// Migration is one step of the schema.
type Migration struct {
	Version int64
	Name    string    // "0001_begin"
	Applied time.Time // zero if pending
}

// Status is how the database's schema compares to this program.
type Status struct {
	Database string // "sqlite" or "postgres"
	// Current is the newest migration of the database, Latest the newest that this program knows. Current is greater
	// if a newer program has migrated the database.
	Current, Latest int64
	// Oldest is the oldest program that may use the database, by the newest migration it knows; 0 before the first.
	Oldest     int64
	Migrations []Migration // that this program knows, in order
	// NoRegister: PostgreSQL's register of erasures is missing, because only the schema norang was restored.
	NoRegister bool
	// Rights says what the role lacks to use that register, nil if nothing.
	Rights *RightsError
}

// Pending reports whether Migrate has anything to do.
func (s Status) Pending() bool {
	return s.NoRegister || len(s.pending()) > 0
}

// pending are the names of the migrations to apply.
func (s Status) pending() (names []string) {
	for _, m := range s.Migrations {
		if m.Applied.IsZero() {
			names = append(names, m.Name)
		}
	}
	return names
}

// check returns ErrNewerSchema if this program must not use the database, and ErrSkipped if it cannot migrate it.
func (s Status) check() error {
	for _, m := range s.Migrations {
		if m.Applied.IsZero() && m.Version < s.Current {
			return fmt.Errorf("%w: migration %d was applied and %s was not, so an unreleased program has changed it; "+
				"restore a backup from before", ErrSkipped, s.Current, m.Name)
		}
	}
	if s.Oldest > s.Latest {
		return fmt.Errorf("%w: schema %d needs a program that knows schema %d, this one knows %d; start the newer program",
			ErrNewerSchema, s.Current, s.Oldest, s.Latest)
	}
	return nil
}

// schema is the part of a backend that migrates.
type schema interface {
	status(ctx context.Context) (Status, error)
	// migrate applies pending migrations, under a lock that other processes wait for, and returns the versions of those
	// that it applied itself.
	migrate(ctx context.Context) ([]int64, error)
	// tables is the query that lists the tables of the database.
	tables() string
}

// neededTables are the tables without which the service cannot work. A restore may have left one out.
var neededTables = []string{
	"alert_watch", "alerts",
	"api_keys", "api_requests", "attempts", "audit_log", "audit_retention", "changes", "consents",
	"console_sessions", "erased", "erasures",
	"event_delivery", "event_feed", "event_holds", "events", "failed_attempts", "figures", "grants", "identities", "jobs",
	"link_tickets", "merges", "operators", "preview_origins", "rejoin_blocks",
	"rejoin_key", "schema_migrations", "schema_support", "session_epoch", "sessions", "users",
}

// complete returns an error that names the tables that are missing.
func (c *core) complete(t tx) error {
	var name string
	there, err := collect(t, c.b.tables(), nil, []any{&name}, func() string { return name })
	if err != nil {
		return err
	}
	missing := slices.DeleteFunc(slices.Clone(neededTables), func(n string) bool { return slices.Contains(there, n) })
	if len(missing) > 0 {
		return fmt.Errorf("tables are missing: %s", strings.Join(missing, ", "))
	}
	return nil
}

// Status compares the migrations of the database with those of this program. It writes nothing.
func (db *DB) Status(ctx context.Context) (Status, error) {
	s, err := db.b.status(ctx)
	return s, wrap("status", err)
}

// Migrate applies pending migrations and returns them, without those that another process has applied meanwhile. Open
// does the same unless Config.NoMigrate is set.
func (db *DB) Migrate(ctx context.Context) ([]Migration, error) {
	before, err := db.Status(ctx)
	if err != nil {
		return nil, err
	}
	if err := before.check(); err != nil || !before.Pending() {
		return nil, err
	}
	applied, err := db.b.migrate(ctx)
	if err != nil {
		return nil, wrap("migrate", err)
	}
	after, err := db.Status(ctx)
	if err != nil {
		return nil, err
	}
	var done []Migration
	for _, m := range after.Migrations {
		if slices.Contains(applied, m.Version) {
			done = append(done, m)
		}
	}
	return done, nil
}

// knownMigrations lists the embedded migrations of a database in order.
func knownMigrations(files fs.FS) ([]Migration, error) {
	names, err := fs.Glob(files, "*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var all []Migration
	for _, name := range names {
		number, _, _ := strings.Cut(name, "_")
		v, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		all = append(all, Migration{Version: v, Name: strings.TrimSuffix(path.Base(name), ".sql")})
	}
	if len(all) == 0 {
		return nil, errors.New("no migrations")
	}
	return all, nil
}
