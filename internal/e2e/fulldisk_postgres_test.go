package e2e_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/disktest"
	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/pgtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// noVacuum keeps PostgreSQL from freeing or using disk space at times of its own choice.
var noVacuum = []string{"-c", "autovacuum=off"}

// pgFull is a service and its PostgreSQL, one of whose disks becomes full.
type pgFull struct {
	*place
	pg       *pgtest.Server
	dsn      string
	filler   string
	survives bool // PostgreSQL keeps running without space on this disk and refuses writes
	logOnly  bool // only the write-ahead log is on this disk
	settings []string
	c        *crowd
	people   int // how many of the test's own accounts were used
}

// ST-03 on PostgreSQL with real full disks. Without space for tables it refuses writes and keeps running; without
// space for its log it ends all connections, recovers, and may not start before there is space.
func TestST03_PostgresOnAFullDisk(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, full := range []struct {
		name string
		size int64
		on   func(dir string) pgtest.Disks
	}{
		{"everything", 80 << 20, func(dir string) pgtest.Disks { return pgtest.Disks{Data: dir} }},
		{"log", 16 << 20, func(dir string) pgtest.Disks { return pgtest.Disks{WAL: dir} }},
		{"tables", 24 << 20, func(string) pgtest.Disks { return pgtest.Disks{} }},
	} {
		t.Run(full.name, func(t *testing.T) {
			t.Parallel()
			disktest.Small(t, full.size, func(dir string) {
				if disktest.Alone() {
					skipped.Refused(
						t,
						"a small disk can only be mounted in a namespace of one user; PostgreSQL needs a second one",
					)
				}
				pg, err := pgtest.NewOn(full.on(dir))
				if err != nil {
					skipped.Skip(t, fmt.Sprintf("no PostgreSQL to start (%v)", err))
				}
				t.Cleanup(pg.Remove)
				if err := pg.Start(noVacuum...); err != nil {
					t.Fatal(err)
				}
				p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t)}
				f := &pgFull{
					place:    p,
					pg:       pg,
					dsn:      pg.DSN("postgres"),
					filler:   filepath.Join(dir, "filler"),
					survives: full.name == "tables",
					logOnly:  full.name == "log",
				}
				if f.survives {
					f.tablesOn(dir)
				}
				f.run()
			})
		})
	}
}

// tablesOn creates a database whose tables are on a disk of their own.
func (f *pgFull) tablesOn(dir string) {
	t := f.t
	t.Helper()
	if err := f.pg.Own(dir); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", f.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{
		"CREATE TABLESPACE small LOCATION '" + dir + "'", "CREATE DATABASE small TABLESPACE small",
	} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	f.dsn = f.pg.DSN("small")
}

func (f *pgFull) run() {
	t := f.t
	f.k = crowdKakao(t, f.url()+"/oauth/kakao/callback")
	r := &replicas{place: *f.place, keys: filepath.Join(f.dir, "keys")}
	r.command("keyring", "init", r.keys)
	f.settings = append([]string{"NORANG_DATABASE=" + f.dsn, "NORANG_KEYS=" + r.keys}, unlimited...)
	s, began := f.serveWith(f.port, f.settings...), time.Now()
	early, leaving := f.member(), []*person{f.member(), f.member(), f.member()}
	f.c = startCrowd(t, f.url())

	f.c.works()
	f.fill()
	f.c.pause.Lock() // from here on only this test sends requests
	late, latePersona := f.refusal()
	if f.survives && early.verify(f.url()) != http.StatusOK {
		t.Error("a session is not valid although the database can be read")
	}
	leaving = f.signOuts(leaving)
	f.serverCrashes(s, early, leaving[:1])
	f.room()
	// The attempt may have been claimed before the disk refused the rest, so its code may be used up: the user
	// starts again.
	if err := late.loginAs(f.url(), latePersona); err != nil {
		t.Errorf("new login after the refused one: %v", err)
	}
	if got := late.status(f.url()); got != "active" {
		t.Errorf("status after it: %q", got)
	}
	f.logsOnce(s, time.Since(began))
	f.c.pause.Unlock()
	f.c.works()

	f.fill()
	s.kill()
	f.c.pause.Lock()
	s = f.startFull(early)
	if f.freed(); !s.up {
		f.serveWith(f.port, f.settings...)
	}
	f.awaitLogin()
	f.c.pause.Unlock()
	f.c.works()
	f.c.end()
	f.c.verify()
	for _, failure := range f.c.failures {
		if !expected(failure.err) {
			t.Errorf("unexpected failure: %v", failure.err)
		}
	}
	t.Logf("%d sign-ins, %d sign-outs, %d failures", len(f.c.in), len(f.c.out), len(f.c.failures))
}

