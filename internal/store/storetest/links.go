package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
)

// linkStore is about several identities.
type linkStore interface {
	IdentitiesOf(context.Context, account.ID) ([]account.Identity, error)
	Unlink(context.Context, linking.UnlinkRequest) (*session.Principal, error)
}

var linkTests = []test{
	{"LinkAddsAnIdentity", linkAdds},
	{"AL10_IdentityOfAnotherUserIsRefused", linkOwned},
	{"OwnIdentityIsRefused", linkYours},
	{"LC07_OnlyInTheSessionThatAsked", linkSession},
	{"AL11_OneOfTwoLinksWins", linkRace},
	{"PendingUserIsDiscarded", linkDisplaces},
	{"AL15_IdentityOfADisabledUserIsRefused", linkDisabled},
	{"NotClaimed", linkNotClaimed},
	{"Bounded", linkBounded},
	{"UnlinkRemovesAnIdentity", unlinks},
	{"UnlinkOfTheCurrentIdentity", unlinksOwn},
	{"AL12_LastIdentityStays", unlinksLast},
	{"AL12_TwoUnlinksLeaveOneIdentity", unlinksRace},
	{"SE11_IdOfAnotherUserUnlinksNothing", unlinksForeign},
	{"EventsAreEmitted", linksEmit},
}

// linkCompletion is a callback that adds the identity of a subject to p.
func linkCompletion(t *testing.T, w world, p *session.Principal, subject string) login.Completion {
	t.Helper()
	c := w.completion(t, subject)
	k := p.Session.Key
	c.Purpose, c.Expect, c.Detail, c.Replaces = login.Link, p.User.ID, p.Session.ID, &k
	c.At = noon.Add(time.Minute)
	return c
}

// link adds a subject to p, and returns p with its new token.
func (w world) link(t *testing.T, p *session.Principal, subject string) *session.Principal {
	t.Helper()
	out := w.finish(t, linkCompletion(t, w, p, subject))
	if out.Decision.Verdict != account.Link {
		t.Fatalf("not linked: %+v", out.Decision)
	}
	return out.Principal
}

func (w world) identitiesOf(t *testing.T, id account.ID) []account.Identity {
	t.Helper()
	all, err := w.Other.IdentitiesOf(t.Context(), id)
	if err != nil {
		t.Fatalf("IdentitiesOf: %v", err)
	}
	return all
}

// subjects are the numbers of identities, sorted.
func subjects(all []account.Identity) []string {
	var out []string
	for _, i := range all {
		out = append(out, i.Subject)
	}
	slices.Sort(out)
	return out
}

// ended checks the result of an attempt.
func (w world) ended(t *testing.T, k login.AttemptKey, want problem.Code) {
	t.Helper()
	r, err := w.Other.Attempt(t.Context(), k)
	if err != nil || r.Progress != login.Ended || r.Code != string(want) {
		t.Errorf("attempt came to %+v, %v, want %s", r, err, want)
	}
}

func linkAdds(t *testing.T, w world) {
	p, elsewhere := w.signIn(t, "1"), w.signIn(t, "1")
	_, cursor, err := w.Other.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	c := linkCompletion(t, w, p, "2")
	out := w.finish(t, c)
	if out.Decision != (account.Decision{Verdict: account.Link, Status: account.Active}) || out.New || out.Owner != "" {
		t.Errorf("outcome %+v", out)
	}
	// SE-03: the same session with another token.
	if _, err := w.Other.Principal(t.Context(), p.Session.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("the old token: %v", err)
	}
	want := p.Session
	want.Key = c.Session.Key
	if got := w.principal(t, c.Session.Key); got.Session.ID != want.ID || got.Session.ExpiresAt != want.ExpiresAt ||
		got.Identity.Subject != "1" || got.User.ID != p.User.ID {
		t.Errorf("renewed session is %+v", got)
	}
	diff(t, out.Principal.Session.Key, c.Session.Key)
	w.gone(t, "AL-20: another device", elsewhere.Session.Key)
	if n := w.count(t, "sessions"); n != 1 {
		t.Errorf("%d sessions", n)
	}
	all := w.identitiesOf(t, p.User.ID)
	diff(t, subjects(all), []string{"1", "2"})
	if i := all[1]; i.ID != c.IdentityID || i.UserID != p.User.ID || i.Profile != c.Profile ||
		!i.LinkedAt.Equal(storedAt(c.At)) {
		t.Errorf("identity is %+v", i)
	}
	r, err := w.Other.Attempt(t.Context(), c.Attempt)
	if err != nil || r.Progress != login.Succeeded || r.Session != c.Session.Key || r.Pending {
		t.Errorf("attempt came to %+v, %v", r, err)
	}
	if want := "identity.linked user=" + string(p.User.ID) + " session=" + p.Session.ID +
		" reason=NULL"; !contains(w.events(t), want) {
		t.Errorf("no %q in %q", want, w.events(t))
	}
	changes, _, err := w.Other.Changes(t.Context(), cursor)
	if err != nil || len(changes) != 2 {
		t.Errorf("feed says %v, %v", changes, err)
	}
	// Both identities sign in.
	if again := w.signIn(t, "2"); again.User.ID != p.User.ID || again.Identity.ID != c.IdentityID {
		t.Errorf("sign-in by the second: %+v", again)
	}
}

