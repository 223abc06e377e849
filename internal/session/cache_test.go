package session

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// numberedKey is a key whose number spreads over the shards, as a hash does.
func numberedKey(n int) (k Key) {
	binary.LittleEndian.PutUint64(k[stampLen:], uint64(n)*0x9e3779b97f4a7c15)
	return k
}

// model is what a cache promises, without the speed: which sessions may be in it and whose they are.
type model map[Key]account.ID

// The cache does in any order of calls what a plain map would do, but for what it leaves out to stay within its size.
func TestTheCacheAgreesWithAPlainMap(t *testing.T) {
	const size, people, keys = 20, 6, 40
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		c, m := newCache(size), model{}
		for step := range 1000 {
			k, who := numberedKey(rnd.IntN(keys)), account.ID(fmt.Sprint(rnd.IntN(people)))
			switch rnd.IntN(20) {
			case 0:
				c.drop(k)
				delete(m, k)
			case 1:
				c.dropUser(who, nil)
				maps.DeleteFunc(m, func(_ Key, u account.ID) bool { return u == who })
			case 2:
				if rnd.IntN(20) == 0 {
					c.clear()
					clear(m)
				}
			case 3, 4, 5, 6:
				e, _ := c.get(&k)
				if e != nil && (e.key != k || e.owner() != m[k]) {
					t.Fatalf("seed %d, step %d: got %q's session for %q's", seed, step, e.owner(), m[k])
				}
			default:
				l, mine := c.share(k, false)
				if !mine {
					t.Fatalf("seed %d, step %d: a load without a reader", seed, step)
				}
				l.e, l.err = pack(&Principal{Session: Session{Key: k}, User: account.User{ID: who}}), nil
				c.finish(k, l, time.Time{})
				m[k] = who
			}
			check(t, c, m, size)
		}
	}
}

// check compares all of the cache's indices with each other and with the model.
func check(t *testing.T, c *cache, m model, size int) {
	t.Helper()
	found := map[Key]account.ID{}
	for i := range c.shards {
		for id, e := range c.shards[i].byID {
			if _, want := shardID(&e.key); id != want || c.slots[e.slot] != e {
				t.Fatal("an entry is not where it says")
			}
			found[e.key] = e.owner()
		}
	}
	if len(found) > size || len(c.slots) > size || c.len() != len(found) || len(c.loads) > 0 {
		t.Fatalf("%d sessions, %d slots, %d loads", len(found), len(c.slots), len(c.loads))
	}
	for k, who := range found {
		if m[k] != who {
			t.Fatalf("%q's session is %q's", m[k], who)
		}
	}
	byUser := map[Key]account.ID{}
	for who, e := range c.byUser {
		for prev := (*entry)(nil); e != nil; prev, e = e, e.next {
			if e.prev != prev {
				t.Fatal("a list is broken")
			}
			byUser[e.key] = who
		}
	}
	if !maps.Equal(found, byUser) {
		t.Fatalf("by key %v, by user %v", found, byUser)
	}
}

// While nothing has to go, everything that was put is found.
func TestCacheHoldsCacheSizeSessions(t *testing.T) {
	const size = 5000
	c := newCache(size)
	for n := range size {
		k := numberedKey(n)
		l, _ := c.share(k, false)
		l.e, l.err = pack(&Principal{Session: Session{Key: k}, User: account.User{ID: "one"}}), nil
		c.finish(k, l, time.Time{})
	}
	for n := range size {
		k := numberedKey(n)
		if e, _ := c.get(&k); e == nil {
			t.Fatalf("session %d of %d is gone", n, size)
		}
	}
	c.dropUser("one", nil)
	if c.len() != 0 || len(c.byUser) != 0 {
		t.Errorf("%d left of a user who was dropped", c.len())
	}
}

// A full cache gives up the sessions that nobody used since the hand last passed.
func TestUsedSessionsStayInAFullCache(t *testing.T) {
	const size = 100
	c := newCache(size)
	put := func(n int) {
		k := numberedKey(n)
		l, _ := c.share(k, false)
		l.e, l.err = pack(&Principal{Session: Session{Key: k}, User: account.User{ID: "one"}}), nil
		c.finish(k, l, time.Time{})
	}
	found := func(n int) bool {
		k := numberedKey(n)
		e, _ := c.get(&k)
		return e != nil
	}
	for n := range size {
		put(n)
	}
	for n := 0; n < size; n += 2 {
		found(n)
	}
	for n := range size / 2 {
		put(size + n)
	}
	for n := range size {
		if used := n%2 == 0; found(n) != used {
			t.Errorf("session %d, used: %t, is there: %t", n, used, !used)
		}
	}
}

