package session_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/norang-login/norang/internal/session"
)

// queued is a store of which a write waits for its turn, until the context of the first one ends.
type queued struct {
	*memory
	mu      sync.Mutex
	waiting bool
}

func (q *queued) Touch(ctx context.Context, uses []session.Touch) error {
	q.mu.Lock()
	first := !q.waiting
	q.waiting = true
	q.mu.Unlock()
	if first {
		<-ctx.Done()
	}
	if ctx.Err() != nil { // as the database does
		return ctx.Err()
	}
	return q.memory.Touch(ctx, uses)
}

// A stop while uses wait to be saved loses none: the last save has them, and the newer use of a session.
func TestUsesOfAnInterruptedSaveAreSavedAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queued{memory: &memory{rows: map[session.Key]session.Principal{}}}
		s, err := session.New(session.Config{Store: q, CacheSize: -1})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.Run(ctx) }()
		synctest.Wait()
		one, both := q.add(t, "a"), q.add(t, "b")
		time.Sleep(11 * time.Minute)
		use := func(tokens ...session.Token) {
			t.Helper()
			for _, tok := range tokens {
				if err := signedIn(t, s, tok); err != nil {
					t.Fatal(err)
				}
			}
		}
		use(one, both)
		time.Sleep(6 * time.Second)
		synctest.Wait() // the save is under way
		if !q.waiting {
			t.Fatal("no save")
		}
		time.Sleep(11 * time.Minute)
		use(both)
		latest := time.Now()
		stop()
		<-done
		seen := map[session.Key]time.Time{}
		for _, touch := range q.touched {
			seen[touch.Key] = touch.SeenAt
		}
		if len(q.touched) != 2 || seen[one.Key()].IsZero() || !seen[both.Key()].Equal(latest) {
			t.Errorf("saved %v", q.touched)
		}
	})
}
