package emulator

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Journal is a log of the latest entries, numbered from 1.
type Journal[T any] struct {
	size   int
	number func(*T) *int64

	mu   sync.Mutex
	list []T // up to twice the size, so that each entry is moved once only
	last int64
	wake chan struct{} // closed at the next entry
}

// NewJournal returns an empty journal of up to size entries. number is where an entry holds its number; nil for entries
// that hold none.
func NewJournal[T any](size int, number func(*T) *int64) *Journal[T] {
	return &Journal[T]{size: size, number: number, wake: make(chan struct{})}
}

// Add appends an entry and numbers it.
func (j *Journal[T]) Add(entry T) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	if j.number != nil {
		*j.number(&entry) = j.last
	}
	if len(j.list) >= 2*j.size {
		j.list = slices.Delete(j.list, 0, len(j.list)-j.size+1)
	}
	j.list = append(j.list, entry)
	close(j.wake)
	j.wake = make(chan struct{})
}

// Since returns the entries after a number, oldest first, and a channel that closes at the next one.
func (j *Journal[T]) Since(id int64) ([]T, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := max(0, min(int64(len(j.list)), int64(j.size), j.last-id))
	return append([]T{}, j.list[len(j.list)-int(n):]...), j.wake
}

// All returns the entries, oldest first.
func (j *Journal[T]) All() []T {
	all, _ := j.Since(0)
	return all
}

// Clear deletes all entries. The numbers continue.
func (j *Journal[T]) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.list = nil
}

// Poll returns the entries after the number that the query names as "after". If there is none, it waits for the next
// one for as many seconds as "wait" says, at most 30, or until closed.
func (j *Journal[T]) Poll(r *http.Request, closed <-chan struct{}) ([]T, error) {
	var after, wait int64
	for name, to := range map[string]*int64{"after": &after, "wait": &wait} {
		text := r.URL.Query().Get(name)
		n, err := strconv.ParseInt(text, 10, 64)
		if text != "" && (err != nil || n < 0) {
			return nil, Errorf("after와 wait는 0 이상의 정수여야 합니다", "after and wait must be whole numbers of at least 0")
		}
		*to = n
	}
	list, next := j.Since(after)
	if len(list) > 0 || wait == 0 {
		return list, nil
	}
	timer := time.NewTimer(time.Duration(min(wait, 30)) * time.Second)
	defer timer.Stop()
	select {
	case <-next:
		list, _ = j.Since(after)
	case <-timer.C:
	case <-r.Context().Done():
	case <-closed:
	}
	return list, nil
}
