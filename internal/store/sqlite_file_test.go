package store_test

import (
	"bufio"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/testkit/soak"
)

func tempPath(t testing.TB) string { return filepath.Join(t.TempDir(), "norang.db") }

func TestFilesAreForTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("left out: no file modes on Windows")
	}
	path := tempPath(t)
	db := openSQLite(t, store.Config{DSN: path, Exclusive: true})
	if err := signIn(t.Context(), db, benchCompletion(1)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 3 {
		t.Fatalf("files are %q, %v", files, err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f, info.Mode())
		}
	}
}

func TestTwoServicesOnOneFile(t *testing.T) {
	t.Parallel()
	path := tempPath(t)
	first := openSQLite(t, store.Config{DSN: path, Exclusive: true})
	if _, err := store.Open(t.Context(), store.Config{DSN: path, Exclusive: true}); !errors.Is(err, store.ErrInUse) {
		t.Errorf("second service: %v", err)
	}
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err == nil {
		if _, err := store.Open(t.Context(), store.Config{DSN: link, Exclusive: true}); !errors.Is(err, store.ErrInUse) {
			t.Errorf("second service by a link: %v", err)
		}
	}
	command := openSQLite(t, store.Config{DSN: path}) // a command may
	c := benchCompletion(1)
	if err := signIn(t.Context(), first, c); err != nil {
		t.Fatal(err)
	}
	if n, err := command.End(t.Context(), session.Revocation{Key: &c.Session.Key, At: benchTime,
		Actor: audit.Operator("shell", "", audit.Client{})}); n != 1 || err != nil {
		t.Errorf("End by a command = %d, %v", n, err)
	}
	if _, err := first.Principal(t.Context(), c.Session.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("the service still sees the session: %v", err)
	}
}

func TestLockDiesWithItsProcess(t *testing.T) {
	t.Parallel()
	path := tempPath(t)
	cmd, out := startChild(t, "serve", path)
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("child said %q, %v", line, err)
	}
	if _, err := store.Open(t.Context(), store.Config{DSN: path, Exclusive: true}); !errors.Is(err, store.ErrInUse) {
		t.Errorf("while it lives: %v", err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	openSQLite(t, store.Config{DSN: path, Exclusive: true})
}

func TestForeignDatabasesAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	foreign := filepath.Join(dir, "foreign.db")
	raw := rawSQLite(t, foreign)
	if _, err := raw.Exec("CREATE TABLE users (id INTEGER)"); err != nil {
		t.Fatal(err)
	}
	for name, dsn := range map[string]string{
		"nothing": "", "a directory": dir, "no parent": filepath.Join(dir, "no", "norang.db"),
		"no database": write("text.db", strings.Repeat("노랑은 데이터베이스가 아니에요. ", 100)), "a foreign database": foreign,
	} {
		_, err := store.Open(t.Context(), store.Config{DSN: dsn})
		if err == nil {
			t.Errorf("%s was opened", name)
		}
		if dsn == foreign && !errors.Is(err, store.ErrForeign) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := textRows(t, raw, "SELECT name FROM sqlite_master"); len(got) != 1 {
		t.Errorf("the foreign database now holds %v", got)
	}
	missing := filepath.Join(dir, "missing.db")
	if _, err := store.Open(t.Context(), store.Config{DSN: missing, MustExist: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("the missing database was created")
	}
	if _, err := store.Open(t.Context(), store.Config{DSN: missing, Queue: -1, Readers: -1}); err == nil ||
		!strings.Contains(err.Error(), "Queue") || !strings.Contains(err.Error(), "Readers") {
		t.Errorf("faulty settings: %v", err)
	}
}

func TestOddFileNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"노랑 db?mode=memory", "a#b%20c&_pragma=synchronous(OFF).db", "it's.db"} {
		if runtime.GOOS == "windows" && strings.ContainsAny(name, "?") {
			continue
		}
		path := filepath.Join(t.TempDir(), name)
		db, err := store.Open(t.Context(), store.Config{DSN: path})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := signIn(t.Context(), db, benchCompletion(1)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: not written there: %v", name, err)
		}
	}
}

