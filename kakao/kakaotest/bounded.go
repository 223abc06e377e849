package kakaotest

import "container/list"

// bounded is a map that drops its oldest entry when it is full.
type bounded[V any] struct {
	max   int
	items map[string]*list.Element
	order *list.List // of boundedEntry[V], oldest first
	evict func(V)    // called with each dropped value; may be nil
}

type boundedEntry[V any] struct {
	key   string
	value V
}

func newBounded[V any](limit int) *bounded[V] {
	return &bounded[V]{max: limit, items: map[string]*list.Element{}, order: list.New()}
}

func (b *bounded[V]) get(key string) (V, bool) {
	if e, ok := b.items[key]; ok {
		return e.Value.(boundedEntry[V]).value, true
	}
	var zero V
	return zero, false
}

func (b *bounded[V]) put(key string, v V) {
	if e, ok := b.items[key]; ok {
		e.Value = boundedEntry[V]{key, v}
		return
	}
	for b.order.Len() >= b.max {
		b.remove(b.order.Front())
	}
	b.items[key] = b.order.PushBack(boundedEntry[V]{key, v})
}

func (b *bounded[V]) delete(key string) {
	if e, ok := b.items[key]; ok {
		delete(b.items, key)
		b.order.Remove(e)
	}
}

// deleteFunc deletes the entries for which match returns true.
func (b *bounded[V]) deleteFunc(match func(V) bool) {
	for e := b.order.Front(); e != nil; {
		next := e.Next()
		if entry := e.Value.(boundedEntry[V]); match(entry.value) {
			b.delete(entry.key)
		}
		e = next
	}
}

func (b *bounded[V]) remove(e *list.Element) {
	entry := e.Value.(boundedEntry[V])
	delete(b.items, entry.key)
	b.order.Remove(e)
	if b.evict != nil {
		b.evict(entry.value)
	}
}

func (b *bounded[V]) len() int { return b.order.Len() }

// each calls f for every entry, oldest first, until f returns false.
func (b *bounded[V]) each(f func(key string, v V) bool) {
	for e := b.order.Front(); e != nil; e = e.Next() {
		if entry := e.Value.(boundedEntry[V]); !f(entry.key, entry.value) {
			return
		}
	}
}