func storedAt(at time.Time) time.Time { return at.UTC().Truncate(time.Millisecond) }

func linkOwned(t *testing.T, w world) {
	p, other := w.signIn(t, "1"), w.signIn(t, "2")
	before := w.Query(t, "SELECT id, user_id, subject FROM identities ORDER BY id")
	c := linkCompletion(t, w, p, "2")
	out := w.finish(t, c)
	if out.Decision.Reason != account.ReasonOwned || out.Owner != other.User.ID || out.Principal != nil {
		t.Errorf("outcome %+v", out)
	}
	w.ended(t, c.Attempt, problem.LinkOwned)
	if d := cmp.Diff(before, w.Query(t, "SELECT id, user_id, subject FROM identities ORDER BY id")); d != "" {
		t.Errorf("something moved:\n%s", d)
	}
	w.principal(t, p.Session.Key)
	w.principal(t, other.Session.Key)
}

func linkYours(t *testing.T, w world) {
	p := w.signIn(t, "1")
	c := linkCompletion(t, w, p, "1")
	if out := w.finish(t, c); out.Decision.Reason != account.ReasonAlreadyYours || out.Owner != "" {
		t.Errorf("outcome %+v", out)
	}
	w.ended(t, c.Attempt, problem.LinkAlreadyYours)
	w.principal(t, p.Session.Key)
}

func linkSession(t *testing.T, w world) {
	p, same, other := w.signIn(t, "1"), w.signIn(t, "1"), w.signIn(t, "2")
	for name, change := range map[string]func(*login.Completion){
		"no session in the browser":        func(c *login.Completion) { c.Replaces = nil },
		"another user's session":           func(c *login.Completion) { c.Replaces = &other.Session.Key },
		"another session of the user":      func(c *login.Completion) { c.Replaces = &same.Session.Key },
		"a session that never was":         func(c *login.Completion) { k := newKey(t); c.Replaces = &k },
		"an attempt that names no user":    func(c *login.Completion) { c.Expect = "" },
		"an attempt of another user":       func(c *login.Completion) { c.Expect = other.User.ID },
		"an attempt that names no session": func(c *login.Completion) { c.Detail = "" },
		"a session past its end":           func(c *login.Completion) { c.At = p.Session.ExpiresAt },
		"a session past its idle limit":    func(c *login.Completion) { c.At = p.Session.IdleExpiresAt },
	} {
		c := linkCompletion(t, w, p, "3")
		change(&c)
		if out := w.finish(t, c); out.Decision.Reason != account.ReasonNotSignedIn || out.Principal != nil {
			t.Errorf("%s: %+v", name, out)
		}
		w.ended(t, c.Attempt, problem.LinkSessionGone)
	}
	if n := w.count(t, "identities"); n != 2 {
		t.Errorf("%d identities", n)
	}
	for _, s := range []*session.Principal{p, same, other} {
		w.principal(t, s.Session.Key)
	}
}

