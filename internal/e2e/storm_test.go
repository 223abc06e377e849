package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/soak"
)

// ST-01: the process is killed repeatedly with SIGKILL under concurrent logins, on each database. No acknowledged
// sign-in or sign-out is lost, and nothing is partly written.
func TestST01_KilledUnderConcurrentLogins(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t)}
		p.k = crowdKakao(t, p.url()+"/oauth/kakao/callback")
		killedUnderLoad(p, "NORANG_DATABASE="+filepath.Join(p.dir, "norang.db"))
		if n := p.count(
			`SELECT COUNT(*) FROM users u LEFT JOIN identities i ON i.user_id = u.id
			WHERE i.id IS NULL AND u.status = 'active'`,
		); n != 0 {
			t.Errorf("%d users without identity", n)
		}
		r := &replicas{place: *p}
		r.command("db", "check", "--database", filepath.Join(p.dir, "norang.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t)}
		p.k = crowdKakao(t, p.url()+"/oauth/kakao/callback")
		r := &replicas{place: *p, keys: filepath.Join(p.dir, "keys")}
		r.command("keyring", "init", r.keys)
		killedUnderLoad(p, "NORANG_DATABASE="+emptyPostgres(t), "NORANG_KEYS="+r.keys)
	})
}

func killedUnderLoad(p *place, settings ...string) {
	p.t.Helper()
	settings = append(settings, unlimited...)
	s := p.serveWith(p.port, settings...)
	c := startCrowd(p.t, p.url())
	for range soak.Rounds(3) {
		c.works()
		time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond) // a random moment
		s.kill()
		s = p.serveWith(p.port, settings...)
	}
	c.works()
	c.end()
	c.verify()
	p.t.Logf("%d sign-ins, %d sign-outs, %d failures", len(c.in), len(c.out), len(c.failures))
}

// ST-06: the connection to the database is cut under load and restored. Failures are reported as such, the service
// recovers by itself, and acknowledged requests are not lost.
func TestST06_DatabaseAwayUnderLoad(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t)}
	p.k = crowdKakao(t, p.url()+"/oauth/kakao/callback")
	r := &replicas{place: *p, keys: filepath.Join(p.dir, "keys")}
	r.command("keyring", "init", r.keys)
	dsn, line := startLine(t, emptyPostgres(t))
	s := p.serveWith(p.port, append([]string{"NORANG_DATABASE=" + dsn, "NORANG_KEYS=" + r.keys}, unlimited...)...)
	c := startCrowd(t, p.url())
	for range soak.Rounds(2) {
		c.works()
		line.cut()
		c.fails()
		time.Sleep(700 * time.Millisecond) // long enough for every worker to notice
		line.restore()
		await(t, func() bool { return newPerson(t).loginAs(p.url(), "crowd-399") == nil },
			func() string {
				return fmt.Sprintf("no login after the database was back: %v: %s", c.lastFailure(), s.out)
			})
	}
	c.works()
	c.end()
	c.verify()
	for _, f := range c.failures {
		if !expected(f.err) {
			t.Errorf("unexpected failure: %v", f.err)
		}
	}
	t.Logf("%d sign-ins, %d sign-outs, %d failures", len(c.in), len(c.out), len(c.failures))
}

// line is a TCP proxy to the database that can be cut.
type line struct {
	mu    sync.Mutex
	whole bool
	conns map[net.Conn]bool
}

// startLine starts a line to the database and returns its address.
func startLine(t *testing.T, dsn string) (string, *line) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	network, address := "tcp", u.Host
	if dir := u.Query().Get("host"); strings.HasPrefix(dir, "/") {
		port := "5432"
		if p := u.Query().Get("port"); p != "" {
			port = p
		}
		network, address = "unix", filepath.Join(dir, ".s.PGSQL."+port)
	}
	l := &line{whole: true, conns: map[net.Conn]bool{}}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close(); l.cut() })
	go func() {
		for {
			here, err := ln.Accept()
			if err != nil {
				return
			}
			go l.carry(here, network, address)
		}
	}()
	q := u.Query()
	q.Del("host")
	q.Del("port")
	q.Set("sslmode", "disable")
	u.Host, u.RawQuery = ln.Addr().String(), q.Encode()
	return u.String(), l
}

// hold registers a connection and reports whether the line is up.
func (l *line) hold(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.whole {
		l.conns[c] = true
	}
	return l.whole
}

func (l *line) drop(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
	c.Close()
}

func (l *line) carry(here net.Conn, network, address string) {
	defer l.drop(here)
	if !l.hold(here) {
		return
	}
	there, err := net.Dial(network, address)
	if err != nil {
		return
	}
	defer l.drop(there)
	if !l.hold(there) {
		return
	}
	done := make(chan struct{}, 2)
	pipe := func(to, from net.Conn) {
		buf := make([]byte, 32<<10)
		for {
			n, err := from.Read(buf)
			if n > 0 {
				if _, err := to.Write(buf[:n]); err != nil {
					break
				}
			}
			if err != nil {
				break
			}
		}
		done <- struct{}{}
	}
	go pipe(here, there)
	go pipe(there, here)
	<-done
}

// cut closes all connections, and new ones until restore.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.whole = false
	for c := range l.conns {
		c.Close()
	}
}

func (l *line) restore() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.whole = true
}
