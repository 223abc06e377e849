package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/session"
)

var joinTests = []test{
	{"JoinActivatesTheUser", joins},
	{"JoinWithoutProfile", joinsBare},
	{"JoinTwiceAtOnce", joinsTwice},
	{"JoinWithoutASession", joinsWithoutSession},
	{"JoinWithAnExpiredSession", joinsLate},
	{"JoinOfAnActiveUser", joinsActive},
	{"DiscardRemovesEverything", discards},
	{"AL14_DiscardedUserReturnsAsANewOne", discardsAndReturns},
	{"DiscardKeepsActiveUsers", discardsActive},
	{"JoinSetsTheRef", joinsWithRef},
	{"LedgerIsNeverChanged", ledgerFixed},
}

func activationOf(t *testing.T, w world, p *session.Principal) join.Activation {
	t.Helper()
	at := noon.Add(time.Minute)
	return join.Activation{
		At: at, Session: p.Session.Key, Next: newSession(t, at), Lang: "ko", Actor: audit.User(p.User.ID, origin),
		Profile: &account.Profile{Nickname: "라이언", Email: "ryan@example.com", EmailState: account.EmailVerified},
		Consents: []account.Consent{
			{Kind: account.ConsentAge, Tag: "age", Version: "14", Agreed: true, At: at, Place: "join", Client: origin},
			{Kind: account.ConsentMarketing, Tag: "news", Version: "2026-01", Agreed: false, At: at, Place: "join",
				Client: origin},
		},
	}
}

func joins(t *testing.T, w world) {
	first, second := w.signInPending(t, "1"), w.signInPending(t, "1")
	_, cursor, err := w.Other.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	j := activationOf(t, w, second)
	p, err := w.Store.Join(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	at := j.At.Truncate(time.Millisecond)
	if p.User.ID != first.User.ID || p.User.Status != account.Active || !p.User.JoinedAt.Equal(at) || p.User.Lang != "ko" {
		t.Errorf("user = %+v", p.User)
	}
	diff(t, p.Identity.Profile, *j.Profile)
	if s := p.Session; s.UserID != p.User.ID || s.IdentityID != p.Identity.ID ||
		!s.AuthTime.Equal(second.Session.AuthTime) || s.Key != j.Next.Key {
		t.Errorf("session = %+v", s)
	}
	diff(t, w.principal(t, j.Next.Key), p)
	for _, k := range []session.Key{first.Session.Key, second.Session.Key} {
		if _, err := w.Store.Principal(t.Context(), k); !errors.Is(err, session.ErrNone) {
			t.Errorf("pending session: %v", err)
		}
	}
	changes, _, err := w.Other.Changes(t.Context(), cursor)
	if err != nil || len(changes) == 0 || changes[0].UserID != p.User.ID {
		t.Errorf("feed says %v, %v", changes, err)
	}
	ms := fmt.Sprint(at.UnixMilli())
	diff(t, w.Query(t, "SELECT user_id, kind, tag, version, agreed, at, place, address, user_agent, request_id FROM "+
		"consents ORDER BY id"), [][]string{
		{string(p.User.ID), "age", "age", "14", "1", ms, "join", origin.Address, origin.UserAgent, origin.RequestID},
		{string(p.User.ID), "marketing", "news", "2026-01", "0", ms, "join", origin.Address, origin.UserAgent,
			origin.RequestID},
	})
	if want := fmt.Sprintf("user.joined user=%s session=%s reason=NULL", p.User.ID,
		p.Session.ID); !contains(w.events(t), want) {
		t.Errorf("no event %q in %q", want, w.events(t))
	}
}

func joinsBare(t *testing.T, w world) {
	pending := w.signInPending(t, "1")
	j := activationOf(t, w, pending)
	j.Profile, j.Lang, j.Consents = nil, "", nil
	p, err := w.Store.Join(t.Context(), j)
	if err != nil || p.User.Status != account.Active || p.Identity.Profile != (account.Profile{}) {
		t.Errorf("Join = %+v, %v", p, err)
	}
	// The next sign-in fills the profile in.
	c := w.completion(t, "1")
	c.JoinRequired = true
	diff(t, w.finish(t, c).Principal.Identity.Profile, c.Profile)
}

func joinsTwice(t *testing.T, w world) {
	p := w.signInPending(t, "1")
	var joined, none atomic.Int64
	var wg sync.WaitGroup
	for i := range 20 {
		st, j := replica(w, i), activationOf(t, w, p)
		wg.Go(func() {
			_, err := st.Join(t.Context(), j)
			switch {
			case err == nil:
				joined.Add(1)
			case errors.Is(err, session.ErrNone):
				none.Add(1)
			default:
				t.Errorf("Join: %v", err)
			}
		})
	}
	wg.Wait()
	if joined.Load() != 1 || none.Load() != 19 {
		t.Errorf("%d joined, %d found no session; want 1 and 19", joined.Load(), none.Load())
	}
	if s, c := w.count(t, "sessions"), w.count(t, "consents"); s != 1 || c != 2 {
		t.Errorf("%d sessions, %d consents; want 1 and 2", s, c)
	}
}

func joinsWithoutSession(t *testing.T, w world) {
	p := w.signInPending(t, "1")
	j := activationOf(t, w, p)
	j.Session = newKey(t)
	if _, err := w.Store.Join(t.Context(), j); !errors.Is(err, session.ErrNone) {
		t.Errorf("Join: %v", err)
	}
	if n := w.count(t, "consents"); n != 0 {
		t.Errorf("%d consents", n)
	}
}

func joinsLate(t *testing.T, w world) {
	p := w.signInPending(t, "1")
	j := activationOf(t, w, p)
	j.At = p.Session.ExpiresAt
	if _, err := w.Store.Join(t.Context(), j); !errors.Is(err, session.ErrNone) {
		t.Errorf("Join at the end: %v", err)
	}
	j.At = p.Session.ExpiresAt.Add(-time.Millisecond)
	if _, err := w.Store.Join(t.Context(), j); err != nil {
		t.Errorf("Join a millisecond before the end: %v", err)
	}
}

func joinsActive(t *testing.T, w world) {
	p := w.signIn(t, "1")
	got, err := w.Store.Join(t.Context(), activationOf(t, w, p))
	if !errors.Is(err, join.ErrNotPending) {
		t.Fatalf("Join: %v", err)
	}
	diff(t, got, p)
	if n := w.count(t, "consents"); n != 0 {
		t.Errorf("%d consents", n)
	}
}

func discards(t *testing.T, w world) {
	p, other := w.signInPending(t, "1"), w.signInPending(t, "1")
	bystander := w.signInPending(t, "2")
	_, cursor, err := w.Other.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second call is no error
		if err := w.Store.Discard(t.Context(), p.Session.Key, noon, audit.User(p.User.ID, origin)); err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range []session.Key{p.Session.Key, other.Session.Key} {
		if _, err := w.Store.Principal(t.Context(), k); !errors.Is(err, session.ErrNone) {
			t.Errorf("session: %v", err)
		}
	}
	if _, err := w.Store.UserByID(t.Context(), p.User.ID); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("user: %v", err)
	}
	w.principal(t, bystander.Session.Key)
	if u, i := w.count(t, "users"), w.count(t, "identities"); u != 1 || i != 1 {
		t.Errorf("%d users, %d identities; want the bystander's", u, i)
	}
	changes, _, err := w.Other.Changes(t.Context(), cursor)
	if err != nil || len(changes) == 0 || changes[0].UserID != p.User.ID {
		t.Errorf("feed says %v, %v", changes, err)
	}
}

