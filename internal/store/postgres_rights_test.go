package store_test

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/testkit/pgtest"
)

// documentedRoles makes the roles of docs/postgresql.md in a database that the owner has migrated.
func documentedRoles(t *testing.T) (owner, service string) {
	t.Helper()
	admin := newPostgres(t)
	roles := pgtest.NewRoles(t, "../../docs/postgresql.md")
	roles.Create(admin)
	owner, service = roles.As("norang_owner", admin), roles.As("norang_service", admin)
	db, err := store.Open(t.Context(), store.Config{DSN: owner})
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return owner, service
}

func asOwner(t *testing.T, owner, statements string) {
	t.Helper()
	if err := pgtest.Exec(owner, statements); err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
}

func TestExamineAsTheDocumentedServiceRole(t *testing.T) {
	t.Parallel()
	owner, service := documentedRoles(t)
	if x := store.Examine(t.Context(), service); x.ReadOnly != nil || x.Rights != nil || x.MayNotMigrate ||
		x.Unreachable != nil || x.Missing || x.Schema.Pending() {
		t.Errorf("migrated: %+v", x)
	}
	if x := store.Examine(t.Context(), service); len(x.Strangers) != 0 {
		t.Errorf("strangers: %v", x.Strangers)
	}
	asOwner(t, owner, "CREATE TABLE norang.orders (id INT); CREATE VIEW norang.open_orders AS SELECT * FROM norang.orders")
	if x := store.Examine(t.Context(), service); !slices.Equal(x.Strangers, []string{"open_orders", "orders"}) {
		t.Errorf("strangers: %v", x.Strangers)
	}
	asOwner(t, owner, "DELETE FROM norang.schema_migrations WHERE version_id = 34")
	if x := store.Examine(t.Context(), service); !x.MayNotMigrate || x.ReadOnly != nil || x.Rights != nil {
		t.Errorf("a migration is pending: %+v", x)
	}
	if x := store.Examine(t.Context(), owner); x.MayNotMigrate || !x.Schema.Pending() {
		t.Errorf("a migration is pending, as the owner: %+v", x)
	}
}

// A right that is missing is named, not taken for a database that is to be migrated; the statements of the error repair
// it.
func TestMissingRightsAreNamed(t *testing.T) {
	t.Parallel()
	owner, service := documentedRoles(t)
	var log strings.Builder
	db := openStore(t, store.Config{DSN: service, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err := db.Ping(t.Context()); err != nil || strings.Contains(log.String(), "lacks") {
		t.Errorf("with the documented rights: %v, %s", err, &log)
	}
	look := openStore(t, store.Config{DSN: service, NoMigrate: true})
	role := strings.TrimPrefix(strings.SplitN(service, ":", 3)[1], "//")
	for _, c := range []struct {
		revoke, want string
		starts       bool // the service starts, with a warning
		ready        bool
		status       bool // the migrations can be read
	}{
		{"USAGE ON SCHEMA norang", "USAGE ON SCHEMA norang", false, false, false},
		{"ALL ON ALL TABLES IN SCHEMA norang", "SELECT ON norang.", false, false, false},
		{"SELECT ON norang.schema_migrations", "SELECT ON norang.schema_migrations", false, true, false},
		{"ALL ON norang_erasures.erased", "SELECT ON norang_erasures.erased", false, true, true},
		{"USAGE ON SCHEMA norang_erasures", "USAGE ON SCHEMA norang_erasures", false, true, true},
		{"INSERT ON norang_erasures.erased", "INSERT ON norang_erasures.erased", true, true, true},
		{"INSERT ON norang.users", "INSERT ON norang.users", true, false, true},
		{"DELETE ON norang.jobs", "DELETE ON norang.jobs", true, true, true},
	} {
		asOwner(t, owner, "REVOKE "+c.revoke+" FROM "+role)
		var lack *store.RightsError
		is := func(what string, err error) {
			t.Helper()
			if lack = nil; !errors.As(err, &lack) || !strings.Contains(err.Error(), c.want) || lack.Role != role {
				t.Errorf("%s without %s: %v", what, c.revoke, err)
			}
		}
		log.Reset()
		again, err := store.Open(t.Context(), store.Config{DSN: service, Log: slog.New(slog.NewTextHandler(&log, nil))})
		switch {
		case !c.starts:
			is("Open", err)
		case err != nil || !strings.Contains(log.String(), c.want):
			t.Errorf("Open without %s: %v, %s", c.revoke, err, &log)
		}
		if again != nil {
			if err := again.Close(); err != nil {
				t.Error(err)
			}
		}
		switch s, err := look.Status(t.Context()); {
		case !c.status:
			is("Status", err)
		case err != nil || s.Pending():
			t.Errorf("Status without %s: %+v, %v", c.revoke, s, err)
		}
		if err := db.Ping(t.Context()); !c.ready {
			is("Ping", err)
		} else if err != nil {
			t.Errorf("Ping without %s: %v", c.revoke, err)
		}
		x := store.Examine(t.Context(), service)
		if x.Rights == nil || x.Missing || x.Unreachable != nil || x.MayNotMigrate {
			t.Fatalf("Examine without %s: %+v", c.revoke, x)
		}
		is("Examine", x.Rights)
		asOwner(t, owner, x.Rights.Grants())
		if x := store.Examine(t.Context(), service); x.Rights != nil {
			t.Errorf("after %s: %v", x.Rights.Grants(), x.Rights)
		}
	}
}

// A service whose role may not migrate says what is pending and who may apply it.
func TestServiceRoleDoesNotMigrate(t *testing.T) {
	t.Parallel()
	owner, service := documentedRoles(t)
	asOwner(t, owner, "DELETE FROM norang.schema_migrations WHERE version_id = 34")
	_, err := store.Open(t.Context(), store.Config{DSN: service})
	if !errors.Is(err, store.ErrMayNotMigrate) || !strings.Contains(err.Error(), "pending: 0034_unlink_links") {
		t.Errorf("Open: %v", err)
	}
	db := openStore(t, store.Config{DSN: service, NoMigrate: true})
	if _, err := db.Migrate(t.Context()); !errors.Is(err, store.ErrMayNotMigrate) {
		t.Errorf("Migrate: %v", err)
	}
	asOwner(t, owner, "ALTER SCHEMA norang RENAME TO norang_before")
	_, err = store.Open(t.Context(), store.Config{DSN: service})
	if !errors.Is(err, store.ErrMayNotMigrate) || !strings.Contains(err.Error(), "pending: 0001_begin to 00") {
		t.Errorf("Open without tables: %v", err)
	}
}
