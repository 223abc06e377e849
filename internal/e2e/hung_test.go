package e2e_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/pgtest"
)

// hung is a service whose database hangs while signed-in users go on.
type hung struct {
	*place
	*process
	users []*person
	kept  *http.Client // with a connection for each user
	next  int          // the first account that has not signed in yet
}

func startHung(p *place, settings ...string) *hung {
	p.t.Helper()
	p.k = crowdKakao(p.t, p.url()+"/oauth/kakao/callback")
	if p.dsn != "" {
		keys := filepath.Join(p.dir, "keys")
		(&replicas{place: *p}).command("keyring", "init", keys)
		settings = append(settings, "NORANG_KEYS="+keys)
	} else {
		settings = append(settings, "NORANG_DATABASE="+filepath.Join(p.dir, "norang.db"))
	}
	h := &hung{place: p, process: p.serveWith(p.port, append(settings, unlimited...)...)}
	h.kept = &http.Client{Timeout: timeout, Transport: &http.Transport{MaxIdleConnsPerHost: 40}}
	p.t.Cleanup(h.kept.CloseIdleConnections)
	for range 20 {
		h.users = append(h.users, h.signIn())
	}
	for _, one := range h.users { // now their sessions are known
		if status := one.verify(h.url()); status != http.StatusOK {
			p.t.Fatalf("verify after the sign-in: %d", status)
		}
	}
	return h
}

func (h *hung) account() string { h.next++; return fmt.Sprint("crowd-", h.next) }

func (h *hung) signIn() *person {
	h.t.Helper()
	p := newPerson(h.t)
	if err := p.loginAs(h.url(), h.account()); err != nil {
		h.t.Fatal(err)
	}
	p.http.Transport = h.kept.Transport
	return p
}

// answers requests a page that needs no database.
func (h *hung) answers() {
	resp, err := h.kept.Get(h.url() + "/auth/healthz")
	if err != nil {
		h.t.Error(err)
		return
	}
	resp.Body.Close()
}

// verifies checks all users again and again for a time and returns the 99th percentile of the answers, and for
// comparison that of a request that needs no database, which says how busy the machine is.
func (h *hung) verifies(lasts time.Duration) (p99, unrelated time.Duration) {
	h.t.Helper()
	var mu sync.Mutex
	var checks, others []time.Duration
	var all sync.WaitGroup
	until := time.Now().Add(lasts)
	for i, p := range h.users {
		all.Go(func() {
			pause := time.NewTicker(lasts / 24) // some 500 checks
			defer pause.Stop()
			time.Sleep(time.Duration(i) * lasts / 24 / 20)
			for time.Now().Before(until) {
				began := time.Now()
				status := p.verify(h.url())
				check := time.Since(began)
				began = time.Now()
				h.answers()
				other := time.Since(began)
				mu.Lock()
				checks, others = append(checks, check), append(others, other)
				mu.Unlock()
				if status != http.StatusOK {
					h.t.Errorf("verify of a known session: %d", status)
					return
				}
				<-pause.C
			}
		})
	}
	all.Wait()
	slices.Sort(checks)
	slices.Sort(others)
	return checks[len(checks)*99/100], others[len(others)*99/100]
}

// drill lets the database hang for a time and checks known sessions meanwhile; users who sign in wait.
func (h *hung) drill(name string, lasts time.Duration, begin func(), end func()) {
	h.t.Helper()
	var signingIn sync.WaitGroup
	begin()
	for range 30 { // more than there are connections
		account := h.account()
		signingIn.Go(func() { _ = newPerson(h.t).loginAs(h.url(), account) })
	}
	p99, unrelated := h.verifies(lasts)
	end()
	h.t.Logf("%s: p99 of verify is %v, of healthz %v", name, p99, unrelated)
	if p99 > max(20*time.Millisecond, 5*unrelated) {
		h.t.Errorf("%s: p99 of verify is %v, of healthz %v", name, p99, unrelated)
	}
	signingIn.Wait()
	await(h.t, func() bool { return newPerson(h.t).loginAs(h.url(), h.account()) == nil },
		func() string { return name + ": no sign-in afterwards: " + h.out.String() })
	await(h.t, func() bool { return h.probe("/auth/readyz") == http.StatusOK },
		func() string { return name + ": not ready afterwards: " + h.out.String() })
}

