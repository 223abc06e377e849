package emulator

import "container/list"

// Bounded is a map that drops its oldest entry when it is full.
type Bounded[V any] struct {
	// Evict is called with each value that is dropped because the map is full; may be nil.
	Evict func(V)

	max   int
	items map[string]*list.Element
	order *list.List // of boundedEntry[V], oldest first
}

type boundedEntry[V any] struct {
	key   string
	value V
}

// NewBounded returns an empty map for at most limit entries.
func NewBounded[V any](limit int) *Bounded[V] {
	return &Bounded[V]{max: limit, items: map[string]*list.Element{}, order: list.New()}
}

// Get returns the value of a key.
func (b *Bounded[V]) Get(key string) (V, bool) {
	if e, ok := b.items[key]; ok {
		return e.Value.(boundedEntry[V]).value, true
	}
	var zero V
	return zero, false
}

// Put sets the value of a key. A key that was there keeps its place.
func (b *Bounded[V]) Put(key string, v V) {
	if e, ok := b.items[key]; ok {
		e.Value = boundedEntry[V]{key, v}
		return
	}
	for b.order.Len() >= b.max {
		b.remove(b.order.Front())
	}
	b.items[key] = b.order.PushBack(boundedEntry[V]{key, v})
}

// Delete deletes a key.
func (b *Bounded[V]) Delete(key string) {
	if e, ok := b.items[key]; ok {
		delete(b.items, key)
		b.order.Remove(e)
	}
}

// DeleteFunc deletes the entries for which match returns true.
func (b *Bounded[V]) DeleteFunc(match func(V) bool) {
	for e := b.order.Front(); e != nil; {
		next := e.Next()
		if entry := e.Value.(boundedEntry[V]); match(entry.value) {
			b.Delete(entry.key)
		}
		e = next
	}
}

func (b *Bounded[V]) remove(e *list.Element) {
	entry := e.Value.(boundedEntry[V])
	delete(b.items, entry.key)
	b.order.Remove(e)
	if b.Evict != nil {
		b.Evict(entry.value)
	}
}

// Len returns the number of entries.
func (b *Bounded[V]) Len() int { return b.order.Len() }

// Each calls f for every entry, oldest first, until f returns false.
func (b *Bounded[V]) Each(f func(key string, v V) bool) {
	for e := b.order.Front(); e != nil; e = e.Next() {
		if entry := e.Value.(boundedEntry[V]); !f(entry.key, entry.value) {
			return
		}
	}
}
