package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

var sessionTests = []test{
	{"UnknownSessionIsNone", unknownSession},
	{"SE06_NoTokenIsStored", noToken},
	{"TouchDoesNotReviveAnEndedSession", touchDoesNotRevive},
	{"TouchOnlyMovesForward", touchForward},
	{"SE08_TouchDoesNotPassTheAbsoluteLimit", touchLimit},
	{"EndOne", endOne},
	{"SE10_EndAllOthers", endOthers},
	{"EndNeedsOneTarget", endTarget},
	{"ConcurrentEndsCountOnce", endRace},
	{"SessionWithoutIdentityIsNone", orphan},
	{"CancelledCallWritesNothing", cancelled},
}

func contains(all []string, s string) bool { return slices.Contains(all, s) }

func hasKey(all []session.Change, k session.Key) bool {
	return slices.ContainsFunc(all, func(c session.Change) bool { return c.UserID == "" && c.Key == k })
}

func unknownSession(t *testing.T, w world) {
	p, err := w.Store.Principal(t.Context(), newKey(t))
	if p != nil || !errors.Is(err, session.ErrNone) || errors.Is(err, session.ErrUnavailable) {
		t.Errorf("Principal = %v, %v", p, err)
	}
}

func noToken(t *testing.T, w world) {
	tok, err := session.Mint(noon, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := w.completion(t, "1")
	c.Session.Key = tok.Key()
	w.finish(t, c)
	if bytes.Contains(c.Session.Key[:], tok.Bytes()[4:]) {
		t.Fatal("the key holds the token")
	}
	for _, table := range []string{"sessions", "attempts", "audit_log", "changes", "users", "identities"} {
		for _, row := range w.Query(t, "SELECT * FROM "+table) {
			for _, v := range row {
				if strings.Contains(v, tok.Reveal()) || strings.Contains(v, string(tok.Bytes())) {
					t.Errorf("%s holds the token", table)
				}
			}
		}
	}
}

func touchDoesNotRevive(t *testing.T, w world) {
	p := w.signIn(t, "1")
	k := p.Session.Key
	if n, err := w.Store.End(t.Context(), session.Revocation{Key: &k, At: noon,
		Actor: audit.User("test", audit.Client{})}); n != 1 || err != nil {
		t.Fatalf("End = %d, %v", n, err)
	}
	later := noon.Add(time.Hour)
	if err := w.Store.Touch(t.Context(), []session.Touch{{Key: k, SeenAt: later,
		IdleExpiresAt: later.Add(time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.Principal(t.Context(), k); !errors.Is(err, session.ErrNone) {
		t.Errorf("after the touch: %v", err)
	}
}

func touchForward(t *testing.T, w world) {
	a, b := w.signIn(t, "1"), w.signIn(t, "2")
	touch := func(k session.Key, seen, idle time.Time) {
		t.Helper()
		if err := w.Store.Touch(t.Context(), []session.Touch{{Key: newKey(t)},
			{Key: k, SeenAt: seen, IdleExpiresAt: idle}}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(p *session.Principal, seen, idle time.Time) {
		t.Helper()
		got := w.principal(t, p.Session.Key).Session
		if !got.SeenAt.Equal(seen) || !got.IdleExpiresAt.Equal(idle) {
			t.Errorf("seen %v idle %v, want %v and %v", got.SeenAt, got.IdleExpiresAt, seen, idle)
		}
	}
	seen, idle := a.Session.SeenAt, a.Session.IdleExpiresAt
	hour := time.Hour
	touch(a.Session.Key, seen.Add(hour), idle.Add(hour))
	check(a, seen.Add(hour), idle.Add(hour))
	touch(a.Session.Key, seen, idle.Add(2*hour))
	check(a, seen.Add(hour), idle.Add(2*hour))
	touch(a.Session.Key, seen.Add(3*hour), idle)
	check(a, seen.Add(3*hour), idle.Add(2*hour))
	check(b, seen, idle)
	if err := w.Store.Touch(t.Context(), nil); err != nil {
		t.Errorf("Touch of nothing: %v", err)
	}
}

func touchLimit(t *testing.T, w world) {
	p := w.signIn(t, "1")
	far := p.Session.ExpiresAt.Add(time.Hour)
	if err := w.Store.Touch(t.Context(), []session.Touch{{Key: p.Session.Key, SeenAt: noon,
		IdleExpiresAt: far}}); err != nil {
		t.Fatal(err)
	}
	if got := w.principal(t, p.Session.Key).Session; !got.IdleExpiresAt.Equal(p.Session.ExpiresAt) ||
		!got.ExpiresAt.Equal(p.Session.ExpiresAt) {
		t.Errorf("session ends %v and %v, want %v", got.IdleExpiresAt, got.ExpiresAt, p.Session.ExpiresAt)
	}
}

func endOne(t *testing.T, w world) {
	a, b := w.signIn(t, "1"), w.signIn(t, "1")
	_, cursor, err := w.Other.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	e := session.Revocation{Key: &a.Session.Key, At: noon, Actor: audit.User(a.User.ID, origin), Reason: "signed_out"}
	for want := 1; want >= 0; want-- {
		if n, err := w.Store.End(t.Context(), e); n != want || err != nil {
			t.Errorf("End = %d, %v, want %d", n, err, want)
		}
	}
	if _, err := w.Other.Principal(t.Context(), a.Session.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("ended session: %v", err)
	}
	w.principal(t, b.Session.Key)
	changes, _, err := w.Other.Changes(t.Context(), cursor)
	if err != nil || !hasKey(changes, a.Session.Key) || hasKey(changes, b.Session.Key) {
		t.Errorf("feed says %v, %v", changes, err)
	}
	events := w.events(t)
	want := fmt.Sprintf("session.signed_out user=%s session=%s reason=signed_out", a.User.ID, a.Session.ID)
	if events[len(events)-1] != want {
		t.Errorf("last event is %s", events[len(events)-1])
	}
}

func endOthers(t *testing.T, w world) {
	a, b, c := w.signIn(t, "1"), w.signIn(t, "1"), w.signIn(t, "1")
	stranger := w.signIn(t, "2")
	_, cursor, err := w.Other.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	n, err := w.Store.End(t.Context(), session.Revocation{UserID: a.User.ID, Except: &a.Session.Key, At: noon,
		Actor: audit.User("test", audit.Client{}), Reason: "others"})
	if n != 2 || err != nil {
		t.Fatalf("End = %d, %v", n, err)
	}
	w.principal(t, a.Session.Key)
	w.principal(t, stranger.Session.Key)
	for _, k := range []session.Key{b.Session.Key, c.Session.Key} {
		if _, err := w.Store.Principal(t.Context(), k); !errors.Is(err, session.ErrNone) {
			t.Errorf("ended session: %v", err)
		}
	}
	changes, _, err := w.Other.Changes(t.Context(), cursor)
	if err != nil || !slices.ContainsFunc(changes, func(c session.Change) bool { return c.UserID == a.User.ID }) {
		t.Errorf("feed says %v, %v", changes, err)
	}
	if n, err := w.Store.End(t.Context(), session.Revocation{UserID: a.User.ID, At: noon,
		Actor: audit.User("test", audit.Client{})}); n != 1 || err != nil {
		t.Errorf("End of all = %d, %v", n, err)
	}
}

func endTarget(t *testing.T, w world) {
	p := w.signIn(t, "1")
	for _, e := range []session.Revocation{{At: noon}, {At: noon, Key: &p.Session.Key, UserID: p.User.ID}} {
		if _, err := w.Store.End(t.Context(), e); err == nil {
			t.Errorf("End(%+v) is accepted", e)
		}
	}
	w.principal(t, p.Session.Key)
}

func endRace(t *testing.T, w world) {
	p := w.signIn(t, "1")
	var mu sync.Mutex
	total := 0
	var wg sync.WaitGroup
	for i := range 20 {
		st, e := w.Store, session.Revocation{Key: &p.Session.Key, At: noon, Actor: audit.User("test", audit.Client{})}
		if i%2 == 1 {
			st, e = w.Other, session.Revocation{UserID: p.User.ID, At: noon, Actor: audit.User("test", audit.Client{})}
		}
		wg.Go(func() {
			n, err := st.End(t.Context(), e)
			if err != nil {
				t.Errorf("End: %v", err)
			}
			mu.Lock()
			total += n
			mu.Unlock()
		})
	}
	wg.Wait()
	if total != 1 {
		t.Errorf("one session ended %d times", total)
	}
}

func orphan(t *testing.T, w world) {
	p := w.signIn(t, "1")
	if err := w.Exec("DELETE FROM identities"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.Principal(t.Context(), p.Session.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("session whose identity is gone: %v", err)
	}
}

func cancelled(t *testing.T, w world) {
	c := w.completion(t, "1")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Store.Finish(ctx, c); !errors.Is(err, session.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("Finish: %v", err)
	}
	if _, err := w.Store.Principal(ctx, c.Session.Key); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("Principal: %v", err)
	}
	if n := w.count(t, "users"); n != 0 {
		t.Errorf("%d users", n)
	}
	w.finish(t, c) // and works
}
