package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

// outbox is the feed of events for the app.
type outbox interface {
	events.Store
	operator.DeliveryStore
	operator.EventStore
}

var eventTests = []test{
	{"JoiningEmitsUserCreated", eventsOfJoining},
	{"PlainSignInEmitsNothing", eventsOfPlainSignIn},
	{"ChangesAreEmitted", eventsOfChanges},
	{"EndedSessionsAreEmitted", eventsOfSessions},
	{"WithdrawalIsEmitted", eventsOfWithdrawal},
	{"NoticesAreEmitted", eventsOfNotices},
	{"PendingUsersEmitNothing", eventsOfPending},
	{"RolledBackEventsAreNotEmitted", eventsRolledBack},
	{"PagesAndCursors", eventCursors},
	{"EveryReaderSeesAllEventsInOneOrder", eventsInOneOrder},
	{"EventsAreKeptForAMonth", eventsSwept},
}

// emitted reads the whole feed as "kind user about" and checks every event.
func emitted(t *testing.T, w world, names map[string]string) []string {
	t.Helper()
	all, next, err := w.Other.Events(t.Context(), 0, 1000)
	if err != nil {
		t.Fatalf("Events: %v", err)
	}
	var out []string
	seen, last := map[string]bool{}, int64(0)
	for _, e := range all {
		if e.Position <= last || e.ID == "" || seen[e.ID] || e.At.IsZero() {
			t.Errorf("event %+v after position %d", e, last)
		}
		last, seen[e.ID] = e.Position, true
		line := fmt.Sprintf("%s %s %s", e.Kind, e.UserID, e.About)
		for id, name := range names {
			line = strings.ReplaceAll(line, id, name)
		}
		out = append(out, strings.TrimSpace(line))
	}
	if next != last {
		t.Errorf("next is %d after %d", next, last)
	}
	return out
}

func eventsOfJoining(t *testing.T, w world) {
	a, p := w.signIn(t, "1"), w.signInPending(t, "2")
	names := map[string]string{string(a.User.ID): "a", string(p.User.ID): "p"}
	diff(t, emitted(t, w, names), []string{"user.created a"})
	if _, err := w.Store.Join(t.Context(), activationOf(t, w, p)); err != nil {
		t.Fatal(err)
	}
	diff(t, emitted(t, w, names), []string{"user.created a", "user.created p"})
	// Joining is no longer required: the next sign-in activates the user.
	q := w.signInPending(t, "3")
	names[string(q.User.ID)] = "q"
	w.signIn(t, "3")
	diff(t, emitted(t, w, names), []string{"user.created a", "user.created p", "user.created q"})
}

func eventsOfPlainSignIn(t *testing.T, w world) {
	a := w.signIn(t, "1")
	w.signIn(t, "1")
	c := w.completion(t, "1")
	c.Replaces = &a.Session.Key
	w.finish(t, c)
	if n := w.count(t, "events"); n != 1 {
		t.Errorf("%d events of one user who signed in three times, want user.created alone", n)
	}
}

func eventsOfChanges(t *testing.T, w world) {
	a := w.signIn(t, "1")
	c := w.completion(t, "1")
	c.Profile.Nickname = "춘식이"
	w.finish(t, c)
	if err := w.Store.SetRef(t.Context(), a.User.ID, "10482", noon); err != nil {
		t.Fatal(err)
	}
	w.disable(t, a.User.ID)
	w.disable(t, a.User.ID) // does nothing
	if err := w.Store.SetDisabled(t.Context(), account.StatusChange{UserID: a.User.ID, At: noon,
		Actor: audit.Operator("test", "", audit.Client{})}); err != nil {
		t.Fatal(err)
	}
	diff(t, emitted(t, w, map[string]string{string(a.User.ID): "a", a.Session.ID: "s1", c.Session.ID: "s2"})[:3],
		[]string{"user.created a", "user.updated a", "user.updated a"})
	got := emitted(t, w, map[string]string{string(a.User.ID): "a"})
	var users []string
	for _, line := range got {
		if strings.HasPrefix(line, "user.") {
			users = append(users, line)
		}
	}
	diff(t, users, []string{"user.created a", "user.updated a", "user.updated a", "user.disabled a", "user.updated a"})
	if n := strings.Count(strings.Join(got, "\n"), "session.revoked a"); n != 2 {
		t.Errorf("%d sessions emitted, want those that disabling ended: %q", n, got)
	}
}

