package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

// merging merges accounts.
type merging interface {
	Merge(context.Context, linking.MergeRequest) (*session.Principal, error)
}

var mergeTests = []test{
	{"MergeMovesIdentities", mergesTwo},
	{"MergeByAnOperator", mergesByOperator},
	{"MergeMovesTheRef", mergeMovesRef},
	{"TwoRefsAreAConflict", mergeRefConflict},
	{"MergeNeedsTwoActiveUsers", mergesOnlyActive},
	{"MergeNeedsTheProof", mergeProof},
	{"MergeNeedsALiveSession", mergeSession},
	{"MergeKeepsTheLedger", mergeLedger},
	{"MergeOfThreeAccounts", mergesThree},
	{"OneOfTwoOppositeMergesWins", mergeRace},
	{"Bounded", mergeBounded},
	{"EventsAreEmitted", mergeEmits},
}

// merger is a merge by keep's user, who proved lose's identity.
func merger(t *testing.T, keep, lose *session.Principal) linking.MergeRequest {
	t.Helper()
	k, proof := keep.Session.Key, lose.Identity.Key
	return linking.MergeRequest{
		Keep: keep.User.ID, Lose: lose.User.ID, ProvenKey: &proof, Session: &k, Renewed: newKey(t), At: noon.Add(time.Hour),
		Actor: audit.User(keep.User.ID, origin),
	}
}

func mergesTwo(t *testing.T, w world) {
	keep, lose := w.signIn(t, "1"), w.link(t, w.signIn(t, "2"), "3")
	elsewhere, bystander := w.signIn(t, "1"), w.signIn(t, "4")
	m := merger(t, keep, lose)
	got, err := w.Store.Merge(t.Context(), m)
	if err != nil || got.Session.Key != m.Renewed || got.Session.ID != keep.Session.ID || got.User.ID != keep.User.ID {
		t.Fatalf("Merge = %+v, %v", got, err)
	}
	w.gone(t, "the old token", keep.Session.Key)
	w.gone(t, "the other's session", lose.Session.Key)
	w.gone(t, "AL-20: another device", elsewhere.Session.Key)
	for _, k := range []session.Key{m.Renewed, bystander.Session.Key} {
		w.principal(t, k)
	}
	diff(t, subjects(w.identitiesOf(t, keep.User.ID)), []string{"1", "2", "3"})
	u, err := w.Other.UserByID(t.Context(), lose.User.ID)
	if err != nil || u.Status != account.Withdrawn || u.Ref != "" || u.Nickname != "" {
		t.Errorf("the other is %+v, %v", u, err)
	}
	// Nothing is unlinked at the provider, and every identity signs in to the one account.
	if n := len(unlinkJobs(t, w)); n != 0 {
		t.Errorf("%d jobs to unlink", n)
	}
	for _, subject := range []string{"1", "2", "3"} {
		if p := w.signIn(t, subject); p.User.ID != keep.User.ID {
			t.Errorf("%s leads to %s", subject, p.User.ID)
		}
	}
	for _, want := range []string{
		"user.merged user=" + string(lose.User.ID) + " session=NULL reason=into " + string(keep.User.ID),
		"user.merged user=" + string(keep.User.ID) + " session=" + keep.Session.ID + " reason=from " + string(lose.User.ID),
		"session.signed_out user=" + string(lose.User.ID) + " session=" + lose.Session.ID + " reason=merged",
	} {
		if !contains(w.events(t), want) {
			t.Errorf("no %q in %q", want, w.events(t))
		}
	}
	if _, err := w.Store.Merge(t.Context(), m); !errors.Is(err, linking.ErrNotMergeable) {
		t.Errorf("a second time: %v", err)
	}
}

func mergesByOperator(t *testing.T, w world) {
	keep, lose := w.signIn(t, "1"), w.signIn(t, "2")
	got, err := w.Store.Merge(t.Context(), linking.MergeRequest{
		Keep: keep.User.ID, Lose: lose.User.ID, At: noon, Actor: audit.Operator("kim", "phone call", origin),
	})
	if err != nil || got != nil {
		t.Fatalf("Merge = %+v, %v", got, err)
	}
	w.gone(t, "AL-20: the user's session", keep.Session.Key)
	rows := w.Query(t, "SELECT actor, user_id, reason, outcome, detail FROM audit_log WHERE kind = 'access.user.merge'")
	diff(t, rows, [][]string{{"operator:kim", string(lose.User.ID), "phone call", "done", "into=" + string(keep.User.ID)}})
}

