package session

import (
	"errors"
	"time"
)

// flight is one read of the store under way, which everybody shares who asks for the same key meanwhile: a page that
// loads a hundred pictures behind a proxy is one read.
type flight struct {
	landed chan struct{} // closed when the rest is set

	// grounded: something was removed since the read began. Its answer is for those who waited already, and for
	// nobody after. Guarded by cache.mu.
	grounded bool

	p   *Principal
	e   *entry // of p, for the cache
	err error
}

// errAborted: the read ended because its own caller went away; whoever waits for it reads anew.
var errAborted = errors.New("session: the read was given up")

// board returns the flight of a key: an own one, which the caller has to land, or somebody else's to wait for.
func (c *cache) board(k Key) (f *flight, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.flights[k]; f != nil {
		return f, false
	}
	f = &flight{landed: make(chan struct{}), err: errAborted}
	c.flights[k] = f
	return f, true
}

// land gives what was read to those who wait, and to the cache unless anything was removed that it may hold: the row
// may have been read before a revocation and come here after it, and would then live on unseen.
func (c *cache) land(k Key, f *flight, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(f.landed)
	if f.grounded {
		return
	}
	delete(c.flights, k)
	switch {
	case f.err == nil && f.e != nil:
		c.put(f.e)
	case errors.Is(f.err, ErrNone):
		if e, _ := c.get(&k); e != nil {
			c.unlink(e)
		}
		c.unknown.add(k, now)
	}
}

// ground lets nobody else board. The caller holds c.mu.
func (c *cache) ground(k Key, f *flight) {
	f.grounded = true
	delete(c.flights, k)
}
