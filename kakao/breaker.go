package kakao

import (
	"sync"
	"time"
)

// host is one of Kakao's two servers with its breaker.
type host struct {
	base    string
	breaker *breaker
}

// breaker makes calls to a dead host fail at once instead of letting each login
// wait for a deadline. It counts failures in a row; once open it lets one
// call through after a while and closes when that succeeds.
type breaker struct {
	now   func() time.Time
	limit int
	rest  time.Duration

	mu      sync.Mutex
	failed  int       // failures in a row
	until   time.Time // open until then; zero when closed
	probing bool      // the one call of the half-open state is under way
}

func newBreaker(cfg Config) *breaker {
	return &breaker{now: cfg.Now, limit: cfg.BreakAfter, rest: cfg.BreakFor}
}

// allow reports whether a call may go out, and how long to wait if not.
func (b *breaker) allow() (ok bool, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() {
		return true, 0
	}
	left := b.until.Sub(b.now())
	if left > b.rest { // the clock was set back: do not stay open for hours
		left = b.rest
		b.until = b.now().Add(left)
	}
	if left > 0 || b.probing {
		return false, max(left, time.Second)
	}
	b.probing = true
	return true, 0
}

// verdict of a call about the health of the host.
type verdict int

const (
	unknown verdict = iota // the caller gave up before the host could answer
	healthy                // an answer came, whatever it said
	sick                   // no answer, or a 5xx
)

func (b *breaker) report(v verdict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	probe := b.probing
	b.probing = false
	switch v {
	case healthy:
		b.failed, b.until = 0, time.Time{}
	case sick:
		if b.failed++; probe || b.failed >= b.limit {
			b.until = b.now().Add(b.rest)
		}
	}
}
