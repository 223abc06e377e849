package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/norang-login/norang/internal/session"
)

// hanging is a store whose operations take as long as its statement timeout and then fail.
type hanging struct {
	*memory
	reads, feed, touches bool
	waits                int
}

func (h *hanging) wait(ctx context.Context, part *bool) error {
	hangs := false
	h.set(func() {
		if hangs = *part; hangs {
			h.waits++
		}
	})
	if !hangs {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(5 * time.Second):
		return errAway
	}
}

func (h *hanging) Principal(ctx context.Context, k session.Key) (*session.Principal, error) {
	if err := h.wait(ctx, &h.reads); err != nil {
		return nil, err
	}
	return h.memory.Principal(ctx, k)
}

func (h *hanging) Changes(ctx context.Context, cursor int64) ([]session.Change, int64, error) {
	if err := h.wait(ctx, &h.feed); err != nil {
		return nil, 0, err
	}
	return h.memory.Changes(ctx, cursor)
}

func (h *hanging) Touch(ctx context.Context, t []session.Touch) error {
	if err := h.wait(ctx, &h.touches); err != nil {
		return err
	}
	return h.memory.Touch(ctx, t)
}

func startHanging(t *testing.T) (*session.Sessions, *hanging) {
	t.Helper()
	h := &hanging{memory: &memory{rows: map[session.Key]session.Principal{}}}
	s, err := session.New(session.Config{Store: h})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	synctest.Wait()
	return s, h
}

func TestFA15_HungStoreDoesNotDelayCachedSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, h := startHanging(t)
		tok, other := h.add(t, "a"), h.add(t, "b")
		if err := signedIn(t, s, tok); err != nil {
			t.Fatal(err)
		}
		h.set(func() { h.reads, h.feed, h.touches = true, true, true })
		hung := time.Now()
		for time.Since(hung) < 29*time.Second {
			began := time.Now()
			if err := signedIn(t, s, tok); err != nil {
				t.Fatalf("after %v: %v", time.Since(hung), err)
			}
			if took := time.Since(began); took > 0 {
				t.Fatalf("after %v a request waited %v", time.Since(hung), took)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if err := signedIn(t, s, other); !errors.Is(err, session.ErrUnavailable) {
			t.Errorf("a session that is not cached: %v", err)
		}
		if err := signedIn(t, s, tok); !errors.Is(err, session.ErrUnavailable) {
			t.Errorf("after %v: %v", time.Since(hung), err)
		}
		// A session that ended elsewhere is not used once the store is back.
		h.set(func() {
			h.reads, h.feed, h.touches = false, false, false
			delete(h.rows, tok.Key())
			h.changes = append(h.changes, session.Change{Seq: 1, UserID: "a"})
		})
		time.Sleep(6 * time.Second)
		if err := signedIn(t, s, tok); !errors.Is(err, session.ErrNone) {
			t.Errorf("ended during the outage: %v", err)
		}
		if err := signedIn(t, s, other); err != nil {
			t.Errorf("after the outage: %v", err)
		}
	})
}

// Reads that begin to hang while only the feed was late delay a request by 100 ms at most.
func TestReadsThatBeginToHangUnderALateFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, h := startHanging(t)
		tok := h.add(t, "a")
		if err := signedIn(t, s, tok); err != nil {
			t.Fatal(err)
		}
		h.set(func() { h.feed = true })
		time.Sleep(3 * time.Second)
		before := h.readCount()
		if err := signedIn(t, s, tok); err != nil || h.readCount() == before {
			t.Fatalf("the feed is late, reads work: %v after %d reads", err, h.readCount()-before)
		}
		synctest.Wait()
		h.set(func() { h.reads = true })
		began := time.Now()
		if err := signedIn(t, s, tok); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("waited %v", took)
		}
		time.Sleep(200 * time.Millisecond)
		began = time.Now()
		if err := signedIn(t, s, tok); err != nil || time.Since(began) > 0 {
			t.Errorf("then waited %v: %v", time.Since(began), err)
		}
		// A session that this process has ended is not taken from memory.
		k := tok.Key()
		if _, err := s.End(t.Context(), session.Revocation{Key: &k}); err != nil {
			t.Fatal(err)
		}
		if err := signedIn(t, s, tok); !errors.Is(err, session.ErrUnavailable) && !errors.Is(err, session.ErrNone) {
			t.Errorf("ended here: %v", err)
		}
	})
}

func TestSavingUsesDoesNotDelayTheFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, h := startHanging(t)
		tok := h.add(t, "a")
		h.set(func() {
			row := h.rows[tok.Key()]
			row.Session.SeenAt = time.Now().Add(-time.Hour)
			h.rows[tok.Key()] = row
			h.touches = true
		})
		for range 3000 { // half a minute, in which the use waits to be saved
			if err := signedIn(t, s, tok); err != nil {
				t.Fatal(err)
			}
			if age := s.Stats().FeedAge; age > time.Second {
				t.Fatalf("the feed is %v old", age)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if h.waits == 0 {
			t.Error("no use was saved")
		}
	})
}
