package store_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/testkit/pgtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/internal/testkit/soak"
)

func TestPostgresST10_ManyStartTogether(t *testing.T) {
	t.Parallel()
	dsn := newPostgres(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			db, err := store.Open(t.Context(), store.Config{DSN: dsn})
			if err != nil {
				t.Errorf("Open: %v", err)
				return
			}
			if err := db.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		cmd, out := startChild(t, "open", dsn)
		wg.Go(func() {
			said, _ := io.ReadAll(out)
			if err := cmd.Wait(); err != nil {
				t.Errorf("another process: %v %s", err, said)
			}
		})
	}
	wg.Wait()
	rows := textRows(t, rawPostgres(t, dsn),
		"SELECT version_id FROM norang.schema_migrations WHERE version_id > 0 GROUP BY version_id HAVING COUNT(*) > 1")
	if len(rows) != 0 {
		t.Errorf("migrations applied more than once: %v", rows)
	}
}

func TestPostgresST11_OlderProgram(t *testing.T) {
	t.Parallel()
	dsn := newPostgres(t)
	db := openStore(t, store.Config{DSN: dsn, NoMigrate: true})
	s, err := db.Status(t.Context())
	if err != nil || !s.Pending() || s.Current != 0 || s.Database != "postgres" {
		t.Fatalf("Status = %+v, %v", s, err)
	}
	if done, err := db.Migrate(t.Context()); err != nil || len(done) != len(s.Migrations) {
		t.Fatalf("Migrate = %+v, %v", done, err)
	}
	if s, err = db.Status(t.Context()); err != nil || s.Pending() ||
		time.Since(s.Migrations[0].Applied).Abs() > time.Hour {
		t.Errorf("Status = %+v, %v", s, err)
	}
	raw := rawPostgres(t, dsn)
	if _, err := raw.Exec("INSERT INTO norang.schema_migrations (version_id, is_applied) VALUES (999, true)"); err != nil {
		t.Fatal(err)
	}
	openStore(t, store.Config{DSN: dsn})
	if _, err := raw.Exec("UPDATE norang.schema_support SET oldest_program = 999"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), store.Config{DSN: dsn}); !errors.Is(err, store.ErrNewerSchema) {
		t.Errorf("Open: %v", err)
	}
}

// A row is written, another one after it is committed first, the feed is read, and only then the first one commits.
func TestPostgresLateCommitIsNotLost(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	db := openStore(t, store.Config{DSN: dsn})
	a, b := benchCompletion(1), benchCompletion(2)
	_, cursor, err := db.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	slow, err := rawPostgres(t, dsn).Begin()
	if err != nil {
		t.Fatal(err)
	}
	write := "INSERT INTO norang.changes (at, session_key) VALUES (1, '\\x%s')"
	if _, err := slow.Exec(fmt.Sprintf(write, hex.EncodeToString(a.Session.Key[:]))); err != nil {
		t.Fatal(err)
	}
	if _, err := rawPostgres(t, dsn).Exec(fmt.Sprintf(write, hex.EncodeToString(b.Session.Key[:]))); err != nil {
		t.Fatal(err)
	}
	var told []session.Key
	poll := func() {
		t.Helper()
		changes, next, err := db.Changes(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			told = append(told, c.Key)
		}
		cursor = next
	}
	for range 3 {
		poll()
	}
	if !slices.Equal(told, []session.Key{b.Session.Key}) {
		t.Fatalf("before the commit %d changes were reported", len(told))
	}
	if err := slow.Commit(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		poll()
	}
	if !slices.Equal(told, []session.Key{b.Session.Key, a.Session.Key}) {
		t.Errorf("after the commit %d changes were reported, want each once", len(told))
	}
}

