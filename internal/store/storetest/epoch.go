package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/export"
	"github.com/norang-login/norang/internal/handoff"
	"github.com/norang-login/norang/internal/session"
)

// endAll ends all sessions and returns how many rows are to be deleted.
func endAll(t *testing.T, w world) int {
	t.Helper()
	n, err := w.Store.EndAll(t.Context(), audit.Operator("kim", reports, origin), noon)
	if err != nil {
		t.Fatalf("EndAll: %v", err)
	}
	return n
}

func endAllSessions(t *testing.T, w world) {
	var old []*session.Principal
	names := map[string]string{}
	for _, subject := range []string{"1", "1", "2", "3", "1"} {
		p := w.signInAt(t, subject, noon)
		old = append(old, p)
		names[string(p.User.ID)] = subject
	}
	if s, p, err := w.Other.CountSessions(t.Context(), noon); s != 5 || p != 3 || err != nil {
		t.Errorf("CountSessions = %d, %d, %v", s, p, err)
	}
	_, cursor, err := w.Other.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if n := endAll(t, w); n != 5 {
		t.Errorf("%d ended, want 5", n)
	}
	later := w.signInAt(t, "1", noon) // in the same millisecond
	// The rows are still there, and count for nothing.
	if n := w.count(t, "sessions"); n != 6 {
		t.Errorf("%d rows, want 6", n)
	}
	for _, p := range old {
		if _, err := w.Other.Principal(t.Context(), p.Session.Key); !errors.Is(err, session.ErrNone) {
			t.Errorf("session of %s: %v", p.User.ID, err)
		}
		if owner, err := w.Other.SessionOwner(t.Context(), p.Session.ID); owner != "" || err != nil {
			t.Errorf("SessionOwner = %q, %v", owner, err)
		}
	}
	w.principal(t, later.Session.Key)
	if all, err := w.Other.SessionsOf(t.Context(), later.User.ID, noon, 10); err != nil || len(all) != 1 {
		t.Errorf("SessionsOf = %+v, %v", all, err)
	}
	if u, err := w.Other.UserDetails(t.Context(), later.User.ID, noon); err != nil || u.Sessions != 1 {
		t.Errorf("UserDetails = %+v, %v", u, err)
	}
	if s, p, err := w.Other.CountSessions(t.Context(), noon); s != 1 || p != 1 || err != nil {
		t.Errorf("CountSessions = %d, %d, %v", s, p, err)
	}
	held, err := w.Store.Hold(t.Context(), export.Request{UserID: later.User.ID, At: noon, Actor: audit.User(later.User.ID,
		audit.Client{})})
	if err != nil || len(held.Sessions) != 1 {
		t.Errorf("Hold = %+v, %v", held, err)
	}
	changes, _, err := w.Other.Changes(t.Context(), cursor)
	if err != nil || !slices.ContainsFunc(changes, func(c session.Change) bool { return c.UserID == session.AllUsers }) {
		t.Errorf("Changes = %+v, %v", changes, err)
	}
	diff(t, accessRecords(t, w), [][]string{
		{"access.session.revoke", "operator:kim", "NULL", reports, "done", audit.AllUsers, origin.Address},
	})
	diff(t, emitted(t, w, names), []string{"user.created 1", "user.created 2", "user.created 3", "session.all_revoked"})
	g := w.signInKeeping(t, "4", "tokens")
	clearEnded(t, w, 2, 2, 2, 1, 0, 0)
	if got := sealedOf(t, w, g.User.ID); got != "tokens" {
		t.Errorf("tokens of a later sign-in: %q", got)
	}
	end(t, w.Store, g.Session.Key)
	if n := w.count(t, "sessions"); n != 1 {
		t.Errorf("%d rows are left, want the session of the later sign-in", n)
	}
	w.principal(t, later.Session.Key)
	endAll(t, w) // and again
	if _, err := w.Other.Principal(t.Context(), later.Session.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("after ending all again: %v", err)
	}
	if n, err := w.Store.Sweep(t.Context(), noon, 10); n != 1 || err != nil {
		t.Errorf("Sweep = %d, %v", n, err)
	}
	if n := w.count(t, "sessions"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// clearEnded deletes ended sessions in batches, by either process.
func clearEnded(t *testing.T, w world, limit int, want ...int) {
	t.Helper()
	for i, want := range want {
		n, err := replica(w, i).ClearEnded(t.Context(), noon, limit)
		if n != want || err != nil {
			t.Errorf("ClearEnded = %d, %v, want %d", n, err, want)
		}
	}
}

// What ends or replaces a session that has ended with all others finds none, and queues no event again.
func endedWithAll(t *testing.T, w world) {
	a, b := w.signIn(t, "1"), w.signIn(t, "2")
	g := w.signInKeeping(t, "3", "tokens")
	endAll(t, w)
	if got := w.grantsOf(t, g.User.ID, noon); len(got) != 0 {
		t.Errorf("tokens of an ended session are given out: %+v", got)
	}
	for _, e := range []session.Revocation{
		{Key: &a.Session.Key}, {UserID: a.User.ID}, {UserID: b.User.ID, ID: b.Session.ID},
	} {
		e.At, e.Actor = noon, audit.User("test", audit.Client{})
		if n, err := w.Store.End(t.Context(), e); n != 0 || err != nil {
			t.Errorf("End(%+v) = %d, %v", e, n, err)
		}
	}
	c := w.completion(t, "4") // another user, in b's browser
	c.Replaces = &b.Session.Key
	w.finish(t, c)
	w.disable(t, g.User.ID)
	got := emitted(t, w, map[string]string{string(c.UserID): "c", string(g.User.ID): "g"})
	diff(t, got[3:], []string{"session.all_revoked", "user.created c", "user.disabled g"})
	clearEnded(t, w, 10, 0, 0)
	if n := endJobs(t, w); n != 1 {
		t.Errorf("%d jobs to end tokens, want 1", n)
	}
}

// A session that continues another one ends with it, however the two transactions fall together.
func continueEnded(t *testing.T, w world) {
	p := w.signIn(t, "1")
	var wg sync.WaitGroup
	keys := make([]session.Key, 20)
	for i := range keys {
		b := w.branch(t, p, fmt.Sprint("code ", i))
		keys[i] = b.Session.Key
		wg.Go(func() {
			if _, err := w.Other.Branch(t.Context(), b); err != nil && !errors.Is(err, handoff.ErrCode) {
				t.Errorf("Branch: %v", err)
			}
		})
	}
	endAll(t, w)
	wg.Wait()
	for _, k := range keys {
		if _, err := w.Store.Principal(t.Context(), k); !errors.Is(err, session.ErrNone) {
			t.Errorf("a copy of an ended session: %v", err)
		}
	}
}
