package kakao

import (
	"sync"
	"time"
)

// host is one of Kakao's two servers with its circuit breaker.
type host struct {
	base    string
	breaker *breaker
}

// breaker is a circuit breaker: after limit consecutive failures, calls fail immediately for openFor. Then one probe
// is allowed, and the breaker closes if it succeeds.
type breaker struct {
	now     func() time.Time
	limit   int
	openFor time.Duration

	mu      sync.Mutex
	failed  int       // consecutive failures
	until   time.Time // open until then; zero if closed
	probing bool      // the probe of the half-open state is running
}

func newBreaker(cfg Config) *breaker {
	return &breaker{now: cfg.Now, limit: cfg.BreakAfter, openFor: cfg.BreakFor}
}

// allow reports whether a call may be made, and if not, how long to wait.
func (b *breaker) allow() (ok bool, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() {
		return true, 0
	}
	left := b.until.Sub(b.now())
	if left > b.openFor { // the clock was set back
		left = b.openFor
		b.until = b.now().Add(left)
	}
	if left > 0 || b.probing {
		return false, max(left, time.Second)
	}
	b.probing = true
	return true, 0
}

// BreakersOpen returns how many of Kakao's two servers are not called at present because too many calls have failed.
func (c *Client) BreakersOpen() int {
	n := 0
	for _, h := range []*host{c.authServer, c.api} {
		h.breaker.mu.Lock()
		if !h.breaker.until.IsZero() {
			n++
		}
		h.breaker.mu.Unlock()
	}
	return n
}

// health is what the outcome of a call says about the host.
type health int

const (
	unknown   health = iota // the caller gave up before the host could respond
	healthy                 // any response but 5xx
	unhealthy               // no response, or 5xx
)

func (b *breaker) report(h health) {
	b.mu.Lock()
	defer b.mu.Unlock()
	probe := b.probing
	b.probing = false
	switch h {
	case healthy:
		b.failed, b.until = 0, time.Time{}
	case unhealthy:
		if b.failed++; probe || b.failed >= b.limit {
			b.until = b.now().Add(b.openFor)
		}
	}
}
