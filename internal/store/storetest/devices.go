package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

// Sessions as users see and end them.
var deviceTests = []test{
	{"SessionsOfOneUser", sessionsOf},
	{"SE11_IdOfAnotherUserEndsNothing", endByID},
	{"SE10_OtherSessionsEndAndTheCurrentOneIsRenewed", endOthersRenewed},
	{"EndedSessionIsNotRenewed", renewedGone},
	{"SE10_OneOfTwoDevicesEndsTheOther", endEachOther},
	{"ContradictoryRevocationsAreRefused", endContradictions},
	{"SE13_OldestSessionEnds", sessionCap},
	{"SE13_ExpiredSessionsDoNotCount", sessionCapExpired},
	{"History", history},
}

// signInAt signs a user in at a time.
func (w world) signInAt(t *testing.T, subject string, at time.Time) *session.Principal {
	t.Helper()
	c := w.completion(t, subject)
	c.At, c.Session = at, newSession(t, at)
	return w.finish(t, c).Principal
}

func (w world) sessionsOf(t *testing.T, id account.ID, at time.Time, limit int) []session.Session {
	t.Helper()
	all, err := w.Other.SessionsOf(t.Context(), id, at, limit)
	if err != nil {
		t.Fatalf("SessionsOf: %v", err)
	}
	return all
}

func ids(all []session.Session) []string {
	var out []string
	for _, s := range all {
		out = append(out, s.ID)
	}
	return out
}

