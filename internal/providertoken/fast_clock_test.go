package providertoken_test

import (
	"testing"
	"time"
)

func TestLeaseOfAClockThatWasAheadIsIgnored(t *testing.T) {
	databases(t, func(t *testing.T, dsn string) { refreshAfterFastClock(t, dsn, false) })
}

func TestPauseOfAClockThatWasAheadIsIgnored(t *testing.T) {
	databases(t, func(t *testing.T, dsn string) { refreshAfterFastClock(t, dsn, true) })
}

// refreshAfterFastClock refreshes tokens whose lease, or whose pause, was written nine hours ahead.
func refreshAfterFastClock(t *testing.T, dsn string, paused bool) {
	p := newProcesses(t, dsn, 1)
	g, fast := p.grant(t), p.now().Add(9*time.Hour)
	g.LeaseUntil = fast.Add(30 * time.Second)
	if ok, err := p.stores[0].LeaseTokens(t.Context(), g, fast, g.LeaseUntil); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if paused {
		if err := p.stores[0].DelayRefresh(t.Context(), g, fast.Add(10*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.grants[0].Token(t.Context(), p.user, ""); err != nil || p.kakao.n != 1 {
		t.Errorf("%v, %d refreshes", err, p.kakao.n)
	}
}