// notReady checks readyz while the database hangs.
func (h *hung) notReady() {
	h.t.Helper()
	await(h.t, func() bool { return h.probe("/auth/readyz") == http.StatusServiceUnavailable },
		func() string { return "ready while the database hangs" })
}

// ST-06: PostgreSQL hangs instead of failing: frozen processes, locked tables, a lost synchronous standby.
func TestST06_HungPostgresDoesNotDelayVerify(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	frozen := ownPostgres(t)
	// Hanging takes long and no processor: the drills run side by side, in one place among the tests that run.
	var all sync.WaitGroup
	for name, drills := range map[string]func(*hung, *sql.DB){
		"frozen and without standby": func(h *hung, db *sql.DB) { h.hangs(db, frozen) },
		"locked": func(h *hung, db *sql.DB) {
			h.locks(db, 6*time.Second, "changes", "changes, sessions, users, jobs")
		},
		"locked sessions": func(h *hung, db *sql.DB) { h.locks(db, 20*time.Second, "sessions") },
	} {
		all.Go(func() {
			t.Run(name, func(t *testing.T) {
				dsn := frozen.DSN("postgres")
				if strings.HasPrefix(name, "locked") {
					dsn = emptyPostgres(t)
				}
				at := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t), dsn: dsn}
				h := startHung(at, "NORANG_DATABASE="+dsn)
				db, err := sql.Open("pgx", dsn)
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				drills(h, db)
			})
		})
	}
	all.Wait()
}

// hangs freezes the server's processes, then lets commits wait for a standby that is lost.
func (h *hung) hangs(db *sql.DB, pg *pgtest.Server) {
	exec := func(query string) {
		h.t.Helper()
		_, err := db.ExecContext(h.t.Context(), query)
		h.must(err)
	}
	h.t.Cleanup(func() { _ = pg.Thaw() })
	h.drill("frozen", 7*time.Second, func() { h.must(pg.Freeze()) }, func() {
		h.notReady()
		h.must(pg.Thaw())
	})
	h.drill("no standby", 7*time.Second, func() {
		exec("ALTER SYSTEM SET synchronous_standby_names = 'lost'")
		exec("SELECT pg_reload_conf()")
	}, func() {
		h.notReady()
		exec("ALTER SYSTEM RESET synchronous_standby_names")
		exec("SELECT pg_reload_conf()")
	})
}

// locks locks tables for a time, one list of them after the other.
func (h *hung) locks(db *sql.DB, lasts time.Duration, lists ...string) {
	for _, tables := range lists {
		lock, err := db.BeginTx(h.t.Context(), nil)
		h.must(err)
		h.drill("locked "+tables, lasts, func() {
			_, err := lock.ExecContext(h.t.Context(),
				"SET search_path = norang; LOCK TABLE "+tables+" IN ACCESS EXCLUSIVE MODE")
			h.must(err)
		}, func() { h.must(lock.Rollback()) })
	}
}

func (h *hung) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// ST-04: another process holds the write lock of SQLite, longer than the busy timeout.
func TestST04_LockedSQLiteDoesNotDelayVerify(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	h := startHung(&place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t)})
	raw := h.database()
	conn, err := raw.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	exec := func(query string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	exec("PRAGMA busy_timeout = 5000")
	h.drill("locked", 12*time.Second, func() { exec("BEGIN EXCLUSIVE") }, func() {
		h.notReady()
		exec("ROLLBACK")
	})
}
