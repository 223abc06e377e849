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
	// Limits of remembered sessions (default 14 days idle, 90 days in all) and of those on a shared computer (12
	// hours for both).
	Remembered Limits
	Shared     Limits
	// CacheSize bounds how many sessions are kept in memory, default 100,000; about 0.9 kB each. Negative: no cache.
	CacheSize int
	// Describe is called once for every session that is read from the store; what it returns is Principal.Wire. It is
	// for what would otherwise be worked out anew at every request. Optional.
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
	misses atomic.Int64

	uses touches
}

// touches are uses of sessions that are not in the store yet.
type touches struct {
	mu      sync.Mutex
	byKey   map[Key]Touch
	failing bool // the last ones could not be saved
}

// New makes a Sessions. Its cache is used only while [Sessions.Run] keeps the feed fresh.
func New(cfg Config) (*Sessions, error) {
	if cfg.Store == nil {
		return nil, errors.New("session: Config.Store is required")
	}
	s := &Sessions{
		store: cfg.Store, remembered: cfg.Remembered, shared: cfg.Shared,
		now: cfg.Now, random: cfg.Random, log: cfg.Log, describe: cfg.Describe, uses: touches{byKey: map[Key]Touch{}},
	}
	day := 24 * time.Hour
	s.remembered.setDefaults(14*day, 90*day)
	s.shared.setDefaults(12*time.Hour, 12*time.Hour)
	for _, l := range []Limits{s.remembered, s.shared} {
		if l.Idle < time.Minute || l.Life < l.Idle {
			return nil, fmt.Errorf("session: idle limit %v and life %v: the idle limit must be at least a minute and no "+
				"longer than the life", l.Idle, l.Life)
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
// On the usual path, a cached session under a fresh feed, it touches neither the store nor the network. Requests that
// need the same row at the same time share one read of it.
func (s *Sessions) Get(ctx context.Context, t Token) (*Principal, error) {
	if p, known := s.Cached(t); known {
		if p == nil {
			return nil, ErrNone
		}
		return p, nil
	}
	p, err := s.find(ctx, t.Key())
	switch {
	case errors.Is(err, ErrNone):
		return nil, ErrNone
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return p, nil
}

// find reads the store, or waits for who reads the same.
func (s *Sessions) find(ctx context.Context, key Key) (*Principal, error) {
	now := s.now()
	if s.cache.size == 0 {
		// Whoever asked for no cache reads for themselves: what this process did is seen at once, what a command did
		// as late as the store says.
		p, last, err := s.read(ctx, key, now)
		if err != nil {
			return nil, err
		}
		if limits := s.Limits(p.Session.Remember); now.Sub(last.SeenAt) >= limits.Grain() {
			s.note(key, now, limits, p.Session.ExpiresAt)
		}
		return p, nil
	}
	for {
		f, mine := s.cache.board(key)
		if mine {
			s.fly(ctx, key, f, now)
			return f.p, f.err
		}
		select {
		case <-f.landed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if !errors.Is(f.err, errAborted) {
			return f.p, f.err
		}
		// Whoever read went away, which is their affair alone.
	}
}

// fly reads the row of a flight and lands it, also if the store panics.
func (s *Sessions) fly(ctx context.Context, key Key, f *flight, now time.Time) {
	defer s.cache.land(key, f, now)
	p, last, err := s.read(ctx, key, now)
	switch {
	case err == nil:
		f.p, f.err = p, nil
		if f.e = pack(p); f.e != nil {
			f.e.slide(last, s.Limits(p.Session.Remember).Grain())
			s.use(f.e, now)
		}
	case errors.Is(err, ErrNone):
		f.err = ErrNone
	default:
		// The database is away: whoever was seen a moment ago goes on; nobody new comes in.
		e, _ := s.cache.get(&key)
		switch {
		case e != nil && s.feedAge(now) < staleFor && e.aliveAt(now):
			f.p, f.err = e.principal(), nil
		case ctx.Err() != nil:
			f.err = fmt.Errorf("%w: %w", errAborted, err)
		default:
			f.err = err
		}
	}
}

// read asks the store, and says when the session was last used as far as this process knows. Beyond its limits there
// is none.
func (s *Sessions) read(ctx context.Context, key Key, now time.Time) (*Principal, Touch, error) {
	s.misses.Add(1)
	p, err := s.store.Principal(ctx, key)
	if err != nil {
		return nil, Touch{}, err
	}
	last := Touch{key, p.Session.SeenAt, p.Session.IdleExpiresAt}
	s.uses.mu.Lock()
	if t, ok := s.uses.byKey[key]; ok { // noted here, and not yet in the row that was read
		last = t
	}
	s.uses.mu.Unlock()
	if !now.Before(last.IdleExpiresAt) || !now.Before(p.Session.ExpiresAt) {
		return nil, Touch{}, ErrNone
	}
	if s.describe != nil {
		p.Wire = s.describe(p)
	}
	return p, last, nil
}

// feedAge is how long ago the feed was read. It is never below zero: a clock that was set back must not keep the feed
// fresh for ever.
func (s *Sessions) feedAge(now time.Time) time.Duration {
	return time.Duration(now.UnixNano() - s.polled.Load()).Abs()
}

// Cached finds who holds the token as far as that can be said without the store: known is false if it cannot be.
// Known and nil is nobody, as of a moment ago. It is the first step of [Sessions.Get], for whoever has to decide
// whether a stranger's token is worth a read.
func (s *Sessions) Cached(t Token) (p *Principal, known bool) {
	now, key := s.now(), t.Key()
	if e := s.hit(&key, now); e != nil {
		return e.principal(), true
	}
	return nil, s.cache.isUnknown(key, now)
}

// Wire is Principal.Wire of who holds the token, as far as that can be said without the store: nil if it cannot be.
// It is [Sessions.Cached] for whoever asks for nothing else, at a fifth of the cost. The slice is the caller's.
func (s *Sessions) Wire(t Token) []string {
	now, key := s.now(), t.Key()
	if e := s.hit(&key, now); e != nil {
		return e.wire()
	}
	return nil
}

// hit finds a live entry under a fresh feed, and notes the use.
func (s *Sessions) hit(key *Key, now time.Time) *entry {
	e, sh := s.cache.get(key)
	if e == nil || s.feedAge(now) >= freshFor || !e.aliveAt(now) {
		return nil
	}
	sh.hits.Add(1)
	s.use(e, now)
	return e
}

// use slides the idle limit in memory and, once in a grain, notes it for the store.
func (s *Sessions) use(e *entry, now time.Time) {
	due := e.due.Load()
	if now.UnixNano() < due {
		return
	}
	limits := s.Limits(e.remember)
	if !e.due.CompareAndSwap(due, now.Add(limits.Grain()).UnixNano()) {
		return // another request of this moment notes it
	}
	e.ends.Store(s.note(e.key, now, limits, e.expires()).UnixNano())
}

// note remembers a use for the store and returns the idle limit that follows from it.
func (s *Sessions) note(k Key, now time.Time, l Limits, expires time.Time) time.Time {
	idle := now.Add(l.Idle)
	if idle.After(expires) {
		idle = expires
	}
	s.uses.mu.Lock()
	defer s.uses.mu.Unlock()
	if len(s.uses.byKey) < maxTouches {
		s.uses.byKey[k] = Touch{Key: k, SeenAt: now, IdleExpiresAt: idle}
	}
	return idle
}

// End ends sessions. When it returns without error this process no longer accepts them, and every other one stops
// within a second.
func (s *Sessions) End(ctx context.Context, e Revocation) (int, error) {
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
	if e.Renewed != nil {
		s.cache.drop(*e.Renewed)
	}
	return n, nil
}

// Forget makes this process read a session anew; for whoever changed or wrote its row in a transaction of their own.
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
			if failing {
				s.log.Info("change feed readable again")
			}
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

// Flush writes the noted uses down. A failure is logged, once until it works again, and forgotten: the worst that
// follows is an idle limit that comes a little early.
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
		s.uses.mu.Lock()
		first := err != nil && !s.uses.failing
		s.uses.failing = err != nil
		s.uses.mu.Unlock()
		if first {
			s.log.Warn("uses of sessions not written down", "count", len(batch), "err", err)
		}
		if err != nil {
			return
		}
		batch = batch[n:]
	}
}

// Stats are counters for metrics.
type Stats struct {
	Hits   int64 // sessions found in memory
	Misses int64 // reads of the store
	Cached int64 // sessions in memory now
}

// Stats reads the counters.
func (s *Sessions) Stats() Stats {
	return Stats{Hits: s.cache.hits(), Misses: s.misses.Load(), Cached: int64(s.cache.len())}
}
