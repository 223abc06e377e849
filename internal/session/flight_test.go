package session_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

// slow makes every read of the store take a second.
func (m *memory) slow() { m.set(func() { m.onRead = func() { time.Sleep(time.Second) } }) }

// unknownToken returns a token without a session.
func unknownToken(t testing.TB) session.Token {
	t.Helper()
	tok, err := session.Mint(time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func TestAHundredRequestsForOneSessionAreOneRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, 10)
		known, unknown := m.add(t, "a"), unknownToken(t)
		m.slow()
		for tok, want := range map[session.Token]error{known: nil, unknown: session.ErrNone} {
			before := m.readCount()
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					p, err := s.Get(t.Context(), tok)
					if !errors.Is(err, want) || err == nil && p.User.ID != "a" {
						t.Error(p, err)
					}
				})
			}
			all.Wait()
			if n := m.readCount() - before; n != 1 {
				t.Errorf("%d reads", n)
			}
		}
	})
}

// impatient is a store that gives up when its caller does, as databases do.
type impatient struct{ *memory }

func (i impatient) Principal(ctx context.Context, k session.Key) (*session.Principal, error) {
	p, err := i.memory.Principal(ctx, k)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return p, err
}

// The browser that came first goes away; those who wait for the same row must not pay for it.
func TestCancelledRequestDoesNotFailOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{rows: map[session.Key]session.Principal{}}
		s, err := session.New(session.Config{Store: impatient{m}, CacheSize: 10})
		if err != nil {
			t.Fatal(err)
		}
		tok := m.add(t, "a")
		m.slow()
		var all sync.WaitGroup
		for i := range 100 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i+1)*time.Hour)
			if i < 3 {
				ctx, cancel = context.WithTimeout(t.Context(), time.Duration(i+1)*500*time.Millisecond)
			}
			all.Go(func() {
				defer cancel()
				if _, err := s.Get(ctx, tok); (err == nil) != (i >= 3) {
					t.Errorf("request %d: %v", i, err)
				} else if i < 3 && !errors.Is(err, session.ErrUnavailable) {
					t.Errorf("request %d, which went away: %v", i, err)
				}
			})
			synctest.Wait() // so that they come in this order
		}
		all.Wait()
		if n := m.readCount(); n > 4 {
			t.Errorf("%d reads", n)
		}
	})
}

func TestADeadTokenIsNotReadAtEveryRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, 10)
		tok := unknownToken(t)
		for range 1000 { // ten seconds
			if err := signedIn(t, s, tok); !errors.Is(err, session.ErrNone) {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if n := m.readCount(); n < 10 || n > 21 {
			t.Errorf("%d reads in ten seconds, want two a second", n)
		}
	})
}

// A session whose token was looked up before it existed is seen at once by the process that wrote it, and within a
// second by others without a notification.
func TestANewSessionIsSeenInSpiteOfANegativeAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, m := start(t, 10)
		there, err := session.New(session.Config{Store: m, CacheSize: 10})
		if err != nil {
			t.Fatal(err)
		}
		tok := m.add(t, "a")
		var row session.Principal
		m.set(func() { row = m.rows[tok.Key()]; delete(m.rows, tok.Key()) })
		for _, s := range []*session.Sessions{here, there} {
			if err := signedIn(t, s, tok); !errors.Is(err, session.ErrNone) {
				t.Fatal(err)
			}
		}
		m.set(func() { m.rows[tok.Key()] = row })
		here.Forget(tok.Key()) // as the writer of a session does
		if err := signedIn(t, here, tok); err != nil {
			t.Errorf("here, at once: %v", err)
		}
		if err := signedIn(t, there, tok); !errors.Is(err, session.ErrNone) {
			t.Errorf("the test is of no use: elsewhere the negative answer was not kept: %v", err)
		}
		time.Sleep(time.Second)
		if err := signedIn(t, there, tok); err != nil {
			t.Errorf("elsewhere, after a second: %v", err)
		}
	})
}

// DO-06: invented tokens are one read each and no more than that; who is signed in stays in memory.
func TestDO06_FloodOfInventedTokensEvictsNoSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, 10)
		var good []session.Token
		for i := range 10 {
			good = append(good, m.add(t, account.ID(fmt.Sprint(i))))
			if err := signedIn(t, s, good[i]); err != nil {
				t.Fatal(err)
			}
		}
		for range 20_000 {
			_ = signedIn(t, s, unknownToken(t))
		}
		before := m.readCount()
		for _, tok := range good {
			if err := signedIn(t, s, tok); err != nil {
				t.Error(err)
			}
		}
		if n := m.readCount() - before; n != 0 {
			t.Errorf("%d sessions had to be read again", n)
		}
	})
}

