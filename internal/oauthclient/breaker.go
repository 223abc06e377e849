package oauthclient

import (
	"sync"
	"time"
)

// Breaker is a circuit breaker: after Limit consecutive failures, calls fail immediately for OpenFor. Then one probe is
// allowed, and the breaker closes if it succeeds.
type Breaker struct {
	now     func() time.Time
	limit   int
	openFor time.Duration

	mu      sync.Mutex
	failed  int       // consecutive failures
	until   time.Time // open until then; zero if closed
	probing bool      // the probe of the half-open state is running
}

// NewBreaker returns a closed breaker.
func NewBreaker(now func() time.Time, limit int, openFor time.Duration) *Breaker {
	return &Breaker{now: now, limit: limit, openFor: openFor}
}

// Allow reports whether a call may be made, and if not, how long to wait. A call that was allowed must be reported.
func (b *Breaker) Allow() (ok bool, wait time.Duration) {
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

// Open reports whether calls are refused at present, or would be without a probe.
func (b *Breaker) Open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.until.IsZero()
}

// Health is what the outcome of a call says about the host.
type Health int

// The outcomes.
const (
	Unknown   Health = iota // the caller gave up before the host could respond
	Healthy                 // any response but 5xx
	Unhealthy               // no response, or 5xx
)

// Report records the outcome of a call.
func (b *Breaker) Report(h Health) {
	b.mu.Lock()
	defer b.mu.Unlock()
	probe := b.probing
	b.probing = false
	switch h {
	case Healthy:
		b.failed, b.until = 0, time.Time{}
	case Unhealthy:
		if b.failed++; probe || b.failed >= b.limit {
			b.until = b.now().Add(b.openFor)
		}
	}
}
