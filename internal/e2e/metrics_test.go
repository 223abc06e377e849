package e2e_test

import (
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/freeport"
)

// questions are what an operator asks the metrics, with the series that answer them on each database.
var questions = []struct {
	about    string
	sqlite   []string
	postgres []string // default the same
}{
	{"can the service be used", []string{"norang_ready", "norang_database_writable"}, nil},
	{"is the database busy: pool in use and waiting, SQLite's writer queue",
		[]string{"norang_database_working", "norang_database_waiting"}, nil},
	{"does SQLite's log grow, and how old is the last checkpoint of all of it",
		[]string{"norang_wal_bytes", "norang_wal_behind_seconds"}, []string{}},
	{"age of the change feed", []string{"norang_change_feed_age_seconds"}, nil},
	{"breaker", []string{`norang_provider_breakers_open{provider="kakao"}`}, nil},
	{"callbacks at work and queued", []string{"norang_callbacks_working", "norang_callbacks_waiting"}, nil},
	{"users", []string{"norang_sessions", "norang_signouts_total", "norang_members_joined_total",
		"norang_withdrawals_total", "norang_users_erased"}, nil},
	{"last sweep, reconciliation and backup", []string{"norang_sweep_finished_seconds",
		"norang_reconciliation_finished_seconds", "norang_backup_finished_seconds"}, nil},
	{"build", []string{"norang_build_info{version="}, nil},
	{"requests", []string{`norang_requests_total{route="GET {callback}",status="303"}`,
		`norang_request_seconds_count{route="GET {prefix}/verify"}`}, nil},
	{"sign-ins by outcome and code", []string{`norang_logins_finished_total{outcome="ok",provider="kakao"}`,
		`norang_logins_finished_total{outcome="provider.unavailable",provider="kakao"}`}, nil},
	{"started and returned", []string{"norang_logins_started_total",
		`norang_sign_ins_started_total{browser="other",device="desktop",provider="kakao"}`,
		`norang_sign_ins_returned_total{browser="other",device="desktop",provider="kakao"}`}, nil},
	{"duration by stage", []string{`norang_login_stage_seconds_count{stage="exchange"}`}, nil},
	{"calls to the provider",
		[]string{`norang_provider_seconds_count{call="/oauth/token",provider="kakao",status="200"}`}, nil},
	{"cache", []string{"norang_session_cache_entries", "norang_session_cache_hits_total",
		"norang_session_cache_misses_total"}, nil},
	{"jobs", []string{"norang_jobs_open", "norang_jobs_dead"}, nil},
	{"webhooks in and out", []string{`norang_provider_notices_total{outcome="stored",provider="kakao"}`,
		`norang_events_sent_total{outcome="delivered"}`, "norang_events_waiting", "norang_events_failing_seconds"}, nil},
	{"times of the database", []string{`norang_store_seconds_count{operation="finish"}`}, nil},
	{"rejections", []string{`norang_limited_total{class="start"}`}, nil},
}

// Metrics are scraped while a crowd signs in, on each database: every scrape answers within Prometheus' limit, has
// every series of the one before, counters never fall, and requests add no series beside those of new statuses. They
// answer the operators' questions, and in the end they count each sign-in that was acknowledged.
func TestMetricsScrapedUnderLoad(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t)}
		all := p.scrapedUnderLoad("NORANG_DATABASE=" + filepath.Join(p.dir, "norang.db"))
		for _, q := range questions {
			has(t, all, q.about, q.sqlite)
		}
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t)}
		keys := filepath.Join(p.dir, "keys")
		p.shell("norang keyring init "+keys, "")
		all := p.scrapedUnderLoad("NORANG_DATABASE="+emptyPostgres(t), "NORANG_KEYS="+keys)
		for _, q := range questions {
			if q.postgres == nil {
				q.postgres = q.sqlite
			}
			has(t, all, q.about, q.postgres)
		}
	})
}

// has reports series that are missing in a scrape. A name that ends with "=" is the beginning of one.
func has(t *testing.T, all map[string]float64, about string, names []string) {
	t.Helper()
	series := slices.Collect(maps.Keys(all))
	for _, name := range names {
		matches := func(s string) bool { return s == name || strings.HasSuffix(name, "=") && strings.HasPrefix(s, name) }
		if !slices.ContainsFunc(series, matches) {
			t.Errorf("%s: no series %s", about, name)
		}
	}
}

// scrapedUnderLoad runs a service with a crowd and returns the last scrape.
func (p *place) scrapedUnderLoad(database ...string) (last map[string]float64) {
	t := p.t
	t.Helper()
	p.k = crowdKakao(t, p.url()+"/oauth/kakao/callback")
	ops := "127.0.0.1:" + freeport.Pick(t)
	s := p.serveWith(p.port, slices.Concat(database, []string{
		"NORANG_OPS_LISTEN=" + ops, "NORANG_RECONCILE=1h", "NORANG_EVENTS_URL=http://127.0.0.1:9/",
		"NORANG_EVENTS_SECRET=" + newSecret, "NORANG_ALLOW_PRIVATE_HOOKS=1",
	}, unlimited)...)
	c := startCrowd(t, p.url())
	c.works()
	var slowest time.Duration
	known := 0
	for range 3 {
		c.works()
		began := time.Now()
		now := scrape(t, "http://"+ops+"/metrics")
		slowest = max(slowest, time.Since(began))
		for series, was := range last {
			if got, ok := now[series]; !ok || isCounter(series) && got < was {
				t.Errorf("%s was %v, is %v (%v)", series, was, got, ok)
			}
		}
		if last = now; known == 0 {
			known = len(now)
		}
	}
	c.end()
	acknowledged := 0
	for _, n := range c.acknowledged() {
		acknowledged += n
	}
	if len(c.failures) > 0 {
		t.Fatalf("%v: %s", c.lastFailure(), s.out)
	}
	if grown := len(last) - known; grown > 20 {
		t.Errorf("%d series became %d", known, len(last))
	}
	last = scrape(t, "http://"+ops+"/metrics")
	if n := last["norang_events_waiting"]; n < 0 {
		t.Errorf("%v events are waiting: their number could not be read within a second", n)
	}
	counted := 0
	for series, n := range last {
		if strings.HasPrefix(series, "norang_logins_finished_total{") && strings.Contains(series, `outcome="ok"`) {
			counted += int(n)
		}
	}
	if counted != acknowledged {
		t.Errorf("%d sign-ins are counted, %d were acknowledged", counted, acknowledged)
	}
	t.Logf("%d sign-ins, %d series, slowest scrape %v", acknowledged, len(last), slowest.Round(time.Millisecond))
	return last
}

// isCounter reports whether a series never falls.
func isCounter(series string) bool {
	name, _, _ := strings.Cut(series, "{")
	return strings.HasSuffix(name, "_total") || strings.HasSuffix(name, "_count") || strings.HasSuffix(name, "_sum")
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(s, separator); i >= 0 {
		return s[:i], s[i+len(separator):], true
	}
	return s, "", false
}

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
	for line := range strings.Lines(string(body)) {
		series, value, ok := cutLast(strings.TrimSuffix(line, "\n"), " ")
		if !ok || !strings.HasPrefix(series, "norang_") {
			continue
		}
		if all[series], err = strconv.ParseFloat(value, 64); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	return all
}