// Ten users prove one identity at the same time: one gets it.
func linkRace(t *testing.T, w world) {
	const members = 10
	var all []login.Completion
	for i := range members {
		all = append(all, linkCompletion(t, w, w.signIn(t, string(rune('a'+i))), "x"))
	}
	got := map[account.Reason]int{}
	for _, out := range finishAll(t, w, all) {
		got[out.Decision.Reason]++
	}
	diff(t, got, map[account.Reason]int{"": 1, account.ReasonOwned: members - 1})
	if n := w.count(t, "identities WHERE subject = 'x'"); n != 1 {
		t.Errorf("%d owners", n)
	}
}

func linkDisplaces(t *testing.T, w world) {
	p, pending := w.signIn(t, "1"), w.signInPending(t, "2")
	w.link(t, p, "2")
	diff(t, subjects(w.identitiesOf(t, p.User.ID)), []string{"1", "2"})
	if _, err := w.Other.Principal(t.Context(), pending.Session.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("the pending session: %v", err)
	}
	if n := w.count(t, "users"); n != 1 {
		t.Errorf("%d users", n)
	}
	// The link at the provider is the user's now.
	if n := len(unlinkJobs(t, w)); n != 0 {
		t.Errorf("%d jobs to unlink", n)
	}
}

func linkDisabled(t *testing.T, w world) {
	p, other := w.signIn(t, "1"), w.signIn(t, "2")
	w.disable(t, other.User.ID)
	if out := w.finish(t, linkCompletion(t, w, p, "2")); out.Decision.Reason != account.ReasonDisabled {
		t.Errorf("of a disabled user: %+v", out)
	}
	c := linkCompletion(t, w, p, "3")
	w.disable(t, p.User.ID) // which ends their session as well
	if out := w.finish(t, c); out.Decision.Verdict != account.Refuse {
		t.Errorf("by a disabled user: %+v", out)
	}
	if n := w.count(t, "identities"); n != 2 {
		t.Errorf("%d identities", n)
	}
}

func linkNotClaimed(t *testing.T, w world) {
	p := w.signIn(t, "1")
	c := linkCompletion(t, w, p, "2")
	c.Attempt = newAttempt()
	if _, err := w.Store.Finish(t.Context(), c); err == nil {
		t.Error("an unclaimed attempt linked")
	}
	w.principal(t, p.Session.Key)
	if n := w.count(t, "identities"); n != 1 {
		t.Errorf("%d identities", n)
	}
}

func linkBounded(t *testing.T, w world) {
	p := w.signIn(t, "0")
	for i := 1; i < account.MaxIdentities; i++ {
		p = w.link(t, p, string(rune('a'+i)))
	}
	if out := w.finish(t, linkCompletion(t, w, p, "z")); out.Decision.Reason != account.ReasonTooMany {
		t.Errorf("%+v", out.Decision)
	}
	if n := len(w.identitiesOf(t, p.User.ID)); n != account.MaxIdentities {
		t.Errorf("%d identities", n)
	}
}

func detachment(t *testing.T, p *session.Principal, identity string) linking.UnlinkRequest {
	t.Helper()
	return linking.UnlinkRequest{Session: p.Session.Key, Renewed: newKey(t), IdentityID: identity, At: noon.Add(time.Hour),
		UserID: p.User.ID, Actor: audit.User(p.User.ID, origin)}
}

func unlinks(t *testing.T, w world) {
	p := w.link(t, w.signIn(t, "1"), "2")
	by2, elsewhere := w.signIn(t, "2"), w.signIn(t, "1")
	d := detachment(t, p, by2.Identity.ID)
	got, err := w.Store.Unlink(t.Context(), d)
	if err != nil || got == nil || got.Session.Key != d.Renewed || got.User.ID != p.User.ID {
		t.Fatalf("Unlink = %+v, %v", got, err)
	}
	w.gone(t, "by the identity", by2.Session.Key)
	w.gone(t, "the old token", p.Session.Key)
	w.gone(t, "AL-20: another device", elsewhere.Session.Key)
	w.principal(t, d.Renewed)
	diff(t, subjects(w.identitiesOf(t, p.User.ID)), []string{"1"})
	diff(t, unlinkJobs(t, w), []account.Key{by2.Identity.Key})
	for _, want := range []string{
		"identity.unlinked user=" + string(p.User.ID) + " session=" + p.Session.ID + " reason=unlinked_by_owner",
		"session.signed_out user=" + string(p.User.ID) + " session=" + by2.Session.ID + " reason=unlinked_by_owner",
		"session.signed_out user=" + string(p.User.ID) + " session=" + elsewhere.Session.ID + " reason=identities_changed",
	} {
		if !contains(w.events(t), want) {
			t.Errorf("no %q in %q", want, w.events(t))
		}
	}
	// AL-14: the identity is free, and signs in as a new user.
	if again := w.signIn(t, "2"); again.User.ID == p.User.ID {
		t.Error("the identity came back to its former owner")
	}
}

