package withdrawal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
)

// kakaoList is a provider with a list, and with the truth about each person, which may differ.
type kakaoList struct {
	list   []string
	linked map[string]bool
	fail   func(call int) error // may be nil; call counts from 1
	calls  []time.Time
}

func (k *kakaoList) called() error {
	k.calls = append(k.calls, time.Now())
	if k.fail != nil {
		return k.fail(len(k.calls))
	}
	return nil
}

func (k *kakaoList) LinkedAfter(_ context.Context, cursor string) ([]string, string, error) {
	if err := k.called(); err != nil {
		return nil, "", err
	}
	from, _ := strconv.Atoi(cursor)
	to := min(from+100, len(k.list))
	if to == len(k.list) {
		return k.list[from:], "", nil
	}
	return k.list[from:to], strconv.Itoa(to), nil
}

func (k *kakaoList) Linked(_ context.Context, key account.Key) (bool, error) {
	return k.linked[key.Subject], k.called()
}

// heldStore has members, and remembers what was queued.
type heldStore struct {
	Store
	held   []LinkedIdentity
	queued []jobs.New
}

func (s *heldStore) IdentitiesAfter(_ context.Context, _, _, after string, limit int) ([]LinkedIdentity, error) {
	i := 0
	for i < len(s.held) && s.held[i].ID <= after {
		i++
	}
	return slices.Clone(s.held[i:min(i+limit, len(s.held))]), nil
}

func (s *heldStore) QueueJob(_ context.Context, j jobs.New) error {
	s.queued = append(s.queued, j)
	return nil
}

// ended are the subjects for whom what follows from an unlinking was queued.
func (s *heldStore) ended(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, j := range s.queued {
		var n StoredNotice
		if err := json.Unmarshal([]byte(j.Payload), &n); err != nil || j.Kind != NoticeJob ||
			!slices.Equal(n.Changes, []provider.Change{provider.LinkEnded}) {
			t.Errorf("queued %+v, %v", j, err)
		}
		all = append(all, n.Key.Subject)
	}
	return all
}

// reconciliation has members 0 to n-1, all of them linked and in the list.
func reconciliation(t *testing.T, n int) (*Reconciler, *kakaoList, *heldStore, *strings.Builder) {
	t.Helper()
	k, s, log := &kakaoList{linked: map[string]bool{}}, &heldStore{}, &strings.Builder{}
	for i := range n {
		subject := strconv.Itoa(1000 + i)
		k.list = append(k.list, subject)
		k.linked[subject] = true
		s.held = append(s.held, LinkedIdentity{
			ID: fmt.Sprintf("%06d", i), Key: account.Key{Provider: "kakao", Namespace: "1", Subject: subject},
			SeenAt: time.Now().Add(-24 * time.Hour),
		})
	}
	leaver := &Service{store: s, wake: func() {}, now: time.Now}
	r, err := NewReconciler(ReconcilerConfig{
		Store: s, Links: k, Withdrawal: leaver,
		Lister: k, Provider: "kakao", Namespace: "1", Every: 24 * time.Hour, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, k, s, log
}

func (k *kakaoList) lacks(from, to int) { k.list = slices.Delete(slices.Clone(k.list), from, to) }
func (k *kakaoList) ended(subjects ...string) {
	for _, s := range subjects {
		k.linked[s] = false
	}
}

func TestWH06_LostUnlinksAreFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, k, s, _ := reconciliation(t, 1234)
		k.lacks(700, 704)
		k.ended("1700", "1702") // of the other two the list is wrong
		s.held[703].SeenAt = time.Now()
		done, err := r.Reconcile(t.Context())
		if want := (ReconcileResult{Listed: 1230, Found: 1230, Missing: 3, Ended: 2, Linked: 1}); err != nil || done != want {
			t.Errorf("Reconcile = %+v, %v, want %+v", done, err, want)
		}
		if got := s.ended(t); !slices.Equal(got, []string{"1700", "1702"}) {
			t.Errorf("ended: %q", got)
		}
		for i := 1; i < len(k.calls); i++ {
			if gap := k.calls[i].Sub(k.calls[i-1]); gap < reconcilePause {
				t.Errorf("call %d comes %v after the one before", i, gap)
			}
		}
	})
}

