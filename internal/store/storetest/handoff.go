package storetest

import (
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/handoff"
	"github.com/norang-login/norang/internal/session"
)

var handoffTests = []test{
	{"MT11_CodeBeginsOneSession", branchOnce},
	{"NewSessionIsACopyThatEndsNoLater", branchCopies},
	{"PendingUserHasABranchOnlyWhereTheyJoin", branchPending},
	{"EndedSessionsAndInactiveUsersHaveNoBranch", branchRefused},
}

// branch is a hand-off of p's session, by a code.
func (w world) branch(t *testing.T, p *session.Principal, code string) handoff.Branch {
	t.Helper()
	at := noon.Add(time.Minute)
	s := newSession(t, at)
	s.CreatedAt, s.SeenAt, s.IdleExpiresAt, s.ExpiresAt = at, at, at.Add(time.Hour), at.Add(10000*time.Hour)
	return handoff.Branch{
		Code: sha256.Sum256([]byte(code)), CodeEnds: at.Add(2 * time.Minute), From: p.Session.Key, Session: s,
	}
}

func branchOnce(t *testing.T, w world) {
	p := w.signIn(t, "1")
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range 20 {
		b := w.branch(t, p, "one code")
		st := replica(w, i)
		wg.Go(func() {
			switch _, err := st.Branch(t.Context(), b); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, handoff.ErrCode):
				t.Errorf("Branch: %v", err)
			}
		})
	}
	wg.Wait()
	all, err := w.Store.SessionsOf(t.Context(), p.User.ID, noon.Add(2*time.Minute), 10)
	if err != nil || won.Load() != 1 || len(all) != 2 {
		t.Errorf("%d of 20 succeeded and there are %d sessions (%v), want 1 and 2", won.Load(), len(all), err)
	}
}

func branchCopies(t *testing.T, w world) {
	for name, auth := range map[string]time.Time{"known": noon.Add(-time.Hour), "unknown": noon.Add(time.Millisecond)} {
		c := w.completion(t, name)
		c.Session.AuthTime = auth
		branchCopy(t, w, w.finish(t, c).Principal)
	}
}

func branchCopy(t *testing.T, w world, p *session.Principal) {
	b := w.branch(t, p, string(p.User.ID))
	written, err := w.Store.Branch(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Other.Principal(t.Context(), b.Session.Key)
	if err != nil {
		t.Fatal(err)
	}
	if got.User.ID != p.User.ID || got.Identity.ID != p.Identity.ID || got.Session.ID == p.Session.ID ||
		!got.Session.AuthTime.Equal(p.Session.AuthTime) || !got.Session.ExpiresAt.Equal(p.Session.ExpiresAt) ||
		!written.ExpiresAt.Equal(p.Session.ExpiresAt) {
		t.Errorf("copied %+v, from %+v", got.Session, p.Session)
	}
	if !got.Session.CreatedAt.Equal(p.Session.CreatedAt) || got.Session.AuthTimeKnown() != p.Session.AuthTimeKnown() {
		t.Errorf("a hand-off counts as a sign-in: %+v, from %+v", got.Session, p.Session)
	}
	log, err := w.Store.History(t.Context(), p.User.ID, 0, 1)
	if err != nil || len(log) != 1 || log[0].Kind != audit.SignIn || log[0].Reason != "handoff" ||
		log[0].Session != got.Session.ID {
		t.Errorf("log: %+v, %v", log, err)
	}
}

func branchRefused(t *testing.T, w world) {
	ended := w.signIn(t, "1")
	if _, err := w.Store.End(t.Context(), session.Revocation{
		Key: &ended.Session.Key, At: noon, Actor: audit.User(ended.User.ID, origin), Reason: session.ReasonHere,
	}); err != nil {
		t.Fatal(err)
	}
	disabled := w.signIn(t, "2")
	if err := w.Store.SetDisabled(t.Context(), account.StatusChange{
		UserID: disabled.User.ID, Disabled: true, At: noon, Actor: audit.Operator("kim", "test", origin),
	}); err != nil {
		t.Fatal(err)
	}
	expired := w.signIn(t, "3")
	late := w.branch(t, expired, "late")
	late.Session.CreatedAt = expired.Session.ExpiresAt
	for name, b := range map[string]handoff.Branch{
		"ended": w.branch(t, ended, "ended"), "disabled": w.branch(t, disabled, "disabled"), "expired": late,
	} {
		if _, err := w.Store.Branch(t.Context(), b); !errors.Is(err, handoff.ErrCode) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func branchPending(t *testing.T, w world) {
	p := w.signInPending(t, "1")
	b := w.branch(t, p, "for a page")
	if _, err := w.Store.Branch(t.Context(), b); !errors.Is(err, handoff.ErrCode) {
		t.Errorf("for a page: %v", err)
	}
	b = w.branch(t, p, "for a web view")
	b.Pending = true
	s, err := w.Store.Branch(t.Context(), b)
	if err != nil || !s.ExpiresAt.Equal(p.Session.ExpiresAt) || s.IdleExpiresAt.After(s.ExpiresAt) {
		t.Errorf("for a web view: %+v, %v", s, err)
	}
	if got := w.principal(t, b.Session.Key); got.User.Status != account.Pending {
		t.Errorf("%+v", got.User)
	}
}
