package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/figures"
)

var figureTests = []test{
	{"AddUpByMinuteHourAndDay", figuresAddUp},
	{"OfSeveralProcessesAddUp", figuresOfReplicas},
	{"AreSweptByAge", figuresSwept},
}

func addFigure(t *testing.T, s Store, m figures.Metric, at time.Time, label string, count, sum int64) {
	t.Helper()
	err := s.AddFigures(t.Context(), []figures.Row{{
		Metric: m, Figure: figures.Figure{At: at.UTC().Truncate(time.Minute), Label: label, Count: count, Sum: sum},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func wantFigures(t *testing.T, w world, q figures.Query, want ...figures.Figure) {
	t.Helper()
	got, err := w.Other.Figures(t.Context(), q)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%+v: %v (-want +got):\n%s", q, err, diff)
	}
}

func figuresAddUp(t *testing.T, w world) {
	at := time.Date(2026, 3, 1, 14, 58, 0, 0, time.UTC) // a minute later it is the next day in Korea
	addFigure(t, w.Store, figures.Started, at, "chrome", 2, 0)
	addFigure(t, w.Store, figures.Started, at, "chrome", 1, 0)
	addFigure(t, w.Store, figures.Started, at.Add(time.Minute), "safari", 1, 0)
	addFigure(t, w.Store, figures.Started, at.Add(2*time.Minute), "chrome", 5, 0)
	addFigure(t, w.Store, figures.ProviderCalls, at, "/token", 2, 150)
	hour := at.Truncate(time.Hour)
	q := figures.Query{Metric: figures.Started, Span: figures.Minute, From: at, To: at.Add(time.Hour)}
	type figure = figures.Figure
	wantFigures(t, w, q,
		figure{At: at, Label: "chrome", Count: 3}, figure{At: at.Add(time.Minute), Label: "safari", Count: 1},
		figure{At: at.Add(2 * time.Minute), Label: "chrome", Count: 5})
	q.From, q.To = at.Add(time.Minute), at.Add(2*time.Minute)
	wantFigures(t, w, q, figure{At: at.Add(time.Minute), Label: "safari", Count: 1})
	q = figures.Query{Metric: figures.Started, Span: figures.Hour, From: hour, To: hour.Add(2 * time.Hour)}
	wantFigures(t, w, q, figure{At: hour, Label: "chrome", Count: 3}, figure{At: hour, Label: "safari", Count: 1},
		figure{At: hour.Add(time.Hour), Label: "chrome", Count: 5})
	q.Step = 24 * time.Hour
	day := time.Date(2026, 3, 1, 15, 0, 0, 0, time.UTC) // midnight in Korea
	wantFigures(t, w, q, figure{At: day.Add(-24 * time.Hour), Label: "chrome", Count: 3},
		figure{At: day.Add(-24 * time.Hour), Label: "safari", Count: 1}, figure{At: day, Label: "chrome", Count: 5})
	q = figures.Query{Metric: figures.ProviderCalls, Span: figures.Hour, From: hour, To: hour.Add(time.Hour)}
	wantFigures(t, w, q, figure{At: hour, Label: "/token", Count: 2, Sum: 150})
	q.Metric = figures.SignUps
	wantFigures(t, w, q)
}

// Several replicas write at once, in another order each.
func figuresOfReplicas(t *testing.T, w world) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var wg sync.WaitGroup
	failed := make(chan error, 20)
	for i := range 20 {
		s := replica(w, i)
		var rows []figures.Row
		for j := range 10 {
			label := fmt.Sprint("l", (j*(1+2*(i%2)))%10)
			rows = append(rows, figures.Row{
				Metric: figures.Started, Figure: figures.Figure{At: at, Label: label, Count: 1, Sum: 2},
			})
		}
		wg.Go(func() { failed <- s.AddFigures(t.Context(), rows) })
	}
	wg.Wait()
	close(failed)
	var err error
	for e := range failed {
		err = errors.Join(err, e)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range figures.Spans {
		all, err := w.Store.Figures(t.Context(), figures.Query{
			Metric: figures.Started, Span: s, From: at, To: at.Add(time.Minute),
		})
		if n, sum := figures.Totals(all); err != nil || n != 200 || sum != 400 || len(all) != 10 {
			t.Errorf("span %d: %d, %d in %d rows, want 200, 400 in 10: %v", s, n, sum, len(all), err)
		}
	}
}

func figuresSwept(t *testing.T, w world) {
	addFigure(t, w.Store, figures.Started, noon.Add(-40*24*time.Hour), "a", 1, 0)
	addFigure(t, w.Store, figures.Started, noon.Add(-5*time.Hour), "a", 1, 0)
	addFigure(t, w.Store, figures.Started, noon.Add(-time.Hour), "a", 1, 0)
	for {
		n, err := w.Store.Sweep(t.Context(), noon, 2)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	for s, want := range map[figures.Span]int64{figures.Minute: 1, figures.Hour: 2} {
		all, err := w.Store.Figures(t.Context(), figures.Query{
			Metric: figures.Started, Span: s, From: time.Unix(0, 0), To: noon,
		})
		if n, _ := figures.Totals(all); err != nil || n != want {
			t.Errorf("span %d: %d left, want %d: %v", s, n, want, err)
		}
	}
}
