package session

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/account"
)

const (
	// pollEvery is how often the change feed is read, and so how late a revocation by another process can be seen.
	pollEvery = 250 * time.Millisecond
	// freshFor is how old the feed may be before the cache is no longer believed.
	freshFor = time.Second
	// staleFor is how long cached sessions go on when the store cannot be reached at all.
	staleFor = 30 * time.Second
	// flushEvery is how often uses are written down.
	flushEvery = 5 * time.Second
	// maxTouches bounds the uses that wait; beyond it they are dropped, which only costs a little of the idle limit.
	maxTouches = 100_000
)

// Config is what [New] needs.
type Config struct {
	Store Store
	// Limits of remembered sessions (default 14 days idle, 90 days in all) and of those on a shared computer (12 hours
	// for both).
	Remembered Limits
	Shared     Limits
	// CacheSize bounds how many sessions are kept in memory, default 100,000; about 1 kB each. Negative: no cache.
	CacheSize int
	// Describe is called once for every session that is read from the store; what it returns is Principal.Wire. It is for
	// what would otherwise be worked out anew at every request. Optional.
	Describe func(*Principal) []string
	Now      func() time.Time // default time.Now
	Random   io.Reader        // of new tokens; default crypto/rand
	Log      *slog.Logger     // default slog.Default()
}

// Sessions answers "who is this?" for every request.
type Sessions struct {
	store      Store
	remembered Limits
	shared     Limits
	now        func() time.Time
	random     io.Reader
	log        *slog.Logger
	describe   func(*Principal) []string
	cache      *cache

	polled atomic.Int64 // unix nanoseconds at which the last good poll began; 0 before the first
	hits   atomic.Int64
	misses atomic.Int64

	mu      sync.Mutex
	touches map[Key]Touch
}

