package failures

import (
	"context"
	"sync"
	"time"
)

const (
	// maxPending bounds the failures that wait to be written. What does not fit is only counted.
	maxPending = 500
	flushEvery = time.Second
)

// Recorder writes failures in small batches, so that a flood of them is not a flood of writes. Its methods may be
// called by several goroutines.
type Recorder struct {
	store   Store
	mu      sync.Mutex
	pending []Failure
	wake    chan struct{} // of capacity 1
}

// NewRecorder returns a Recorder.
func NewRecorder(s Store) *Recorder { return &Recorder{store: s, wake: make(chan struct{}, 1)} }

// Add takes a failure. It does not wait.
func (r *Recorder) Add(f Failure) {
	if !Worth(f.Code) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.pending) < maxPending {
		r.pending = append(r.pending, f)
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Flush writes what waits. What cannot be written is dropped, because it was counted, unless ctx has ended: then the
// store did not refuse it, and it waits for the next call.
func (r *Recorder) Flush(ctx context.Context) error {
	r.mu.Lock()
	taken := r.pending
	r.pending = nil
	r.mu.Unlock()
	if len(taken) == 0 {
		return nil
	}
	_, err := r.store.AddFailures(ctx, taken)
	if err != nil && ctx.Err() != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.pending = append(taken, r.pending...)
		r.pending = r.pending[:min(len(r.pending), maxPending)]
	}
	return err
}

// Run calls Flush when there is something to write, at most once a second, until ctx ends, and failed with its errors.
// It does not flush at the end: requests may still be served. A flush that the end of ctx interrupts loses nothing.
func (r *Recorder) Run(ctx context.Context, failed func(error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		}
		pause := time.NewTimer(flushEvery)
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
		if err := r.Flush(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}
