package session

import (
	"errors"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// maxDropped bounds flight.dropped.
const maxDropped = 256

// flight is one read in flight, shared by all requests for the same key: a page that loads a hundred pictures behind
// a proxy is one read.
type flight struct {
	landed chan struct{} // closed when the rest is set

	// begins: the flight is the transaction that begins the session, see [Sessions.Begin]. A transaction takes longer
	// than a read, and on a busy service some user's sessions are dropped during almost every one. So the flight records
	// these users in dropped, and is discarded only if its own user is among them. dropped is guarded by cache.mu.
	begins  bool
	dropped []account.ID

	// grounded: something was removed since the read began. Only those who wait already get the result. Guarded by
	// cache.mu.
	grounded bool

	p   *Principal
	e   *entry // of p, for the cache
	err error
}

// errAborted: the request that read was cancelled; the others try again.
var errAborted = errors.New("session: the read was given up")

// board returns the flight of a key: mine, which the caller has to land, or one to wait for. begins says whether the
// caller begins the session.
func (c *cache) board(k Key, begins bool) (f *flight, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.flights[k]; f != nil {
		return f, false
	}
	f = &flight{landed: make(chan struct{}), err: errAborted, begins: begins}
	c.flights[k] = f
	return f, true
}

// land gives the result to those who wait, and to the cache unless something was removed that it may contain: a row
// read before a revocation would otherwise stay in the cache.
func (c *cache) land(k Key, f *flight, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(f.landed)
	if !f.grounded && f.e != nil && slices.Contains(f.dropped, f.e.owner()) {
		f.p, f.err = nil, errAborted // those who wait may have come after the removal
		c.ground(k, f)
	}
	if f.grounded {
		return
	}
	delete(c.flights, k)
	switch {
	case f.err == nil && f.e != nil:
		c.unknown.remove(k)
		c.put(f.e)
	case errors.Is(f.err, ErrNone):
		if e, _ := c.get(&k); e != nil {
			c.unlink(e)
		}
		c.unknown.add(k, now)
	}
}

// passUser notes that a user's sessions were removed. The user of a read in flight is not known yet. The caller holds
// c.mu.
func (c *cache) passUser(k Key, f *flight, id account.ID) {
	if f.begins && len(f.dropped) < maxDropped {
		f.dropped = append(f.dropped, id)
		return
	}
	c.ground(k, f)
}

// ground lets no one else board. The caller holds c.mu.
func (c *cache) ground(k Key, f *flight) {
	f.grounded = true
	delete(c.flights, k)
}
