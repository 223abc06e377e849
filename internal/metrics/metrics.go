// Package metrics owns what this process counts, in Prometheus' form. Labels come from fixed lists only: no address, no
// user, no path of a stranger ever becomes a label.
package metrics

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Registry holds the counters of one service; there is no global one, so that two services can live in one process.
type Registry struct {
	reg      *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	started  prometheus.Counter
	finished *prometheus.CounterVec
	joined   prometheus.Counter
	provider *prometheus.HistogramVec
	limited  *prometheus.CounterVec
}

// New makes a Registry.
func New() *Registry {
	r := &Registry{
		reg: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "norang_requests_total", Help: "Answers by route and status.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "norang_request_seconds", Help: "Time to answer by route.",
			Buckets: []float64{.0001, .001, .01, .1, .5, 1, 5, 15},
		}, []string{"route"}),
		started: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "norang_logins_started_total", Help: "Browsers sent to a provider.",
		}),
		finished: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "norang_logins_finished_total", Help: "Callbacks by outcome: ok, or the problem code.",
		}, []string{"outcome"}),
		joined: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "norang_members_joined_total", Help: "People who confirmed the join page.",
		}),
		provider: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "norang_provider_seconds", Help: "Time of calls to the provider by call and status (0: no answer).",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"call", "status"}),
		limited: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "norang_limited_total", Help: "Requests turned away by a limit, by class of route.",
		}, []string{"class"}),
	}
	r.reg.MustRegister(r.requests, r.seconds, r.started, r.finished, r.joined, r.provider, r.limited,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// Request counts an answer. route is a pattern of the route table.
func (r *Registry) Request(route string, status int, took time.Duration) {
	r.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	r.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// Route counts the answers of one route that is asked so often that looking labels up would show.
type Route struct {
	label    string
	r        *Registry
	seconds  prometheus.Observer
	counters [600]atomic.Pointer[prometheus.Counter] // by status
}

// Route makes the counters of one route.
func (r *Registry) Route(label string) *Route {
	return &Route{label: label, r: r, seconds: r.seconds.WithLabelValues(label)}
}

// Done counts an answer, as [Registry.Request] does.
func (t *Route) Done(status int, took time.Duration) {
	t.seconds.Observe(took.Seconds())
	if status < 0 || status >= len(t.counters) {
		status = 0
	}
	c := t.counters[status].Load()
	if c == nil {
		made := t.r.requests.WithLabelValues(t.label, strconv.Itoa(status))
		c = &made
		t.counters[status].Store(c)
	}
	(*c).Inc()
}

// LoginStarted counts a browser that was sent to a provider.
func (r *Registry) LoginStarted() { r.started.Inc() }

// LoginFinished counts a callback. outcome is "ok" or a problem code.
func (r *Registry) LoginFinished(outcome string) { r.finished.WithLabelValues(outcome).Inc() }

// Limited counts a request that a limit turned away. class is one of a fixed list.
func (r *Registry) Limited(class string) { r.limited.WithLabelValues(class).Inc() }

// Joined counts a person who confirmed the join page.
func (r *Registry) Joined() { r.joined.Inc() }

// Sessions adds gauges that are read when somebody asks.
func (r *Registry) Sessions(hits, misses, cached func() float64) {
	r.reg.MustRegister(
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "norang_session_cache_hits_total", Help: "Sessions found in memory."}, hits),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "norang_session_cache_misses_total", Help: "Sessions asked of the store."}, misses),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "norang_session_cache_entries", Help: "Sessions in memory."}, cached),
	)
}

// Jobs adds gauges of work that is not done; count answers -1 if it cannot be said. Dead jobs wait for the operator.
func (r *Registry) Jobs(count func() (open, dead int)) {
	gauge := func(state, help string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "norang_jobs_" + state, Help: help,
		}, func() float64 { return float64(value()) })
	}
	r.reg.MustRegister(
		gauge("open", "Jobs that wait or are being worked on.", func() int { open, _ := count(); return open }),
		gauge("dead", "Jobs that were given up: mend what the log names, and start again.", func() int { _, dead := count(); return dead }),
	)
}

// Handler serves the counters in Prometheus' text form.
func (r *Registry) Handler() http.Handler {
	return promhttp.HandlerFor(r.reg, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 5 * time.Second})
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
	t.r.provider.WithLabelValues(call, strconv.Itoa(status)).Observe(time.Since(began).Seconds())
	return resp, err
}
