package metrics

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// maxLabels is the most labels that a family has.
const maxLabels = 2

// values are the label values of one series, in the order of its family's labels.
type values [maxLabels]string

// counter is a number that only rises.
type counter struct{ n atomic.Int64 }

func (c *counter) inc() { c.n.Add(1) }

// histogram counts durations by how long they were. An observation is two atomic additions, without a lock: a reader who
// comes between them sees a sum that lacks one duration, which the next reading puts right. The count is the sum of the
// buckets, so the two never contradict each other.
type histogram struct {
	bounds []time.Duration // rising
	counts []atomic.Int64  // one more than bounds: the last is for what is longer than all
	sum    atomic.Int64    // nanoseconds
}

func newHistogram(bounds []time.Duration) *histogram {
	return &histogram{bounds: bounds, counts: make([]atomic.Int64, len(bounds)+1)}
}

// observe counts d in the first bucket whose bound is not below it.
func (h *histogram) observe(d time.Duration) {
	i := 0
	for i < len(h.bounds) && d > h.bounds[i] {
		i++
	}
	h.counts[i].Add(1)
	h.sum.Add(int64(d))
}

// family is all series of one name, told apart by their label values.
type family[S any] struct {
	name, help string
	labels     []string
	fresh      func() *S

	mu     sync.RWMutex
	series map[values]*S
}

func newFamily[S any](name, help string, labels []string, fresh func() *S) *family[S] {
	return &family[S]{name: name, help: help, labels: labels, fresh: fresh, series: map[values]*S{}}
}

// with finds or makes the series of these label values.
func (f *family[S]) with(v values) *S {
	f.mu.RLock()
	s := f.series[v]
	f.mu.RUnlock()
	if s != nil {
		return s
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if s = f.series[v]; s == nil {
		s = f.fresh()
		f.series[v] = s
	}
	return s
}

// each visits the series in the order of their label values.
func (f *family[S]) each(visit func(values, *S)) {
	f.mu.RLock()
	keys := make([]values, 0, len(f.series))
	for v := range f.series {
		keys = append(keys, v)
	}
	f.mu.RUnlock()
	slices.SortFunc(keys, func(a, b values) int { return slices.Compare(a[:], b[:]) })
	for _, v := range keys {
		visit(v, f.with(v))
	}
}

func counters(name, help string, labels ...string) *family[counter] {
	return newFamily(name, help, labels, func() *counter { return new(counter) })
}

func histograms(name, help string, bounds []time.Duration, labels ...string) *family[histogram] {
	return newFamily(name, help, labels, func() *histogram { return newHistogram(bounds) })
}

func writeCounters(f *family[counter]) func(*text) {
	return func(t *text) {
		t.head(f.name, "counter", f.help)
		f.each(func(v values, c *counter) { t.sample(f.name, f.labels, v[:], float64(c.n.Load())) })
	}
}

func writeHistograms(f *family[histogram]) func(*text) {
	return func(t *text) {
		t.head(f.name, "histogram", f.help)
		withBound := append(slices.Clone(f.labels), "le")
		f.each(func(v values, h *histogram) {
			own, count := v[:len(f.labels)], int64(0)
			for i := range h.counts {
				count += h.counts[i].Load()
				le := "+Inf"
				if i < len(h.bounds) {
					le = number(h.bounds[i].Seconds())
				}
				t.sample(f.name+"_bucket", withBound, append(slices.Clone(own), le), float64(count))
			}
			t.sample(f.name+"_sum", f.labels, own, time.Duration(h.sum.Load()).Seconds())
			t.sample(f.name+"_count", f.labels, own, float64(count))
		})
	}
}