func TestPostgresWake(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	here, there := openStore(t, store.Config{DSN: dsn}), openStore(t, store.Config{DSN: dsn})
	wait := func(what string, want session.Change) {
		t.Helper()
		select {
		case c := <-here.Wake():
			if c != want {
				t.Errorf("%s: woken by %+v", what, c)
			}
		case <-time.After(time.Minute):
			t.Fatalf("not woken: %s", what)
		}
	}
	wait("the listener is there", session.Change{})
	c := benchCompletion(1)
	if err := signIn(t.Context(), there, c); err != nil {
		t.Fatal(err)
	}
	select {
	case <-here.Wake():
		t.Error("woken by a sign-in, which changes nothing for other processes")
	case <-time.After(50 * time.Millisecond):
	}
	if n, err := there.End(t.Context(), session.Revocation{Key: &c.Session.Key, At: benchTime,
		Actor: audit.User("test", audit.Client{})}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	wait("a session was ended elsewhere", session.Change{Key: c.Session.Key})
	user := benchCompletion(2)
	if err := signIn(t.Context(), there, user); err != nil {
		t.Fatal(err)
	}
	id := userOf(t, there, user.Session.Key)
	if n, err := there.End(t.Context(), session.Revocation{UserID: id, At: benchTime,
		Actor: audit.User("test", audit.Client{})}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	wait("a user's sessions were ended elsewhere", session.Change{UserID: id})
	// A process of another version sends no payload, or another one.
	for _, payload := range []string{"", "x1", "sAAAA"} {
		if _, err := rawPostgres(t, dsn).Exec("SELECT pg_notify('norang_changes', $1)", payload); err != nil {
			t.Fatal(err)
		}
		wait("payload "+payload, session.Change{})
	}
	// The listener's connection dies, and comes back.
	if _, err := rawPostgres(t, dsn).Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE " +
		"'LISTEN%' AND datname = current_database()"); err != nil {
		t.Fatal(err)
	}
	wait("the listener is back", session.Change{})
}

// After a restart of the server every idle connection is dead. No reader fails because of it, however many there are.
func TestPostgresReadsGoOnAfterConnectionsEnded(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	db := openStore(t, store.Config{DSN: dsn, Readers: 4})
	c := benchCompletion(1)
	if err := signIn(t.Context(), db, c); err != nil {
		t.Fatal(err)
	}
	reads := func() {
		t.Helper()
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if p, err := db.Principal(t.Context(), c.Session.Key); err != nil || p.Session.ID != c.Session.ID {
					t.Errorf("session: %v, %v", p, err)
				}
				if u, err := db.UserByID(t.Context(), c.UserID); err != nil || u.ID != c.UserID {
					t.Errorf("user: %v, %v", u, err)
				}
			})
		}
		wg.Wait()
	}
	reads()
	if _, err := rawPostgres(t, dsn).Exec("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity " +
		"WHERE pid <> pg_backend_pid() AND datname = current_database()"); err != nil {
		t.Fatal(err)
	}
	reads()
}

