package store_test

import (
	"database/sql"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/store"
)

func TestST19_BackupsWithForeignObjectsAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ change, want string }{
		"trigger": {`CREATE TRIGGER backdoor AFTER INSERT ON sessions BEGIN UPDATE users SET status = 'active'; END`,
			`trigger "backdoor" is not norang's`},
		"table":          {`CREATE TABLE extra (x)`, `table "extra" is not norang's`},
		"view":           {`CREATE VIEW extra AS SELECT * FROM users`, `view "extra" is not norang's`},
		"index":          {`CREATE INDEX extra ON users (nickname)`, `index "extra" is not norang's`},
		"column":         {`ALTER TABLE users ADD COLUMN extra TEXT`, `table "users" is not as norang created it`},
		"missing index":  {`DROP INDEX sessions_user`, `index "sessions_user" is missing`},
		"statistics":     {`ANALYZE`, ""},
		"without change": {`SELECT 1`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, from := migratedPath(t), tempPath(t)+".copy"
			db := openSQLite(t, store.Config{DSN: path})
			if err := errors.Join(signIn(t.Context(), db, benchCompletion(1)), db.Backup(t.Context(), from)); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(db.Close(), os.Remove(from+".sha256")); err != nil {
				t.Fatal(err)
			}
			raw, err := sql.Open("sqlite", from)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := raw.Exec(c.change); err != nil {
				t.Fatal(err)
			}
			if _, err := raw.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
				t.Fatal(err)
			}
			if err := raw.Close(); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = store.Restore(t.Context(), store.Config{DSN: path}, from,
				audit.Event{Kind: audit.DatabaseRestore, Actor: "system"})
			after, _ := os.ReadFile(path)
			checked, cerr := store.Open(t.Context(), store.Config{DSN: from, MustExist: true, NoMigrate: true})
			if cerr != nil {
				t.Fatal(cerr)
			}
			defer checked.Close()
			faults, cerr := checked.Check(t.Context())
			said := strings.Join(faults, "; ")
			if c.want == "" {
				if err != nil || cerr != nil || said != "" {
					t.Errorf("restored: %v; checked: %q, %v", err, said, cerr)
				}
				return
			}
			if !errors.Is(err, store.ErrUnsound) || !strings.Contains(err.Error(), c.want) || string(after) != string(before) {
				t.Errorf("restored: %v", err)
			}
			if cerr != nil || !strings.Contains(said, c.want) {
				t.Errorf("checked: %q, %v", said, cerr)
			}
		})
	}
}