// Two sessions that share a slot evict each other and are never mixed up.
func TestSessionsWithTheSameMapKeyAreNotMixedUp(t *testing.T) {
	c := newCache(10)
	one, two := numberedKey(1), numberedKey(1)
	two[KeyLen-1] = 1
	for _, k := range []Key{one, two} {
		l, _ := c.share(k, false)
		l.e, l.err = pack(&Principal{Session: Session{Key: k}, User: account.User{ID: account.ID(k[KeyLen-1:])}}), nil
		c.finish(k, l, time.Time{})
		if e, _ := c.get(&k); e == nil || e.key != k {
			t.Fatal("not found")
		}
		check(t, c, model{k: account.ID(k[KeyLen-1:])}, 1)
	}
	if e, _ := c.get(&one); e != nil {
		t.Error("another session was found")
	}
	c.drop(one) // is not there any more, and must not take the other with it
	if e, _ := c.get(&two); e == nil {
		t.Error("the wrong one was dropped")
	}
}

func TestNegativeAnswersAreBoundedAndShort(t *testing.T) {
	var u unknown
	now := time.Unix(1_700_000_000, 0)
	for n := range 3 * maxUnknown {
		u.add(numberedKey(n), now)
		if len(u.until) > maxUnknown || len(u.ring) > maxUnknown {
			t.Fatalf("%d kept", len(u.until))
		}
	}
	last := numberedKey(3*maxUnknown - 1)
	for after, want := range map[time.Duration]bool{
		0: true, unknownFor - 1: true, unknownFor: false, time.Hour: false, -time.Hour: false, // the clock was set back
	} {
		if got := u.has(last, now.Add(after)); got != want {
			t.Errorf("after %v: %t", after, got)
		}
	}
	u.remove(last)
	if u.has(last, now) || u.has(numberedKey(0), now) {
		t.Error("still known as unknown after its removal")
	}
}

// A read that began before a removal must neither fill the cache after it nor serve callers that come after it.
func TestReadBegunBeforeARemovalIsNotShared(t *testing.T) {
	k := numberedKey(1)
	for name, remove := range map[string]func(*cache){
		"session": func(c *cache) { c.drop(k) },
		"user":    func(c *cache) { c.dropUser("u", nil) },
		"all":     func(c *cache) { c.clear() },
	} {
		for _, err := range []error{nil, ErrNone} {
			c := newCache(10)
			l, _ := c.share(k, false)
			remove(c)
			if _, mine := c.share(k, false); !mine {
				t.Errorf("%s: shared with a read from before", name)
			}
			l.e, l.err = pack(&Principal{Session: Session{Key: k}, User: account.User{ID: "u"}}), err
			c.finish(k, l, time.Now())
			if e, _ := c.get(&k); e != nil || c.isUnknown(k, time.Now()) {
				t.Errorf("%s, %v: kept", name, err)
			}
			if len(c.loads) != 1 {
				t.Errorf("%s: the second read was lost", name)
			}
		}
	}
}

// stubborn panics once.
type stubborn struct {
	Store
	calls int
}

func (s *stubborn) Principal(context.Context, Key) (*Principal, error) {
	if s.calls++; s.calls == 1 {
		panic("a fault in the driver")
	}
	return nil, ErrNone
}

// A panic in one request must not leave a load behind on which all others wait.
func TestAPanicInTheStoreLeavesNothingBehind(t *testing.T) {
	s, err := New(Config{Store: &stubborn{}})
	if err != nil {
		t.Fatal(err)
	}
	tok, _ := FromBytes(slices.Repeat([]byte{7}, tokenLen))
	func() {
		defer func() { _ = recover() }()
		_, _ = s.Get(t.Context(), tok)
		t.Error("the panic was swallowed")
	}()
	if _, err := s.Get(t.Context(), tok); !errors.Is(err, ErrNone) {
		t.Errorf("the next request: %v", err)
	}
}
