package limit

import (
	"errors"
	"fmt"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is a token bucket: Burst requests at once, refilled at PerMinute. The zero value means the default of its owner.
type Rate struct {
	PerMinute int // negative for no limit
	Burst     int // zero means PerMinute
}

// Or returns r, or def if r is zero.
func (r Rate) Or(def Rate) Rate {
	if r == (Rate{}) {
		return def
	}
	return r
}

func (r Rate) bucket() *rate.Limiter {
	if r.PerMinute < 0 {
		return rate.NewLimiter(rate.Inf, 1)
	}
	burst := r.Burst
	if burst == 0 {
		burst = r.PerMinute
	}
	return rate.NewLimiter(rate.Limit(float64(r.PerMinute)/60), burst)
}

// Check reports a bucket that is always empty or never fills.
func (r Rate) Check() error {
	if r.PerMinute >= 0 && (r.PerMinute == 0 || r.Burst < 0) {
		return fmt.Errorf("%d a minute, %d at once: both must be above 0 (negative means no limit)",
			r.PerMinute, r.Burst)
	}
	return nil
}

// DefaultAddresses is how many addresses a Limiter remembers by default.
const DefaultAddresses = 65_536

// BytesPerAddress bounds the memory of one address, so that a full Limiter of the default size takes 16 MiB.
const BytesPerAddress = 256

// Config configures a [Limiter].
type Config struct {
	// Address is the limit of one client: an IPv4 address or an IPv6 /64, which is what a household gets. Required.
	Address Rate
	// Addresses bounds how many clients are remembered; default [DefaultAddresses].
	Addresses int
	Now       func() time.Time // default time.Now
}

// Limiter counts one kind of request. It is safe for concurrent use.
//
// A bucket is removed only when it is full again, so no flood of addresses can reset a bucket that is empty. While all
// buckets are in use, new addresses share a few spare ones: a full table makes the limit stricter, never looser.
type Limiter struct {
	address Rate
	size    int
	now     func() time.Time
	seed    maphash.Seed

	mu      sync.Mutex
	buckets map[netip.Addr]*rate.Limiter
	order   []netip.Addr // the keys of buckets, in the order in which hand visits them
	hand    int
	spare   []*rate.Limiter // for new addresses while the table is full; made with the first of them
}

const (
	// spares is how many buckets new addresses share when the table is full. A secret hash chooses one.
	spares = 256
	// steps is how many buckets are examined for each new address. With more than one the table shrinks under load.
	steps = 4
)

// New returns a Limiter.
func New(cfg Config) (*Limiter, error) {
	err := cfg.Address.Check()
	if cfg.Addresses < 0 {
		err = errors.Join(err, fmt.Errorf("number of addresses must not be negative, got %d", cfg.Addresses))
	}
	if err != nil {
		return nil, fmt.Errorf("limit: %w", err)
	}
	l := &Limiter{
		address: cfg.Address, size: cfg.Addresses, now: cfg.Now, seed: maphash.MakeSeed(),
		buckets: map[netip.Addr]*rate.Limiter{},
	}
	if l.size == 0 {
		l.size = DefaultAddresses
	}
	if l.now == nil {
		l.now = time.Now
	}
	return l, nil
}

// Take takes a token for a client. If there is none it returns false and how long to wait for one.
func (l *Limiter) Take(a netip.Addr) (wait time.Duration, ok bool) {
	if l.address.PerMinute < 0 {
		return 0, true
	}
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.of(Network(a), now); !b.AllowN(now, 1) {
		return until(b, now), false
	}
	return 0, true
}

// Peek reports whether the client has a token, without taking it: for requests that count only when they fail.
func (l *Limiter) Peek(a netip.Addr) (wait time.Duration, ok bool) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[Network(a)]
	if b == nil && len(l.buckets) < l.size {
		return 0, true // a new address has a full bucket
	}
	if b == nil {
		b = l.spareOf(Network(a))
	}
	if b.TokensAt(now) < 1 {
		return until(b, now), false
	}
	return 0, true
}

// Len returns how many addresses are remembered.
func (l *Limiter) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.buckets)
}

// until returns how long it takes until b has a token.
func until(b *rate.Limiter, now time.Time) time.Duration {
	return time.Duration((1 - b.TokensAt(now)) / float64(b.Limit()) * float64(time.Second))
}

// of returns the bucket of a network. The caller holds the lock.
func (l *Limiter) of(key netip.Addr, now time.Time) *rate.Limiter {
	if b := l.buckets[key]; b != nil {
		return b
	}
	l.removeFull(now)
	if len(l.buckets) >= l.size {
		return l.spareOf(key)
	}
	b := l.address.bucket()
	l.buckets[key] = b
	l.order = append(l.order, key)
	return b
}

func (l *Limiter) spareOf(key netip.Addr) *rate.Limiter {
	for len(l.spare) < spares {
		l.spare = append(l.spare, l.address.bucket())
	}
	return l.spare[maphash.Comparable(l.seed, key)%spares]
}

// removeFull examines the next few buckets and removes those that are full.
func (l *Limiter) removeFull(now time.Time) {
	for range min(steps, len(l.order)) {
		if l.hand >= len(l.order) {
			l.hand = 0
		}
		key := l.order[l.hand]
		if b := l.buckets[key]; b.TokensAt(now) < float64(b.Burst()) {
			l.hand++
			continue
		}
		delete(l.buckets, key)
		last := len(l.order) - 1
		l.order[l.hand] = l.order[last]
		l.order = l.order[:last]
	}
}

// Network returns what counts as one client: an IPv4 address (also in the form ::ffff:192.0.2.1), or an IPv6 /64,
// because a host can use every address of it. Clients without an address, such as on a unix socket, count as one.
func Network(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if !a.Is6() {
		return a
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return netip.Addr{}
	}
	return p.Addr()
}
