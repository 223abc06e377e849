// Package metrics owns what this process counts, in Prometheus' form. Labels come from fixed lists only: no address, no
// user, no path of a stranger ever becomes a label.
//
// It writes the text format itself: Prometheus' own library would be a twentieth of the program (docs/decisions/metrics.md),
// and reads what we write in the tests.
package metrics

import (
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Registry holds the counters of one service; there is no global one, so that two services can live in one process.
type Registry struct {
	requests *family[counter]
	seconds  *family[histogram]
	started  counter
	finished *family[counter]
	joined   counter
	provider *family[histogram]
	limited  *family[counter]

	mu      sync.Mutex
	writers []func(*text)
}

// New makes a Registry.
func New() *Registry {
	const ms = time.Millisecond
	r := &Registry{
		requests: counters("norang_requests_total", "Answers by route and status.", "route", "status"),
		seconds: histograms("norang_request_seconds", "Time to answer by route.",
			[]time.Duration{ms / 10, ms, 10 * ms, 100 * ms, 500 * ms, 1000 * ms, 5000 * ms, 15000 * ms}, "route"),
		finished: counters("norang_logins_finished_total", "Callbacks by outcome: ok, or the problem code.", "outcome"),
		provider: histograms("norang_provider_seconds", "Time of calls to the provider by call and status (0: no answer).",
			[]time.Duration{10 * ms, 50 * ms, 100 * ms, 250 * ms, 500 * ms, 1000 * ms, 2500 * ms, 5000 * ms, 10000 * ms}, "call", "status"),
		limited: counters("norang_limited_total", "Requests turned away by a limit, by class of route.", "class"),
	}
	r.add(writeGo, writeProcess("/proc"), writePauses,
		writeCounters(r.requests), writeHistograms(r.seconds),
		func(t *text) {
			t.one("norang_logins_started_total", "counter", "Browsers sent to a provider.", float64(r.started.n.Load()))
		},
		writeCounters(r.finished),
		func(t *text) {
			t.one("norang_members_joined_total", "counter", "People who confirmed the join page.", float64(r.joined.n.Load()))
		},
		writeHistograms(r.provider), writeCounters(r.limited))
	return r
}

// add has more written at every reading.
func (r *Registry) add(writers ...func(*text)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writers = append(r.writers, writers...)
}

func (r *Registry) all() []func(*text) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.writers[:len(r.writers):len(r.writers)]
}

// writePauses is the one summary among the Go runtime's numbers.
func writePauses(t *text) {
	const name = "go_gc_duration_seconds"
	stats := debug.GCStats{PauseQuantiles: make([]time.Duration, 5)}
	debug.ReadGCStats(&stats)
	t.head(name, "summary", "Pauses of the garbage collector.")
	for i, q := range []string{"0", "0.25", "0.5", "0.75", "1"} {
		t.sample(name, []string{"quantile"}, []string{q}, stats.PauseQuantiles[i].Seconds())
	}
	t.sample(name+"_sum", nil, nil, stats.PauseTotal.Seconds())
	t.sample(name+"_count", nil, nil, float64(stats.NumGC))
	last := 0.0
	if stats.NumGC > 0 {
		last = float64(stats.LastGC.UnixNano()) / 1e9
	}
	t.one("go_memstats_last_gc_time_seconds", "gauge", "When the garbage collector ran last, in seconds since 1970.", last)
}

// Request counts an answer. route is a pattern of the route table.
func (r *Registry) Request(route string, status int, took time.Duration) {
	r.requests.with(values{route, strconv.Itoa(status)}).inc()
	r.seconds.with(values{route}).observe(took)
}

// Route counts the answers of one route that is asked so often that looking labels up would show.
type Route struct {
	label    string
	r        *Registry
	seconds  *histogram
	counters [600]atomic.Pointer[counter] // by status
}

// Route makes the counters of one route.
func (r *Registry) Route(label string) *Route {
	return &Route{label: label, r: r, seconds: r.seconds.with(values{label})}
}

// Done counts an answer, as [Registry.Request] does.
func (t *Route) Done(status int, took time.Duration) {
	t.seconds.observe(took)
	if status < 0 || status >= len(t.counters) {
		status = 0
	}
	c := t.counters[status].Load()
	if c == nil {
		c = t.r.requests.with(values{t.label, strconv.Itoa(status)})
		t.counters[status].Store(c)
	}
	c.inc()
}

// LoginStarted counts a browser that was sent to a provider.
func (r *Registry) LoginStarted() { r.started.inc() }

// LoginFinished counts a callback. outcome is "ok" or a problem code.
func (r *Registry) LoginFinished(outcome string) { r.finished.with(values{outcome}).inc() }

// Limited counts a request that a limit turned away. class is one of a fixed list.
func (r *Registry) Limited(class string) { r.limited.with(values{class}).inc() }

// Joined counts a person who confirmed the join page.
func (r *Registry) Joined() { r.joined.inc() }

// Sessions adds gauges that are read when somebody asks.
func (r *Registry) Sessions(hits, misses, cached func() float64) {
	r.add(func(t *text) {
		t.one("norang_session_cache_hits_total", "counter", "Sessions found in memory.", hits())
		t.one("norang_session_cache_misses_total", "counter", "Sessions asked of the store.", misses())
		t.one("norang_session_cache_entries", "gauge", "Sessions in memory.", cached())
	})
}

// Jobs adds gauges of work that is not done; count answers -1 if it cannot be said. Dead jobs wait for the operator.
func (r *Registry) Jobs(count func() (open, dead int)) {
	r.add(func(t *text) {
		open, dead := count()
		t.one("norang_jobs_open", "gauge", "Jobs that wait or are being worked on.", float64(open))
		t.one("norang_jobs_dead", "gauge", "Jobs that were given up: mend what the log names, and start again.", float64(dead))
	})
}

// Transport counts the calls that go through next, by path and status. Paths of a provider are a short fixed list; what
// is none of calls is counted as "other".
func (r *Registry) Transport(next http.RoundTripper, calls []string) http.RoundTripper {
	known := map[string]bool{}
	for _, c := range calls {
		known[c] = true
	}
	return transport{r, next, known}
}

type transport struct {
	r     *Registry
	next  http.RoundTripper
	known map[string]bool
}

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	began := time.Now()
	resp, err := t.next.RoundTrip(req)
	call, status := req.URL.Path, 0
	if !t.known[call] {
		call = "other"
	}
	if err == nil {
		status = resp.StatusCode
	}
	t.r.provider.with(values{call, strconv.Itoa(status)}).observe(time.Since(began))
	return resp, err
}
