package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/alert"
	"github.com/norang-login/norang/internal/jobs"
)

var alertTests = []test{
	{"AreCheckedByOneProcess", alertsClaimed},
	{"AreReadAsTheyWereSaved", alertsSaved},
	{"ByAClockThatWasAheadGoOn", alertsOfFastClock},
}

func claimAlerts(t *testing.T, s Store, now time.Time) *alert.Claim {
	t.Helper()
	c, err := s.ClaimAlerts(t.Context(), now, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func alertsClaimed(t *testing.T, w world) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	first := claimAlerts(t, w.Store, at)
	if first == nil || len(first.States) > 0 {
		t.Fatalf("%+v", first)
	}
	if c := claimAlerts(t, w.Other, at.Add(59*time.Second)); c != nil {
		t.Errorf("a second process has a claim within the lease: %+v", c)
	}
	second := claimAlerts(t, w.Other, at.Add(time.Minute)) // the first one has died, or is late
	if second == nil || second.Number <= first.Number {
		t.Fatalf("after the lease: %+v", second)
	}
	late := []alert.State{{Kind: alert.JobsDead, Since: at, HeldAt: at}}
	if err := w.Store.SaveAlerts(t.Context(), first.Number, late, at); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("a claim that was lost is saved: %v", err)
	}
	if err := w.Other.SaveAlerts(t.Context(), second.Number, nil, at.Add(5*time.Minute)); err != nil {
		t.Error(err)
	}
	if c := claimAlerts(t, w.Store, at.Add(4*time.Minute)); c != nil {
		t.Errorf("a check before it is due: %+v", c)
	}
	if c := claimAlerts(t, w.Store, at.Add(5*time.Minute)); c == nil || len(c.States) > 0 {
		t.Errorf("the next check: %+v", c)
	}
}

func alertsSaved(t *testing.T, w world) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	states := []alert.State{
		{Kind: alert.JobsDead, Since: at.Add(-time.Hour), HeldAt: at, SentAt: at.Add(-time.Hour)},
		{
			Kind: alert.NoticesSilent, Subject: "provider", Since: at, HeldAt: at, Over: true, SentAt: at,
			Pending: `{"text":"해결됨"}`, PendingID: "alert_1", Tries: 3, Due: at.Add(time.Minute),
		},
	}
	for _, want := range [][]alert.State{states, states[1:], nil} {
		c := claimAlerts(t, w.Store, at)
		if err := w.Store.SaveAlerts(t.Context(), c.Number, want, at); err != nil {
			t.Fatal(err)
		}
		c = claimAlerts(t, w.Other, at)
		if diff := cmp.Diff(want, c.States); diff != "" {
			t.Errorf("(-saved +read):\n%s", diff)
		}
		if err := w.Other.SaveAlerts(t.Context(), c.Number, c.States, at); err != nil {
			t.Fatal(err)
		}
	}
}

// alertsOfFastClock has a check that ended while the clock was nine hours ahead, with a message that was not accepted.
func alertsOfFastClock(t *testing.T, w world) {
	fast := noon.Add(9 * time.Hour)
	states := []alert.State{{
		Kind: alert.JobsDead, Since: fast, HeldAt: fast, Pending: "{}", PendingID: "alert_1", Tries: 1,
		Due: fast.Add(time.Minute),
	}}
	save := func(c *alert.Claim, states []alert.State, due time.Time) {
		t.Helper()
		if err := w.Store.SaveAlerts(t.Context(), c.Number, states, due); err != nil {
			t.Fatal(err)
		}
	}
	save(claimAlerts(t, w.Store, fast), states, fast.Add(time.Minute))
	sweepAll(t, w, noon, 10)
	c := claimAlerts(t, w.Other, noon)
	if c == nil || len(c.States) != 1 || c.States[0].Due.After(noon) {
		t.Fatalf("claimed %+v", c)
	}
	states[0].Due = noon.Add(time.Hour) // the longest pause
	save(c, states, noon)
	sweepAll(t, w, noon, 10)
	if c := claimAlerts(t, w.Other, noon); !c.States[0].Due.After(noon) {
		t.Errorf("a pause was cut short: %+v", c.States)
	}
}
