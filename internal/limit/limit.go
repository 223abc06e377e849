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

// Rate is how often something may happen: Burst times at once, and then PerMinute times a minute.
type Rate struct {
	// PerMinute is how many tokens come back in a minute. Zero is the default of whoever uses the Rate; negative means
	// no limit.
	PerMinute int
	// Burst is how many tokens a bucket holds; zero means PerMinute of them.
	Burst int
}

// Or is r, or def where r is the zero value.
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

// Check reports whether the Rate can be kept: a bucket must hold something and fill again.
func (r Rate) Check() error {
	if r.PerMinute >= 0 && (r.PerMinute == 0 || r.Burst < 0) {
		return fmt.Errorf("%d a minute, %d at once: both must be more than 0 (or a negative number a minute for no limit)", r.PerMinute, r.Burst)
	}
	return nil
}

// DefaultAddresses is how many addresses a Limiter remembers where Config does not say.
const DefaultAddresses = 65_536

// BytesPerAddress is what one remembered address costs at most, so that a full Limiter of the default size holds 16 MiB.
const BytesPerAddress = 256

// Config is what [New] needs.
type Config struct {
	// Address is the limit of one client: an IPv4 address, or an IPv6 network of 64 bits, which is what one household
	// gets. Required.
	Address Rate
	// Addresses bounds how many clients are remembered, at [BytesPerAddress] each; default [DefaultAddresses].
	Addresses int
	Now       func() time.Time // default time.Now
}

// Limiter counts one kind of request. It is safe for concurrent use.
//
// A bucket is forgotten only when it is full again, and then forgetting it changes nothing: no flood of other addresses
// can make a Limiter forget one that it is turning away. While every remembered bucket is in use, newcomers share a few
// spare buckets among themselves, so a full table makes the limit stricter for strangers and never looser for anybody. An
// address that asked once is full again after a minute divided by PerMinute; to keep the table full, somebody has to send
// one request from each of Addresses networks in that time.
type Limiter struct {
	address Rate
	size    int
	now     func() time.Time
	seed    maphash.Seed

	mu      sync.Mutex
	buckets map[netip.Addr]*rate.Limiter
	order   []netip.Addr // the keys of buckets, for the hand to walk over
	hand    int
	spare   [spares]*rate.Limiter // for newcomers while the table is full
}

const (
	// spares is how many buckets newcomers share when the table is full. Which one is a secret of the process.
	spares = 256
	// steps is how many buckets are looked at for each newcomer: more than one, so that the table shrinks under load.
	steps = 4
)

// New makes a Limiter.
func New(cfg Config) (*Limiter, error) {
	err := cfg.Address.Check()
	if cfg.Addresses < 0 {
		err = errors.Join(err, errors.New("a negative number of addresses"))
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
	for i := range l.spare {
		l.spare[i] = cfg.Address.bucket()
	}
	return l, nil
}

// Take takes a token for a client. Where there is none it returns false and how long to wait for one.
func (l *Limiter) Take(a netip.Addr) (wait time.Duration, ok bool) {
	if l.address.PerMinute < 0 {
		return 0, true
	}
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.of(network(a), now); !b.AllowN(now, 1) {
		return until(b, now), false
	}
	return 0, true
}

// Peek reports whether the client itself has a token left, and takes none: for what is counted only when it fails.
func (l *Limiter) Peek(a netip.Addr) (wait time.Duration, ok bool) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[network(a)]
	if b == nil && len(l.buckets) < l.size {
		return 0, true // nobody who is known; not worth remembering yet
	}
	if b == nil {
		b = l.spareOf(network(a))
	}
	if b.TokensAt(now) < 1 {
		return until(b, now), false
	}
	return 0, true
}

// Len is how many addresses are remembered.
func (l *Limiter) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.buckets)
}

// until is how long it takes until b has a token.
func until(b *rate.Limiter, now time.Time) time.Duration {
	return time.Duration((1 - b.TokensAt(now)) / float64(b.Limit()) * float64(time.Second))
}

// of finds or makes the bucket of a network. The caller holds the lock.
func (l *Limiter) of(key netip.Addr, now time.Time) *rate.Limiter {
	if b := l.buckets[key]; b != nil {
		return b
	}
	l.forgetFull(now)
	if len(l.buckets) >= l.size {
		return l.spareOf(key)
	}
	b := l.address.bucket()
	l.buckets[key] = b
	l.order = append(l.order, key)
	return b
}

func (l *Limiter) spareOf(key netip.Addr) *rate.Limiter {
	return l.spare[maphash.Comparable(l.seed, key)%spares]
}

// forgetFull moves the hand on by a few buckets and forgets those that are full.
func (l *Limiter) forgetFull(now time.Time) {
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

// network is what counts as one client: an IPv4 address (also where it comes as ::ffff:192.0.2.1), or an IPv6 /64,
// because whoever has one address of it has all of them. What has no address, such as a unix socket, is one client.
func network(a netip.Addr) netip.Addr {
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
