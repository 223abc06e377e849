package store_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/store"
)

// onEach runs a test on a new database of each kind that has its tables; schema is the prefix of its tables.
func onEach(t *testing.T, fn func(t *testing.T, cfg store.Config, raw func(*testing.T) *sql.DB, schema string)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := migratedPath(t)
		fn(t, store.Config{DSN: path}, func(t *testing.T) *sql.DB { return rawSQLite(t, path) }, "")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		dsn := copyPostgres(t)
		fn(t, store.Config{DSN: dsn}, func(t *testing.T) *sql.DB { return rawPostgres(t, dsn) }, "norang.")
	})
}

// A restore that leaves a table out must not look ready.
func TestPingNamesTheTableThatIsMissing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, cfg store.Config, open func(*testing.T) *sql.DB, schema string) {
		db, raw := openStore(t, cfg), open(t)
		list := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
		if schema != "" {
			list = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname LIKE 'norang%'"
		}
		all := textRows(t, raw, list)
		if len(all) < 20 {
			t.Fatalf("only %d tables: %v", len(all), all)
		}
		for _, row := range all {
			name := row[0][strings.Index(row[0], ".")+1:]
			moved := strings.TrimSuffix(row[0], name) + "moved"
			if _, err := raw.Exec("ALTER TABLE " + row[0] + " RENAME TO moved"); err != nil {
				t.Fatal(err)
			}
			if err := db.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "tables are missing: "+name) {
				t.Errorf("Ping without %s: %v", row[0], err)
			}
			if _, err := raw.Exec("ALTER TABLE " + moved + " RENAME TO " + name); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Ping(t.Context()); err != nil {
			t.Errorf("Ping with all tables: %v", err)
		}
	})
}

// A database of an unreleased program that has migrations 1 to 5, 7, 8 and 11 is refused with a reason, by a program
// that migrates and by one that only looks, and nothing is applied.
func TestSkippedMigrationsAreRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, cfg store.Config, open func(*testing.T) *sql.DB, schema string) {
		if err := openStore(t, cfg).Close(); err != nil {
			t.Fatal(err)
		}
		raw := open(t)
		forget := "DELETE FROM " + schema + "schema_migrations WHERE version_id = 6 OR version_id > 11"
		if _, err := raw.Exec(forget); err != nil {
			t.Fatal(err)
		}
		count := "SELECT COUNT(*) FROM " + schema + "schema_migrations"
		before := textRows(t, raw, count)
		for _, noMigrate := range []bool{false, true} {
			cfg.NoMigrate = noMigrate
			_, err := store.Open(t.Context(), cfg)
			if !errors.Is(err, store.ErrSkipped) || !strings.Contains(err.Error(), "0006_rejoin") {
				t.Errorf("Open(NoMigrate: %v): %v", noMigrate, err)
			}
		}
		if after := textRows(t, raw, count); after[0][0] != before[0][0] {
			t.Errorf("%v migrations before, %v after", before, after)
		}
	})
}

// Programs that do not know the register of erasures, or the tokens that are needed to unlink, are kept out;
// and once all sessions were ended, those that do not know how.
func TestOlderProgramsThatBreakPromisesAreRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, cfg store.Config, _ func(*testing.T) *sql.DB, _ string) {
		db := openStore(t, cfg)
		if s, err := db.Status(t.Context()); err != nil || s.Oldest != 15 {
			t.Errorf("%+v, %v", s, err)
		}
		if _, err := db.EndAll(t.Context(), audit.Operator("kim", "", audit.Client{}), time.Time{}); err != nil {
			t.Fatal(err)
		}
		if s, err := db.Status(t.Context()); err != nil || s.Oldest != 17 {
			t.Errorf("after all sessions were ended: %+v, %v", s, err)
		}
	})
}

// Both databases have the same migrations, and no number is left out or used twice. 9 and 10 never existed.
func TestMigrationNumbers(t *testing.T) {
	t.Parallel()
	var first []string
	for _, dir := range []string{"sqlite", "postgres"} {
		names, err := fs.Glob(os.DirFS(filepath.Join("migrations", dir)), "*.sql")
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = names
		}
		if !slices.Equal(first, names) {
			t.Errorf("%s has %v, the other %v", dir, names, first)
		}
	}
	next := 1
	for _, name := range first {
		if next == 9 {
			next = 11
		}
		if want := string([]byte{'0', '0', byte('0' + next/10), byte('0' + next%10), '_'}); !strings.HasPrefix(name, want) {
			t.Errorf("migration %s, want %s…", name, want)
		}
		next++
	}
}

// The schema norang is restored alone: the register is created again with a warning, and erasing works.
func TestPostgresMissingRegisterIsRecreated(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	c := benchCompletion(1)
	db := openStore(t, store.Config{DSN: dsn})
	if err := errors.Join(signIn(t.Context(), db, c), db.Close()); err != nil {
		t.Fatal(err)
	}
	raw := rawPostgres(t, dsn)
	if _, err := raw.Exec("DROP SCHEMA norang_erasures CASCADE"); err != nil {
		t.Fatal(err)
	}
	look := openStore(t, store.Config{DSN: dsn, NoMigrate: true})
	if s, err := look.Status(t.Context()); err != nil || !s.NoRegister || !s.Pending() {
		t.Errorf("status %+v, %v", s, err)
	}
	if err := look.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "erased") {
		t.Errorf("Ping: %v", err)
	}
	var log strings.Builder
	db = openStore(t, store.Config{DSN: dsn, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if !strings.Contains(log.String(), "register of erasures was missing") {
		t.Errorf("log: %s", &log)
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
	id := userOf(t, db, c.Session.Key)
	leave(t, db, id)
	rows := textRows(t, raw, "SELECT user_id FROM norang_erasures.erased")
	if len(rows) != 1 || rows[0][0] != string(id) {
		t.Errorf("register: %v", rows)
	}
}

// Several processes that migrate at once say together what was done, each only its own part.
func TestMigrateReturnsWhatItHasAppliedItself(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func(testing.TB) string{
		"sqlite": tempPath, "postgres": newPostgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := dsn(t)
			var all []*store.DB
			for range 3 {
				all = append(all, openStore(t, store.Config{DSN: path, NoMigrate: true}))
			}
			results := make(chan []store.Migration, len(all))
			for _, db := range all {
				go func() {
					done, err := db.Migrate(t.Context())
					if err != nil {
						t.Error(err)
					}
					results <- done
				}()
			}
			var applied []string
			for range all {
				for _, m := range <-results {
					applied = append(applied, m.Name)
				}
			}
			s, err := all[0].Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, m := range s.Migrations {
				want = append(want, m.Name)
			}
			slices.Sort(applied)
			if !slices.Equal(applied, want) {
				t.Errorf("applied %q, want %q", applied, want)
			}
		})
	}
}
