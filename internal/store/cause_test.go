package store_test

import (
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/testkit/pgtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// migratedFile is the bytes of a database with the current schema.
func migratedFile(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "norang.db")
	db, err := store.Open(t.Context(), store.Config{DSN: path})
	if err == nil {
		err = db.Close()
	}
	body, rerr := os.ReadFile(path)
	if err := errors.Join(err, rerr); err != nil {
		t.Fatal(err)
	}
	return body
}

// A damaged file is told from another program's, and the error names the file.
func TestCauseOfADamagedFileIsKnown(t *testing.T) {
	t.Parallel()
	sound := migratedFile(t)
	whole := int64(len(sound))
	zeroed := append([]byte{}, sound...)
	clear(zeroed[2*4096 : len(zeroed)/2])
	overwritten := append([]byte{}, sound...)
	copy(overwritten[4096:], strings.Repeat("garbage ", (len(sound)-4096)/8))
	beheaded := append([]byte{}, sound...)
	copy(beheaded, strings.Repeat("garbage ", 512))
	for name, c := range map[string]struct {
		body []byte
		want store.Cause
		is   store.Damage
	}{
		"truncated":             {sound[:len(sound)/2], store.Damaged, store.Damage{Size: whole / 2, Whole: whole}},
		"zero pages":            {zeroed, store.Damaged, store.Damage{Size: whole, Whole: whole}},
		"garbage in the middle": {overwritten, store.Damaged, store.Damage{Size: whole, Whole: whole}},
		"overwritten beginning": {beheaded, store.NotSQLite, store.Damage{}},
		"only zeros":            {make([]byte, 9000), store.NotSQLite, store.Damage{Zeros: true}},
		"text":                  {[]byte("name,email\n"), store.NotSQLite, store.Damage{}},
	} {
		path := filepath.Join(t.TempDir(), "norang.db")
		if err := os.WriteFile(path, c.body, 0o600); err != nil {
			t.Fatal(err)
		}
		x := store.Examine(t.Context(), path)
		db, err := store.Open(t.Context(), store.Config{DSN: path})
		if err == nil {
			_, err = db.Check(t.Context())
			_ = db.Close()
		}
		for _, err := range []error{x.Unreachable, err} {
			if got := store.CauseOf(err); got != c.want {
				t.Errorf("%s: cause %q, want %q: %v", name, got, c.want, err)
			}
			if file, ok := errors.AsType[*store.FileError](err); !ok || file.Path != path ||
				strings.Count(err.Error(), path) != 1 {
				t.Errorf("%s: does not name the file once: %v", name, err)
			}
		}
		if d := store.ExamineDamage(path); d != c.is {
			t.Errorf("%s: %+v, want %+v", name, d, c.is)
		}
	}
}

func TestCauseOfAnotherProgramsFileIsKnown(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "other.db")
	other, err := sql.Open("sqlite", path)
	if err == nil {
		_, err = other.ExecContext(t.Context(), "CREATE TABLE t (a)")
	}
	if err := errors.Join(err, other.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(t.Context(), store.Config{DSN: path})
	for _, err := range []error{err, store.Examine(t.Context(), path).Unreachable} {
		if store.CauseOf(err) != store.Foreign || strings.Count(err.Error(), path) != 1 {
			t.Errorf("%q: %v", store.CauseOf(err), err)
		}
	}
}

// Another process's lock is told from a queue that is full.
func TestCauseOfAHeldWriteLockIsKnown(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "norang.db")
	db, err := store.Open(t.Context(), store.Config{DSN: path, BusyTimeout: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	shell, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer shell.Close()
	shell.SetMaxOpenConns(1)
	if _, err := shell.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	err = signIn(t.Context(), db, benchCompletion(1))
	if store.CauseOf(err) != store.Locked || !errors.Is(err, store.ErrBusy) || !strings.Contains(err.Error(), path) {
		t.Errorf("%q: %v", store.CauseOf(err), err)
	}
	if cause := store.CauseOf(fmt.Errorf("%w: 2048 writes are waiting", store.ErrBusy)); cause != "" {
		t.Errorf("a full queue: %q", cause)
	}
}

// refusedConnection is the error of an attempt to connect, as pgx returns it.
func refusedConnection(t *testing.T, dsn string) error {
	t.Helper()
	x := store.Examine(t.Context(), dsn)
	if x.Unreachable == nil || strings.Contains(x.Unreachable.Error(), "hunter2") {
		t.Errorf("%s: %v", dsn, x.Unreachable)
	}
	return x.Unreachable
}

func TestCauseOfAServerThatDoesNotAnswerIsKnown(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]store.Cause{
		"postgres://norang:hunter2@127.0.0.1:1/x":                   store.NoServer,
		"postgres://norang@/x?host=" + url.QueryEscape(t.TempDir()): store.NoSocket,
		"postgres://norang:hunter2@no-such-host.invalid:5432/x":     store.NoHost,
		// The error of the address names the file.
		"postgres://norang@127.0.0.1:1/x?sslmode=verify-full&sslrootcert=/missing": "",
	} {
		if err := refusedConnection(t, dsn); store.CauseOf(err) != want {
			t.Errorf("%s: cause %q, want %q: %v", dsn, store.CauseOf(err), want, err)
		}
	}
}

