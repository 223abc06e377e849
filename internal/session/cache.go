package session

import (
	"encoding/binary"
	"sync"
	"sync/atomic"

	"github.com/norang-login/norang/internal/account"
)

// shards is the number of parts of the map, a power of two, so that processors do not wait for one lock.
const shards = 64

// shard finds entries by eight bytes of the key, which are bytes of a SHA-256: a map of numbers takes a third of the
// memory, and the entry has the whole key to compare. Two sessions that agree in all eight evict each other.
type shard struct {
	mu   sync.RWMutex
	byID map[uint64]*entry
	hits atomic.Int64 // counted here, where the cache line is in use already
	_    [24]byte     // the next shard begins on another cache line
}

// cache is a bounded map of sessions with CLOCK eviction. It also knows the reads in progress, so that a removal
// affects them too: what was read before it is not kept.
//
// A session enters the cache by being read, or by the transaction that begins it, and leaves it when it changes: the
// writer drops the entry before it answers. Other writers never put anything here, because two writers of one row would
// have to agree on their order.
type cache struct {
	shards [shards]shard
	size   int

	mu      sync.Mutex // guards what follows, and is held to change a shard
	byUser  map[account.ID]*entry
	slots   []*entry
	hand    int
	loads   map[Key]*load
	unknown unknown
}

func newCache(size int) *cache {
	c := &cache{size: size, byUser: map[account.ID]*entry{}, loads: map[Key]*load{}}
	for i := range c.shards {
		c.shards[i].byID = map[uint64]*entry{}
	}
	return c
}

// shardID returns the shard of a key. Its first bytes are a time stamp; these come later, and an attacker cannot
// choose them for sessions that exist.
func shardID(k *Key) (shard int, id uint64) {
	id = binary.LittleEndian.Uint64(k[stampLen:])
	return int(id % shards), id
}

func (c *cache) get(k *Key) (*entry, *shard) {
	n, id := shardID(k)
	sh := &c.shards[n]
	sh.mu.RLock()
	e := sh.byID[id]
	sh.mu.RUnlock()
	if e == nil || e.key != *k {
		return nil, sh
	}
	if !e.used.Load() { // reading first does not take the cache line from other processors
		e.used.Store(true)
	}
	return e, sh
}

// put adds an entry. The caller holds c.mu.
func (c *cache) put(e *entry) {
	n, id := shardID(&e.key)
	sh := &c.shards[n]
	if old := sh.byID[id]; old != nil {
		c.unlink(old)
		e.slot = old.slot
	} else if len(c.slots) < c.size {
		e.slot = len(c.slots)
		c.slots = append(c.slots, nil)
	} else {
		e.slot = c.makeRoom()
	}
	c.slots[e.slot] = e
	if head := c.byUser[e.owner()]; head != nil {
		e.next, head.prev = head, e
	}
	c.byUser[e.owner()] = e
	sh.mu.Lock()
	sh.byID[id] = e
	sh.mu.Unlock()
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

// unlink removes an entry from every index; the caller, who holds c.mu, gets its slot.
func (c *cache) unlink(e *entry) {
	n, id := shardID(&e.key)
	sh := &c.shards[n]
	sh.mu.Lock()
	delete(sh.byID, id)
	sh.mu.Unlock()
	c.slots[e.slot] = nil
	if e.prev != nil {
		e.prev.next = e.next
	} else if e.next != nil {
		c.byUser[e.owner()] = e.next
	} else {
		delete(c.byUser, e.owner())
	}
	if e.next != nil {
		e.next.prev = e.prev
	}
	e.prev, e.next = nil, nil
}

// drop removes everything about a key: the session, the knowledge that there is none, and the result of a read in
// progress.
func (c *cache) drop(k Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.loads[k]; l != nil {
		c.invalidate(k, l)
	}
	c.unknown.remove(k)
	if e, _ := c.get(&k); e != nil {
		c.unlink(e)
	}
}

// dropUser removes a user's sessions, but for the one with the key except, nil for none. The user of a read in progress
// is not known yet, so none of those is kept.
func (c *cache) dropUser(id account.ID, except *Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, l := range c.loads {
		c.invalidateUser(k, l, id)
	}
	for e := c.byUser[id]; e != nil; {
		next := e.next
		if except == nil || e.key != *except {
			c.unlink(e)
		}
		e = next
	}
}

func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, l := range c.loads {
		c.invalidate(k, l)
	}
	c.unknown = unknown{}
	for i := range c.shards {
		sh := &c.shards[i]
		sh.mu.Lock()
		clear(sh.byID)
		sh.mu.Unlock()
	}
	clear(c.byUser)
	c.slots, c.hand = nil, 0
}

func (c *cache) len() (n int) {
	for i := range c.shards {
		sh := &c.shards[i]
		sh.mu.RLock()
		n += len(sh.byID)
		sh.mu.RUnlock()
	}
	return n
}

func (c *cache) hits() (n int64) {
	for i := range c.shards {
		n += c.shards[i].hits.Load()
	}
	return n
}
