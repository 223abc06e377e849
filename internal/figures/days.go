package figures

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Day is the step of figures by day, which begins at midnight in Korea.
const Day = 24 * time.Hour

// settled is how long after its end a day is still read from the store: a process whose store was away writes late.
const settled = Day

// Days reads figures from a store and remembers those of past days, which no longer change. A month of hours is many
// rows to add up for the same sums. Its methods may be called by several goroutines.
//
// Only queries by [Day] are remembered, at most the days that their rows are kept. A process that was away from its
// store for more than a day adds to a day that is remembered already: that shows in other processes after a restart.
type Days struct {
	store Store
	now   func() time.Time

	mu   sync.Mutex
	kept map[Metric]*days
}

// days are the figures of consecutive days of one metric, of which nothing is missing.
type days struct {
	from, to time.Time
	figures  []Figure
}

// NewDays returns a Days that remembers nothing yet.
func NewDays(s Store, now func() time.Time) *Days {
	return &Days{store: s, now: now, kept: map[Metric]*days{}}
}

// AddFigures adds to the store.
func (d *Days) AddFigures(ctx context.Context, rows []Row) error {
	return d.store.AddFigures(ctx, rows)
}

// Figures reads what is not remembered from the store.
func (d *Days) Figures(ctx context.Context, q Query) ([]Figure, error) {
	if q.Step != Day || q.Span != Hour {
		return d.store.Figures(ctx, q)
	}
	from, to := midnight(q.From.Add(Day-time.Millisecond)), midnight(d.now().Add(-settled))
	if midnight(q.To).Before(to) {
		to = midnight(q.To)
	}
	if !from.Before(to) {
		return d.store.Figures(ctx, q)
	}
	first, err := d.between(ctx, q, q.From, from)
	if err != nil {
		return nil, err
	}
	past, err := d.past(ctx, q, from, to)
	if err != nil {
		return nil, err
	}
	last, err := d.between(ctx, q, to, q.To)
	if err != nil {
		return nil, err
	}
	return slices.Concat(first, past, last), nil
}

// past are the figures of whole days, remembered or read.
func (d *Days) past(ctx context.Context, q Query, from, to time.Time) ([]Figure, error) {
	d.mu.Lock()
	known := d.kept[q.Metric]
	d.mu.Unlock()
	if known == nil || from.Before(known.from) || known.to.Before(from) {
		known = &days{from: from, to: from}
	}
	all := known
	if known.to.Before(to) {
		read, err := d.between(ctx, q, known.to, to)
		if err != nil {
			return nil, err
		}
		all = &days{from: known.from, to: to, figures: slices.Concat(known.figures, read)}
		oldest := d.now().Add(-Hour.Keep())
		kept := &days{from: midnight(oldest), to: to, figures: since(all.figures, midnight(oldest))}
		if kept.from.Before(all.from) {
			kept.from = all.from
		}
		d.mu.Lock()
		d.kept[q.Metric] = kept // another request may have read the same
		d.mu.Unlock()
	}
	return before(since(all.figures, from), to), nil
}

func (d *Days) between(ctx context.Context, q Query, from, to time.Time) ([]Figure, error) {
	if !from.Before(to) {
		return nil, nil
	}
	q.From, q.To = from, to
	return d.store.Figures(ctx, q)
}

// midnight is the beginning of the day in Korea, which has no summer time.
func midnight(t time.Time) time.Time {
	const ahead = 9 * time.Hour
	return t.Add(ahead).Truncate(Day).Add(-ahead)
}

// since are the figures from a time on, before those that end before it.
func since(all []Figure, t time.Time) []Figure {
	i, _ := slices.BinarySearchFunc(all, t, func(f Figure, t time.Time) int { return f.At.Compare(t) })
	return all[i:]
}

func before(all []Figure, t time.Time) []Figure {
	i, _ := slices.BinarySearchFunc(all, t, func(f Figure, t time.Time) int { return f.At.Compare(t) })
	return all[:i:i]
}
