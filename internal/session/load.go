package session

import (
	"errors"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// maxDropped bounds load.dropped.
const maxDropped = 256

// load is a read in progress. All requests for the same key share it, so that a page with a hundred pictures behind a
// proxy costs one read.
type load struct {
	done chan struct{} // closed when the rest is set

	// begins is set if the load is the transaction that begins the session, see [Sessions.Begin]. A transaction takes
	// longer than a read, and on a busy service some user's sessions are dropped during almost every one. The load
	// therefore records these users in dropped, and is discarded only if its own user is among them. dropped is guarded
	// by cache.mu.
	begins  bool
	dropped []account.ID

	// stale is set if something was removed since the read began. Then only the requests that already wait get the
	// result. Guarded by cache.mu.
	stale bool

	p   *Principal
	e   *entry // of p, for the cache
	err error
}

// errAborted: the request that read was cancelled; the others try again.
var errAborted = errors.New("session: the read was given up")

// share returns the load of a key. If mine is true it is a new one, which the caller performs and finishes; otherwise
// the caller waits for it. begins says whether the caller begins the session.
func (c *cache) share(k Key, begins bool) (l *load, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.loads[k]; l != nil {
		return l, false
	}
	l = &load{done: make(chan struct{}), err: errAborted, begins: begins}
	c.loads[k] = l
	return l, true
}

// finish hands the result to the waiting requests, and to the cache unless something was removed that the result may
// contain: a row read before a revocation would otherwise stay in the cache.
func (c *cache) finish(k Key, l *load, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(l.done)
	if !l.stale && l.e != nil && slices.Contains(l.dropped, l.e.owner()) {
		l.p, l.err = nil, errAborted // waiting requests may have come after the removal
		c.invalidate(k, l)
	}
	if l.stale {
		return
	}
	delete(c.loads, k)
	switch {
	case l.err == nil && l.e != nil:
		c.unknown.remove(k)
		c.put(l.e)
	case errors.Is(l.err, ErrNone):
		if e, _ := c.get(&k); e != nil {
			c.unlink(e)
		}
		c.unknown.add(k, now)
	}
}

// invalidateUser notes that a user's sessions were removed. Any load may be of that user until it ends. The caller
// holds c.mu.
func (c *cache) invalidateUser(k Key, l *load, id account.ID) {
	if l.begins && len(l.dropped) < maxDropped {
		l.dropped = append(l.dropped, id)
		return
	}
	c.invalidate(k, l)
}

// invalidate keeps later requests from sharing the load, and its result out of the cache. The caller holds c.mu.
func (c *cache) invalidate(k Key, l *load) {
	l.stale = true
	delete(c.loads, k)
}