// Broken answers never end links in bulk.
func TestWH06_BrokenAnswersEndNothing(t *testing.T) {
	for name, c := range map[string]struct {
		members int
		change  func(*kakaoList)
	}{
		"empty list":              {1000, func(k *kakaoList) { k.list = nil }},
		"list cut short":          {1000, func(k *kakaoList) { k.list = k.list[:900] }},
		"a little too much":       {1000, func(k *kakaoList) { k.list = k.list[:979] }},
		"another app's people":    {1000, func(k *kakaoList) { k.list = []string{"1", "2", "3"} }},
		"another app's, few here": {3, func(k *kakaoList) { k.list = []string{"1", "2", "3"} }},
		"half of a few":           {5, func(k *kakaoList) { k.list = k.list[:2] }},
		"the only one":            {1, func(k *kakaoList) { k.list = nil }},
	} {
		synctest.Test(t, func(t *testing.T) {
			r, k, s, log := reconciliation(t, c.members)
			c.change(k)
			clear(k.linked) // and asked by name it answers -101 for every user
			r.reconcile(t.Context())
			if len(s.queued) != 0 {
				t.Errorf("%s: %d ended", name, len(s.queued))
			}
			if !strings.Contains(log.String(), "ALARM") {
				t.Errorf("%s: the operator is not told: %s", name, log)
			}
		})
	}
}

// As many as these are still handled: a few in a small service, one in fifty in a large one.
func TestWH06_SomeMissingUsersAreHandled(t *testing.T) {
	for _, c := range []struct{ members, missing int }{
		{2, 1}, {10, 5}, {300, fewMissing}, {1020, 20}, // of 1000 found
	} {
		synctest.Test(t, func(t *testing.T) {
			r, k, s, log := reconciliation(t, c.members)
			k.list = k.list[:c.members-c.missing]
			clear(k.linked)
			r.reconcile(t.Context())
			if len(s.queued) != c.missing || r.Finished() == 0 {
				t.Errorf("%d of %d: %d ended: %s", c.missing, c.members, len(s.queued), log)
			}
		})
	}
}

// longList is a list that repeats a page, until it is longer than any.
type longList struct {
	page []string
	sent int
}

func (l *longList) LinkedAfter(context.Context, string) ([]string, string, error) {
	if l.sent += len(l.page); l.sent > maxListed+len(l.page) {
		return nil, "", nil
	}
	return l.page, "again", nil
}

// A list that does not end must not fill the memory.
func TestWH06_EndlessListEndsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, k, s, _ := reconciliation(t, 100)
		k.ended("1050")
		k.lacks(50, 51)
		r.cfg.Lister = &longList{page: slices.Repeat(k.list, 3000)}
		if _, err := r.Reconcile(t.Context()); err == nil || len(s.queued) != 0 {
			t.Errorf("%d ended, %v", len(s.queued), err)
		}
	})
}

func TestWH06_FailingCalls(t *testing.T) {
	fault := func(kind provider.Kind) error { return &provider.Error{Kind: kind, Err: errors.New("fault")} }
	for name, c := range map[string]struct {
		fail  func(call int) error
		ended int
		calls int
		fails bool
	}{
		"a limit now and then": {func(call int) error {
			if call%2 == 1 {
				return fault(provider.RateLimited)
			}
			return nil
		}, 1, 8, false},
		"the list ends in the middle": {func(call int) error {
			if call > 2 {
				return fault(provider.Unavailable)
			}
			return nil
		}, 0, 2 + callTries, true},
		"not allowed":      {func(int) error { return fault(provider.Misconfigured) }, 0, 1, true},
		"nobody knows why": {func(int) error { return errors.New("fault") }, 0, 1, true},
		"asked by name: -401": {func(call int) error {
			if call > 3 {
				return fault(provider.Misconfigured)
			}
			return nil
		}, 0, 4, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			r, k, s, _ := reconciliation(t, 300)
			k.lacks(10, 11)
			k.ended("1010")
			k.fail = c.fail
			_, err := r.Reconcile(t.Context())
			if len(s.queued) != c.ended || len(k.calls) != c.calls || (err != nil) != c.fails {
				t.Errorf("%s: %d ended, %d calls, %v", name, len(s.queued), len(k.calls), err)
			}
		})
	}
}

// Each replica wants to; the job says which one does, and when the next period has come.
func TestReconcilesOncePerPeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, k, s, _ := reconciliation(t, 3)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); r.Run(ctx) }()
		synctest.Wait()
		if len(s.queued) == 0 || s.queued[0].Kind != ReconcileJob || len(k.calls) != 0 {
			t.Fatalf("queued %+v, %d calls", s.queued, len(k.calls))
		}
		for range 3 {
			if outcome, err := r.Handlers()[ReconcileJob](ctx, jobs.Job{}); err != nil || outcome == "" {
				t.Errorf("job: %q, %v", outcome, err)
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(k.calls); n < 1 || n > 2 {
			t.Errorf("%d calls", n)
		}
		time.Sleep(48 * time.Hour)
		stop()
		<-ended
		keys := map[string]bool{}
		for _, j := range s.queued {
			keys[j.Key] = true
		}
		if len(keys) != 3 { // the day it began, and two more
			t.Errorf("%d periods in two days", len(keys))
		}
	})
}