func eventsOfSessions(t *testing.T, w world) {
	a, b, x := w.signIn(t, "1"), w.signIn(t, "1"), w.signIn(t, "2")
	end(t, w.Store, a.Session.Key)
	c := w.completion(t, "3") // another user, in b's browser
	c.Replaces = &b.Session.Key
	w.finish(t, c)
	if _, err := w.Store.End(t.Context(), session.Revocation{UserID: x.User.ID, ID: newID(t), At: noon,
		Actor: audit.User("test", audit.Client{})}); err != nil {
		t.Fatal(err)
	}
	diff(t, emitted(t, w, map[string]string{
		string(a.User.ID): "a", string(x.User.ID): "x", string(c.UserID): "c", a.Session.ID: "s1", b.Session.ID: "s2",
	}), []string{"user.created a", "user.created x", "session.revoked a s1", "user.created c", "session.revoked a s2"})
}

func eventsOfWithdrawal(t *testing.T, w world) {
	a := w.signIn(t, "1")
	for range 2 { // the second does nothing
		if err := w.Store.Withdraw(t.Context(), withdrawal.Request{UserID: a.User.ID, At: noon,
			Actor: audit.User(a.User.ID, audit.Client{}), Reason: "withdrawn"}); err != nil {
			t.Fatal(err)
		}
	}
	diff(t, emitted(t, w, map[string]string{string(a.User.ID): "a", a.Session.ID: "s"}),
		[]string{"user.created a", "session.revoked a s", "user.withdrawn a", "user.purged a"})
}

func eventsOfNotices(t *testing.T, w world) {
	a := w.signIn(t, "1")
	for i, change := range []provider.Change{provider.ConsentWithdrawn, provider.LinkEnded} {
		applyNotice(t, w, w.notice(t, a.Identity.Key, noon.Add(time.Duration(i+1)*time.Hour), change))
	}
	diff(t, emitted(t, w, map[string]string{string(a.User.ID): "a", a.Session.ID: "s"}),
		[]string{"user.created a", "user.updated a", "session.revoked a s", "user.withdrawn a", "user.purged a"})
}

func eventsOfPending(t *testing.T, w world) {
	p, q := w.signInPending(t, "1"), w.signInPending(t, "2")
	end(t, w.Store, p.Session.Key)
	if err := w.Store.Discard(t.Context(), q.Session.Key, noon, audit.User(q.User.ID, origin)); err != nil {
		t.Fatal(err)
	}
	w.disable(t, p.User.ID)
	sweepAll(t, w, noon.Add(25*time.Hour), 100)
	if got := emitted(t, w, nil); len(got) != 0 {
		t.Errorf("emitted: %q", got)
	}
}

func eventsRolledBack(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.Session.ExpiresAt = time.Time{} // an error late in the transaction
	if _, err := w.Store.Finish(t.Context(), c); err == nil {
		t.Fatal("a session without end is accepted")
	}
	if n := w.count(t, "events"); n != 0 {
		t.Errorf("%d events of what did not happen", n)
	}
}