func sessionsOf(t *testing.T, w world) {
	a, b := w.signInAt(t, "1", noon), w.signInAt(t, "1", noon.Add(time.Minute))
	w.signIn(t, "2")
	got := w.sessionsOf(t, a.User.ID, noon, 10)
	want := []session.Session{b.Session, a.Session}
	for i := range want {
		want[i].Key, want[i].IdentityID = session.Key{}, ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	later := noon.Add(time.Hour)
	if err := w.Store.Touch(t.Context(), []session.Touch{{Key: a.Session.Key, SeenAt: later,
		IdleExpiresAt: later.Add(15 * 24 * time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at    time.Time
		limit int
		want  []string
	}{
		{noon, 10, []string{a.Session.ID, b.Session.ID}}, // last used first
		{noon, 1, []string{a.Session.ID}},
		{noon, 0, nil},
		{noon, -1, nil},
		{b.Session.IdleExpiresAt, 10, []string{a.Session.ID}}, // b has expired
	} {
		if got := ids(w.sessionsOf(t, a.User.ID, c.at, c.limit)); !slices.Equal(got, c.want) {
			t.Errorf("at %v, limit %d: %v, want %v", c.at, c.limit, got, c.want)
		}
	}
	if got := w.sessionsOf(t, account.ID(newID(t)), noon, 10); len(got) != 0 {
		t.Errorf("an unknown user has %v", got)
	}
}

func endByID(t *testing.T, w world) {
	a, b, stranger := w.signIn(t, "1"), w.signIn(t, "1"), w.signIn(t, "2")
	_, cursor, err := w.Other.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	end := func(id string) int {
		t.Helper()
		n, err := w.Store.End(t.Context(), session.Revocation{
			UserID: a.User.ID, ID: id, At: noon, Actor: audit.User(a.User.ID, origin), Reason: session.ReasonDevice,
		})
		if err != nil {
			t.Fatalf("End: %v", err)
		}
		return n
	}
	for _, id := range []string{stranger.Session.ID, newID(t), "1", "' OR 1=1 --", string(a.User.ID)} {
		if n := end(id); n != 0 {
			t.Errorf("%q ended %d", id, n)
		}
	}
	for _, p := range []*session.Principal{a, b, stranger} {
		w.principal(t, p.Session.Key)
	}
	if n := end(b.Session.ID); n != 1 {
		t.Errorf("own one: %d ended", n)
	}
	if _, err := w.Other.Principal(t.Context(), b.Session.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("ended session: %v", err)
	}
	w.principal(t, a.Session.Key)
	w.principal(t, stranger.Session.Key)
	changes, _, err := w.Other.Changes(t.Context(), cursor)
	if err != nil || !slices.ContainsFunc(changes, func(c session.Change) bool { return c.UserID == a.User.ID }) {
		t.Errorf("feed says %v, %v", changes, err)
	}
	events := w.events(t)
	if want := fmt.Sprintf("session.signed_out user=%s session=%s reason=ended_by_owner", a.User.ID,
		b.Session.ID); events[len(events)-1] != want {
		t.Errorf("last event is %s", events[len(events)-1])
	}
}

func endOthersRenewed(t *testing.T, w world) {
	for _, others := range []int{2, 0} { // the key changes even if there is nothing else to end
		subject := fmt.Sprint("person ", others)
		a := w.signIn(t, subject)
		var ended []*session.Principal
		for range others {
			ended = append(ended, w.signIn(t, subject))
		}
		stranger := w.signIn(t, "stranger"+subject)
		_, cursor, err := w.Other.Changes(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		renewed := newKey(t)
		n, err := w.Store.End(t.Context(), session.Revocation{
			UserID: a.User.ID, Except: &a.Session.Key, Renewed: &renewed, At: noon, Actor: audit.User(a.User.ID,
				audit.Client{}), Reason: session.ReasonOthers,
		})
		if n != others || err != nil {
			t.Fatalf("End = %d, %v", n, err)
		}
		for _, p := range append(ended, a) {
			if _, err := w.Other.Principal(t.Context(), p.Session.Key); !errors.Is(err, session.ErrNone) {
				t.Errorf("old key: %v", err)
			}
		}
		got := w.principal(t, renewed)
		want := *a
		want.Session.Key = renewed
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("more than the key changed (-want +got):\n%s", diff)
		}
		w.principal(t, stranger.Session.Key)
		changes, _, err := w.Other.Changes(t.Context(), cursor)
		if err != nil || !hasKey(changes, a.Session.Key) {
			t.Errorf("feed does not name the old key: %v, %v", changes, err)
		}
	}
}

func renewedGone(t *testing.T, w world) {
	a, b, stranger := w.signIn(t, "1"), w.signIn(t, "1"), w.signIn(t, "2")
	if _, err := w.Store.End(t.Context(), session.Revocation{Key: &a.Session.Key, At: noon,
		Actor: audit.User("test", audit.Client{})}); err != nil {
		t.Fatal(err)
	}
	renewed := newKey(t)
	for _, except := range []session.Key{a.Session.Key, stranger.Session.Key, newKey(t)} {
		n, err := w.Store.End(t.Context(), session.Revocation{UserID: a.User.ID, Except: &except, Renewed: &renewed,
			At: noon, Actor: audit.User("test", audit.Client{})})
		if n != 0 || !errors.Is(err, session.ErrNone) || errors.Is(err, session.ErrUnavailable) {
			t.Errorf("End = %d, %v", n, err)
		}
	}
	w.principal(t, b.Session.Key)
	w.principal(t, stranger.Session.Key)
	if _, err := w.Store.Principal(t.Context(), renewed); !errors.Is(err, session.ErrNone) {
		t.Errorf("a session under the new key: %v", err)
	}
}

// The first one stays and the other gets ErrNone: never both, never neither.
func endEachOther(t *testing.T, w world) {
	for range 5 {
		a, b := w.signIn(t, "1"), w.signIn(t, "1")
		keys := [2]session.Key{newKey(t), newKey(t)}
		var errs [2]error
		var wg sync.WaitGroup
		for i, p := range []*session.Principal{a, b} {
			st := []Store{w.Store, w.Other}[i]
			wg.Go(func() {
				_, errs[i] = st.End(t.Context(), session.Revocation{
					UserID: p.User.ID, Except: &p.Session.Key, Renewed: &keys[i], At: noon, Actor: audit.User("test", audit.Client{}),
				})
			})
		}
		wg.Wait()
		won := 0
		for i, err := range errs {
			_, found := w.Store.Principal(t.Context(), keys[i])
			switch {
			case err == nil && found == nil:
				won++
			case errors.Is(err, session.ErrNone) && errors.Is(found, session.ErrNone):
			default:
				t.Errorf("ended with %v, and the session is %v", err, found)
			}
		}
		if won != 1 || len(w.sessionsOf(t, a.User.ID, noon, 10)) != 1 {
			t.Errorf("%d stayed: %v", won, errs)
		}
		if _, err := w.Store.End(t.Context(), session.Revocation{UserID: a.User.ID, At: noon,
			Actor: audit.User("test", audit.Client{})}); err != nil {
			t.Fatal(err)
		}
	}
}

func endContradictions(t *testing.T, w world) {
	p := w.signIn(t, "1")
	k := newKey(t)
	for _, e := range []session.Revocation{
		{UserID: p.User.ID, ID: p.Session.ID, Except: &k},
		{UserID: p.User.ID, ID: p.Session.ID, Renewed: &k},
		{UserID: p.User.ID, Renewed: &k},
	} {
		e.At, e.Actor = noon, audit.User("test", audit.Client{})
		if _, err := w.Store.End(t.Context(), e); err == nil || errors.Is(err, session.ErrUnavailable) {
			t.Errorf("End(%+v): %v", e, err)
		}
	}
	w.principal(t, p.Session.Key)
}

func sessionCap(t *testing.T, w world) {
	var all []*session.Principal
	for i := range session.MaxPerUser {
		all = append(all, w.signInAt(t, "1", noon.Add(time.Duration(i)*time.Second)))
	}
	other := w.signIn(t, "2")
	user := all[0].User.ID
	if n := len(w.sessionsOf(t, user, noon, 100)); n != session.MaxPerUser {
		t.Fatalf("%d sessions", n)
	}
	// A use does not make the oldest session younger.
	now := noon.Add(time.Hour)
	if err := w.Store.Touch(t.Context(), []session.Touch{{Key: all[0].Session.Key, SeenAt: now,
		IdleExpiresAt: now.Add(24 * time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	_, cursor, err := w.Other.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	last := w.signInAt(t, "1", now)
	if _, err := w.Other.Principal(t.Context(), all[0].Session.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("the oldest: %v", err)
	}
	for _, p := range append(all[1:], last, other) {
		w.principal(t, p.Session.Key)
	}
	changes, _, err := w.Other.Changes(t.Context(), cursor)
	if err != nil || !hasKey(changes, all[0].Session.Key) {
		t.Errorf("feed says %v, %v", changes, err)
	}
	want := fmt.Sprintf("session.signed_out user=%s session=%s reason=too_many", user, all[0].Session.ID)
	if !contains(w.events(t), want) {
		t.Errorf("no event %s", want)
	}
	// With a clock that was set back, the new session is not the oldest.
	early := w.signInAt(t, "1", noon.Add(-time.Hour))
	w.principal(t, early.Session.Key)
	if n := len(w.sessionsOf(t, user, noon, 100)); n != session.MaxPerUser {
		t.Errorf("%d sessions", n)
	}
}

func sessionCapExpired(t *testing.T, w world) {
	first := w.signInAt(t, "1", noon)
	if err := w.Store.Touch(t.Context(), []session.Touch{{Key: first.Session.Key, SeenAt: noon,
		IdleExpiresAt: first.Session.ExpiresAt}}); err != nil {
		t.Fatal(err)
	}
	for i := range session.MaxPerUser {
		c := w.completion(t, "1")
		c.At = noon.Add(time.Duration(i+1) * time.Hour)
		c.Session = newSession(t, c.At)
		c.Session.IdleExpiresAt = c.At.Add(time.Minute)
		w.finish(t, c)
	}
	w.principal(t, first.Session.Key) // only one of the others is alive at a time
}

func history(t *testing.T, w world) {
	a := w.signInAt(t, "1", noon)
	b := w.signInAt(t, "1", noon.Add(time.Second))
	w.signIn(t, "2")
	if _, err := w.Store.End(t.Context(), session.Revocation{
		UserID: a.User.ID, ID: b.Session.ID, At: noon.Add(2 * time.Second), Actor: audit.User(a.User.ID,
			origin), Reason: session.ReasonDevice,
	}); err != nil {
		t.Fatal(err)
	}
	user := string(a.User.ID)
	event := func(after time.Duration, k audit.Kind, id, reason string) audit.Event {
		return audit.Event{
			At: noon.Add(after).UTC().Truncate(time.Millisecond), Kind: k, Actor: user, UserID: user, Session: id,
			Reason: reason, Client: origin,
		}
	}
	all := []audit.Event{
		event(2*time.Second, audit.SignOut, b.Session.ID, session.ReasonDevice),
		event(time.Second, audit.SignIn, b.Session.ID, ""),
		event(0, audit.SignIn, a.Session.ID, ""),
		event(0, audit.Created, "", ""),
	}
	for _, c := range []struct {
		offset, limit int
		want          []audit.Event
	}{{0, 10, all}, {0, 2, all[:2]}, {2, 2, all[2:]}, {4, 10, nil}, {0, 0, nil}, {-5, 1, all[:1]}} {
		got, err := w.Other.History(t.Context(), a.User.ID, c.offset, c.limit)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("offset %d, limit %d (-want +got):\n%s", c.offset, c.limit, diff)
		}
	}
}
