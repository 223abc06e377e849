//go:build unix

package e2e_test

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/pgtest"
)

// ST-06: the primary crashes while users sign in, and its synchronous standby is promoted. The service, whose address
// names both, finds the new primary by itself, and no acknowledged sign-in or sign-out is lost.
func TestST06_FailoverToASynchronousStandby(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	primary := ownPostgres(t)
	if err := primary.Start("-c", "synchronous_standby_names=*"); err != nil {
		t.Fatal(err)
	}
	standby, err := primary.Standby()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(standby.Remove)
	p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t)}
	p.k = crowdKakao(t, p.url()+"/oauth/kakao/callback")
	r := &replicas{place: *p, keys: filepath.Join(p.dir, "keys")}
	r.command("keyring", "init", r.keys)
	s := p.serveWith(p.port, append([]string{
		"NORANG_DATABASE=" + pgtest.PairDSN(primary, standby, "postgres"), "NORANG_KEYS=" + r.keys,
	}, unlimited...)...)
	c := startCrowd(t, p.url())
	c.works()
	primary.Crash()
	c.fails()
	if got := p.probe("/auth/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("readyz with a standby only: %d", got)
	}
	if err := standby.Promote(); err != nil {
		t.Fatal(err)
	}
	promoted := time.Now()
	await(t, func() bool { return p.probe("/auth/readyz") == http.StatusOK },
		func() string { return "not ready after the standby was promoted: " + s.out.String() })
	ready := time.Since(promoted)
	c.works()
	c.end()
	for _, f := range c.failures {
		if !expected(f.err) {
			t.Errorf("unexpected failure: %v", f.err)
		}
	}
	c.verify()
	t.Logf("ready %v after the promotion; %d sign-ins, %d sign-outs, %d failures", ready.Round(time.Millisecond),
		len(c.in), len(c.out), len(c.failures))
}