// next returns a user outside the crowd.
func (f *pgFull) next() (p *person, persona string) {
	f.people++
	return newPerson(f.t), fmt.Sprint("crowd-", f.people%others)
}

// member signs a user in while there is space.
func (f *pgFull) member() *person {
	f.t.Helper()
	p, persona := f.next()
	if err := p.loginAs(f.url(), persona); err != nil {
		f.t.Fatal(err)
	}
	return p
}

// fill fills the disk and waits until a request fails.
func (f *pgFull) fill() {
	f.t.Helper()
	disktest.Fill(f.t, f.filler, 0)
	if f.logOnly {
		f.endLog()
	}
	f.c.fails()
}

// endLog makes PostgreSQL need a new log file while users sign in; it has a few megabytes in reserve.
func (f *pgFull) endLog() {
	f.t.Helper()
	db, err := sql.Open("pgx", f.dsn)
	if err != nil {
		f.t.Fatal(err)
	}
	defer db.Close()
	for range 100 {
		if _, err := db.ExecContext(f.t.Context(), "SELECT pg_switch_wal()"); err != nil {
			return // it crashed
		}
		time.Sleep(20 * time.Millisecond) // so that the next file has content
	}
}

// refusal finds a user whom the full disk refuses, and checks the response and the probes. Others may still get in.
func (f *pgFull) refusal() (late *person, persona string) {
	t := f.t
	t.Helper()
	for began := time.Now(); ; {
		p, persona := f.next()
		switch answer := p.callbackOf(f.url(), persona); {
		case answer.status == http.StatusSeeOther:
			f.c.in = append(f.c.in, p.http)
		case answer.status != http.StatusServiceUnavailable || !strings.Contains(answer.body, "store.unavailable") ||
			answer.header.Get("Retry-After") == "":
			t.Errorf("a sign-in: %d, %v, %s", answer.status, answer.header, answer.body)
		default:
			if got := p.status(f.url()); got != "" {
				t.Errorf("status after a refused sign-in: %q", got)
			}
			if got := f.probe("/auth/healthz"); got != http.StatusOK {
				t.Errorf("healthz with a full disk: %d", got)
			}
			// A refusal is remembered for some seconds, which a slow machine may exceed.
			if f.probe("/auth/readyz") == http.StatusServiceUnavailable {
				return p, persona
			}
		}
		if time.Since(began) > timeout {
			t.Fatal("the disk is full but readyz does not say so")
		}
	}
}

// signOuts signs out on the full disk: each request either takes effect or is refused. It returns the remaining
// users.
func (f *pgFull) signOuts(all []*person) (still []*person) {
	t := f.t
	t.Helper()
	for _, p := range all[1:] {
		switch answer := p.post(f.url() + "/auth/signout"); {
		case answer.status == http.StatusSeeOther:
			f.c.out = append(f.c.out, p.http)
		case answer.status != http.StatusServiceUnavailable || len(answer.header.Values("Set-Cookie")) > 0:
			t.Errorf("a sign-out: %d, %v", answer.status, answer.header)
		// After a crash between commit and response the sign-out may have taken effect.
		case f.survives && p.verify(f.url()) != http.StatusOK:
			t.Error("a refused sign-out ended the session")
		}
	}
	return all[:1]
}