func TestST04_AnotherProcessHoldsTheLock(t *testing.T) {
	t.Parallel()
	path := migratedPath(t)
	db := openSQLite(t, store.Config{DSN: path, BusyTimeout: 50 * time.Millisecond})
	before, during, after := benchCompletion(1), benchCompletion(2), benchCompletion(3)
	if err := signIn(t.Context(), db, before); err != nil {
		t.Fatal(err)
	}
	raw := rawSQLite(t, path)
	raw.SetMaxOpenConns(1)
	if _, err := raw.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if err := signIn(t.Context(), db, during); !errors.Is(err, store.ErrBusy) || !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("sign-in: %v", err)
	}
	if _, err := db.Principal(t.Context(), before.Session.Key); err != nil {
		t.Errorf("a read meanwhile: %v", err)
	}
	if _, err := raw.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := signIn(t.Context(), db, after); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestST05_ReadOnly(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("left out: file modes do not bind this user")
	}
	path := tempPath(t)
	if err := openSQLite(t, store.Config{DSN: path}).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Config{DSN: path})
	if err != nil {
		return // a clear refusal is as good
	}
	defer db.Close()
	if err := signIn(t.Context(), db, benchCompletion(1)); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("sign-in: %v", err)
	}
}

func TestST08_ErrorsNameNoSQL(t *testing.T) {
	t.Parallel()
	path := migratedPath(t)
	db := openSQLite(t, store.Config{DSN: path})
	if _, err := rawSQLite(t, path).Exec("DROP TABLE audit_log"); err != nil {
		t.Fatal(err)
	}
	c := benchCompletion(1)
	err := signIn(t.Context(), db, c)
	var e *store.Error
	if !errors.As(err, &e) || !errors.Is(err, session.ErrUnavailable) {
		t.Fatalf("error is %v", err)
	}
	for _, secret := range []string{"INSERT", "VALUES", c.Profile.Email, c.Key.Subject} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error names %q: %v", secret, err)
		}
	}
	// ST-14: what cannot be audited is not done.
	if _, err := db.UserByID(t.Context(), c.UserID); err == nil {
		t.Error("the sign-in was written without its audit line")
	}
}

func TestST09_MigrationInterrupted(t *testing.T) {
	t.Parallel()
	for range soak.Rounds(4) {
		path := tempPath(t)
		cmd, _ := startChild(t, "open", path)
		time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		db, err := store.Open(t.Context(), store.Config{DSN: path})
		if err != nil {
			t.Fatal(err)
		}
		if err := signIn(t.Context(), db, benchCompletion(1)); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestST10_ManyStartTogether(t *testing.T) {
	t.Parallel()
	path := tempPath(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			db, err := store.Open(t.Context(), store.Config{DSN: path})
			if err != nil {
				t.Errorf("Open: %v", err)
				return
			}
			if err := db.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		cmd, out := startChild(t, "open", path)
		wg.Go(func() {
			said, _ := io.ReadAll(out)
			if err := cmd.Wait(); err != nil {
				t.Errorf("another process: %v %s", err, said)
			}
		})
	}
	wg.Wait()
	rows := textRows(t, rawSQLite(t, path),
		"SELECT version_id, COUNT(*) FROM schema_migrations WHERE version_id > 0 GROUP BY version_id HAVING COUNT(*) > 1")
	if len(rows) != 0 {
		t.Errorf("migrations applied more than once: %v", rows)
	}
}

func TestST11_OlderProgram(t *testing.T) {
	t.Parallel()
	path := migratedPath(t)
	if err := openSQLite(t, store.Config{DSN: path}).Close(); err != nil {
		t.Fatal(err)
	}
	raw := rawSQLite(t, path)
	// ST-12: a newer program was here and changed nothing that we could not live with.
	if _, err := raw.Exec("INSERT INTO schema_migrations (version_id, is_applied) VALUES (999, 1)"); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Config{DSN: path})
	if err != nil {
		t.Fatalf("additive newer schema: %v", err)
	}
	s, err := db.Status(t.Context())
	if err != nil || s.Current != 999 || s.Pending() {
		t.Errorf("Status = %+v, %v", s, err)
	}
	if err := signIn(t.Context(), db, benchCompletion(1)); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	// And now it did.
	if _, err := raw.Exec("UPDATE schema_support SET oldest_program = 999"); err != nil {
		t.Fatal(err)
	}
	before := textRows(t, raw, "SELECT COUNT(*) FROM audit_log")
	if _, err := store.Open(t.Context(), store.Config{DSN: path}); !errors.Is(err, store.ErrNewerSchema) ||
		!strings.Contains(err.Error(), "999") {
		t.Errorf("Open: %v", err)
	}
	if after := textRows(t, raw, "SELECT COUNT(*) FROM audit_log"); after[0][0] != before[0][0] {
		t.Error("something was written")
	}
}

func TestStatusAndMigrate(t *testing.T) {
	t.Parallel()
	path := tempPath(t)
	db := openSQLite(t, store.Config{DSN: path, NoMigrate: true})
	s, err := db.Status(t.Context())
	if err != nil || !s.Pending() || s.Current != 0 || s.Database != "sqlite" || len(s.Migrations) == 0 ||
		!s.Migrations[0].Applied.IsZero() {
		t.Fatalf("Status = %+v, %v", s, err)
	}
	if err := db.Ping(t.Context()); err == nil {
		t.Error("Ping of an empty database succeeds")
	}
	done, err := db.Migrate(t.Context())
	if err != nil || len(done) != len(s.Migrations) || done[0].Name != s.Migrations[0].Name {
		t.Fatalf("Migrate = %+v, %v", done, err)
	}
	if again, err := db.Migrate(t.Context()); err != nil || len(again) != 0 {
		t.Errorf("Migrate again = %+v, %v", again, err)
	}
	s, err = db.Status(t.Context())
	if err != nil || s.Pending() || s.Current != s.Latest || s.Oldest == 0 ||
		time.Since(s.Migrations[0].Applied).Abs() > time.Hour {
		t.Errorf("Status = %+v, %v", s, err)
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), store.Config{DSN: tempPath(t)})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if err := db.Ping(t.Context()); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Ping: %v", err)
	}
	if err := signIn(t.Context(), db, benchCompletion(1)); !errors.Is(err, store.ErrClosed) {
		t.Errorf("sign-in: %v", err)
	}
}