func mergeMovesRef(t *testing.T, w world) {
	keep, lose := w.signIn(t, "1"), w.signIn(t, "2")
	if err := w.Store.SetRef(t.Context(), lose.User.ID, "10482", noon); err != nil {
		t.Fatal(err)
	}
	if err := w.Exec(`UPDATE users SET meta = '{"a":1}' WHERE ref = '10482'`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.Merge(t.Context(), merger(t, keep, lose)); err != nil {
		t.Fatal(err)
	}
	u, err := w.Other.UserByID(t.Context(), keep.User.ID)
	if err != nil || u.Ref != "10482" || string(u.Meta) != `{"a":1}` {
		t.Errorf("the one that stays is %+v, %v", u, err)
	}
	// What the remaining account has is never replaced.
	third := w.signIn(t, "3")
	if err := w.Exec(`UPDATE users SET meta = '{"b":2}' WHERE id = '` + string(third.User.ID) + `'`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.Merge(t.Context(), merger(t, w.signIn(t, "1"), third)); err != nil {
		t.Fatal(err)
	}
	if u, err := w.Other.UserByID(t.Context(), keep.User.ID); err != nil || u.Ref != "10482" ||
		string(u.Meta) != `{"a":1}` {
		t.Errorf("after another: %+v, %v", u, err)
	}
}

func mergeRefConflict(t *testing.T, w world) {
	keep, lose := w.signIn(t, "1"), w.signIn(t, "2")
	for i, p := range []*session.Principal{keep, lose} {
		if err := w.Store.SetRef(t.Context(), p.User.ID, []string{"7", "8"}[i], noon); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Store.Merge(t.Context(), merger(t, keep, lose)); !errors.Is(err, linking.ErrRefConflict) {
		t.Errorf("Merge: %v", err)
	}
	checkUntouched(t, w, keep, lose)
}

// checkUntouched checks that accounts have not changed.
func checkUntouched(t *testing.T, w world, people ...*session.Principal) {
	t.Helper()
	for _, p := range people {
		if got := w.principal(t, p.Session.Key); got.User.ID != p.User.ID || got.Identity.Key != p.Identity.Key {
			t.Errorf("%s is %+v", p.User.ID, got)
		}
	}
}

func mergesOnlyActive(t *testing.T, w world) {
	keep := w.signIn(t, "1")
	disabled, gone, pending := w.signIn(t, "2"), w.signIn(t, "3"), w.signInPending(t, "4")
	w.disable(t, disabled.User.ID)
	if err := w.Store.Withdraw(t.Context(), w.withdrawal(gone)); err != nil {
		t.Fatal(err)
	}
	unknown := *keep
	unknown.User.ID = account.ID(newID(t))
	for name, other := range map[string]*session.Principal{
		"a disabled user": disabled, "a withdrawn user": gone, "a pending user": pending, "unknown": &unknown,
		"oneself": keep,
	} {
		for _, m := range []linking.MergeRequest{merger(t, keep, other),
			{Keep: other.User.ID, Lose: keep.User.ID, At: noon, Actor: audit.Operator("kim", "", audit.Client{})}} {
			m.Session, m.ProvenKey = nil, nil // by an operator, who proves nothing
			if _, err := w.Store.Merge(t.Context(), m); !errors.Is(err, linking.ErrNotMergeable) {
				t.Errorf("with %s: %v", name, err)
			}
		}
	}
	checkUntouched(t, w, keep, pending)
	// AL-15: the disabled user stays disabled.
	if u, err := w.Other.UserByID(t.Context(), disabled.User.ID); err != nil || u.Status != account.Disabled {
		t.Errorf("%+v, %v", u, err)
	}
}

func mergeProof(t *testing.T, w world) {
	keep, lose, third := w.signIn(t, "1"), w.signIn(t, "2"), w.signIn(t, "3")
	for name, k := range map[string]account.Key{
		"of a third": third.Identity.Key, "of oneself": keep.Identity.Key, "of an unknown identity": {Provider: "kakao",
			Namespace: "123456", Subject: "9"},
		"of another app": {Provider: "kakao", Namespace: "9", Subject: "2"},
	} {
		m := merger(t, keep, lose)
		m.ProvenKey = &k
		if _, err := w.Store.Merge(t.Context(), m); !errors.Is(err, linking.ErrNotMergeable) {
			t.Errorf("a proof %s: %v", name, err)
		}
	}
	checkUntouched(t, w, keep, lose, third)
}

func mergeSession(t *testing.T, w world) {
	keep, lose := w.signIn(t, "1"), w.signIn(t, "2")
	for name, change := range map[string]func(*linking.MergeRequest){
		"unknown":           func(m *linking.MergeRequest) { k := newKey(t); m.Session = &k },
		"the other's":       func(m *linking.MergeRequest) { m.Session = &lose.Session.Key },
		"past its end":      func(m *linking.MergeRequest) { m.At = keep.Session.ExpiresAt },
		"past its idle end": func(m *linking.MergeRequest) { m.At = keep.Session.IdleExpiresAt },
	} {
		m := merger(t, keep, lose)
		change(&m)
		if _, err := w.Store.Merge(t.Context(), m); !errors.Is(err, session.ErrNone) {
			t.Errorf("%s: %v", name, err)
		}
	}
	checkUntouched(t, w, keep, lose)
}

const ledger = "SELECT user_id, kind, tag, version, agreed, at, place, address, user_agent, request_id FROM " +
	"consents ORDER BY id"

func mergeLedger(t *testing.T, w world) {
	var people []*session.Principal
	for _, subject := range []string{"1", "2"} {
		p, err := w.Store.Join(t.Context(), activationOf(t, w, w.signInPending(t, subject)))
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, p)
	}
	before := w.Query(t, ledger)
	m := merger(t, people[0], people[1])
	if _, err := w.Store.Merge(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, w.Query(t, ledger)); d != "" || len(before) == 0 {
		t.Errorf("the ledger was rewritten:\n%s", d)
	}
	// An export contains both halves.
	e, _ := exportUser(t, w, w.exportOf(people[0].User.ID))
	if n := len(e.Consents); n != len(before) {
		t.Errorf("%d of %d lines are handed out", n, len(before))
	}
	// Withdrawal erases all of it.
	wd := withdrawal.Request{UserID: people[0].User.ID, At: noon.Add(2 * time.Hour),
		Actor: audit.User(people[0].User.ID, audit.Client{}), Reason: "withdrawn"}
	if err := w.Store.Withdraw(t.Context(), wd); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, "consents"); n != 0 {
		t.Errorf("%d lines of the withdrawn user are left", n)
	}
	if n := len(unlinkJobs(t, w)); n != 2 {
		t.Errorf("%d jobs to unlink", n)
	}
	// A copy from before the merge does not restore the other half.
	restoreUser(t, w, string(people[1].User.ID), "2")
	replay(t, w, noon.Add(3*time.Hour), 1)
}

func mergesThree(t *testing.T, w world) {
	a, b, c := w.signIn(t, "1"), w.signIn(t, "2"), w.signIn(t, "3")
	m := merger(t, b, a)
	b2, err := w.Store.Merge(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.Merge(t.Context(), merger(t, c, b2)); err != nil {
		t.Fatal(err)
	}
	diff(t, subjects(w.identitiesOf(t, c.User.ID)), []string{"1", "2", "3"})
	for _, r := range w.Query(t, "SELECT kept FROM merges") {
		if r[0] != string(c.User.ID) {
			t.Errorf("one became %s, which is no more", r[0])
		}
	}
}

// Two devices merge the accounts in opposite directions at the same time: one wins.
func mergeRace(t *testing.T, w world) {
	for range 5 {
		a, b := w.signIn(t, newID(t)), w.signIn(t, newID(t))
		done := make([]error, 2)
		var wg sync.WaitGroup
		for i, m := range []linking.MergeRequest{merger(t, a, b), merger(t, b, a)} {
			st := []Store{w.Store, w.Other}[i]
			wg.Go(func() { _, done[i] = st.Merge(t.Context(), m) })
		}
		wg.Wait()
		if (done[0] == nil) == (done[1] == nil) {
			t.Fatalf("%v and %v", done[0], done[1])
		}
		kept := []*session.Principal{a, b}
		if done[0] != nil {
			kept[0], kept[1] = b, a
		}
		if err := errors.Join(done...); !errors.Is(err, linking.ErrNotMergeable) && !errors.Is(err, session.ErrNone) {
			t.Errorf("the slower one: %v", err)
		}
		if n, none := len(w.identitiesOf(t, kept[0].User.ID)), len(w.identitiesOf(t, kept[1].User.ID)); n != 2 || none != 0 {
			t.Errorf("%d and %d identities", n, none)
		}
	}
}

func mergeBounded(t *testing.T, w world) {
	keep, lose := w.signIn(t, "k"), w.link(t, w.signIn(t, "l"), "m")
	for i := 1; i < account.MaxIdentities-1; i++ {
		keep = w.link(t, keep, string(rune('A'+i)))
	}
	if _, err := w.Store.Merge(t.Context(), merger(t, keep, lose)); !errors.Is(err, linking.ErrNotMergeable) {
		t.Errorf("Merge: %v", err)
	}
	checkUntouched(t, w, keep, lose)
}

func mergeEmits(t *testing.T, w world) {
	keep, lose := w.signIn(t, "1"), w.signIn(t, "2")
	if err := w.Store.SetRef(t.Context(), lose.User.ID, "7", noon); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.Merge(t.Context(), merger(t, keep, lose)); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{
		string(keep.User.ID): "keep", string(lose.User.ID): "lose", lose.Identity.ID: "two", lose.Session.ID: "s",
	}
	diff(t, emitted(t, w, names), []string{
		"user.created keep", "user.created lose", "user.updated lose",
		"session.revoked lose s", "identity.unlinked lose two", "identity.linked keep two", "user.withdrawn lose",
		"user.updated keep",
	})
}
