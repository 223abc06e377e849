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
	"github.com/norang-login/norang/internal/recovered"
)

const (
	// pollEvery is how often the change feed is read, and so how late a revocation by another process may be seen.
	pollEvery = 250 * time.Millisecond
	// freshFor is the age of the feed at which the cache is no longer used.
	freshFor = time.Second
	// staleFor is how long cached sessions stay valid while the store is unreachable.
	staleFor = 30 * time.Second
	// patience is how long a read may take before cached sessions are used instead, while the feed is late.
	patience = 100 * time.Millisecond
	// flushEvery is how often uses are saved.
	flushEvery = 5 * time.Second
	// maxTouches bounds the unsaved uses. Further ones are dropped, which shortens the idle limit a little.
	maxTouches = 100_000
)

// Config is what [New] needs.
type Config struct {
	Store Store
	// Limits of remembered sessions, default 14 days idle and 90 days in all, and of sessions on a shared computer,
	// default 12 hours for both.
	Remembered Limits
	Shared     Limits
	// CacheSize bounds how many sessions are kept in memory, default 100,000, at about 0.9 kB each. Negative: no
	// cache.
	CacheSize int
	// HeaderValues is called once for every session that is read from the store, and returns the values of the identity
	// headers, which would otherwise be computed for every request. Optional.
	HeaderValues func(*Principal) []string
	Now          func() time.Time // default time.Now
	Random       io.Reader        // of new tokens; default crypto/rand
	Log          *slog.Logger     // default slog.Default()
}

// Sessions finds the principal of every request.
type Sessions struct {
	store        Store
	remembered   Limits
	shared       Limits
	now          func() time.Time
	random       io.Reader
	log          *slog.Logger
	headerValues func(*Principal) []string
	cache        *cache

	polled atomic.Int64 // unix ns of the start of the last successful poll; 0 before the first
	hangs  atomic.Bool  // reads fail or take longer than patience; set while the feed is late only
	misses atomic.Int64

	uses touches
}

// touches are uses of sessions that are not saved yet.
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
		now: cfg.Now, random: cfg.Random, log: cfg.Log, headerValues: cfg.HeaderValues, uses: touches{byKey: map[Key]Touch{}},
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

// Limits returns the limits of sessions, remembered or not.
func (s *Sessions) Limits(remember bool) Limits {
	if remember {
		return s.remembered
	}
	return s.shared
}

// Get returns the principal of a token: ErrNone if there is none, ErrUnavailable if that is not known.
//
// For a cached session under a fresh feed it needs neither the store nor the network. Requests for the same session
// share one read.
func (s *Sessions) Get(ctx context.Context, t Token) (*Principal, error) {
	if p, known := s.Cached(t); known {
		if p == nil {
			return nil, ErrNone
		}
		return p, nil
	}
	return readResult(s.find(ctx, t.Key()))
}