func eventCursors(t *testing.T, w world) {
	ctx := t.Context()
	if all, next, err := w.Store.Events(ctx, 0, 0); len(all) != 0 || next != 0 || err != nil {
		t.Fatalf("empty feed: %v, %d, %v", all, next, err)
	}
	var want, got []account.ID
	for i := range 7 {
		want = append(want, w.signIn(t, fmt.Sprint(i)).User.ID)
	}
	cursor := int64(0)
	for range 4 {
		all, next, err := w.Store.Events(ctx, cursor, 2)
		if err != nil || len(all) > 2 {
			t.Fatalf("Events(%d) = %v, %v", cursor, all, err)
		}
		for _, e := range all {
			got = append(got, e.UserID)
			if !e.At.Equal(stored(noon)) {
				t.Errorf("at %v", e.At)
			}
		}
		cursor = next
	}
	diff(t, got, want)
	if all, next, err := w.Other.Events(ctx, cursor, 2); len(all) != 0 || next != cursor || err != nil {
		t.Errorf("at the end: %v, %d, %v", all, next, err)
	}
	for _, wrong := range []int64{cursor + 1, -1} { // of a restored database, or invented
		if _, _, err := w.Store.Events(ctx, wrong, 2); !errors.Is(err, events.ErrCursor) ||
			errors.Is(err, session.ErrUnavailable) {
			t.Errorf("Events(%d): %v", wrong, err)
		}
	}
}

// Writers race on both databases while a reader continues from its cursor; late commits must not appear behind it,
// and the events of one user stay in order.
func eventsInOneOrder(t *testing.T, w world) {
	const writers, each = 6, 8
	done := make(chan struct{})
	var wg sync.WaitGroup
	for i := range writers {
		st := replica(w, i)
		c := w.completion(t, fmt.Sprint(i))
		wg.Go(func() {
			if _, err := st.Finish(t.Context(), c); err != nil {
				t.Error(err)
				return
			}
			for n := range each {
				if err := st.SetRef(t.Context(), c.UserID, fmt.Sprintf("%d-%d", i, n),
					noon.Add(time.Duration(n+1)*time.Second)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	go func() { wg.Wait(); close(done) }()
	count, latest, cursor := map[account.ID]int{}, map[account.ID]time.Time{}, int64(0)
	for last := false; ; {
		all, next, err := w.Other.Events(t.Context(), cursor, 5)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if !e.At.After(latest[e.UserID]) {
				t.Errorf("%s of %v comes after %v", e.Kind, e.At, latest[e.UserID])
			}
			count[e.UserID]++
			latest[e.UserID] = e.At
		}
		cursor = next
		if len(all) > 0 {
			continue
		}
		if last {
			break
		}
		select {
		case <-done:
			last = true
		case <-time.After(time.Millisecond):
		}
	}
	if len(count) != writers {
		t.Errorf("%d users emitted, want %d", len(count), writers)
	}
	for id, n := range count {
		if n != each+1 {
			t.Errorf("%d events of %s, want %d", n, id, each+1)
		}
	}
	again, _, err := w.Store.Events(t.Context(), 0, 1000)
	if err != nil || len(again) != writers*(each+1) {
		t.Errorf("a second reader sees %d events, %v", len(again), err)
	}
}

func eventsSwept(t *testing.T, w world) {
	for i := range 10 {
		w.signIn(t, fmt.Sprint(i)) // nothing has read: no event has a position yet
	}
	c := w.completion(t, "late")
	c.At = noon.Add(10 * 24 * time.Hour)
	w.finish(t, c)
	if n, err := w.Store.Sweep(t.Context(), noon.Add(events.Keep-time.Hour), 3); err != nil || w.count(t, "events") != 11 {
		t.Errorf("swept before its time: %d, %v", n, err)
	}
	if _, largest := sweepAll(t, w, noon.Add(events.Keep+time.Hour), 3); largest > 4*3 {
		t.Errorf("one step deleted %d rows", largest)
	}
	all, next, err := w.Store.Events(t.Context(), 0, 0)
	if err != nil || len(all) != 1 || all[0].UserID != c.UserID {
		t.Fatalf("left: %v, %v", all, err)
	}
	if _, _, err := w.Store.Events(t.Context(), 3, 0); !errors.Is(err, events.ErrCursor) {
		t.Errorf("a reader at cursor 3 missed events and gets %v", err)
	}
	if _, _, err := w.Store.Events(t.Context(), next-1, 0); err != nil {
		t.Errorf("a reader who missed nothing: %v", err)
	}
}
