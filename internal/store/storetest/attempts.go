package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

var attemptTests = []test{
	{"CI03_OneOfAHundredClaimsWins", oneClaimWins},
	{"ClaimReturnsTheResultOfAnEarlierClaim", claimReports},
	{"FailNeedsAClaimedAttempt", failNeedsClaim},
	{"FinishNeedsAClaimedAttempt", finishNeedsClaim},
	{"FailIsAudited", failIsAudited},
}

func oneClaimWins(t *testing.T, w world) {
	k := newAttempt()
	var winners, others atomic.Int64
	var wg sync.WaitGroup
	for i := range 100 {
		st := replica(w, i)
		wg.Go(func() {
			r, err := st.Claim(t.Context(), k, noon, noon.Add(time.Minute))
			switch {
			case err != nil:
				t.Errorf("Claim: %v", err)
			case r.Progress == login.Unclaimed:
				winners.Add(1)
			case r.Progress == login.Claimed:
				others.Add(1)
			default:
				t.Errorf("Claim = %+v", r)
			}
		})
	}
	wg.Wait()
	if winners.Load() != 1 || others.Load() != 99 {
		t.Errorf("%d claims won and %d lost, want 1 and 99", winners.Load(), others.Load())
	}
}

func claimReports(t *testing.T, w world) {
	ctx := t.Context()
	if r, err := w.Store.Attempt(ctx, newAttempt()); err != nil || r != (login.Record{}) {
		t.Errorf("unknown attempt = %+v, %v", r, err)
	}
	done := w.completion(t, "1")
	if r, err := w.Store.Attempt(ctx, done.Attempt); err != nil ||
		r != (login.Record{Progress: login.Claimed, ClaimedAt: stored(noon)}) {
		t.Errorf("claimed attempt = %+v, %v", r, err)
	}
	w.finish(t, done)
	pending := w.completion(t, "2")
	pending.JoinRequired = true
	w.finish(t, pending)
	failed := newAttempt()
	w.claim(t, failed)
	if err := w.Store.Fail(ctx, login.Failure{Attempt: failed, At: noon, Code: "provider.KOE320"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key  login.AttemptKey
		want login.Record
	}{
		{done.Attempt, login.Record{Progress: login.Succeeded, ClaimedAt: stored(noon), Session: done.Session.Key}},
		{pending.Attempt, login.Record{Progress: login.Succeeded, ClaimedAt: stored(noon), Session: pending.Session.Key,
			Pending: true}},
		{failed, login.Record{Progress: login.Ended, ClaimedAt: stored(noon), Code: "provider.KOE320"}},
	} {
		if r, err := w.Other.Claim(ctx, c.key, noon, noon.Add(time.Minute)); err != nil || r != c.want {
			t.Errorf("Claim = %+v, %v, want %+v", r, err, c.want)
		}
		if r, err := w.Other.Attempt(ctx, c.key); err != nil || r != c.want {
			t.Errorf("Attempt = %+v, %v, want %+v", r, err, c.want)
		}
	}
}

func failNeedsClaim(t *testing.T, w world) {
	ctx := t.Context()
	fail := func(k login.AttemptKey) error {
		return w.Store.Fail(ctx, login.Failure{Attempt: k, At: noon, Code: "x"})
	}
	if err := fail(newAttempt()); !errors.Is(err, store.ErrNotClaimed) {
		t.Errorf("Fail of an unclaimed attempt: %v", err)
	}
	c := w.completion(t, "1")
	w.finish(t, c)
	if err := fail(c.Attempt); !errors.Is(err, store.ErrNotClaimed) {
		t.Errorf("Fail of an attempt that succeeded: %v", err)
	}
	if r, _ := w.Store.Attempt(ctx, c.Attempt); r.Progress != login.Succeeded {
		t.Errorf("then the attempt is %+v", r)
	}
	k := newAttempt()
	w.claim(t, k)
	if err := w.Store.Fail(ctx, login.Failure{Attempt: k, At: noon}); err == nil {
		t.Error("Fail without a code is accepted")
	}
}

func finishNeedsClaim(t *testing.T, w world) {
	ctx := t.Context()
	unclaimed := w.completion(t, "1")
	unclaimed.Attempt = newAttempt()
	failed := w.completion(t, "2")
	if err := w.Store.Fail(ctx, login.Failure{Attempt: failed.Attempt, At: noon, Code: "x"}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]login.Completion{"unclaimed": unclaimed, "failed": failed} {
		if _, err := w.Store.Finish(ctx, c); !errors.Is(err, store.ErrNotClaimed) {
			t.Errorf("Finish of an %s attempt: %v", name, err)
		}
		if _, err := w.Store.Principal(ctx, c.Session.Key); !errors.Is(err, session.ErrNone) {
			t.Errorf("then its session: %v", err)
		}
	}
	if n := w.count(t, "users"); n != 0 {
		t.Errorf("%d users were left behind", n)
	}
	// An attempt gives one session, even if the caller retries with another.
	c := w.completion(t, "3")
	w.finish(t, c)
	c.Session = newSession(t, noon)
	if _, err := w.Store.Finish(ctx, c); !errors.Is(err, store.ErrNotClaimed) {
		t.Errorf("second Finish: %v", err)
	}
	if n := w.count(t, "sessions"); n != 1 {
		t.Errorf("%d sessions, want 1", n)
	}
}

func failIsAudited(t *testing.T, w world) {
	k := newAttempt()
	w.claim(t, k)
	if err := w.Store.Fail(t.Context(), login.Failure{Attempt: k, At: noon, Code: "login.nonce_mismatch",
		Client: origin}); err != nil {
		t.Fatal(err)
	}
	rows := w.Query(t, "SELECT at, kind, actor, user_id, reason, address, user_agent, request_id FROM audit_log")
	want := []string{"1772334000123", "login.failed", "system", "NULL", "login.nonce_mismatch", origin.Address,
		origin.UserAgent, origin.RequestID}
	diff(t, rows, [][]string{want})
}

// stored is a time as it is read back: to the millisecond, in UTC.
func stored(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()).UTC() }
