package metrics

import (
	"time"

	"github.com/norang-login/norang/internal/figures"
)

// LoginStages registers the histogram of the times of the stages of sign-ins and returns the function that adds one. A
// stage that is not in the list is counted as "other".
func (r *Registry) LoginStages(stages ...string) func(stage string, took time.Duration) {
	return timesOf(r, "norang_login_stage_seconds", "Time of the stages of callbacks.",
		[]float64{.001, .005, .01, .05, .1, .25, .5, 1, 2.5, 5, 10}, "stage", stages)
}

// StoreTimes registers the histogram of the times of operations of the store, as LoginStages does. The time includes
// waiting for the writer or a connection.
func (r *Registry) StoreTimes(operations ...string) func(operation string, took time.Duration) {
	return timesOf(r, "norang_store_seconds", "Time of operations of the store, with the wait for their turn.",
		[]float64{.0005, .001, .0025, .005, .01, .05, .1, .5, 1, 5}, "operation", operations)
}

// JoinHook registers the histogram of calls of the join hook and returns the function that adds one. Outcomes are as
// the stages of LoginStages.
func (r *Registry) JoinHook(outcomes ...string) func(outcome string, took time.Duration) {
	return timesOf(r, "norang_join_hook_seconds", "Time of calls of the join hook by outcome.",
		[]float64{.01, .05, .1, .25, .5, 1, 2}, "outcome", outcomes)
}

// The outcomes of requests to the providers' webhooks.
const (
	NoticeStored   = "stored"
	NoticeRejected = "rejected"
)

// Notices registers the counter of requests to the providers' webhooks and returns the function that counts one.
// Providers are a fixed list. Stored ones are figures too.
func (r *Registry) Notices(providers []string) func(provider, outcome string) {
	all := counterVec("norang_provider_notices_total",
		"Requests to the providers' webhooks, by outcome: stored or rejected.", "provider", "outcome")
	r.prom.MustRegister(all)
	for _, p := range providers {
		for _, o := range []string{NoticeStored, NoticeRejected} {
			all.WithLabelValues(p, o)
		}
	}
	return func(provider, outcome string) {
		all.WithLabelValues(provider, outcome).Inc()
		if outcome == NoticeStored {
			r.figures.Add(figures.Notices, provider)
		}
	}
}

const otherLabel = "other"

func timesOf(
	r *Registry, name, help string, buckets []float64, label string, values []string,
) func(value string, took time.Duration) {
	all := histogramVec(name, help, buckets, label)
	r.prom.MustRegister(all)
	known := map[string]func(float64){}
	for _, v := range append([]string{otherLabel}, values...) {
		known[v] = all.WithLabelValues(v).Observe
	}
	return func(value string, took time.Duration) {
		observe, ok := known[value]
		if !ok {
			observe = known[otherLabel]
		}
		observe(took.Seconds())
	}
}
