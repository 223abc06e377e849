package session

import "time"

const (
	// maxUnknown bounds the remembered keys without a session, about 100 bytes each.
	maxUnknown = 8192
	// unknownFor is how long they are remembered, and so how late a session of another process is seen here: new
	// sessions are not announced.
	unknownFor = 500 * time.Millisecond
)

// unknown remembers keys without a session for a moment, so that repeating a dead token is not one read each. A flood
// of invented tokens evicts only others of its kind.
//
// All entries live equally long, so the oldest goes first: a ring, without pointers.
type unknown struct {
	until map[Key]int64 // unix ns
	ring  []Key
	next  int // the oldest entry of a full ring
}

func (u *unknown) add(k Key, now time.Time) {
	if u.until == nil {
		u.until = map[Key]int64{}
	}
	if len(u.ring) < maxUnknown {
		u.ring = append(u.ring, k)
	} else {
		// A key that was added again goes with its older place in the ring, early, which is harmless.
		delete(u.until, u.ring[u.next])
		u.ring[u.next] = k
		u.next = (u.next + 1) % maxUnknown
	}
	u.until[k] = now.Add(unknownFor).UnixNano()
}

func (u *unknown) has(k Key, now time.Time) bool {
	until, ok := u.until[k]
	left := until - now.UnixNano()
	// More than unknownFor means that the clock was set back.
	return ok && left > 0 && left <= int64(unknownFor)
}

func (u *unknown) remove(k Key) { delete(u.until, k) }

// isUnknown reports whether the store had no such session a moment ago.
func (c *cache) isUnknown(k Key, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unknown.has(k, now)
}
