package e2e_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// loggedTo starts the service with a pipe as its log.
func loggedTo(t *testing.T) (p *place, s *process, log *os.File) {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p = &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t), k: kakaotest.Start(t)}
	p.k.AddRedirectURI(p.url() + "/oauth/kakao/callback")
	if err := p.k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	log, theirs, err := os.Pipe() // holds 64 KiB on Linux
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	p.stderr = theirs
	s = p.serveWith(p.port, "NORANG_AGE=off", "NORANG_ACCESS_LOG=1", "NORANG_DATABASE="+filepath.Join(p.dir, "norang.db"))
	theirs.Close()
	return p, s, log
}

// The reader of the log may end before the service: a tee or logger that was killed. Go's default would end it by
// SIGPIPE at its next line.
func TestServiceOutlivesTheReaderOfItsLog(t *testing.T) {
	t.Parallel()
	p, s, log := loggedTo(t)
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	ann := newPerson(t)
	for range 3 {
		if status, _ := ann.get(p.url() + "/auth/healthz"); status != 200 {
			t.Fatalf("healthz: %d", status)
		}
		time.Sleep(20 * time.Millisecond) // the line is written after the response
	}
	if err := ann.loginAs(p.url(), kakaotest.PersonaRyan); err != nil {
		t.Errorf("sign-in without a log: %v", err)
	}
	s.stop(t)
}

// DO-12: while the service's stderr is not read, users sign in and requests are answered. Once it is read, the log
// says how many lines were dropped.
func TestDO12_StalledReaderOfTheLogStallsNoRequest(t *testing.T) {
	t.Parallel()
	p, s, log := loggedTo(t)
	ann := newPerson(t)
	slowest := time.Duration(0)
	for range 2500 { // each a line of 150 bytes
		began := time.Now()
		if status, _ := ann.get(p.url() + "/auth/healthz"); status != 200 {
			t.Fatalf("healthz: %d", status)
		}
		slowest = max(slowest, time.Since(began))
	}
	if err := ann.loginAs(p.url(), kakaotest.PersonaRyan); err != nil {
		t.Errorf("sign-in while the log is not read: %v", err)
	}
	t.Logf("slowest request %v", slowest)
	lines, dropped := 0, false
	read := make(chan struct{})
	go func() {
		defer close(read)
		for in := bufio.NewScanner(log); in.Scan(); {
			lines++
			dropped = dropped || strings.Contains(in.Text(), "log lines dropped")
		}
	}()
	s.stop(t)
	<-read
	if lines > 2000 || !dropped {
		t.Errorf("%d lines, dropped lines are reported: %v; the test did not fill the log", lines, dropped)
	}
}
