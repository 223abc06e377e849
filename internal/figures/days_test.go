package figures_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/figures"
)

// hourly is a store of hours that sums up by step like the real ones, and counts the rows that it has read.
type hourly struct {
	mu   sync.Mutex
	rows map[figures.Row]int64 // without counts and sums
	read int
	err  error
}

func (h *hourly) AddFigures(_ context.Context, rows []figures.Row) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range rows {
		n := r.Count
		r.At, r.Count, r.Sum = r.At.Truncate(time.Hour), 0, 0
		h.rows[r] += n
	}
	return h.err
}

func (h *hourly) Figures(_ context.Context, q figures.Query) ([]figures.Figure, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	const korea = 9 * time.Hour
	sums := map[figures.Figure]int64{}
	for r, n := range h.rows {
		if r.Metric != q.Metric || r.At.Before(q.From) || !r.At.Before(q.To) {
			continue
		}
		h.read++
		at := r.At.Add(korea).Truncate(cmp.Or(q.Step, q.Span.Duration())).Add(-korea)
		sums[figures.Figure{At: at, Label: r.Label}] += n
	}
	all := make([]figures.Figure, 0, len(sums))
	for f, n := range sums {
		f.Count = n
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b figures.Figure) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Label, b.Label))
	})
	return all, h.err
}

// reads is how many rows a query has read.
func (h *hourly) reads(t *testing.T, s figures.Store, q figures.Query) int {
	t.Helper()
	h.mu.Lock()
	before := h.read
	h.mu.Unlock()
	if _, err := s.Figures(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.read - before
}

// fill adds two labels in each hour of some days before now.
func (h *hourly) fill(now time.Time, days int) {
	for i := range days * 24 {
		for n := range 2 {
			f := figures.Figure{At: now.Add(-time.Duration(i) * time.Hour), Label: fmt.Sprint(n), Count: int64(i%7 + 1)}
			_ = h.AddFigures(context.Background(), []figures.Row{{Metric: figures.SignIns, Figure: f}})
		}
	}
}

func month(now time.Time) figures.Query {
	return figures.Query{
		Metric: figures.SignIns, Span: figures.Hour, Step: figures.Day,
		From: midnightInKorea(now).AddDate(0, 0, -30), To: midnightInKorea(now).AddDate(0, 0, 1),
	}
}

func midnightInKorea(t time.Time) time.Time {
	y, m, d := t.In(time.FixedZone("KST", 9*3600)).Date()
	return time.Date(y, m, d, -9, 0, 0, 0, time.UTC)
}

// A month is read in full once. Afterwards only yesterday and today are, and at midnight the day that has settled.
func TestDaysReadPastDaysOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC) // 21:30 in Korea
	h := &hourly{rows: map[figures.Row]int64{}}
	h.fill(now, 40)
	d := figures.NewDays(h, func() time.Time { return now })
	for i, want := range []int{2 * (30*24 + 22), 2 * (24 + 22), 2 * (24 + 22)} {
		if got := h.reads(t, d, month(now)); got != want {
			t.Errorf("request %d read %d rows, want %d", i, got, want)
		}
	}
	week := figures.Query{
		Metric: figures.SignIns, Span: figures.Hour, Step: figures.Day, From: now.Add(-7 * figures.Day).Truncate(time.Hour),
		To: now.Truncate(time.Hour),
	}
	// The rest of the first day from 21:00, yesterday, and today until 21:00.
	if got := h.reads(t, d, week); got != 2*(3+24+21) {
		t.Errorf("a week read %d rows", got)
	}
	now = now.Add(figures.Day)
	if got := h.reads(t, d, month(now)); got != 2*(24+22) {
		t.Errorf("the next day read %d rows", got)
	}
	hours := month(now)
	hours.Step = 0
	if got := h.reads(t, d, hours); got < 2*28*24 {
		t.Errorf("a query by hour read %d rows", got)
	}
}

// Every query at every time has the store's own answer.
func TestDaysAnswerLikeTheStore(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	now := began
	h := &hourly{rows: map[figures.Row]int64{}}
	h.fill(began, 35)
	d := figures.NewDays(h, func() time.Time { return now })
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		now = now.Add(time.Duration(random.IntN(5*3600)) * time.Second)
		f := figures.Figure{At: now.Add(-time.Duration(random.IntN(20)) * time.Hour), Label: "0", Count: 1}
		if err := d.AddFigures(t.Context(), []figures.Row{{Metric: figures.SignIns, Figure: f}}); err != nil {
			t.Fatal(err)
		}
		q := month(now)
		if random.IntN(2) == 0 {
			q.From = now.Add(-time.Duration(random.IntN(34*24)) * time.Hour).Truncate(time.Hour)
			q.To = q.From.Add(time.Duration(random.IntN(34*24)) * time.Hour)
		}
		want, err := h.Figures(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Figures(t.Context(), q)
		if diff := gocmp.Diff(want, append([]figures.Figure{}, got...)); err != nil || diff != "" {
			t.Fatalf("query %d at %v, %v to %v: %v (-want +got):\n%s", i, now, q.From, q.To, err, diff)
		}
	}
}

// What could not be read is read by the next request; requests at the same time get the same.
func TestDaysRememberNoError(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC)
	h := &hourly{rows: map[figures.Row]int64{}, err: errors.New("down")}
	h.fill(now, 33)
	d := figures.NewDays(h, func() time.Time { return now })
	if all, err := d.Figures(t.Context(), month(now)); err == nil || all != nil {
		t.Fatalf("%d figures, %v", len(all), err)
	}
	h.err = nil
	want, _ := h.Figures(t.Context(), month(now))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := d.Figures(t.Context(), month(now))
			if diff := gocmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	wg.Wait()
}