// serverCrashes crashes PostgreSQL on the full disk and starts it there.
func (f *pgFull) serverCrashes(s *process, early *person, leaving []*person) {
	t := f.t
	t.Helper()
	began := time.Now()
	f.pg.Crash()
	code := early.verify(f.url())
	if f.survives && code != http.StatusOK && time.Since(began) < 20*time.Second { // the cache is valid for 30 s
		t.Errorf("verify of a session without the database: %d", code)
	}
	for _, p := range leaving {
		if answer := p.post(f.url() + "/auth/signout"); answer.status != http.StatusServiceUnavailable ||
			len(answer.header.Values("Set-Cookie")) > 0 {
			t.Errorf("a sign-out without the database: %d, %v", answer.status, answer.header)
		}
		f.c.in = append(f.c.in, p.http) // it did not take effect
	}
	for path, want := range map[string]int{"/auth/readyz": 503, "/auth/healthz": 200} {
		if got := f.probe(path); got != want {
			t.Errorf("%s without the database: %d, want %d", path, got, want)
		}
	}
	f.await(
		"log message about the feed",
		func() bool { return strings.Contains(s.out.all(), "change feed unreadable") },
	)
	if err := f.pg.Start(noVacuum...); err != nil && !strings.Contains(f.pg.Said(), "No space left on device") {
		t.Errorf("PostgreSQL on a full disk: %v", err)
	}
}

// freed frees the disk and restarts PostgreSQL if it has ended.
func (f *pgFull) freed() {
	t := f.t
	t.Helper()
	if err := os.Remove(f.filler); err != nil {
		t.Fatal(err)
	}
	f.await("PostgreSQL up or down", func() bool { return f.pg.Gone() || f.pg.Answers() })
	if f.pg.Gone() {
		if err := f.pg.Start(noVacuum...); err != nil {
			t.Fatal(err)
		}
	}
}

// room frees the disk and waits until the service has recovered.
func (f *pgFull) room() {
	f.t.Helper()
	f.freed()
	f.awaitLogin()
}

// await is the package's await with a description.
func (f *pgFull) await(what string, so func() bool) {
	f.t.Helper()
	await(f.t, so, func() string { return fmt.Sprintf("no %s after %v", what, timeout) })
}

func (f *pgFull) awaitLogin() {
	f.t.Helper()
	f.await("login after the disk was freed", func() bool {
		p, persona := f.next()
		if p.loginAs(f.url(), persona) != nil {
			return false
		}
		f.c.in = append(f.c.in, p.http)
		return f.probe("/auth/readyz") == http.StatusOK
	})
}

// logsOnce checks the log.
func (f *pgFull) logsOnce(s *process, lasted time.Duration) {
	t := f.t
	t.Helper()
	for begins, ends := range map[string]string{
		"the database refuses writes": "the database takes writes again",
		"change feed unreadable":      "change feed readable again",
	} {
		f.await(
			ends,
			func() bool { return strings.Count(s.out.all(), begins) == strings.Count(s.out.all(), ends) },
		)
	}
	log := s.out.all()
	if f.survives && !strings.Contains(log, "the database refuses writes") {
		t.Errorf("the log lacks the refused writes: %s", s.out)
	}
	if n, most := strings.Count(log, `"code":"store.unavailable"`), 60+int(lasted.Seconds()); n > most {
		t.Errorf("%d log lines in %v", n, lasted)
	}
}

// startFull starts the service on the full disk. If the database accepts no connections, it must fail with a
// message.
func (f *pgFull) startFull(early *person) *process {
	s := f.start(f.port, f.settings...)
	switch {
	case s.up && f.survives:
		if got := early.verify(f.url()); got != http.StatusOK { // read from the database, because the cache is empty
			f.t.Errorf("verify of a session: %d", got)
		}
	case !s.up:
		if code := s.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(s.out.all(), "open PostgreSQL") {
			f.t.Errorf("started on a full disk: %d, %s", code, s.out)
		}
	}
	return s
}