func unlinksOwn(t *testing.T, w world) {
	p := w.link(t, w.signIn(t, "1"), "2")
	got, err := w.Store.Unlink(t.Context(), detachment(t, p, p.Identity.ID))
	if err != nil || got != nil {
		t.Fatalf("Unlink = %+v, %v", got, err)
	}
	if n := w.count(t, "sessions"); n != 0 {
		t.Errorf("%d sessions", n)
	}
	if again := w.signIn(t, "2"); again.User.ID != p.User.ID {
		t.Error("the account is lost")
	}
}

func unlinksLast(t *testing.T, w world) {
	p := w.signIn(t, "1")
	if _, err := w.Store.Unlink(t.Context(), detachment(t, p, p.Identity.ID)); !errors.Is(err, linking.ErrLastIdentity) {
		t.Errorf("Unlink: %v", err)
	}
	w.principal(t, p.Session.Key)
	if n := len(unlinkJobs(t, w)); n != 0 {
		t.Errorf("%d jobs", n)
	}
}

func unlinksRace(t *testing.T, w world) {
	for range 5 {
		one := w.link(t, w.signIn(t, newID(t)), newID(t))
		two := w.signIn(t, one.Identity.Subject)
		all := w.identitiesOf(t, one.User.ID)
		var wg sync.WaitGroup
		for i, p := range []*session.Principal{one, two} {
			st, d := []Store{w.Store, w.Other}[i], detachment(t, p, all[i].ID)
			wg.Go(func() {
				_, err := st.Unlink(t.Context(), d)
				if err != nil && !errors.Is(err, linking.ErrLastIdentity) && !errors.Is(err, session.ErrNone) {
					t.Errorf("Unlink: %v", err)
				}
			})
		}
		wg.Wait()
		if n := len(w.identitiesOf(t, one.User.ID)); n != 1 {
			t.Errorf("%d identities left", n)
		}
	}
}

func unlinksForeign(t *testing.T, w world) {
	p := w.link(t, w.signIn(t, "1"), "2")
	other := w.link(t, w.signIn(t, "3"), "4")
	for _, id := range []string{other.Identity.ID, newID(t), "", "x"} {
		if _, err := w.Store.Unlink(t.Context(), detachment(t, p, id)); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
	d := detachment(t, p, p.Identity.ID)
	d.Session = newKey(t)
	if _, err := w.Store.Unlink(t.Context(), d); !errors.Is(err, session.ErrNone) {
		t.Errorf("without a session: %v", err)
	}
	late := detachment(t, p, p.Identity.ID)
	late.At = p.Session.IdleExpiresAt
	if _, err := w.Store.Unlink(t.Context(), late); !errors.Is(err, session.ErrNone) {
		t.Errorf("in a session past its end: %v", err)
	}
	if n := w.count(t, "identities"); n != 4 {
		t.Errorf("%d identities", n)
	}
	w.principal(t, p.Session.Key)
}

func linksEmit(t *testing.T, w world) {
	p := w.signIn(t, "1")
	c := linkCompletion(t, w, p, "2")
	linked := w.finish(t, c).Principal
	by2 := w.signIn(t, "2")
	w.finish(t, linkCompletion(t, w, linked, "2")) // it is linked already: no event
	if _, err := w.Store.Unlink(t.Context(), detachment(t, linked, c.IdentityID)); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{string(p.User.ID): "p", c.IdentityID: "two", by2.Session.ID: "by2"}
	diff(t, emitted(t, w, names), []string{"user.created p", "identity.linked p two", "session.revoked p by2",
		"identity.unlinked p two"})
}
