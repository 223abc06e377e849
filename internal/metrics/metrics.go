// Package metrics defines what a service counts and serves it in Prometheus' format. Label values come from fixed
// lists: an address, a user or an arbitrary path never becomes a label.
package metrics

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/norang-login/norang/internal/figures"
)

const (
	// maxScrapes bounds concurrent scrapes, because a scrape may query the database.
	maxScrapes = 4
	// scrapeTimeout bounds one scrape.
	scrapeTimeout = 5 * time.Second
)

// Registry holds the metrics of one service. Services that share a process have a Registry each.
type Registry struct {
	prom     *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	calls    *prometheus.HistogramVec
	limited  *prometheus.CounterVec
	zeros    zeros
	signIns
}

// zeros makes counters exist, with the value 0, when they are scraped: an increase from nothing to 1 is invisible to
// Prometheus. There are hundreds, so a start does not wait for them.
type zeros struct {
	mu   sync.Mutex
	make []func()
}

// add has f make counters before the next scrape.
func (z *zeros) add(f func()) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.make = append(z.make, f)
}

// fill makes the counters. A scrape that meets another one waits for it.
func (z *zeros) fill() {
	z.mu.Lock()
	defer z.mu.Unlock()
	for _, f := range z.make {
		f()
	}
	z.make = nil
}

// goCollector is shared by the services of a process: making one matches the names of all runtime metrics.
var goCollector = sync.OnceValue(func() prometheus.Collector { return collectors.NewGoCollector() })

// New returns a Registry with the metrics of requests, sign-ins and provider calls, and Prometheus' own of the Go
// runtime and the process. now is the clock of the figures.
func New(now func() time.Time) *Registry {
	r := &Registry{
		prom:     prometheus.NewRegistry(),
		requests: counterVec("norang_requests_total", "Responses by route and status.", "route", "status"),
		seconds: histogramVec("norang_request_seconds", "Time to respond by route.",
			[]float64{.0001, .001, .01, .1, .5, 1, 5, 15}, "route"),
		calls: histogramVec("norang_provider_seconds",
			"Time of calls by provider, path and status (0: no response).",
			[]float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10}, "provider", "call", "status"),
		limited: counterVec("norang_limited_total", "Requests rejected by a rate limit, by class of route.", "class"),
		signIns: newSignIns(now),
	}
	r.prom.MustRegister(goCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		r.requests, r.seconds, r.calls, r.limited)
	r.prom.MustRegister(r.signIns.collectors()...)
	return r
}

// LimitClasses makes the counters of the classes exist before anything is counted.
func (r *Registry) LimitClasses(classes ...string) {
	r.zeros.add(func() {
		for _, c := range classes {
			r.limited.WithLabelValues(c)
		}
	})
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func counterVec(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func histogramVec(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}

// Handler serves the metrics.
func (r *Registry) Handler() http.Handler {
	scrape := promhttp.HandlerFor(r.prom, promhttp.HandlerOpts{
		MaxRequestsInFlight: maxScrapes,
		Timeout:             scrapeTimeout,
	})
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.zeros.fill()
		scrape.ServeHTTP(w, req)
	})
}

// Route counts the responses of one route without looking up labels and without allocating.
type Route struct {
	label    string
	requests *prometheus.CounterVec
	seconds  func() prometheus.Observer
	byStatus [6]atomic.Pointer[hundred] // by the first digit; nil before the first response
}

// hundred are the counters of the statuses with one first digit; nil before the first response.
type hundred [100]atomic.Pointer[prometheus.Counter]

// Route returns the counters of one route. It is called for the rows of the route table, never for a request: a label
// lives as long as the process.
func (r *Registry) Route(label string) *Route {
	t := &Route{
		label: label, requests: r.requests,
		seconds: sync.OnceValue(func() prometheus.Observer { return r.seconds.WithLabelValues(label) }),
	}
	r.zeros.add(func() {
		t.seconds()
		for _, status := range []string{"200", "303", "500", "503"} { // exist before the first response
			r.requests.WithLabelValues(label, status)
		}
	})
	return t
}

// Done counts a response.
func (t *Route) Done(status int, took time.Duration) {
	t.seconds().Observe(took.Seconds())
	if status < 0 || status >= 100*len(t.byStatus) {
		status = 0
	}
	h := t.byStatus[status/100].Load()
	if h == nil {
		t.byStatus[status/100].CompareAndSwap(nil, &hundred{}) // fails if another response made it meanwhile
		h = t.byStatus[status/100].Load()
	}
	c := h[status%100].Load()
	if c == nil {
		made := t.requests.WithLabelValues(t.label, strconv.Itoa(status))
		c = &made
		h[status%100].Store(c)
	}
	(*c).Inc()
}

// Limited counts a request that a rate limit rejected. class is one of a fixed list.
func (r *Registry) Limited(class string) { r.limited.WithLabelValues(class).Inc() }

// Transport counts the calls to a provider that go through next, by path and status. A path that is not in calls is
// counted as "other".
func (r *Registry) Transport(provider string, next http.RoundTripper, calls []string) http.RoundTripper {
	known := map[string]call{otherLabel: {label: provider + " " + otherLabel}}
	for _, c := range calls {
		success := sync.OnceValue(func() prometheus.Observer { return r.calls.WithLabelValues(provider, c, "200") })
		known[c] = call{provider + " " + c, success}
		r.zeros.add(func() { // exist before the first call
			success()
			r.calls.WithLabelValues(provider, c, "0")
		})
	}
	return transport{provider, r.calls, r.figures, next, known}
}

type transport struct {
	provider string
	seconds  *prometheus.HistogramVec
	figures  *figures.Recorder
	next     http.RoundTripper
	known    map[string]call
}

// call is what is counted for one path.
type call struct {
	label   string                     // of the figures
	success func() prometheus.Observer // of status 200; nil for unknown paths
}

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	began := time.Now()
	resp, err := t.next.RoundTrip(req)
	took := time.Since(began)
	path, status := req.URL.Path, 0
	counted, ok := t.known[path]
	if !ok {
		path, counted = otherLabel, t.known[otherLabel]
	}
	if err == nil {
		status = resp.StatusCode
	}
	t.figures.Sample(figures.ProviderCalls, counted.label, took.Milliseconds())
	if status == 0 || status >= 500 {
		t.figures.Add(figures.ProviderErrors, counted.label)
	}
	if status == http.StatusOK && counted.success != nil {
		counted.success().Observe(took.Seconds())
		return resp, err
	}
	t.seconds.WithLabelValues(t.provider, path, strconv.Itoa(status)).Observe(took.Seconds())
	return resp, err
}