// readResult is what a read of the store found, or [ErrNone], or [ErrUnavailable] with the store's error.
func readResult(p *Principal, err error) (*Principal, error) {
	switch {
	case errors.Is(err, ErrNone):
		return nil, ErrNone
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return p, nil
}

// find reads the store, or waits for another request that reads the same session.
func (s *Sessions) find(ctx context.Context, key Key) (*Principal, error) {
	now := s.now()
	if s.cache.size == 0 {
		// Without a cache every request reads: changes of any process are seen at once.
		p, last, err := s.read(ctx, key, now)
		if err != nil {
			return nil, err
		}
		if limits := s.Limits(p.Session.Remember); now.Sub(last.SeenAt) >= limits.Grain() {
			s.note(key, now, limits, p.Session.ExpiresAt)
		}
		return p, nil
	}
	var late <-chan time.Time // nil: there is nothing to use instead of the read
	known := s.recall(&key, now) != nil
	if known {
		t := time.NewTimer(patience)
		defer t.Stop()
		late = t.C
	}
	for {
		l, mine := s.cache.share(key, false)
		switch {
		case mine && !known:
			s.load(ctx, key, l, now)
			return l.p, l.err
		case mine: // the read goes on after this request has its answer
			go s.loadInBackground(context.WithoutCancel(ctx), key, l, now)
		}
		select {
		case <-l.done:
		case <-late:
			if e := s.recall(&key, s.now()); e != nil {
				s.use(e, now)
				return e.principal(), nil
			}
			continue // it has ended meanwhile
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if !errors.Is(l.err, errAborted) {
			return l.p, l.err
		}
		// The other request was cancelled: try again.
	}
}

// recall returns the entry of a live session that may be used although the feed is late, because the store does not
// answer; nil if there is none.
func (s *Sessions) recall(key *Key, now time.Time) *entry {
	e, _ := s.cache.get(key)
	if e == nil || s.feedAge(now) >= staleFor || !e.aliveAt(now) {
		return nil
	}
	return e
}

// loadInBackground is load in a goroutine of its own, which the caller does not wait for.
func (s *Sessions) loadInBackground(ctx context.Context, key Key, l *load, now time.Time) {
	defer func() {
		if p := recover(); p != nil {
			s.log.ErrorContext(ctx, "session read panicked", "err", recovered.New(p))
		}
	}()
	s.load(ctx, key, l, now)
}

// load performs the read of a load and finishes it, even if the store panics.
func (s *Sessions) load(ctx context.Context, key Key, l *load, now time.Time) {
	defer s.cache.finish(key, l, now)
	p, last, err := s.read(ctx, key, now)
	switch {
	case err == nil:
		l.p, l.err = p, nil
		if l.e = pack(p); l.e != nil {
			l.e.slide(last, s.Limits(p.Session.Remember).Grain())
			s.use(l.e, now)
		}
	case errors.Is(err, ErrNone):
		l.err = ErrNone
	default:
		// The store is unreachable: sessions used a moment ago go on, and no others.
		e := s.recall(&key, s.now())
		switch {
		case e != nil:
			l.p, l.err = e.principal(), nil
		case ctx.Err() != nil:
			l.err = fmt.Errorf("%w: %w", errAborted, err)
		default:
			l.err = err
		}
	}
}

// read reads a session and its last use as far as this process knows. ErrNone beyond its limits.
func (s *Sessions) read(ctx context.Context, key Key, now time.Time) (*Principal, Touch, error) {
	s.misses.Add(1)
	p, err := s.store.Principal(ctx, key)
	if err != nil {
		return nil, Touch{}, err
	}
	last := Touch{key, p.Session.SeenAt, p.Session.IdleExpiresAt}
	s.uses.mu.Lock()
	if t, ok := s.uses.byKey[key]; ok { // not saved yet
		last = t
	}
	s.uses.mu.Unlock()
	if !now.Before(last.IdleExpiresAt) || !now.Before(p.Session.ExpiresAt) {
		return nil, Touch{}, ErrNone
	}
	if s.headerValues != nil {
		p.HeaderValues = s.headerValues(p)
	}
	return p, last, nil
}

// feedAge is the age of the feed. It is never negative, or a clock that was set back would keep the feed fresh for
// ever.
func (s *Sessions) feedAge(now time.Time) time.Duration {
	return time.Duration(now.UnixNano() - s.polled.Load()).Abs()
}

// Cached is [Sessions.Get] without the store: known is false if the answer needs it. Known and nil means no session.
// Callers use it to decide whether an unknown token is worth a read.
func (s *Sessions) Cached(t Token) (p *Principal, known bool) {
	now, key := s.now(), t.Key()
	if e := s.hit(&key, now); e != nil {
		return e.principal(), true
	}
	return nil, s.cache.isUnknown(key, now)
}

// Peek is [Sessions.Get] for a request that goes on: it does not count as a use.
func (s *Sessions) Peek(ctx context.Context, t Token) (*Principal, error) {
	now, key := s.now(), t.Key()
	if e, _ := s.cached(&key, now); e != nil {
		return e.principal(), nil
	}
	p, _, err := s.read(ctx, key, now)
	return readResult(p, err)
}

// HeaderValues returns Principal.HeaderValues of a cached session, nil otherwise. It is [Sessions.Cached] at a fifth of
// the cost. The caller may keep the slice.
func (s *Sessions) HeaderValues(t Token) []string {
	now, key := s.now(), t.Key()
	if e := s.hit(&key, now); e != nil {
		return e.headerValues()
	}
	return nil
}

// hit returns the entry of a live session and notes the use.
func (s *Sessions) hit(key *Key, now time.Time) *entry {
	e, sh := s.cached(key, now)
	if e != nil {
		sh.hits.Add(1)
		s.use(e, now)
	}
	return e
}

// cached returns the entry of a live session under a fresh feed, or while the store hangs.
func (s *Sessions) cached(key *Key, now time.Time) (*entry, *shard) {
	e, sh := s.cache.get(key)
	if e == nil || !e.aliveAt(now) {
		return nil, nil
	}
	if age := s.feedAge(now); age >= freshFor && (age >= staleFor || !s.hangs.Load()) {
		return nil, nil
	}
	return e, sh
}

// use slides the idle limit in memory and, once in a grain, notes the use for the store.
func (s *Sessions) use(e *entry, now time.Time) {
	due := e.due.Load()
	if now.UnixNano() < due {
		return
	}
	limits := s.Limits(e.remember)
	if !e.due.CompareAndSwap(due, now.Add(limits.Grain()).UnixNano()) {
		return // another request notes it
	}
	e.ends.Store(s.note(e.key, now, limits, e.expires()).UnixNano())
}

// note adds a use to the unsaved ones and returns the new idle limit.
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

// End ends sessions. When it returns, this process no longer accepts them; the others stop within a second.
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
		s.cache.dropUser(e.UserID, nil)
	}
	if e.Renewed != nil {
		s.cache.drop(*e.Renewed)
	}
	return n, nil
}

// Forget drops a session from the cache, for callers that changed its row in a transaction of their own.
func (s *Sessions) Forget(k Key) { s.cache.drop(k) }

// ForgetUser is Forget for all sessions of a user.
func (s *Sessions) ForgetUser(id account.ID) { s.cache.dropUser(id, nil) }

// Stats are counters for metrics.
type Stats struct {
	Hits   int64 // sessions found in memory
	Misses int64 // reads of the store
	Cached int64 // sessions in memory now
	// FeedAge is the time since the change feed was last read.
	FeedAge time.Duration
}

// Stats reads the counters.
func (s *Sessions) Stats() Stats {
	return Stats{Hits: s.cache.hits(), Misses: s.misses.Load(), Cached: int64(s.cache.len()), FeedAge: s.feedAge(s.now())}
}
