package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/norang-login/norang/internal/figures"
	"github.com/norang-login/norang/internal/session"
)

// signIns are the metrics of sign-ins, and the same figures for the operator's console.
type signIns struct {
	started  prometheus.Counter
	finished *prometheus.CounterVec
	sent     *prometheus.CounterVec
	returned *prometheus.CounterVec
	joined   prometheus.Counter
	signouts prometheus.Counter
	withdrew prometheus.Counter
	outcomes *labels         // of finished
	names    map[string]bool // of the providers; set before the first request
	figures  *figures.Recorder
}

func newSignIns(now func() time.Time) signIns {
	s := signIns{
		started: counter("norang_logins_started_total", "Browsers redirected to a provider."),
		finished: counterVec("norang_logins_finished_total",
			"Callbacks by provider and outcome: ok, or the problem code.", "provider", "outcome"),
		sent: counterVec("norang_sign_ins_started_total",
			"Browsers sent to a provider, by the browser and device that they claim to be.", "provider", "browser", "device"),
		returned: counterVec("norang_sign_ins_returned_total",
			"Browsers that came back from a provider with their attempt, with any result.", "provider", "browser", "device"),
		joined:   counter("norang_members_joined_total", "Users who joined, on the join page or without one."),
		signouts: counter("norang_signouts_total", "Users who signed out, on one device or on all."),
		withdrew: counter("norang_withdrawals_total", "Users who withdrew on the account page."),
		outcomes: &labels{seen: map[string]bool{}},
		names:    map[string]bool{},
		figures:  figures.NewRecorder(now),
	}
	return s
}

func (s *signIns) collectors() []prometheus.Collector {
	return []prometheus.Collector{s.started, s.finished, s.sent, s.returned, s.joined, s.signouts, s.withdrew}
}

// Figures counts the same for the operator's console.
func (r *Registry) Figures() *figures.Recorder { return r.figures }

// Providers names the providers, before the first request, and makes their counters exist, as LimitClasses does. Any
// other provider is counted as "other".
func (r *Registry) Providers(names, outcomes []string) {
	for _, p := range names {
		r.names[p] = true
		r.zeros.add(func() {
			for _, o := range append([]string{outcomeOK}, outcomes...) {
				r.finished.WithLabelValues(p, o)
			}
			for _, browser := range session.BrowserKinds {
				for _, device := range session.Devices {
					r.sent.WithLabelValues(p, browser, device)
					r.returned.WithLabelValues(p, browser, device)
				}
			}
		})
	}
}

// outcomeOK is the outcome of a sign-in that succeeded.
const outcomeOK = "ok"

// provider is the label of a provider.
func (s *signIns) provider(name string) string {
	if !s.names[name] {
		return otherLabel
	}
	return name
}

// LoginStarted counts a browser that was redirected to a provider.
func (r *Registry) LoginStarted() { r.started.Inc() }

// LoginFinished counts a callback. outcome is "ok" or a problem code. A provider invents codes, so that outcomes beyond
// the first hundred and overlong ones are counted as "other".
func (r *Registry) LoginFinished(provider, outcome string) {
	provider = r.signIns.provider(provider)
	label := r.outcomes.label(outcome)
	if outcome != outcomeOK {
		r.figures.Add(figures.Failures, label)
		r.figures.Add(figures.FailuresOf, provider+" "+label)
	}
	r.finished.WithLabelValues(provider, label).Inc()
}

// SentToProvider counts a browser that was redirected to a provider, by its kind and device.
func (r *Registry) SentToProvider(provider string, a session.Agent) {
	provider = r.signIns.provider(provider)
	r.sent.WithLabelValues(provider, a.Kind(), a.Device()).Inc()
	r.figures.Add(figures.Started, a.Kind()+" "+a.Device())
	r.figures.Add(figures.StartedAt, provider)
}

// ReturnedFromProvider counts a browser that came back with its attempt, with any result.
func (r *Registry) ReturnedFromProvider(provider string, a session.Agent) {
	provider = r.signIns.provider(provider)
	r.returned.WithLabelValues(provider, a.Kind(), a.Device()).Inc()
	r.figures.Add(figures.Returned, a.Kind()+" "+a.Device())
	r.figures.Add(figures.ReturnedFrom, provider)
}

// SignedIn counts a successful sign-in.
func (r *Registry) SignedIn(provider string) { r.figures.Add(figures.SignIns, provider) }

// Bounds of a set of labels that others name.
const (
	maxLabels = 100
	maxLabel  = 64 // bytes
)

// labels are the values that a label has had.
type labels struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (l *labels) label(value string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.seen[value] {
		if len(l.seen) >= maxLabels || len(value) > maxLabel {
			return "other"
		}
		l.seen[value] = true
	}
	return value
}

// Joined counts a user who joined, on the join page or without one.
func (r *Registry) Joined() {
	r.joined.Inc()
	r.figures.Add(figures.SignUps, "")
}

// SignedOut counts a user who signed out.
func (r *Registry) SignedOut() { r.signouts.Inc() }

// Withdrew counts a user who withdrew on the account page.
func (r *Registry) Withdrew() { r.withdrew.Inc() }
