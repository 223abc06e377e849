package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/pgtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/internal/testkit/soak"
)

// emptyPostgres returns the address of an empty database, on the server of NORANG_TEST_POSTGRES or on one of its
// own.
func emptyPostgres(t *testing.T) string {
	t.Helper()
	if admin := os.Getenv("NORANG_TEST_POSTGRES"); admin != "" {
		return freshDatabase(t, admin)
	}
	return ownPostgres(t).DSN("postgres")
}

// ownPostgres starts a server that the test may stop.
func ownPostgres(t *testing.T) *pgtest.Server {
	t.Helper()
	s, err := pgtest.New()
	if err != nil {
		skipped.Skip(t, fmt.Sprintf("no PostgreSQL to start (%v)", err))
	}
	t.Cleanup(s.Remove)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// ST-06: PostgreSQL crashes or stops and comes back while users sign in. Meanwhile readyz fails and healthz
// succeeds; the service recovers by itself, and no acknowledged sign-in is lost.
func TestST06_PostgresStoppedUnderTheService(t *testing.T) {
	t.Parallel()
	pg := ownPostgres(t)
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t)}
	p.k = crowdKakao(t, p.url()+"/oauth/kakao/callback")
	r := &replicas{place: *p, keys: filepath.Join(p.dir, "keys")}
	r.command("keyring", "init", r.keys)
	s := p.serveWith(
		p.port,
		append([]string{"NORANG_DATABASE=" + pg.DSN("postgres"), "NORANG_KEYS=" + r.keys}, unlimited...)...)
	c := startCrowd(t, p.url())
	for i := range soak.Rounds(2) {
		c.works()
		if i%2 == 0 {
			pg.Crash()
		} else {
			pg.Shutdown()
		}
		c.fails()
		for path, want := range map[string]int{"/auth/readyz": 503, "/auth/healthz": 200} {
			if got := p.probe(path); got != want {
				t.Errorf("%s without the database: %d, want %d", path, got, want)
			}
		}
		if err := pg.Start(); err != nil {
			t.Fatal(err)
		}
		await(t, func() bool { return p.probe("/auth/readyz") == http.StatusOK },
			func() string { return "not ready after the database was back: " + s.out.String() })
	}
	c.works()
	c.end()
	for _, f := range c.failures {
		if !expected(f.err) {
			t.Errorf("unexpected failure: %v", f.err)
		}
	}
	c.verify()
}

// probe returns the status of a health endpoint.
func (p *place) probe(path string) int {
	p.t.Helper()
	resp, err := http.Get(p.url() + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
