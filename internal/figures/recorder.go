package figures

import (
	"cmp"
	"context"
	"sort"
	"strings"
	"sync"
	"time"
)

const (
	// MaxLabel bounds a label, in bytes, and maxLabels the labels of a metric: the others are counted as [Other].
	MaxLabel  = 64
	maxLabels = 150
	// maxPending bounds the rows that wait while the store is unavailable. What does not fit is not counted.
	maxPending = 10_000

	flushEvery = time.Minute
)

// Other is the label of what has no label of its own.
const Other = "other"

// Recorder counts in memory. Its methods may be called by several goroutines.
type Recorder struct {
	mu      sync.Mutex
	now     func() time.Time
	pending map[key]*value
	labels  map[Metric]map[string]bool
}

type key struct {
	minute int64 // Unix time
	metric Metric
	label  string
}

type value struct{ count, sum int64 }

// NewRecorder returns a Recorder that counts nothing yet.
func NewRecorder(now func() time.Time) *Recorder {
	return &Recorder{now: now, pending: map[key]*value{}, labels: map[Metric]map[string]bool{}}
}

// Add counts one. label is "" for a metric without labels.
func (r *Recorder) Add(m Metric, label string) { r.add(m, label, 0) }

// Sample counts one with a value to add up, such as a duration in milliseconds.
func (r *Recorder) Sample(m Metric, label string, value int64) { r.add(m, label, value) }

func (r *Recorder) add(m Metric, label string, sum int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	minute := r.now().Unix()
	minute -= minute % int64(Minute)
	r.count(key{minute, m, r.bounded(m, label)}, value{1, sum})
}

// bounded is the label, or [Other] if it is too long or the metric has too many.
func (r *Recorder) bounded(m Metric, label string) string {
	known := r.labels[m]
	if known[label] {
		return label
	}
	if len(label) > MaxLabel || len(known) >= maxLabels {
		return Other
	}
	if known == nil {
		known = map[string]bool{}
		r.labels[m] = known
	}
	known[label] = true
	return label
}

func (r *Recorder) count(k key, v value) {
	p := r.pending[k]
	if p == nil {
		if len(r.pending) >= maxPending {
			return
		}
		p = &value{}
		r.pending[k] = p
	}
	p.count += v.count
	p.sum += v.sum
}

// Flush writes what has been counted since the last call. If that fails, it is kept for the next call; if the store
// wrote it in spite of its error, it is counted twice.
func (r *Recorder) Flush(ctx context.Context, s Store) error {
	r.mu.Lock()
	taken := r.pending
	r.pending = map[key]*value{}
	r.mu.Unlock()
	if len(taken) == 0 {
		return nil
	}
	rows := make([]Row, 0, len(taken))
	for k, v := range taken {
		rows = append(rows, Row{k.metric, Figure{time.Unix(k.minute, 0).UTC(), k.label, v.count, v.sum}})
	}
	sort.Slice(rows, func(i, j int) bool {
		a, b := &rows[i], &rows[j]
		return cmp.Or(a.At.Compare(b.At), strings.Compare(string(a.Metric), string(b.Metric)),
			strings.Compare(a.Label, b.Label)) < 0
	})
	err := s.AddFigures(ctx, rows)
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		for k, v := range taken {
			r.count(k, *v)
		}
	}
	return err
}

// Run calls Flush once a minute until ctx ends, and failed with its errors. It does not flush at the end: requests may
// still be served.
func (r *Recorder) Run(ctx context.Context, s Store, failed func(error)) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := r.Flush(ctx, s); err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}