func TestPostgresDO10_IsBoundedAndHonest(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	db := openStore(t, store.Config{DSN: dsn, Readers: 2, Queue: 3,
		BusyTimeout: 3 * time.Second}) // enough for a slow machine to connect
	c := benchCompletion(1)
	if err := signIn(t.Context(), db, c); err != nil {
		t.Fatal(err)
	}
	other, err := rawPostgres(t, dsn).Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec("LOCK TABLE norang.attempts IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	var failed, full atomic.Int64
	var wg sync.WaitGroup
	for n := range int64(20) {
		wg.Go(func() {
			err := signIn(t.Context(), db, benchCompletion(10+n))
			if !errors.Is(err, store.ErrBusy) || !errors.Is(err, session.ErrUnavailable) {
				t.Errorf("sign-in: %v", err)
			}
			failed.Add(1)
			if err != nil && strings.Contains(err.Error(), "wait for a connection") {
				full.Add(1)
			}
		})
	}
	wg.Wait()
	if failed.Load() != 20 || full.Load() == 0 {
		t.Errorf("%d failed, %d of them at once for a full queue", failed.Load(), full.Load())
	}
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := signIn(t.Context(), db, benchCompletion(2)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestPostgresStandbyIsNotReady(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	if err := openStore(t, store.Config{DSN: dsn}).Close(); err != nil {
		t.Fatal(err)
	}
	db := openStore(t, store.Config{DSN: dsn + "&default_transaction_read_only=on"})
	if err := db.Ping(t.Context()); err == nil || store.CauseOf(err) != store.ReadOnlySet {
		t.Errorf("Ping: %v", err)
	}
	if err := signIn(t.Context(), db, benchCompletion(1)); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("sign-in: %v", err)
	}
}

func TestPostgresOddities(t *testing.T) {
	t.Parallel()
	_, err := store.Open(t.Context(), store.Config{DSN: "postgres://user:hunter2@%zz/"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("broken address: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, err = store.Open(ctx, store.Config{DSN: "postgres://user:hunter2@127.0.0.1:1/db"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("nobody there: %v", err)
	}
	db, err := store.Open(t.Context(), store.Config{DSN: copyPostgres(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), tempPath(t)); !errors.Is(err, store.ErrNotSQLite) {
		t.Errorf("Backup: %v", err)
	}
	if _, err := db.Check(t.Context()); !errors.Is(err, store.ErrNotSQLite) {
		t.Errorf("Check: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Ping(t.Context()); !errors.Is(err, store.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// ST-06, ST-01: the server crashes under load and returns. Failures are reported, recovery is automatic, and every
// acknowledged sign-in is there.
func TestPostgresST06_CrashUnderLoad(t *testing.T) {
	s, err := pgtest.New()
	if err != nil {
		skipped.Skip(t, fmt.Sprintf("no PostgreSQL to start and stop: %v", err))
	}
	t.Cleanup(s.Remove)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	db := openStore(t, store.Config{DSN: s.DSN("postgres"), BusyTimeout: 5 * time.Second})
	stop := make(chan struct{})
	var mu sync.Mutex
	var acknowledged []session.Key
	var failures, successes atomic.Int64
	var n atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				c := benchCompletion(n.Add(1))
				if err := signIn(context.Background(), db, c); err != nil {
					if !errors.Is(err, session.ErrUnavailable) {
						t.Errorf("while it was away: %v", err)
					}
					failures.Add(1)
					time.Sleep(5 * time.Millisecond)
					continue
				}
				mu.Lock()
				acknowledged = append(acknowledged, c.Session.Key)
				mu.Unlock()
				successes.Add(1)
			}
		})
	}
	another := func(what *atomic.Int64) { // until the test's own deadline
		for before := what.Load(); what.Load() == before; time.Sleep(time.Millisecond) {
		}
	}
	for range soak.Rounds(1) {
		another(&successes)
		time.Sleep(200*time.Millisecond + time.Duration(rand.IntN(200))*time.Millisecond)
		s.Crash()
		another(&failures)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		back := time.Now()
		for signIn(t.Context(), db, benchCompletion(n.Add(1))) != nil {
			if time.Since(back) > time.Minute {
				t.Fatal("no sign-in a minute after the server was back")
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	close(stop)
	wg.Wait()
	for _, k := range acknowledged {
		if _, err := db.Principal(t.Context(), k); err != nil {
			t.Fatalf("acknowledged sign-in: %v", err)
		}
	}
	raw := rawPostgres(t, s.DSN("postgres"))
	if rows := textRows(t, raw, "SELECT u.id FROM norang.users u LEFT JOIN norang.identities i ON i.user_id = u.id "+
		"WHERE i.id IS NULL"); len(rows) != 0 {
		t.Errorf("%d users without identity", len(rows))
	}
	if len(acknowledged) == 0 || failures.Load() == 0 {
		t.Errorf("%d signed in, %d failed: that was no test", len(acknowledged), failures.Load())
	}
	t.Logf("%d sign-ins were acknowledged and found, %d failed meanwhile", len(acknowledged), failures.Load())
}

// kill -9 of the service, not of the server.
func TestPostgresST01_KilledInAStorm(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	var keys []string
	for range soak.Rounds(1) {
		cmd, out := startChild(t, "storm", dsn)
		kill := killSoon(cmd)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			kill()
			if _, key, _ := strings.Cut(lines.Text(), " "); len(key) == 2*session.KeyLen {
				keys = append(keys, key)
			}
		}
		_ = cmd.Wait()
	}
	if len(keys) == 0 {
		t.Fatal("no user was signed in before the kill")
	}
	raw := rawPostgres(t, dsn)
	found := map[string]bool{}
	for _, r := range textRows(t, raw,
		"SELECT encode(s.key, 'hex') FROM norang.sessions s JOIN norang.users u ON u.id = s.user_id JOIN norang.attempts "+
			"a ON a.session_key = s.key") {
		found[r[0]] = true
	}
	for _, k := range keys {
		if !found[k] {
			t.Error("an acknowledged sign-in is lost")
		}
	}
}

// A role or a server may have durability switched off by default. Commits wait for the disk all the same.
func TestPostgresCommitsAreDurable(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	db := openStore(t, store.Config{DSN: dsn + "&synchronous_commit=off"})
	raw := rawPostgres(t, dsn+"&search_path=norang")
	for _, q := range []string{
		`CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN RAISE EXCEPTION 'synchronous_commit is %', current_setting('synchronous_commit'); END $$`,
		`CREATE TRIGGER look BEFORE INSERT ON attempts FOR EACH ROW EXECUTE FUNCTION look()`,
	} {
		if _, err := raw.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := signIn(t.Context(), db, benchCompletion(1)); err == nil ||
		!strings.Contains(err.Error(), "synchronous_commit is on") {
		t.Errorf("sign-in: %v", err)
	}
}

// Two joins of one person at once: the second one waits for the first one's lock, and must then not see the session
// that the first one has ended.
func TestPostgresTransactionThatWaitedSeesCommittedRows(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	db := openStore(t, store.Config{DSN: dsn, BusyTimeout: time.Minute})
	c := benchCompletion(1)
	c.JoinRequired, c.PendingUntil = true, benchTime.Add(time.Hour)
	if err := signIn(t.Context(), db, c); err != nil {
		t.Fatal(err)
	}
	raw := rawPostgres(t, dsn+"&search_path=norang")
	first, err := raw.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Exec("SELECT 1 FROM users FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	joined := make(chan error, 1)
	go func() {
		_, err := db.Join(t.Context(), join.Activation{At: benchTime.Add(time.Minute), Session: c.Session.Key,
			Next: benchCompletion(2).Session})
		joined <- err
	}()
	for textRows(t, raw, "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "+
		"current_database()")[0][0] == "0" {
		time.Sleep(5 * time.Millisecond)
	}
	for _, q := range []string{"DELETE FROM sessions", "UPDATE users SET status = 'active', joined_at = 1"} {
		if _, err := first.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-joined; !errors.Is(err, session.ErrNone) {
		t.Errorf("Join: %v", err)
	}
}
