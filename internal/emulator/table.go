package emulator

import "time"

// Table holds things that expire, such as codes, tokens, sessions of browsers and pages, by a random key. It holds at
// most 10,000 and drops the oldest. It needs the lock of the server.
type Table[T any] struct {
	s    *Server
	life time.Duration       // 0 for ever
	all  *Bounded[*entry[T]] // of pointers, which need no code for each type
}

type entry[T any] struct {
	value   T
	expires time.Time
}

// NewTable returns an empty table.
func NewTable[T any](s *Server, life time.Duration) *Table[T] {
	return &Table[T]{s: s, life: life, all: NewBounded[*entry[T]](10_000)}
}

// Put stores a value under a new key.
func (t *Table[T]) Put(v T) (key string) {
	key = t.s.Random(24)
	t.PutAs(key, v)
	return key
}

// PutAs stores a value under a key.
func (t *Table[T]) PutAs(key string, v T) {
	e := &entry[T]{value: v}
	if t.life > 0 {
		e.expires = t.s.Time().Add(t.life)
	}
	t.all.Put(key, e)
}

// Get returns a value that has not expired.
func (t *Table[T]) Get(key string) (T, bool) {
	e, ok := t.all.Get(key)
	if !ok || !e.expires.IsZero() && !t.s.Time().Before(e.expires) {
		var zero T
		return zero, false
	}
	return e.value, true
}

// Take returns a value and deletes it.
func (t *Table[T]) Take(key string) (T, bool) {
	v, ok := t.Get(key)
	t.all.Delete(key)
	return v, ok
}

// Delete deletes a key.
func (t *Table[T]) Delete(key string) { t.all.Delete(key) }

// DeleteFunc deletes the values for which match returns true.
func (t *Table[T]) DeleteFunc(match func(T) bool) {
	t.all.DeleteFunc(func(e *entry[T]) bool { return match(e.value) })
}

// Each calls f for every value that has not expired, oldest first, until f returns false.
func (t *Table[T]) Each(f func(key string, v T) bool) {
	now := t.s.Time()
	t.all.Each(func(key string, e *entry[T]) bool {
		return !e.expires.IsZero() && !now.Before(e.expires) || f(key, e.value)
	})
}
