package storetest

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

var sweepTests = []test{
	{"ST13_SmallBatches", sweepBatches},
	{"SweepKeepsLiveRows", sweepKeeps},
	{"PendingUsersAreSweptAfterADay", sweepPending},
	{"PV11_LogIsSweptAfterRetentionAndTheRunIsRecorded", sweepAudit},
}

// sweepAll sweeps until nothing is left, and reports the largest step.
func sweepAll(t *testing.T, w world, now time.Time, limit int) (total, largest int) {
	t.Helper()
	for range 1000 {
		n, err := w.Store.Sweep(t.Context(), now, limit)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return total, largest
		}
		total, largest = total+n, max(largest, n)
	}
	t.Fatal("Sweep finds no end")
	return 0, 0
}

func sweepBatches(t *testing.T, w world) {
	for i := range 30 {
		end(t, w.Store, w.signIn(t, "gone").Session.Key)
		w.signIn(t, fmt.Sprint(i))
	}
	_, largest := sweepAll(t, w, noon.Add(5*365*24*time.Hour), 7)
	if largest > 6*7 {
		t.Errorf("one step deleted %d rows", largest)
	}
	for _, table := range []string{"sessions", "attempts", "changes", "audit_log WHERE kind <> 'log.expired'"} {
		if n := w.count(t, table); n != 0 {
			t.Errorf("%d rows left in %s", n, table)
		}
	}
	if n := w.count(t, "users"); n != 31 {
		t.Errorf("%d users, want 31", n)
	}
	// Numbers continue after the feed was swept.
	_, cursor, err := w.Store.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	p := w.signIn(t, "1")
	end(t, w.Store, p.Session.Key)
	if changes, _, err := w.Store.Changes(t.Context(), cursor); err != nil || !hasKey(changes, p.Session.Key) {
		t.Errorf("Changes = %v, %v", changes, err)
	}
}

func sweepKeeps(t *testing.T, w world) {
	c := w.completion(t, "1")
	p := w.finish(t, c).Principal
	end(t, w.Store, w.signIn(t, "1").Session.Key)
	if n, err := w.Store.Sweep(t.Context(), noon.Add(10*time.Minute), 100); n != 0 || err != nil {
		t.Errorf("Sweep = %d, %v", n, err)
	}
	// A use may be recorded late: a session just beyond its idle limit stays.
	if _, err := w.Store.Sweep(t.Context(), p.Session.IdleExpiresAt.Add(time.Minute), 100); err != nil {
		t.Fatal(err)
	}
	w.principal(t, p.Session.Key)
	if _, err := w.Store.Sweep(t.Context(), p.Session.IdleExpiresAt.Add(25*time.Hour), 100); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.Principal(t.Context(), p.Session.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("expired session: %v", err)
	}
}

func sweepPending(t *testing.T, w world) {
	p, active := w.signInPending(t, "1"), w.signIn(t, "2")
	if _, err := w.Store.Sweep(t.Context(), noon.Add(23*time.Hour), 100); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.UserByID(t.Context(), p.User.ID); err != nil {
		t.Errorf("after 23 hours: %v", err)
	}
	sweepAll(t, w, noon.Add(25*time.Hour), 100)
	if _, err := w.Store.UserByID(t.Context(), p.User.ID); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("after 25 hours: %v", err)
	}
	w.principal(t, active.Session.Key)
	if n := w.count(t, "identities"); n != 1 {
		t.Errorf("%d identities, want 1", n)
	}
}

func sweepAudit(t *testing.T, w world) {
	p := w.signIn(t, "1")
	w.disable(t, p.User.ID)
	err := w.Store.SetDisabled(t.Context(), account.StatusChange{UserID: p.User.ID, At: noon.Add(100 * 24 * time.Hour),
		Actor: audit.Operator("test", "", audit.Client{})})
	if err != nil {
		t.Fatal(err)
	}
	lines := func() string {
		t.Helper()
		out := ""
		for _, row := range w.Query(t, "SELECT class, kind, actor, COALESCE(detail, '') FROM audit_log ORDER BY id") {
			out += strings.Join(row, " ") + "\n"
		}
		return out
	}
	all := lines()
	day := func(days int) time.Time { return noon.UTC().Truncate(24*time.Hour).AddDate(0, 0, days) }
	sweepAll(t, w, day(93).Add(-time.Minute), 100) // the sign-in is 92 days old during this day
	if got := lines(); got != all {
		t.Errorf("before the limit: %s, want %s", got, all)
	}
	for range 2 { // in small steps, and again on the same day
		sweepAll(t, w, day(100), 1)
	}
	want := `access access.user.disable operator:test 
access user.disabled operator:test 
access access.user.enable operator:test 
access user.enabled operator:test 
access log.expired system class=member before=` + day(8).Format(time.DateOnly) + " lines=N\n"
	if got := regexp.MustCompile(`lines=[1-9]\d*`).ReplaceAllString(lines(), "lines=N"); got != want {
		t.Errorf("after the limit: %s, want %s", got, want)
	}
	// The record of a run outlives what it is about as long as access records live.
	sweepAll(t, w, day(3*365), 100)
	if got, want := lines(), "access log.expired system class=access before="; !strings.HasPrefix(got, want) ||
		strings.Count(got, "\n") != 1 {
		t.Errorf("after two years: %s", got)
	}
}
