package metrics

import "time"

// EventSent makes the counter of tries to tell the app of an event, by what came of them: a word of a fixed list.
func (r *Registry) EventSent() func(outcome string) {
	sent := counters("norang_events_sent_total", "Tries to tell the app of an event, by outcome.", "outcome")
	r.add(writeCounters(sent))
	return func(outcome string) { sent.with(values{outcome}).inc() }
}

// Undelivered adds gauges of events of which the app was not told yet; state answers -1 if it cannot be said.
func (r *Registry) Undelivered(state func() (waiting int, failing time.Duration)) {
	r.add(func(t *text) {
		waiting, failing := state()
		t.one("norang_events_waiting", "gauge", "Events of which the app was not told yet.", float64(waiting))
		t.one("norang_events_failing_seconds", "gauge", "How long telling the app has failed; 0 if the last try did not.", failing.Seconds())
	})
}
