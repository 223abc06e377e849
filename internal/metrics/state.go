package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// state is a set of metrics whose values are read together at each scrape, such as the columns of one query.
type state struct {
	descs []*prometheus.Desc
	kinds []prometheus.ValueType
	read  func() []float64
}

func (s *state) add(name string, kind prometheus.ValueType, help string) {
	s.descs = append(s.descs, prometheus.NewDesc(name, help, nil, nil))
	s.kinds = append(s.kinds, kind)
}

// Describe implements [prometheus.Collector].
func (s *state) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range s.descs {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (s *state) Collect(ch chan<- prometheus.Metric) {
	for i, v := range s.read() {
		ch <- prometheus.MustNewConstMetric(s.descs[i], s.kinds[i], v)
	}
}

// Gauge names a value that is read at each scrape.
type Gauge struct{ Name, Help string }

// Gauges registers gauges that are read together, in the order of the list.
func (r *Registry) Gauges(read func() []float64, list ...Gauge) {
	s := &state{read: read}
	for _, g := range list {
		s.add(g.Name, prometheus.GaugeValue, g.Help)
	}
	r.prom.MustRegister(s)
}

// Breakers registers the gauge of a provider's servers that are not called at present.
func (r *Registry) Breakers(provider string, open func() int) {
	r.prom.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "norang_provider_breakers_open",
		Help:        "Servers of the provider that are not called for some seconds, because calls have failed.",
		ConstLabels: prometheus.Labels{"provider": provider},
	}, func() float64 { return float64(open()) }))
}

// Sessions registers the metrics of the session cache.
func (r *Registry) Sessions(read func() (hits, misses, entries float64)) {
	s := &state{read: func() []float64 {
		hits, misses, entries := read()
		return []float64{hits, misses, entries}
	}}
	s.add("norang_session_cache_hits_total", prometheus.CounterValue, "Sessions found in memory.")
	s.add("norang_session_cache_misses_total", prometheus.CounterValue, "Sessions read from the store.")
	s.add("norang_session_cache_entries", prometheus.GaugeValue, "Sessions in memory.")
	r.prom.MustRegister(s)
}

// Service registers gauges of the whole service. ready reports whether the database can be read and written.
func (r *Registry) Service(version string, ready func() bool, feedAge func() time.Duration) {
	s := &state{read: func() []float64 {
		up := 0.0
		if ready() {
			up = 1
		}
		return []float64{up, feedAge().Seconds()}
	}}
	s.add("norang_ready", prometheus.GaugeValue, "1 if the database can be read and written, as readyz says; else 0.")
	s.add("norang_change_feed_age_seconds", prometheus.GaugeValue,
		"Time since revocations by other processes were last read; from 1 on, sessions are read from the store.")
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "norang_build_info", Help: "Always 1, with the version.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	r.prom.MustRegister(s, build)
}

// Callbacks registers gauges of the callbacks that are being handled.
func (r *Registry) Callbacks(read func() (working, waiting int)) {
	s := &state{read: func() []float64 {
		working, waiting := read()
		return []float64{float64(working), float64(waiting)}
	}}
	s.add("norang_callbacks_working", prometheus.GaugeValue, "Callbacks in progress, at most NORANG_MAX_LOGINS.")
	s.add("norang_callbacks_waiting", prometheus.GaugeValue, "Callbacks that wait for their turn.")
	r.prom.MustRegister(s)
}

// Jobs registers gauges of unfinished jobs. read returns -1 for a number that it cannot read. A dead job waits for the
// operator.
func (r *Registry) Jobs(read func() (open, dead int)) {
	s := &state{read: func() []float64 {
		open, dead := read()
		return []float64{float64(open), float64(dead)}
	}}
	s.add("norang_jobs_open", prometheus.GaugeValue, "Jobs that are waiting or running.")
	s.add("norang_jobs_dead", prometheus.GaugeValue, "Jobs that were given up: fix what the log names and retry them.")
	r.prom.MustRegister(s)
}

// WriteAheadLog registers gauges of SQLite's log.
func (r *Registry) WriteAheadLog(read func() (size int64, behind time.Duration)) {
	s := &state{read: func() []float64 {
		size, behind := read()
		return []float64{float64(size), behind.Seconds()}
	}}
	s.add("norang_wal_bytes", prometheus.GaugeValue, "Size of SQLite's write-ahead log.")
	s.add("norang_wal_behind_seconds", prometheus.GaugeValue,
		"How long a part of the log could not be copied into the database, because a read takes long; else 0.")
	r.prom.MustRegister(s)
}

// Delivery is the state of the delivery of events to the app.
type Delivery struct {
	Waiting, Held           int
	FailingFor, LongestHeld time.Duration
	DeliveredAt             time.Time
}

// Events registers gauges of the delivery of events to the app. read returns negative values if it cannot read them.
func (r *Registry) Events(read func() Delivery) {
	s := &state{read: func() []float64 {
		d := read()
		delivered := 0.0
		if !d.DeliveredAt.IsZero() {
			delivered = float64(d.DeliveredAt.Unix())
		}
		return []float64{float64(d.Waiting), d.FailingFor.Seconds(), float64(d.Held), d.LongestHeld.Seconds(), delivered}
	}}
	s.add("norang_events_waiting", prometheus.GaugeValue, "Events not yet delivered to the app.")
	s.add("norang_events_failing_seconds", prometheus.GaugeValue,
		"How long event delivery has been failing; 0 if the last attempt succeeded.")
	s.add("norang_events_held_users", prometheus.GaugeValue,
		"Users whose events wait because the app did not accept the first of them.")
	s.add("norang_events_held_seconds", prometheus.GaugeValue, "How long the longest of these has waited; 0 if none.")
	s.add("norang_events_delivered_seconds", prometheus.GaugeValue,
		"Unix time of the last delivered event; 0 before the first.")
	r.prom.MustRegister(s)
}

// EventSent registers the counter of event deliveries, by outcome, and returns the function that counts one.
func (r *Registry) EventSent(outcomes ...string) func(outcome string) {
	sent := counterVec("norang_events_sent_total", "Attempts to deliver an event to the app, by outcome.", "outcome")
	r.prom.MustRegister(sent)
	for _, o := range outcomes {
		sent.WithLabelValues(o)
	}
	return func(outcome string) { sent.WithLabelValues(outcome).Inc() }
}