// The codes of PostgreSQL, whose server accepts every password in the tests.
func TestCausesOfPostgresCodes(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]store.Cause{
		"28P01": store.WrongPassword, "28000": store.NoLogin, "3D000": store.NoDatabase, "53300": store.NoConnections,
		"57P03": store.Starting, "55P03": store.RowsLocked, "23505": "", "42501": "",
	} {
		err := error(&store.Error{Op: "finish", Err: errors.Join(store.ErrBusy, &pgconn.PgError{Code: code})})
		if got := store.CauseOf(err); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
	for _, err := range []error{
		nil, os.ErrPermission, syscall.ENOENT, &net.DNSError{}, &tls.CertificateVerificationError{}, store.ErrClosed,
	} {
		if got := store.CauseOf(err); got != "" { // not about the database, as far as is known
			t.Errorf("%v: %q", err, got)
		}
	}
}

func TestCauseOfARefusedRoleIsKnown(t *testing.T) {
	t.Parallel()
	server := os.Getenv("NORANG_TEST_POSTGRES")
	if server == "" {
		skipped.Skip(t, "NORANG_TEST_POSTGRES is not set")
	}
	dsn := newPostgres(t)
	db, err := store.Open(t.Context(), store.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	role := fmt.Sprintf("norang_cause_%d", os.Getpid())
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	database := strings.TrimPrefix(u.Path, "/")
	names := strings.NewReplacer("ROLE_", role, "DB_", `"`+database+`"`)
	exec := func(statements string) {
		t.Helper()
		if err := pgtest.Exec(dsn, names.Replace(statements)); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE ROLE ROLE_")
	t.Cleanup(func() { exec("DROP OWNED BY ROLE_; DROP ROLE ROLE_") })
	u.User = url.User(role)
	as := u.String()
	for _, c := range []struct {
		statements string
		want       store.Cause
	}{
		{"", store.NoLogin},
		{"ALTER ROLE ROLE_ LOGIN CONNECTION LIMIT 0", store.NoConnections},
		{"ALTER ROLE ROLE_ CONNECTION LIMIT -1; REVOKE CONNECT ON DATABASE DB_ FROM PUBLIC", store.NoConnectRight},
	} {
		exec("SELECT 1;" + c.statements)
		if err := refusedConnection(t, as); store.CauseOf(err) != c.want {
			t.Errorf("%s: cause %q, want %q: %v", c.statements, store.CauseOf(err), c.want, err)
		}
	}
	u.Path += "_missing"
	if err := refusedConnection(t, u.String()); store.CauseOf(err) != store.NoDatabase {
		t.Errorf("a missing database: %q, %v", store.CauseOf(err), err)
	}
	exec(`GRANT CONNECT ON DATABASE DB_ TO ROLE_; GRANT USAGE ON SCHEMA norang, norang_erasures TO ROLE_;
		GRANT ALL ON ALL TABLES IN SCHEMA norang, norang_erasures TO ROLE_`)
	readOnlyRole(t, as, exec, role, database)
}

// readOnlyRole: the statement of the error lets the role write again, wherever the setting is.
func readOnlyRole(t *testing.T, as string, exec func(string), role, database string) {
	t.Helper()
	write := func(dsn string) error {
		db, err := store.Open(t.Context(), store.Config{DSN: dsn, NoMigrate: true})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		return signIn(t.Context(), db, benchCompletion(1))
	}
	names := strings.NewReplacer("ROLE_", `"`+role+`"`, "DB_", `"`+database+`"`,
		"RESET", "RESET default_transaction_read_only")
	for place, want := range map[string]string{
		"ROLE ROLE_":                 "ALTER ROLE ROLE_ RESET",
		"ROLE ROLE_ IN DATABASE DB_": "ALTER ROLE ROLE_ IN DATABASE DB_ RESET",
		"DATABASE DB_":               "BEGIN READ WRITE; ALTER DATABASE DB_ RESET; COMMIT",
	} {
		place, want = names.Replace(place), names.Replace(want)
		exec("ALTER " + place + " SET default_transaction_read_only = on")
		for _, err := range []error{write(as), store.Examine(t.Context(), as).ReadOnly} {
			reason, ok := errors.AsType[*store.ReadOnlyError](err)
			if !ok || store.CauseOf(err) != store.ReadOnlySet || !errors.Is(err, store.ErrReadOnly) || reason.Reset() != want {
				t.Errorf("%s: %q, %v", place, store.CauseOf(err), err)
				continue
			}
		}
		exec(want)
		if x := store.Examine(t.Context(), as); x.ReadOnly != nil {
			t.Errorf("%s: still read-only: %v", place, x.ReadOnly)
		}
	}
	err := write(as + "&default_transaction_read_only=on")
	if reason, ok := errors.AsType[*store.ReadOnlyError](err); !ok || reason.Standby || reason.Reset() != "" {
		t.Errorf("in the address: %v", err)
	}
}
