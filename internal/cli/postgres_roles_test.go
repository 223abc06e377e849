package cli

import (
	"bytes"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/internal/testkit/pgtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// Commands with the roles of docs/postgresql.md: a right that is missing is named with the statements that grant it,
// and doctor finds no fault in the documented ones.
func TestCommandsWithTheDocumentedRoles(t *testing.T) {
	t.Parallel()
	server := os.Getenv("NORANG_TEST_POSTGRES")
	if server == "" {
		skipped.Skip(t, "NORANG_TEST_POSTGRES is not set")
	}
	exec := func(dsn, statements string) {
		t.Helper()
		if err := pgtest.Exec(dsn, statements); err != nil {
			t.Fatalf("%s: %v", statements, err)
		}
	}
	name := "norang_roles_" + strings.ToLower(rand.Text())
	exec(server, "CREATE DATABASE "+name+" TEMPLATE template0")
	t.Cleanup(func() { exec(server, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	roles := pgtest.NewRoles(t, "../../docs/postgresql.md")
	roles.Create(u.String())
	owner, service := roles.As("norang_owner", u.String()), roles.As("norang_service", u.String())
	keys := filepath.Join(t.TempDir(), "keys")
	run := func(database string, args ...string) (string, int) {
		t.Helper()
		var out, errs bytes.Buffer
		environ := []string{"NORANG_DATABASE=" + database, "NORANG_KEYS=" + keys, "LC_ALL=C"}
		status := Run(bounded.Context(t), args, environ, nil, &out, &errs)
		return out.String() + errs.String(), status
	}
	check := func(database, command, want string, status int) {
		t.Helper()
		if said, got := run(database, strings.Fields(command)...); got != status || !strings.Contains(said, want) {
			t.Errorf("norang %s: status %d, want %d with %q: %s", command, got, status, want, said)
		}
	}
	const doctor = "doctor --json --only database --only keys"
	check(service, "keyring init "+keys, "", statusDone)
	check(service, "db migrate", "as the role that owns the schema norang", statusFailed)
	check(service, doctor, "database.migrated", statusFailed)
	check(owner, "db migrate", "up to date", statusDone)
	check(service, doctor, `"faults": 0`, statusDone)
	check(service, "user list", "", statusDone)
	exec(owner, "CREATE TABLE norang.orders (id INT)")
	check(service, "doctor --only database --lang ko", "경고  database.alone  NORANG_DATABASE", statusDone)
	exec(owner, "DROP TABLE norang.orders")

	for _, command := range []string{"user list", "key create x", "session revoke --everybody --yes"} {
		said, status := run(service+"&default_transaction_read_only=on", strings.Fields(command+" --lang ko")...)
		if status != statusFailed || !strings.Contains(said, "힌트: ") || strings.Contains(said, "sign-in") {
			t.Errorf("norang %s, read-only: status %d, want its own error and no log line: %s", command, status, said)
		}
	}

	exec(owner, roles.SQL("REVOKE USAGE ON SCHEMA norang FROM norang_service"))
	for _, command := range []string{"session revoke --everybody --yes", "db replay", "db status", "db migrate", doctor} {
		check(service, command, "USAGE ON SCHEMA norang", statusFailed)
		check(service, command, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES", statusFailed)
		if said, _ := run(service, strings.Fields(command)...); strings.Contains(said, "norang db migrate") {
			t.Errorf("norang %s advises to migrate: %s", command, said)
		}
	}
}
