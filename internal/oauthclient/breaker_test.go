package oauthclient

import (
	"testing"
	"time"
)

func TestBreakerAllowsOneProbe(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	b := NewBreaker(func() time.Time { return now }, 1, time.Second)
	b.Allow()
	b.Report(Unhealthy)
	if !b.Open() {
		t.Error("not open after a failure")
	}
	now = now.Add(2 * time.Second)
	probes := 0
	for range 10 {
		if ok, _ := b.Allow(); ok {
			probes++
		}
	}
	if probes != 1 {
		t.Errorf("%d probes", probes)
	}
	b.Report(Unknown) // cancelled
	if ok, _ := b.Allow(); !ok {
		t.Error("no probe after a cancelled one")
	}
	b.Report(Healthy)
	now = now.Add(-time.Hour)
	if ok, _ := b.Allow(); !ok {
		t.Error("still open after a successful probe and a clock change")
	}
	b.Report(Unhealthy)
	now = now.Add(-24 * time.Hour)
	if _, wait := b.Allow(); wait > time.Second {
		t.Errorf("open for %v after the clock was set back", wait)
	}
}
