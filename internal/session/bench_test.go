package session_test

import (
	"context"
	"crypto/rand"
	"fmt"
	mrand "math/rand/v2"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

// crowd is a store of n people of one session each, whose rows are made when they are asked for, as a database does:
// with nickname, address and browser.
type crowd struct{ now time.Time }

func (c crowd) token(i int) session.Token {
	var b [36]byte
	copy(b[4:], fmt.Sprintf("%032d", i))
	t, _ := session.FromBytes(b[:])
	return t
}

func (c crowd) Principal(_ context.Context, k session.Key) (*session.Principal, error) {
	text := func(format string) string { return fmt.Sprintf(format, k[4:10]) } // an allocation of its own, as pgx makes
	id := account.ID(text("01932b1c-0000-7000-8000-%x"))
	return &session.Principal{
		User: account.User{ID: id, Status: account.Active, Lang: text("ko"), CreatedAt: c.now, JoinedAt: c.now},
		Identity: account.Identity{
			ID: text("01932b1c-0000-7000-9000-%x"), UserID: id,
			Key: account.Key{Provider: text("kakao"), Namespace: text("123456"), Subject: text("%x")},
			Profile: account.Profile{Nickname: text("라이언%x"), Email: text("ryan%x@example.com"),
				EmailState: account.EmailVerified},
		},
		Session: session.Session{
			ID: text("01932b1c-0000-7000-a000-%x"), Key: k, UserID: id, SeenAt: c.now, Remember: true,
			IdleExpiresAt: c.now.Add(14 * 24 * time.Hour), ExpiresAt: c.now.Add(90 * 24 * time.Hour),
			Client: audit.Client{
				Address: "203.0.113.77",
				UserAgent: "Mozilla/5.0 (Linux; Android 14; SM-S921N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 " +
					"Mobile Safari/537.36",
			},
		},
	}, nil
}
func (crowd) Touch(context.Context, []session.Touch) error         { return nil }
func (crowd) End(context.Context, session.Revocation) (int, error) { return 0, nil }
func (crowd) Changes(context.Context, int64) ([]session.Change, int64, error) {
	return nil, 1, nil
}

func headerValues(p *session.Principal) []string {
	return []string{string(p.User.ID), "", "%EB%9D%BC" + p.Identity.Subject, p.Identity.Profile.Email, p.Identity.Provider,
		p.Identity.Subject, string(p.User.Status)}
}

// filled is a cache of n people under a fresh feed.
func filled(tb testing.TB, n int) (*session.Sessions, []session.Token) {
	tb.Helper()
	c := crowd{now: time.Now()}
	s, err := session.New(session.Config{Store: c, CacheSize: n, HeaderValues: headerValues})
	if err != nil {
		tb.Fatal(err)
	}
	ctx, stop := context.WithCancel(tb.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	tb.Cleanup(func() { stop(); <-done })
	time.Sleep(50 * time.Millisecond) // the first reading of the feed empties the cache
	tokens := make([]session.Token, n)
	for i := range tokens {
		tokens[i] = c.token(i)
		if _, err := s.Get(tb.Context(), tokens[i]); err != nil {
			tb.Fatal(err)
		}
	}
	return s, tokens
}

// BenchmarkWire is a hit of verify.
func BenchmarkWire(b *testing.B) {
	for _, n := range []int{1, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, tokens := filled(b, n)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				rnd := mrand.New(mrand.NewPCG(1, 2))
				for pb.Next() {
					if len(s.HeaderValues(tokens[rnd.IntN(n)])) != 7 {
						b.Error("no hit")
						return
					}
				}
			})
		})
	}
}

// BenchmarkGet asks for one session over and over, and for many at random: what memory costs shows in the difference.
func BenchmarkGet(b *testing.B) {
	for _, n := range []int{1, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, tokens := filled(b, n)
			ctx := b.Context()
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				rnd := mrand.New(mrand.NewPCG(1, 2))
				for pb.Next() {
					p, err := s.Get(ctx, tokens[rnd.IntN(n)])
					if err != nil || len(p.HeaderValues) != 7 {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// BenchmarkMiss measures a read without the cost of the store.
func BenchmarkMiss(b *testing.B) {
	s, err := session.New(session.Config{Store: crowd{now: time.Now()}, CacheSize: 1000, HeaderValues: headerValues})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var raw [36]byte
	for b.Loop() {
		_, _ = rand.Read(raw[:])
		t, _ := session.FromBytes(raw[:])
		if _, err := s.Get(b.Context(), t); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCollection is what the garbage collector's walk over 100,000 cached sessions costs, in CPU of all
// processors.
func BenchmarkCollection(b *testing.B) {
	s, tokens := filled(b, 100_000)
	before := collected()
	for b.Loop() {
		runtime.GC()
	}
	b.ReportMetric((collected()-before)*1e3/float64(b.N), "cpu-ms/op")
	runtime.KeepAlive(s)
	runtime.KeepAlive(tokens)
}

// collected is the CPU that marking has taken, in seconds.
func collected() float64 {
	s := []metrics.Sample{
		{Name: "/cpu/classes/gc/mark/dedicated:cpu-seconds"}, {Name: "/cpu/classes/gc/mark/idle:cpu-seconds"},
		{Name: "/cpu/classes/gc/mark/assist:cpu-seconds"},
	}
	metrics.Read(s)
	return s[0].Value.Float64() + s[1].Value.Float64() + s[2].Value.Float64()
}

// BenchmarkMemory reports the memory that a cached session takes.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(perSession(b, 100_000), "B/session")
	}
}

// The figure that Config.CacheSize names.
func TestACachedSessionTakesLessThanAKilobyte(t *testing.T) {
	if got := perSession(t, 20_000); got > 1000 {
		t.Errorf("%.0f bytes", got)
	}
}

func perSession(tb testing.TB, n int) float64 {
	tb.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s, tokens := filled(tb, n)
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(s)
	runtime.KeepAlive(tokens)
	const token = 36 // of this test
	return float64(after.HeapAlloc-before.HeapAlloc)/float64(n) - token
}