func discardsAndReturns(t *testing.T, w world) {
	p := w.signInPending(t, "1")
	if err := w.Store.Discard(t.Context(), p.Session.Key, noon, audit.User(p.User.ID, origin)); err != nil {
		t.Fatal(err)
	}
	if again := w.signInPending(t, "1"); again.User.ID == p.User.ID || again.Identity.ID == p.Identity.ID {
		t.Error("the old user came back")
	}
}

func discardsActive(t *testing.T, w world) {
	p := w.signIn(t, "1")
	if err := w.Store.Discard(t.Context(), p.Session.Key, noon, audit.User(p.User.ID, origin)); !errors.Is(err,
		join.ErrNotPending) {
		t.Errorf("Discard: %v", err)
	}
	w.principal(t, p.Session.Key)
}

func ledgerFixed(t *testing.T, w world) {
	if _, err := w.Store.Join(t.Context(), activationOf(t, w, w.signInPending(t, "1"))); err != nil {
		t.Fatal(err)
	}
	if err := w.Exec("UPDATE consents SET agreed = 1"); err == nil {
		t.Error("a consent was changed")
	}
}

func joinsWithRef(t *testing.T, w world) {
	first, second := w.signInPending(t, "1"), w.signInPending(t, "2")
	j := activationOf(t, w, first)
	j.Ref = "10482"
	p, err := w.Store.Join(t.Context(), j)
	if err != nil || p.User.Ref != "10482" {
		t.Fatalf("Join = %+v, %v", p, err)
	}
	if u, err := w.Other.UserByID(t.Context(), p.User.ID); err != nil || u.Ref != "10482" {
		t.Errorf("read back: %+v, %v", u, err)
	}
	taken := activationOf(t, w, second)
	taken.Ref = "10482"
	if _, err := w.Store.Join(t.Context(), taken); !errors.Is(err, account.ErrRefTaken) ||
		errors.Is(err, session.ErrUnavailable) {
		t.Errorf("a number that is taken: %v", err)
	}
	w.principal(t, second.Session.Key) // nothing of it was written
	if n := w.count(t, "consents"); n != len(j.Consents) {
		t.Errorf("%d lines in the ledger, want those of the first", n)
	}
	// Two users get one ref at the same time: one of them joins.
	var wg sync.WaitGroup
	var joined atomic.Int64
	third := w.signInPending(t, "3")
	for i, who := range []*session.Principal{second, third} {
		st := []Store{w.Store, w.Other}[i]
		at := activationOf(t, w, who)
		at.Ref = "7"
		wg.Go(func() {
			switch _, err := st.Join(t.Context(), at); {
			case err == nil:
				joined.Add(1)
			case !errors.Is(err, account.ErrRefTaken):
				t.Errorf("Join: %v", err)
			}
		})
	}
	wg.Wait()
	if joined.Load() != 1 {
		t.Errorf("%d have the number", joined.Load())
	}
}
