package figures_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/figures"
)

func TestFiguresAreWrittenByMinuteAndLabel(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 30, 0, time.UTC)
	r, m := figures.NewRecorder(func() time.Time { return now }), &memory{}
	r.Add(figures.Started, "chrome")
	r.Add(figures.Started, "chrome")
	r.Add(figures.Returned, "chrome")
	r.Sample(figures.ProviderCalls, "/token", 120)
	r.Sample(figures.ProviderCalls, "/token", 30)
	now = now.Add(time.Minute)
	r.Add(figures.Started, "chrome")
	if err := r.Flush(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	want := []figures.Row{
		{Metric: figures.ProviderCalls, Figure: figures.Figure{At: at, Label: "/token", Count: 2, Sum: 150}},
		{Metric: figures.Returned, Figure: figures.Figure{At: at, Label: "chrome", Count: 1}},
		{Metric: figures.Started, Figure: figures.Figure{At: at, Label: "chrome", Count: 2}},
		{Metric: figures.Started, Figure: figures.Figure{At: at.Add(time.Minute), Label: "chrome", Count: 1}},
	}
	if diff := cmp.Diff(want, m.rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := r.Flush(t.Context(), m); err != nil || len(m.rows) != 4 {
		t.Errorf("written twice: %v, %d rows", err, len(m.rows))
	}
}

// While the store is down, figures wait in bounded memory.
func TestFiguresWaitForTheStore(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 30, 0, time.UTC)
	r, m := figures.NewRecorder(func() time.Time { return now }), &memory{err: errors.New("down")}
	r.Add(figures.SignIns, "p")
	if err := r.Flush(t.Context(), m); err == nil {
		t.Fatal("no error")
	}
	r.Add(figures.SignIns, "p")
	for range 20_000 {
		now = now.Add(time.Minute)
		r.Add(figures.SignUps, "")
	}
	m.err = nil
	if err := r.Flush(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if n, _ := m.total(figures.SignIns, "p"); n != 2 || len(m.rows) != 10_000 {
		t.Errorf("%d sign-ins in %d rows, want 2 in 10,000", n, len(m.rows))
	}
}

func TestLabelsOfFiguresAreBounded(t *testing.T) {
	t.Parallel()
	r, m := figures.NewRecorder(time.Now), &memory{}
	for i := range 1000 {
		r.Add(figures.Failures, fmt.Sprint("code-", i))
	}
	r.Add(figures.Failures, "code-1")
	r.Add(figures.SignIns, strings.Repeat("x", figures.MaxLabel+1))
	if err := r.Flush(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	labels := map[string]bool{}
	for _, row := range m.rows {
		labels[row.Label] = true
	}
	first, _ := m.total(figures.Failures, "code-1")
	other, _ := m.total(figures.Failures, figures.Other)
	if long, _ := m.total(figures.SignIns, figures.Other); len(labels) != 151 || first != 2 || other != 850 || long != 1 {
		t.Errorf("%d labels, %d, %d, %d", len(labels), first, other, long)
	}
}

func TestRunWritesOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, m := figures.NewRecorder(time.Now), &memory{err: errors.New("down")}
		failed := 0
		var wg sync.WaitGroup
		defer wg.Wait()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		wg.Go(func() { r.Run(ctx, m, func(error) { failed++ }) })
		r.Add(figures.SignUps, "")
		time.Sleep(61 * time.Second)
		synctest.Wait()
		m.fails(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		wg.Wait()
		if n, _ := m.total(figures.SignUps, ""); n != 1 || failed != 1 {
			t.Errorf("%d sign-ups written, %d failures", n, failed)
		}
	})
}
