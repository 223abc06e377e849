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

// noVacuum keeps PostgreSQL from making room, or needing some, at moments of its own choice.
var noVacuum = []string{"-c", "autovacuum=off"}

// pgFull is a service, its PostgreSQL, and the disk of it that becomes full.
type pgFull struct {
	*place
	pg       *pgtest.Server
	dsn      string
	filler   string
	survives bool // PostgreSQL goes on without room on this disk, and refuses what needs some
	logOnly  bool // only the database's log lies there
	settings []string
	c        *crowd
	people   int // of those that the crowd leaves, how many have been here
}

// ST-03 on PostgreSQL, on disks that are really full. Without room for its tables it refuses what needs some and goes on;
// without room for its log it ends every connection, recovers, and may not come up again before there is room.
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
					skipped.Refused(t, "a small disk cannot be mounted but in a namespace with one user, and PostgreSQL needs another one")
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
				f := &pgFull{place: p, pg: pg, dsn: pg.DSN("postgres"), filler: filepath.Join(dir, "filler"), survives: full.name == "tables", logOnly: full.name == "log"}
				if f.survives {
					f.tablesOn(dir)
				}
				f.run()
			})
		})
	}
}

// tablesOn makes a database of which all but the log lies on a disk of its own.
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
	for _, q := range []string{"CREATE TABLESPACE small LOCATION '" + dir + "'", "CREATE DATABASE small TABLESPACE small"} {
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
	f.c = gather(t, f.url())

	f.c.works()
	f.fill()
	f.c.door.Lock() // from here on this test alone asks, and knows what it asked when
	late, latePersona := f.refusal()
	if f.survives && early.verify(f.url()) != http.StatusOK {
		t.Error("who was signed in is not, with a database that can still be read")
	}
	leaving = f.signOuts(leaving)
	f.serverCrashes(s, early, leaving[:1])
	f.room()
	// Their attempt may have been claimed before the disk refused the rest, and its code is spent then: they begin anew.
	if err := late.loginAs(f.url(), latePersona); err != nil {
		t.Errorf("the login that found the disk full, begun anew: %v", err)
	}
	if got := late.status(f.url()); got != "active" {
		t.Errorf("and then: %q", got)
	}
	f.saysItOnce(s, time.Since(began))
	f.c.door.Unlock()
	f.c.works()

	f.fill()
	s.kill()
	f.c.door.Lock()
	s = f.startFull(early)
	if f.freed(); !s.up {
		f.serveWith(f.port, f.settings...)
	}
	f.awaitLogin()
	f.c.door.Unlock()
	f.c.works()
	f.c.home()
	f.c.holds()
	for _, fault := range f.c.faults {
		if !honest(fault.err) {
			t.Errorf("somebody was told %v", fault.err)
		}
	}
	t.Logf("%d signed in, %d signed out, %d told that it did not work", len(f.c.in), len(f.c.out), len(f.c.faults))
}

// next is somebody who is not of the crowd.
func (f *pgFull) next() (p *person, persona string) {
	f.people++
	return newPerson(f.t), fmt.Sprint("crowd-", f.people%others)
}

// member is somebody who is signed in while there is room.
func (f *pgFull) member() *person {
	f.t.Helper()
	p, persona := f.next()
	if err := p.loginAs(f.url(), persona); err != nil {
		f.t.Fatal(err)
	}
	return p
}

// fill fills the disk, and waits until the crowd hears of it.
func (f *pgFull) fill() {
	f.t.Helper()
	disktest.Fill(f.t, f.filler, 0)
	if f.logOnly {
		f.endLog()
	}
	f.c.fails()
}

// endLog makes PostgreSQL need a new file of its log while people sign in. It has some megabytes of it in store.
func (f *pgFull) endLog() {
	f.t.Helper()
	db, err := sql.Open("pgx", f.dsn)
	if err != nil {
		f.t.Fatal(err)
	}
	defer db.Close()
	for range 100 {
		if _, err := db.ExecContext(f.t.Context(), "SELECT pg_switch_wal()"); err != nil {
			return // it has crashed of it
		}
		time.Sleep(20 * time.Millisecond) // so that there is something in the next file
	}
}

// refusal is somebody whom the full disk keeps out, and what they and the probes are told of it. The database may find room
// for somebody before.
func (f *pgFull) refusal() (late *person, persona string) {
	t := f.t
	t.Helper()
	for began := time.Now(); ; {
		p, persona := f.next()
		switch answer := p.callbackOf(f.url(), persona); {
		case answer.status == http.StatusSeeOther:
			f.c.in = append(f.c.in, p.http)
		case answer.status != http.StatusServiceUnavailable || !strings.Contains(answer.body, "store.unavailable") || answer.header.Get("Retry-After") == "":
			t.Errorf("a sign-in: %d, %v, %s", answer.status, answer.header, answer.body)
		default:
			if got := p.status(f.url()); got != "" {
				t.Errorf("who was told that it did not work is %q", got)
			}
			if got := f.probe("/auth/healthz"); got != http.StatusOK {
				t.Errorf("healthz with a full disk: %d", got)
			}
			// A refusal counts for some seconds, which may be over before a slow machine comes to ask.
			if f.probe("/auth/readyz") == http.StatusServiceUnavailable {
				return p, persona
			}
		}
		if time.Since(began) > patience {
			t.Fatal("the disk is full, and readyz says nothing of it")
		}
	}
}

