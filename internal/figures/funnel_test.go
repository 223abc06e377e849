package figures_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/figures"
)

// CO-01: no browser that returns, or twice the share that does not, is an alarm; few sign-ins are not.
func TestCO01_DecisionOnSignInsThatDoNotReturn(t *testing.T) {
	t.Parallel()
	type funnel = figures.Funnel
	week := funnel{1000, 800} // one in five does not return
	for _, c := range []struct {
		name   string
		hour   funnel
		later  int64
		before funnel
		want   figures.Alarm
	}{
		{"nothing happens", funnel{}, 0, week, figures.NoAlarm},
		{"nothing ever happened", funnel{}, 0, funnel{}, figures.NoAlarm},
		{"few start and none returns", funnel{19, 0}, 0, week, figures.NoAlarm},
		{"20 start and none returns", funnel{20, 0}, 0, week, figures.NobodyReturns},
		{"40 start and none returns", funnel{40, 0}, 0, week, figures.NobodyReturns},
		{"none returns in the first hour of a service", funnel{20, 0}, 0, funnel{}, figures.NobodyReturns},
		{"none returned yet, one does a minute later", funnel{20, 0}, 1, funnel{}, figures.NoAlarm},
		{"half of 40 return", funnel{40, 20}, 0, week, figures.MissingDoubled},
		{"exactly twice the share", funnel{100, 60}, 0, week, figures.MissingDoubled},
		{"less than twice the share", funnel{100, 61}, 0, week, figures.NoAlarm},
		{"the usual share", funnel{100, 80}, 0, week, figures.NoAlarm},
		{"more return than start", funnel{20, 25}, 0, week, figures.NoAlarm},
		{"too little to compare with", funnel{40, 20}, 0, funnel{99, 99}, figures.NoAlarm},
		{"just enough to compare with", funnel{40, 20}, 0, funnel{100, 100}, figures.MissingDoubled},
		{"twice a tiny share", funnel{100, 90}, 0, funnel{1000, 970}, figures.NoAlarm},
		{"all used to return, a fifth does not", funnel{100, 80}, 0, funnel{1000, 1000}, figures.MissingDoubled},
		{"six of ten used not to return, eight do not", funnel{100, 20}, 0, funnel{1000, 400}, figures.MissingDoubled},
		{"six of ten used not to return, seven do not", funnel{100, 30}, 0, funnel{1000, 400}, figures.NoAlarm},
		{"none used to return either", funnel{40, 1}, 0, funnel{1000, 0}, figures.NoAlarm},
	} {
		if got := figures.Decide(c.hour, c.later, c.before); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// memory is a store that adds up rows.
type memory struct {
	mu   sync.Mutex
	rows []figures.Row
	err  error
}

// fails makes every call fail with err; nil ends that.
func (m *memory) fails(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

func (m *memory) AddFigures(_ context.Context, rows []figures.Row) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil {
		m.rows = append(m.rows, rows...)
	}
	return m.err
}

func (m *memory) Figures(_ context.Context, q figures.Query) (all []figures.Figure, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rows {
		at := r.At.Truncate(q.Span.Duration())
		if r.Metric == q.Metric && !at.Before(q.From) && at.Before(q.To) {
			all = append(all, r.Figure)
		}
	}
	return all, m.err
}

func (m *memory) total(metric figures.Metric, label string) (count, sum int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rows {
		if r.Metric == metric && r.Label == label {
			count, sum = count+r.Count, sum+r.Sum
		}
	}
	return count, sum
}

// The hour that is checked ends five minutes ago, and the week before it is compared.
func TestCO01_CheckReadsTheLastHourAndTheWeekBefore(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 7, 30, 0, time.UTC)
	m := &memory{}
	put := func(ago time.Duration, started, returned int64) {
		at := now.Add(-ago).Truncate(time.Minute)
		m.rows = append(m.rows,
			figures.Row{Metric: figures.Started, Figure: figures.Figure{At: at, Label: "chrome", Count: started}},
			figures.Row{Metric: figures.Returned, Figure: figures.Figure{At: at, Label: "chrome", Count: returned}})
	}
	put(8*24*time.Hour, 10_000, 0) // too long ago
	put(5*24*time.Hour, 500, 450)
	put(3*time.Hour, 500, 450)
	put(30*time.Minute, 30, 12)
	put(time.Minute, 90, 30) // may still return
	got, err := figures.CheckFunnel(t.Context(), m, now)
	want := []figures.Finding{{
		Alarm: figures.MissingDoubled, From: time.Date(2026, 3, 1, 11, 2, 0, 0, time.UTC),
		Hour: figures.Funnel{Started: 30, Returned: 12}, Before: figures.Funnel{Started: 1000, Returned: 900},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	m.fails(errors.New("down"))
	if got, err := figures.CheckFunnel(t.Context(), m, now); err == nil || got != nil {
		t.Errorf("store down: %+v, %v", got, err)
	}
}

// CO-01: no browser returns from one provider, while most return from the others.
func TestCO01_OneProviderIsNotHiddenByTheOthers(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 7, 30, 0, time.UTC)
	m := &memory{}
	put := func(name string, ago time.Duration, started, returned int64) {
		at := now.Add(-ago).Truncate(time.Minute)
		for metric, n := range map[figures.Metric]int64{figures.StartedAt: started, figures.ReturnedFrom: returned} {
			m.rows = append(m.rows, figures.Row{Metric: metric, Figure: figures.Figure{At: at, Label: name, Count: n}})
		}
		m.rows = append(m.rows,
			figures.Row{Metric: figures.Started, Figure: figures.Figure{At: at, Label: "chrome", Count: started}},
			figures.Row{Metric: figures.Returned, Figure: figures.Figure{At: at, Label: "chrome", Count: returned}})
	}
	for name, share := range map[string]int64{"a": 900, "b": 950, "c": 800} {
		put(name, 3*24*time.Hour, 1000, share)
	}
	put("a", 30*time.Minute, 500, 460)
	put("b", 30*time.Minute, 25, 0)
	put("c", 30*time.Minute, 3, 0) // too few to say anything
	all, err := figures.CheckFunnel(t.Context(), m, now)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range all {
		got = append(got, f.Provider+" "+string(f.Alarm))
	}
	if diff := cmp.Diff([]string{" ", "a ", "b nobody_returns", "c "}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if alarms := figures.Alarms(all); len(alarms) != 1 || alarms[0] != all[2] {
		t.Errorf("alarms %+v", alarms)
	}
	// The alarm over all providers together is reported only if no single provider has one.
	all[0].Alarm, all[2].Alarm = figures.MissingDoubled, figures.NoAlarm
	if alarms := figures.Alarms(all); len(alarms) != 1 || alarms[0] != all[0] {
		t.Errorf("alarms %+v", alarms)
	}
}