// SIGKILL during a storm, again and again on the same file: every acknowledged sign-in is there, and none in part.
func TestST01_KilledInAStorm(t *testing.T) {
	t.Parallel()
	path := tempPath(t)
	acknowledged := map[string]string{}
	for range soak.Rounds(2) {
		cmd, out := startChild(t, "storm", path)
		kill := killSoon(cmd)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			kill()
			// The last line may be torn; a torn one is not an acknowledgement.
			if subject, key, _ := strings.Cut(lines.Text(), " "); len(key) == 2*session.KeyLen {
				acknowledged[subject] = strings.ToUpper(key)
			} else if strings.HasPrefix(lines.Text(), "error:") {
				t.Fatal(lines.Text())
			}
		}
		_ = cmd.Wait()
	}
	if len(acknowledged) == 0 {
		t.Fatal("no user was signed in before the kill")
	}
	openSQLite(t, store.Config{DSN: path, Exclusive: true})
	raw := rawSQLite(t, path)
	found := map[string]string{}
	for _, r := range textRows(t, raw,
		"SELECT i.subject, hex(s.key) FROM identities i JOIN users u ON u.id = i.user_id JOIN sessions s ON "+
			"s.identity_id = i.id") {
		found[r[0]] = r[1]
	}
	for subject, key := range acknowledged {
		if found[subject] != key {
			t.Errorf("acknowledged sign-in of %s is lost", subject)
		}
	}
	for _, q := range []string{
		"SELECT u.id FROM users u LEFT JOIN identities i ON i.user_id = u.id WHERE i.id IS NULL",
		"SELECT s.id FROM sessions s LEFT JOIN attempts a ON a.session_key = s.key WHERE a.key IS NULL",
		"SELECT s.id FROM sessions s LEFT JOIN audit_log l ON l.session_id = s.id WHERE l.id IS NULL",
	} {
		if rows := textRows(t, raw, q); len(rows) != 0 {
			t.Errorf("%d rows are half there: %s", len(rows), q)
		}
	}
	if got := textRows(t, raw, "PRAGMA integrity_check"); len(got) != 1 || got[0][0] != "ok" {
		t.Errorf("integrity check: %v", got)
	}
	t.Logf("%d sign-ins were acknowledged before the kills, %d are there", len(acknowledged), len(found))
}
