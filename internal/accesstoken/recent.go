package accesstoken

import (
	"sync"
	"time"

	"github.com/norang-login/norang/internal/session"
)

const (
	// reuse is how long an assertion is used again.
	reuse = 30 * time.Second
	// maxRecent bounds how many assertions are kept, at about 1 kB each. Further ones are signed for each request.
	maxRecent = 50_000
)

// fingerprint is what an assertion depends on and may change while the session lives.
type fingerprint struct {
	key         session.Key
	status, ref string
}

// recent keeps the assertions of the last period, all of which are dropped together at its end.
type recent struct {
	mu    sync.Mutex
	since time.Time
	texts map[fingerprint]string
}

func (r *recent) get(of fingerprint, now time.Time) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.since).Abs() >= reuse {
		r.since, r.texts = now, map[fingerprint]string{}
	}
	text, ok := r.texts[of]
	return text, ok
}

func (r *recent) put(of fingerprint, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.texts) < maxRecent {
		r.texts[of] = text
	}
}
