package session

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// entry is one cached session. The principal never changes; how far the idle limit has slid stands beside it.
type entry struct {
	p     *Principal
	idle  atomic.Int64 // unix ns at which it dies of disuse
	noted atomic.Int64 // unix ns of the use that was noted last
	used  atomic.Bool  // since the clock's hand last passed

	// Guarded by cache.mu.
	slot       int
	prev, next *entry // other sessions of the same user
}

func newEntry(p *Principal) *entry {
	e := &entry{p: p}
	e.idle.Store(p.Session.IdleExpiresAt.UnixNano())
	e.noted.Store(p.Session.SeenAt.UnixNano())
	return e
}

func (e *entry) aliveAt(now time.Time) bool {
	n := now.UnixNano()
	return n < e.idle.Load() && n < e.p.Session.ExpiresAt.UnixNano()
}

// cache is a bounded map of sessions with the CLOCK rule for what has to go: a second chance for what was used since the
// hand last passed. Reads take a shared lock and write one flag.
type cache struct {
	mu     sync.RWMutex
	byKey  map[Key]*entry
	byUser map[account.ID]*entry
	slots  []*entry
	hand   int
	size   int
	// gen counts removals. A read that began before a removal may hold what was removed, so it is not put (see put).
	gen atomic.Uint64
}

func newCache(size int) *cache {
	return &cache{size: size, byKey: map[Key]*entry{}, byUser: map[account.ID]*entry{}}
}

func (c *cache) get(k Key) *entry {
	c.mu.RLock()
	e := c.byKey[k]
	c.mu.RUnlock()
	if e != nil && !e.used.Load() {
		e.used.Store(true)
	}
	return e
}

func (c *cache) generation() uint64 { return c.gen.Load() }

// put keeps what was read from the store since generation gen, unless anything was removed meanwhile: the row may have
// been read before the revocation and come here after it, and would then live on unseen.
func (c *cache) put(k Key, e *entry, gen uint64) {
	if c.size == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gen.Load() != gen {
		return
	}
	if old := c.byKey[k]; old != nil {
		c.unlink(old)
		e.slot = old.slot
	} else if len(c.slots) < c.size {
		e.slot = len(c.slots)
		c.slots = append(c.slots, nil)
	} else {
		e.slot = c.makeRoom()
	}
	c.slots[e.slot] = e
	c.byKey[k] = e
	if head := c.byUser[e.p.User.ID]; head != nil {
		e.next, head.prev = head, e
	}
	c.byUser[e.p.User.ID] = e
}

// makeRoom frees a slot and returns it.
func (c *cache) makeRoom() int {
	for {
		slot := c.hand
		c.hand = (c.hand + 1) % len(c.slots)
		old := c.slots[slot]
		if old == nil {
			return slot
		}
		if old.used.CompareAndSwap(true, false) {
			continue
		}
		c.unlink(old)
		return slot
	}
}

// unlink takes an entry out of every index but leaves its slot to the caller.
func (c *cache) unlink(e *entry) {
	delete(c.byKey, e.p.Session.Key)
	c.slots[e.slot] = nil
	if e.prev != nil {
		e.prev.next = e.next
	} else if e.next != nil {
		c.byUser[e.p.User.ID] = e.next
	} else {
		delete(c.byUser, e.p.User.ID)
	}
	if e.next != nil {
		e.next.prev = e.prev
	}
	e.prev, e.next = nil, nil
}

func (c *cache) drop(k Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gen.Add(1)
	if e := c.byKey[k]; e != nil {
		c.unlink(e)
	}
}

func (c *cache) dropUser(id account.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gen.Add(1)
	for e := c.byUser[id]; e != nil; e = c.byUser[id] {
		c.unlink(e)
	}
}

func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gen.Add(1)
	clear(c.byKey)
	clear(c.byUser)
	c.slots, c.hand = nil, 0
}

func (c *cache) len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.byKey)
}
