package session

import "time"

const (
	// maxUnknown bounds the keys that are known to lead nowhere; about 100 bytes each.
	maxUnknown = 8192
	// unknownFor is how long that is believed. A session that another process begins is seen here after that time at
	// the latest; there is no telling of new sessions between processes.
	unknownFor = 500 * time.Millisecond
)

// unknown remembers for a moment which keys lead nowhere, so that asking again and again with one dead token is not
// as many reads. It is apart from the sessions: a flood of invented tokens can push out only others of its kind.
//
// All answers live equally long, so the oldest is always the first to go: a ring. There are no pointers in it.
type unknown struct {
	until map[Key]int64 // unix ns
	ring  []Key
	next  int // the oldest, once the ring is full
}

func (u *unknown) add(k Key, now time.Time) {
	if u.until == nil {
		u.until = map[Key]int64{}
	}
	if len(u.ring) < maxUnknown {
		u.ring = append(u.ring, k)
	} else {
		// A key that was added again has an older place in the ring, and goes with that one: early, which is no harm.
		delete(u.until, u.ring[u.next])
		u.ring[u.next] = k
		u.next = (u.next + 1) % maxUnknown
	}
	u.until[k] = now.Add(unknownFor).UnixNano()
}

func (u *unknown) has(k Key, now time.Time) bool {
	until, ok := u.until[k]
	left := until - now.UnixNano()
	// More than it began with: the clock was set back, and the answer must not live until it is that time again.
	return ok && left > 0 && left <= int64(unknownFor)
}

func (u *unknown) remove(k Key) { delete(u.until, k) }

// isUnknown reports whether the store said a moment ago that there is no such session.
func (c *cache) isUnknown(k Key, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unknown.has(k, now)
}
