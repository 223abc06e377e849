package session

import (
	"encoding/binary"
	"sync"
	"sync/atomic"

	"github.com/norang-login/norang/internal/account"
)

// shards is how many parts a lookup is spread over, so that processors that look up at the same time do not wait for
// each other's lock. A power of two.
const shards = 64

// shard finds entries. Its keys are eight bytes of the session's key, which are eight bytes of a SHA-256: a table of
// numbers takes a third of the memory of one with whole keys, and the entry has the whole key to compare with. Two
// sessions that agree in all eight push each other out, which is a miss and no fault.
type shard struct {
	mu   sync.RWMutex
	byID map[uint64]*entry
	hits atomic.Int64 // counted here, where the line of memory is ours already
	_    [24]byte     // the next shard begins on another line
}

// cache is a bounded map of sessions with the CLOCK rule for what has to go: a second chance for what was used since
// the hand last passed. It also knows which reads of the store are under way, so that one removal reaches both:
// whatever was read before it is not kept after it.
//
// Sessions come into it by being read and leave it when somebody changes them; whoever changes a row drops its entry
// before answering, and the next request reads what was written. Nothing is ever put here by whoever writes: two
// writers of one row would have to agree on their order once more.
type cache struct {
	shards [shards]shard
	size   int

	mu      sync.Mutex // of all that follows, and held by whoever changes a shard
	byUser  map[account.ID]*entry
	slots   []*entry
	hand    int
	flights map[Key]*flight
	unknown unknown
}

func newCache(size int) *cache {
	c := &cache{size: size, byUser: map[account.ID]*entry{}, flights: map[Key]*flight{}}
	for i := range c.shards {
		c.shards[i].byID = map[uint64]*entry{}
	}
	return c
}

// shardID is where a key belongs. The first bytes are the time of birth; these come later, and an attacker cannot
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
	if !e.used.Load() { // most are used already, and reading does not take the line from other processors
		e.used.Store(true)
	}
	return e, sh
}

// put keeps an entry. The caller holds c.mu.
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

// unlink takes an entry out of every index but leaves its slot to the caller, who holds c.mu.
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

// drop forgets all about a key: the session, that there is none, and what a read under way will say.
func (c *cache) drop(k Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.flights[k]; f != nil {
		c.ground(k, f)
	}
	c.unknown.remove(k)
	if e, _ := c.get(&k); e != nil {
		c.unlink(e)
	}
}

// dropUser forgets a user's sessions. Whose the reads under way are is not known yet, so none of them is kept.
func (c *cache) dropUser(id account.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, f := range c.flights {
		c.ground(k, f)
	}
	for e := c.byUser[id]; e != nil; e = c.byUser[id] {
		c.unlink(e)
	}
}

func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, f := range c.flights {
		c.ground(k, f)
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