// While reads that find nothing come all the time, reads that find something still come into the cache.
func TestAFloodDoesNotKeepTheCacheFromFilling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, 10)
		tok := m.add(t, "a")
		m.set(func() {
			m.onRead = func() {
				m.set(func() { m.onRead = nil })
				_ = signedIn(t, s, unknownToken(t)) // a stranger, between the row and the cache
			}
		})
		before := m.readCount()
		for range 2 {
			if err := signedIn(t, s, tok); err != nil {
				t.Fatal(err)
			}
		}
		if n := m.readCount() - before; n != 2 { // the stranger's and ours
			t.Errorf("%d reads", n)
		}
	})
}

func TestHeaderValuesAreOfLiveCachedSessionsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{rows: map[session.Key]session.Principal{}}
		s, err := session.New(session.Config{Store: m,
			HeaderValues: func(p *session.Principal) []string { return []string{string(p.User.ID)} }})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.Run(ctx) }()
		defer func() { stop(); <-done }()
		synctest.Wait()
		tok := m.add(t, "a")
		if w := s.HeaderValues(tok); w != nil {
			t.Errorf("before it was read: %q", w)
		}
		if err := signedIn(t, s, tok); err != nil {
			t.Fatal(err)
		}
		if w := s.HeaderValues(tok); len(w) != 1 || w[0] != "a" {
			t.Errorf("in memory: %q", w)
		}
		m.set(func() { m.feedOff = true })
		time.Sleep(1100 * time.Millisecond)
		if w := s.HeaderValues(tok); w != nil {
			t.Errorf("without a fresh feed: %q", w)
		}
		m.set(func() { m.feedOff = false })
		time.Sleep(time.Second)
		if w := s.HeaderValues(tok); w == nil {
			t.Error("the feed is fresh again, and nothing")
		}
		if _, err := s.End(t.Context(), session.Revocation{UserID: "a"}); err != nil {
			t.Fatal(err)
		}
		if w := s.HeaderValues(tok); w != nil {
			t.Errorf("ended: %q", w)
		}
		idle := m.add(t, "b")
		m.set(func() {
			row := m.rows[idle.Key()]
			row.Session.IdleExpiresAt = time.Now().Add(time.Hour)
			m.rows[idle.Key()] = row
		})
		if err := signedIn(t, s, idle); err != nil {
			t.Fatal(err)
		}
		if w := s.HeaderValues(idle); w == nil {
			t.Error("within the idle limit, and nothing")
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if w := s.HeaderValues(idle); w != nil {
			t.Errorf("beyond the idle limit: %q", w)
		}
	})
}

// Everything at once, for the race detector: a session that End has ended is never seen again by who ended it.
func TestRequestsAndRevocationsFromManyGoroutines(t *testing.T) {
	m := &memory{rows: map[session.Key]session.Principal{}}
	s, err := session.New(session.Config{Store: m, CacheSize: 32})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	defer func() { stop(); <-done }()
	shared := make([]session.Token, 64)
	for i := range shared {
		shared[i] = m.add(t, account.ID(fmt.Sprint("shared", i)))
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			rnd := mrand.New(mrand.NewPCG(uint64(g), 0))
			for i := range 300 {
				if _, err := s.Get(ctx, shared[rnd.IntN(len(shared))]); err != nil {
					t.Error(err)
				}
				_ = s.HeaderValues(shared[rnd.IntN(len(shared))])
				user := account.ID(fmt.Sprint(g, "-", i))
				mine := m.add(t, user)
				var readers sync.WaitGroup
				for range 2 {
					readers.Go(func() { _, _ = s.Get(ctx, mine) })
				}
				if _, err := s.End(ctx, session.Revocation{UserID: user}); err != nil {
					t.Error(err)
				}
				if _, err := s.Get(ctx, mine); !errors.Is(err, session.ErrNone) {
					t.Errorf("after its end: %v", err)
				}
				readers.Wait()
				if _, err := s.Get(ctx, mine); !errors.Is(err, session.ErrNone) {
					t.Errorf("after its end, and after those who asked before it: %v", err)
				}
			}
		})
	}
	all.Wait()
	if n := s.Stats().Cached; n > 32 {
		t.Errorf("%d cached", n)
	}
}
