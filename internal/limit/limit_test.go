package limit_test

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/limit"
)

// clock is set by the test.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newLimiter(t testing.TB, cfg limit.Config) (*limit.Limiter, *clock) {
	t.Helper()
	c := &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	cfg.Now = c.now
	l, err := limit.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l, c
}

// taken returns how many of n tokens a client gets.
func taken(l *limit.Limiter, a netip.Addr, n int) int {
	got := 0
	for range n {
		if _, ok := l.Take(a); ok {
			got++
		}
	}
	return got
}

func numbered(i int) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], 0x0a000000+uint32(i))
	return netip.AddrFrom4(b)
}

func TestBurstThenRate(t *testing.T) {
	t.Parallel()
	l, c := newLimiter(t, limit.Config{Address: limit.Rate{PerMinute: 30, Burst: 60}})
	a := netip.MustParseAddr("192.0.2.1")
	if n := taken(l, a, 100); n != 60 {
		t.Errorf("%d at once, want the burst of 60", n)
	}
	wait, ok := l.Take(a)
	if ok || wait <= time.Second || wait > 2*time.Second {
		t.Errorf("empty: wait %v, %v; want two seconds at 30 a minute", wait, ok)
	}
	c.t = c.t.Add(wait)
	if n := taken(l, a, 3); n != 1 {
		t.Errorf("%d after the wait, want 1", n)
	}
	c.t = c.t.Add(time.Minute)
	if n := taken(l, a, 100); n != 30 {
		t.Errorf("%d after a minute, want 30", n)
	}
	if n := taken(l, netip.MustParseAddr("192.0.2.2"), 100); n != 60 {
		t.Errorf("another address gets %d, want 60", n)
	}
}

func TestClientsAreIPv4AddressesAndIPv6Networks(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, a, b string
		same       bool
	}{
		{"two IPv4 addresses", "192.0.2.1", "192.0.2.2", false},
		{"IPv4 written as IPv6", "192.0.2.1", "::ffff:192.0.2.1", true},
		{"one /64", "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true},
		{"two /64s", "2001:db8:0:1::1", "2001:db8:0:2::1", false},
		{"a zone", "fe80::1%eth0", "fe80::1%eth1", true},
	} {
		l, _ := newLimiter(t, limit.Config{Address: limit.Rate{PerMinute: 1, Burst: 5}})
		taken(l, netip.MustParseAddr(tc.a), 5)
		_, ok := l.Take(netip.MustParseAddr(tc.b))
		if ok == tc.same {
			t.Errorf("%s: shared %v, want %v", tc.name, !ok, tc.same)
		}
	}
	l, _ := newLimiter(t, limit.Config{Address: limit.Rate{PerMinute: 1, Burst: 5}})
	if n := taken(l, netip.Addr{}, 10); n != 5 {
		t.Errorf("clients without an address get %d, want 5 together", n)
	}
}

// A full table must not reset an empty bucket and must not grow.
func TestFloodOfAddressesResetsNoBucket(t *testing.T) {
	t.Parallel()
	const size = 1000
	l, c := newLimiter(t, limit.Config{Address: limit.Rate{PerMinute: 6, Burst: 10}, Addresses: size})
	bad := netip.MustParseAddr("192.0.2.1")
	taken(l, bad, 10)
	for i := range 20 * size {
		l.Take(numbered(i))
		if i%100 == 0 {
			if _, ok := l.Take(bad); ok {
				t.Fatalf("after %d other addresses the exhausted one has tokens again", i)
			}
		}
	}
	if l.Len() > size {
		t.Errorf("%d addresses remembered, the bound is %d", l.Len(), size)
	}
	if n := taken(l, netip.MustParseAddr("198.51.100.1"), 20); n > 10 {
		t.Errorf("a new address at a full table gets %d", n)
	}
	// Ten seconds later the buckets of addresses with one request are full and can be removed.
	c.t = c.t.Add(10 * time.Second)
	for i := range size / 2 {
		l.Take(numbered(1_000_000 + i))
	}
	if n := taken(l, netip.MustParseAddr("198.51.100.2"), 20); n != 10 {
		t.Errorf("a new address gets %d once buckets are free, want 10", n)
	}
}

func TestNewAddressesAtAFullTableAreLimited(t *testing.T) {
	t.Parallel()
	l, _ := newLimiter(t, limit.Config{Address: limit.Rate{PerMinute: 1, Burst: 2}, Addresses: 10})
	for i := range 10 {
		l.Take(numbered(i))
	}
	got := 0
	for i := range 100_000 {
		got += taken(l, numbered(1000+i), 1)
	}
	if got == 0 || got > 2*256 {
		t.Errorf("%d requests of new addresses passed a full table, want at most 512", got)
	}
	empty := 0
	for i := range 1000 {
		if _, ok := l.Peek(numbered(1000 + i)); !ok {
			empty++
		}
	}
	if empty != 1000 {
		t.Errorf("Peek lets %d of 1000 new addresses through", 1000-empty)
	}
}

func TestPeekTakesNothing(t *testing.T) {
	t.Parallel()
	l, _ := newLimiter(t, limit.Config{Address: limit.Rate{PerMinute: 6, Burst: 1}})
	a := numbered(1)
	for range 5 {
		if _, ok := l.Peek(a); !ok {
			t.Fatal("Peek takes a token")
		}
	}
	if l.Len() != 0 {
		t.Error("Peek adds a bucket")
	}
	l.Take(a)
	if wait, ok := l.Peek(a); ok || wait <= 9*time.Second || wait > 10*time.Second {
		t.Errorf("empty: %v %v", wait, ok)
	}
}

func TestNegativeRateIsNoLimit(t *testing.T) {
	t.Parallel()
	l, _ := newLimiter(t, limit.Config{Address: limit.Rate{PerMinute: -1}})
	if n := taken(l, numbered(1), 10_000); n != 10_000 || l.Len() != 0 {
		t.Errorf("%d of 10000 passed, %d remembered", n, l.Len())
	}
}

func TestInvalidRates(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]limit.Config{
		"nothing":        {},
		"only a burst":   {Address: limit.Rate{Burst: 5}},
		"negative burst": {Address: limit.Rate{PerMinute: 5, Burst: -1}},
		"negative size":  {Address: limit.Rate{PerMinute: 5}, Addresses: -1},
	} {
		if _, err := limit.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// The documents quote BytesPerAddress.
func TestMemoryPerAddress(t *testing.T) {
	const n = limit.DefaultAddresses
	l, _ := newLimiter(t, limit.Config{Address: limit.Rate{PerMinute: 30, Burst: 60}})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 2 * n {
		l.Take(numbered(i))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if got := (after.HeapAlloc - before.HeapAlloc) / n; l.Len() != n || got > limit.BytesPerAddress {
		t.Errorf("%d addresses at %d bytes each, want at most %d", l.Len(), got, limit.BytesPerAddress)
	}
	runtime.KeepAlive(l)
}

func BenchmarkTake(b *testing.B) {
	for name, clients := range map[string]int{"one": 1, "many": 10_000, "flood": 10_000_000} {
		b.Run(name, func(b *testing.B) {
			l, err := limit.New(limit.Config{Address: limit.Rate{PerMinute: 30, Burst: 60}})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				l.Take(numbered(i % clients))
				i++
			}
		})
	}
}