// New makes a Sessions. Its cache is used only while [Sessions.Run] keeps the feed fresh.
func New(cfg Config) (*Sessions, error) {
	if cfg.Store == nil {
		return nil, errors.New("session: Config.Store is required")
	}
	s := &Sessions{
		store: cfg.Store, remembered: cfg.Remembered, shared: cfg.Shared,
		now: cfg.Now, random: cfg.Random, log: cfg.Log, describe: cfg.Describe, touches: map[Key]Touch{},
	}
	day := 24 * time.Hour
	s.remembered.setDefaults(14*day, 90*day)
	s.shared.setDefaults(12*time.Hour, 12*time.Hour)
	for _, l := range []Limits{s.remembered, s.shared} {
		if l.Idle < time.Minute || l.Life < l.Idle {
			return nil, fmt.Errorf("session: idle limit %v and life %v: the idle limit must be at least a minute and no longer than the life", l.Idle, l.Life)
		}
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	size := cfg.CacheSize
	if size == 0 {
		size = 100_000
	}
	s.cache = newCache(max(size, 0))
	return s, nil
}

func (l *Limits) setDefaults(idle, life time.Duration) {
	if l.Life == 0 {
		l.Life = life
	}
	if l.Idle == 0 {
		l.Idle = min(idle, l.Life)
	}
}

// Limits are the limits of a session that is remembered or not.
func (s *Sessions) Limits(remember bool) Limits {
	if remember {
		return s.remembered
	}
	return s.shared
}

// Get finds who holds the token: ErrNone if nobody does, ErrUnavailable if that cannot be said.
//
// On the usual path, a cached session under a fresh feed, it touches neither the store nor the network and allocates
// nothing.
func (s *Sessions) Get(ctx context.Context, t Token) (*Principal, error) {
	if p := s.Cached(t); p != nil {
		return p, nil
	}
	now := s.now()
	key := t.Key()
	age := now.Sub(time.Unix(0, s.polled.Load()))
	e := s.cache.get(key)
	s.misses.Add(1)
	gen := s.cache.generation()
	p, err := s.store.Principal(ctx, key)
	switch {
	case errors.Is(err, ErrNone):
		s.cache.drop(key)
		return nil, ErrNone
	case err != nil && e != nil && age.Abs() < staleFor && e.aliveAt(now):
		// The database is away: whoever was seen a moment ago goes on; nobody new comes in.
		return e.p, nil
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if s.describe != nil {
		p.Wire = s.describe(p)
	}
	fresh := newEntry(p)
	s.mu.Lock()
	if t, ok := s.touches[key]; ok { // noted here, and not yet in the row that was read
		fresh.idle.Store(t.IdleExpiresAt.UnixNano())
		fresh.noted.Store(t.SeenAt.UnixNano())
	}
	s.mu.Unlock()
	if !fresh.aliveAt(now) {
		return nil, ErrNone
	}
	s.use(fresh, now)
	s.cache.put(key, fresh, gen)
	return p, nil
}

// Cached finds who holds the token as far as that can be said without the store; nil otherwise. It is the first step of
// [Sessions.Get], for whoever has to decide whether a stranger's token is worth a read.
func (s *Sessions) Cached(t Token) *Principal {
	now := s.now()
	e := s.cache.get(t.Key())
	age := now.Sub(time.Unix(0, s.polled.Load()))
	// Abs: a clock that was set back must not keep the feed fresh for ever.
	if e == nil || age.Abs() >= freshFor || !e.aliveAt(now) {
		return nil
	}
	s.hits.Add(1)
	s.use(e, now)
	return e.p
}

// use slides the idle limit in memory and, once in a grain, notes it for the store.
func (s *Sessions) use(e *entry, now time.Time) {
	limits := s.Limits(e.p.Session.Remember)
	last := e.noted.Load()
	if now.UnixNano()-last < int64(limits.Grain()) {
		return
	}
	if !e.noted.CompareAndSwap(last, now.UnixNano()) {
		return
	}
	idle := now.Add(limits.Idle)
	if idle.After(e.p.Session.ExpiresAt) {
		idle = e.p.Session.ExpiresAt
	}
	e.idle.Store(idle.UnixNano())
	s.mu.Lock()
	if len(s.touches) < maxTouches {
		s.touches[e.p.Session.Key] = Touch{Key: e.p.Session.Key, SeenAt: now, IdleExpiresAt: idle}
	}
	s.mu.Unlock()
}

// End ends sessions. When it returns without error this process no longer accepts them, and every other one stops within
// a second.
func (s *Sessions) End(ctx context.Context, e Ending) (int, error) {
	if e.At.IsZero() {
		e.At = s.now()
	}
	n, err := s.store.End(ctx, e)
	if err != nil {
		return 0, fmt.Errorf("session: end: %w", err)
	}
	if e.Key != nil {
		s.cache.drop(*e.Key)
	} else {
		s.cache.dropUser(e.UserID)
	}
	return n, nil
}

// Forget makes this process read a session anew; for whoever changed its row in a transaction of their own.
func (s *Sessions) Forget(k Key) { s.cache.drop(k) }

// ForgetUser is the same for all sessions of a user.
func (s *Sessions) ForgetUser(id account.ID) { s.cache.dropUser(id) }

// Run keeps the feed fresh and writes uses down until ctx ends; then it writes the last uses and returns.
func (s *Sessions) Run(ctx context.Context) {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	flush := time.NewTicker(flushEvery)
	defer flush.Stop()
	cursor, failing := int64(0), false
	var wake <-chan struct{} // a store that hears of changes says so before the next poll
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
				s.log.Error("change feed unreadable, sessions are read from the store", "err", err)
			}
			failing = true
			if began.Sub(time.Unix(0, s.polled.Load())).Abs() > staleFor {
				cursor = 0 // nothing cached is believed any more, and old changes may be gone: begin anew
			}
		default:
			if cursor == 0 {
				s.cache.clear() // whatever was cached before the first cursor was not watched over
			}
			s.apply(changes)
			cursor, failing = next, false
			s.polled.Store(began.UnixNano())
		}
		select {
		case <-ctx.Done():
			// What was noted must not be lost on an orderly stop.
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			s.Flush(last)
			cancel()
			return
		case <-flush.C:
			s.Flush(ctx)
		case <-wake:
		case <-poll.C:
		}
	}
}

// waker is a store that is told of other processes' changes, which is what LISTEN is for on PostgreSQL.
type waker interface {
	// Wake receives when there may be something new in the feed.
	Wake() <-chan struct{}
}

func (s *Sessions) apply(changes []Change) {
	for _, c := range changes {
		if c.UserID != "" {
			s.cache.dropUser(c.UserID)
		} else {
			s.cache.drop(c.Key)
		}
	}
}

// Flush writes the noted uses down. A failure is logged and forgotten: the worst that follows is an idle limit that
// comes a little early.
func (s *Sessions) Flush(ctx context.Context) {
	s.mu.Lock()
	batch := make([]Touch, 0, len(s.touches))
	for _, t := range s.touches {
		batch = append(batch, t)
	}
	clear(s.touches)
	s.mu.Unlock()
	for len(batch) > 0 {
		n := min(len(batch), 500)
		if err := s.store.Touch(ctx, batch[:n]); err != nil {
			s.log.Warn("uses of sessions not written down", "count", len(batch), "err", err)
			return
		}
		batch = batch[n:]
	}
}

// Stats are counters for metrics.
type Stats struct{ Hits, Misses, Cached int64 }

// Stats reads the counters.
func (s *Sessions) Stats() Stats {
	return Stats{Hits: s.hits.Load(), Misses: s.misses.Load(), Cached: int64(s.cache.len())}
}
