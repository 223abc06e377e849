package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/norang-login/norang/internal/session"
)

// notifying is a store that says which session has changed.
type notifying struct {
	*memory
	notices chan session.Change
	polls   int
}

func (n *notifying) Wake() <-chan session.Change { return n.notices }

func (n *notifying) Changes(ctx context.Context, cursor int64) ([]session.Change, int64, error) {
	n.set(func() { n.polls++ })
	return n.memory.Changes(ctx, cursor)
}

func TestANoticeEndsASessionWithoutReadingTheFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &notifying{
			memory:  &memory{rows: map[session.Key]session.Principal{}},
			notices: make(chan session.Change, 1000),
		}
		s, err := session.New(session.Config{Store: n})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.Run(ctx) }()
		defer func() { stop(); <-done }()
		synctest.Wait()
		one, two, other := n.add(t, "a"), n.add(t, "b"), n.add(t, "c")
		for _, tok := range []session.Token{one, two, other} {
			if err := signedIn(t, s, tok); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * time.Millisecond) // between two polls
		before := n.polls
		n.set(func() { clear(n.rows) })
		n.notices <- session.Change{Key: one.Key()}
		n.notices <- session.Change{UserID: "b"}
		for range 500 {
			n.notices <- session.Change{UserID: "nobody"}
		}
		synctest.Wait()
		for _, tok := range []session.Token{one, two} {
			if err := signedIn(t, s, tok); !errors.Is(err, session.ErrNone) {
				t.Errorf("ended elsewhere: %v", err)
			}
		}
		if err := signedIn(t, s, other); err != nil || n.polls != before {
			t.Errorf("another session: %v, %d reads of the feed", err, n.polls-before)
		}
		n.set(func() { clear(n.rows) })
		n.notices <- session.Change{UserID: session.AllUsers}
		synctest.Wait()
		if err := signedIn(t, s, other); !errors.Is(err, session.ErrNone) {
			t.Errorf("after all sessions were ended elsewhere: %v", err)
		}
		n.notices <- session.Change{} // read the feed now
		synctest.Wait()
		if n.polls != before+1 {
			t.Errorf("%d reads of the feed, want 1", n.polls-before)
		}
	})
}
