package session

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Run keeps the feed fresh and saves uses until ctx ends; then it saves the last ones. Neither waits for the other.
func (s *Sessions) Run(ctx context.Context) {
	var others sync.WaitGroup
	defer others.Wait()
	others.Go(func() { s.save(ctx) })
	others.Go(func() { s.watch(ctx) })
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	cursor, failing := int64(0), false
	var wake <-chan Change // a store that is notified wakes us before the next poll
	if w, ok := s.store.(waker); ok {
		wake = w.Wake()
	}
	for {
		began := s.now()
		changes, next, err := s.store.Changes(ctx, cursor)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			if !failing {
				s.log.ErrorContext(ctx, "change feed unreadable, sessions are read from the store", "err", err)
			}
			failing = true
			if began.Sub(time.Unix(0, s.polled.Load())).Abs() > staleFor {
				cursor = 0 // the cache is too old, and changes may have been swept: start over
			}
		default:
			if cursor == 0 {
				s.cache.clear() // changes before the first cursor were not seen
			}
			s.apply(changes)
			if failing {
				s.log.InfoContext(ctx, "change feed readable again")
			}
			cursor, failing = next, false
			s.polled.Store(began.UnixNano())
		}
		if !s.await(ctx, wake, poll.C) {
			return
		}
	}
}

// await applies the changes that the store is notified of until it is time to read the feed; false if ctx ends.
func (s *Sessions) await(ctx context.Context, wake <-chan Change, poll <-chan time.Time) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case c := <-wake:
			if c == (Change{}) {
				return true
			}
			s.apply([]Change{c})
		case <-poll:
			return true
		}
	}
}

// save flushes now and then until ctx ends, and once more.
func (s *Sessions) save(ctx context.Context) {
	flush := time.NewTicker(flushEvery)
	defer flush.Stop()
	for {
		select {
		case <-ctx.Done():
			// An orderly stop loses no use.
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			s.Flush(last)
			return
		case <-flush.C:
			s.Flush(ctx) // if ctx ends meanwhile, the last flush is still to come
		}
	}
}

// watch finds out whether the store answers reads while the feed is late, so that no request has to wait for that.
func (s *Sessions) watch(ctx context.Context) {
	tick := time.NewTicker(patience)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if s.feedAge(s.now()) < freshFor/2 {
			s.hangs.Store(false)
			continue
		}
		slow := time.AfterFunc(patience, func() { s.hangs.Store(true) })
		_, err := s.store.Principal(ctx, Key{})
		if slow.Stop() {
			s.hangs.Store(err != nil && !errors.Is(err, ErrNone))
		}
	}
}

// waker is a store that is notified of changes by other processes.
type waker interface {
	// Wake receives a change before the feed reports it, or a zero Change if the feed should be read.
	Wake() <-chan Change
}

func (s *Sessions) apply(changes []Change) {
	for _, c := range changes {
		switch c.UserID {
		case "":
			s.cache.drop(c.Key)
		case AllUsers:
			s.cache.clear()
		default:
			s.cache.dropUser(c.UserID, nil)
		}
	}
}

// Flush saves the noted uses. A failure is logged once until it works again; the uses are lost, which makes the idle
// limit a little shorter. If ctx is cancelled, they are kept for the next call.
func (s *Sessions) Flush(ctx context.Context) {
	s.uses.mu.Lock()
	batch := make([]Touch, 0, len(s.uses.byKey))
	for _, t := range s.uses.byKey {
		batch = append(batch, t)
	}
	clear(s.uses.byKey)
	s.uses.mu.Unlock()
	for len(batch) > 0 {
		n := min(len(batch), 500)
		err := s.store.Touch(ctx, batch[:n])
		if err != nil && errors.Is(ctx.Err(), context.Canceled) {
			s.keep(batch)
			return
		}
		s.uses.mu.Lock()
		first := err != nil && !s.uses.failing
		s.uses.failing = err != nil
		s.uses.mu.Unlock()
		if first {
			s.log.WarnContext(ctx, "session last-seen batch not saved", "count", len(batch), "err", err)
		}
		if err != nil {
			return
		}
		batch = batch[n:]
	}
}

// keep returns uses to the unsaved ones, except those of sessions that have been used since.
func (s *Sessions) keep(batch []Touch) {
	s.uses.mu.Lock()
	defer s.uses.mu.Unlock()
	for _, t := range batch {
		if _, newer := s.uses.byKey[t.Key]; !newer && len(s.uses.byKey) < maxTouches {
			s.uses.byKey[t.Key] = t
		}
	}
}
