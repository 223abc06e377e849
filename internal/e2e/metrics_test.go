package e2e_test

import (
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/freeport"
)

// Metrics are scraped while a crowd signs in: every scrape answers within Prometheus' limit, has every series of the
// one before, and counters never fall. In the end they count each sign-in that was acknowledged.
func TestMetricsScrapedUnderLoad(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t)}
	p.k = crowdKakao(t, p.url()+"/oauth/kakao/callback")
	ops := "127.0.0.1:" + freeport.Pick(t)
	s := p.serveWith(p.port, append([]string{
		"NORANG_DATABASE=" + filepath.Join(p.dir, "norang.db"), "NORANG_OPS_LISTEN=" + ops,
	}, unlimited...)...)
	c := startCrowd(t, p.url())
	c.works()
	var last map[string]float64
	var slowest time.Duration
	for range 3 {
		c.works()
		began := time.Now()
		now := scrape(t, "http://"+ops+"/metrics")
		slowest = max(slowest, time.Since(began))
		for series, was := range last {
			if got, ok := now[series]; !ok || counter.MatchString(series) && got < was {
				t.Errorf("%s was %v, is %v (%v)", series, was, got, ok)
			}
		}
		last = now
	}
	c.end()
	acknowledged := 0
	for _, n := range c.acknowledged() {
		acknowledged += n
	}
	if len(c.failures) > 0 {
		t.Fatalf("%v: %s", c.lastFailure(), tail(s.out))
	}
	counted := 0
	for series, n := range scrape(t, "http://"+ops+"/metrics") {
		if strings.HasPrefix(series, "norang_logins_finished_total{") && strings.Contains(series, `outcome="ok"`) {
			counted += int(n)
		}
	}
	if counted != acknowledged {
		t.Errorf("%d sign-ins are counted, %d were acknowledged", counted, acknowledged)
	}
	t.Logf("%d sign-ins, %d series, slowest scrape %v", acknowledged, len(last), slowest.Round(time.Millisecond))
}

var (
	sample  = regexp.MustCompile(`(?m)^(norang_[a-z_]+(?:\{[^}]*\})?) ([0-9.e+-]+)$`)
	counter = regexp.MustCompile(`_(total|count|sum)(\{|$)`)
)

// scrape reads the metrics of the service.
func scrape(t *testing.T, address string) map[string]float64 {
	t.Helper()
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Get(address) // Prometheus' scrape_timeout
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", resp.Status, err)
	}
	all := map[string]float64{}
	for _, m := range sample.FindAllStringSubmatch(string(body), -1) {
		if all[m[1]], err = strconv.ParseFloat(m[2], 64); err != nil {
			t.Fatalf("%s: %v", m[0], err)
		}
	}
	return all
}