// signOuts asks for sign-outs on the full disk: each is one, or is none and does not pass for one. It returns who is
// signed in still.
func (f *pgFull) signOuts(all []*person) (still []*person) {
	t := f.t
	t.Helper()
	for _, p := range all[1:] {
		switch answer := p.post(f.url() + "/auth/signout"); {
		case answer.status == http.StatusSeeOther:
			f.c.out = append(f.c.out, p.http)
		case answer.status != http.StatusServiceUnavailable || len(answer.header.Values("Set-Cookie")) > 0:
			t.Errorf("a sign-out: %d, %v", answer.status, answer.header)
		case f.survives && p.verify(f.url()) != http.StatusOK: // a crash may have come after the commit, and before the answer
			t.Error("who was not signed out is not signed in")
		}
	}
	return all[:1]
}

// serverCrashes crashes PostgreSQL on the full disk, and starts it there.
func (f *pgFull) serverCrashes(s *served, early *person, leaving []*person) {
	t := f.t
	t.Helper()
	began := time.Now()
	f.pg.Crash()
	code := early.verify(f.url())
	if f.survives && code != http.StatusOK && time.Since(began) < 20*time.Second { // memory is believed for 30 s
		t.Errorf("verify of who was signed in, with the database away: %d", code)
	}
	for _, p := range leaving {
		if answer := p.post(f.url() + "/auth/signout"); answer.status != http.StatusServiceUnavailable || len(answer.header.Values("Set-Cookie")) > 0 {
			t.Errorf("a sign-out with the database away: %d, %v", answer.status, answer.header)
		}
		f.c.in = append(f.c.in, p.http) // it was none
	}
	for path, want := range map[string]int{"/auth/readyz": 503, "/auth/healthz": 200} {
		if got := f.probe(path); got != want {
			t.Errorf("%s with the database away: %d, want %d", path, got, want)
		}
	}
	f.await("a line about the feed", func() bool { return strings.Contains(s.out.String(), "change feed unreadable") })
	if err := f.pg.Start(noVacuum...); err != nil && !strings.Contains(f.pg.Said(), "No space left on device") {
		t.Errorf("PostgreSQL on a full disk: %v", err)
	}
}

// freed makes room, and starts PostgreSQL if the want of it has ended it.
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

// room makes room, and waits until the service has noticed by itself.
func (f *pgFull) room() {
	f.t.Helper()
	f.freed()
	f.awaitLogin()
}

// await is await for whoever need only say what for.
func (f *pgFull) await(what string, so func() bool) {
	f.t.Helper()
	await(f.t, so, func() string { return fmt.Sprintf("no %s after %v", what, patience) })
}

func (f *pgFull) awaitLogin() {
	f.t.Helper()
	f.await("a login with room again", func() bool {
		p, persona := f.next()
		if p.loginAs(f.url(), persona) != nil {
			return false
		}
		f.c.in = append(f.c.in, p.http)
		return f.probe("/auth/readyz") == http.StatusOK
	})
}

// saysItOnce looks at what an operator reads of all that.
func (f *pgFull) saysItOnce(s *served, lasted time.Duration) {
	t := f.t
	t.Helper()
	for begins, ends := range map[string]string{
		"the database refuses writes": "the database takes writes again",
		"change feed unreadable":      "change feed readable again",
	} {
		f.await(ends, func() bool { return strings.Count(s.out.String(), begins) == strings.Count(s.out.String(), ends) })
	}
	log := s.out.String()
	if f.survives && !strings.Contains(log, "the database refuses writes") {
		t.Errorf("the log does not say that writes are refused: %s", tail(s.out))
	}
	if n, most := strings.Count(log, `"code":"store.unavailable"`), 60+int(lasted.Seconds()); n > most {
		t.Errorf("%d lines of log about it in %v", n, lasted)
	}
}

// startFull starts the service on the full disk. With a database that lets nobody in it does not start, and says so.
func (f *pgFull) startFull(early *person) *served {
	s := f.start(f.port, f.settings...)
	switch {
	case s.up && f.survives:
		if got := early.verify(f.url()); got != http.StatusOK { // read from the database, since nothing is in memory yet
			f.t.Errorf("verify of who was signed in: %d", got)
		}
	case !s.up:
		if code := s.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(s.out.String(), "open PostgreSQL") {
			f.t.Errorf("started on a full disk: %d, %s", code, s.out)
		}
	}
	return s
}
