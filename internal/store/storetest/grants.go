package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

var grantTests = []test{
	{"TokensAreKeptWithTheSignIn", grantKept},
	{"RefusedSignInKeepsNoTokens", grantRefused},
	{"NewestFirst", grantNewest},
	{"OfflineTokensOutliveTheSession", grantOffline},
	{"TokensEndWithTheSession", grantEndsWithSession},
	{"TokensEndHoweverTheSessionEnds", grantEndsEverywhere},
	{"TokensEndWithAnExpiredSession", grantSwept},
	{"TokensMoveToTheJoinedSession", grantJoins},
	{"TokensOfInactiveUsersAreNotUsable", grantOfDisabled},
	{"TokensGoWithTheUser", grantWithdrawn},
	{"TokensGoWithTheLink", grantUnlinked},
	{"OneProcessHoldsTheLease", grantLease},
	{"LeaseExpires", grantLeaseEnds},
	{"RefreshedTokensAreSavedOnce", grantStoredOnce},
	{"FailedRefreshIsDelayed", grantDelayed},
	{"LeaseAndPauseOfAClockThatWasAheadAreIgnored", grantOfFastClock},
	{"TokensSavedSinceAreNotDropped", grantLost},
	{"Resealed", grantResealed},
	{"AllTokensEnd", grantsEnd},
	{"ExpiredTokensAreSwept", grantLapsed},
	{"InvalidTokensAreRefused", grantNonsense},
}

// hours is the life of an access token at Kakao.
const hours = 6 * time.Hour

func newGrant(t *testing.T, sealed string) *login.NewTokens {
	t.Helper()
	return &login.NewTokens{
		ID: newID(t), Sealed: sealed, KeyID: "k1", AccessExpiresAt: noon.Add(hours),
		RefreshExpiresAt: noon.Add(60 * 24 * time.Hour),
	}
}

// signInKeeping signs a user in and keeps provider tokens.
func (w world) signInKeeping(t *testing.T, subject, sealed string,
	changes ...func(*login.Completion)) *session.Principal {
	t.Helper()
	c := w.completion(t, subject)
	c.Tokens = newGrant(t, sealed)
	for _, change := range changes {
		change(&c)
	}
	return w.finish(t, c).Principal
}

func (w world) grantsOf(t *testing.T, id account.ID, at time.Time) []providertoken.Record {
	t.Helper()
	all, err := w.Other.UsableTokens(t.Context(), id, "", at, 10)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sealedOf returns the sealed texts of a user's usable tokens.
func sealedOf(t *testing.T, w world, id account.ID) string {
	t.Helper()
	var all []string
	for _, g := range w.grantsOf(t, id, noon) {
		all = append(all, g.Sealed)
	}
	return strings.Join(all, " ")
}

// endJobs counts the jobs that end tokens at the provider.
func endJobs(t *testing.T, w world) int {
	t.Helper()
	return w.count(t, "jobs WHERE kind = 'end_grant' AND state = 'open'")
}

func grantKept(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "tokens")
	all := w.grantsOf(t, p.User.ID, noon)
	if len(all) != 1 || len(all[0].ID) != 36 {
		t.Fatalf("UsableTokens = %+v", all)
	}
	all[0].ID = ""
	ms := time.Millisecond
	diff(t, all[0], providertoken.Record{
		UserID: p.User.ID, Key: p.Identity.Key, Sealed: "tokens", KeyID: "k1", Version: 1, Session: p.Session.ID,
		AccessExpiresAt:  noon.Add(hours).Truncate(ms).UTC(),
		RefreshExpiresAt: noon.Add(60 * 24 * time.Hour).Truncate(ms).UTC(),
	})
	if got, err := w.Store.UsableTokens(t.Context(), p.User.ID, "another", noon, 10); err != nil || len(got) != 0 {
		t.Errorf("tokens of another provider: %+v, %v", got, err)
	}
	none := w.signIn(t, "2")
	if got := w.grantsOf(t, none.User.ID, noon); len(got) != 0 {
		t.Errorf("a user without tokens has %+v", got)
	}
	if got := w.grantsOf(t, p.User.ID, noon.Add(61*24*time.Hour)); len(got) != 0 {
		t.Errorf("lapsed tokens are given out: %+v", got)
	}
}

func grantRefused(t *testing.T, w world) {
	p := w.signIn(t, "1")
	w.disable(t, p.User.ID)
	c := w.completion(t, "1")
	c.Tokens = newGrant(t, "tokens")
	w.finish(t, c)
	if n := w.count(t, "grants"); n != 0 {
		t.Errorf("%d grants of a sign-in that was refused", n)
	}
}

func grantNewest(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "old")
	w.signInKeeping(t, "1", "new", func(c *login.Completion) { c.At = noon.Add(time.Minute) })
	if got := sealedOf(t, w, p.User.ID); got != "new old" {
		t.Errorf("GrantsOf = %q", got)
	}
	one, err := w.Store.UsableTokens(t.Context(), p.User.ID, "", noon, 1)
	if err != nil || len(one) != 1 || one[0].Sealed != "new" {
		t.Errorf("the first of them: %+v, %v", one, err)
	}
}

func offline(c *login.Completion) { c.Tokens.Offline = true }

func grantOffline(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "first", offline)
	again := w.signInKeeping(t, "1", "second", offline)
	if got := sealedOf(t, w, p.User.ID); got != "second" {
		t.Errorf("after two sign-ins: %q", got)
	}
	if _, err := w.Store.End(t.Context(), session.Revocation{UserID: p.User.ID, At: noon}); err != nil {
		t.Fatal(err)
	}
	if got := sealedOf(t, w, again.User.ID); got != "second" || endJobs(t, w) != 0 {
		t.Errorf("after signing out everywhere: %q, %d jobs", got, endJobs(t, w))
	}
}

func grantEndsWithSession(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "here")
	other := w.signInKeeping(t, "1", "there")
	id := w.grantsOf(t, p.User.ID, noon)
	if _, err := w.Store.End(t.Context(), session.Revocation{Key: &p.Session.Key, At: noon.Add(time.Second)}); err != nil {
		t.Fatal(err)
	}
	if got := sealedOf(t, w, other.User.ID); got != "there" {
		t.Errorf("usable afterwards: %q", got)
	}
	diff(t, w.Query(t, "SELECT kind, about, payload, state FROM jobs"),
		[][]string{{"end_grant", string(p.User.ID), "", "open"}})
	key := w.Query(t, "SELECT key FROM jobs")[0][0]
	g, err := w.Other.EndedTokens(t.Context(), key)
	if err != nil || g == nil || g.Sealed != "here" {
		t.Fatalf("EndedGrant = %+v, %v", g, err)
	}
	for _, live := range id {
		if live.ID == g.ID {
			continue
		}
		if ended, err := w.Store.EndedTokens(t.Context(), live.ID); ended != nil || err != nil {
			t.Errorf("a living grant has ended: %+v, %v", ended, err)
		}
		if err := w.Store.DeleteEndedTokens(t.Context(), live.ID); err != nil {
			t.Error(err)
		}
	}
	for range 2 {
		if err := w.Store.DeleteEndedTokens(t.Context(), g.ID); err != nil {
			t.Error(err)
		}
	}
	if n := w.count(t, "grants"); n != 1 {
		t.Errorf("%d grants left, want the live one", n)
	}
	if g, err := w.Store.EndedTokens(t.Context(), key); g != nil || err != nil {
		t.Errorf("a forgotten grant: %+v, %v", g, err)
	}
}

// However a session ends, its tokens end.
func grantEndsEverywhere(t *testing.T, w world) {
	for name, end := range map[string]func(p *session.Principal) error{
		"everywhere": func(p *session.Principal) error {
			_, err := w.Store.End(t.Context(), session.Revocation{UserID: p.User.ID, At: noon})
			return err
		},
		"from the list": func(p *session.Principal) error {
			_, err := w.Store.End(t.Context(), session.Revocation{UserID: p.User.ID, ID: p.Session.ID, At: noon})
			return err
		},
		"replaced": func(p *session.Principal) error {
			c := w.completion(t, p.Identity.Key.Subject)
			c.Replaces = &p.Session.Key
			_, err := w.Store.Finish(t.Context(), c)
			return err
		},
		"disabled": func(p *session.Principal) error { w.disable(t, p.User.ID); return nil },
	} {
		p := w.signInKeeping(t, name, name)
		before := endJobs(t, w)
		if err := end(p); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n := w.count(t, "grants WHERE sealed = '"+name+"' AND ended_at IS NULL"); n != 0 || endJobs(t, w) != before+1 {
			t.Errorf("%s: %d live, %d more jobs", name, n, endJobs(t, w)-before)
		}
	}
	// A session that is given a new token keeps its own.
	p := w.signInKeeping(t, "renewed", "renewed")
	w.signInKeeping(t, "renewed", "another")
	next := newKey(t)
	if _, err := w.Store.End(t.Context(), session.Revocation{UserID: p.User.ID, Except: &p.Session.Key, Renewed: &next,
		At: noon}); err != nil {
		t.Fatal(err)
	}
	if got := sealedOf(t, w, p.User.ID); got != "renewed" {
		t.Errorf("after ending the others: %q", got)
	}
}

func grantSwept(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "tokens")
	end := p.Session.IdleExpiresAt
	if got := w.grantsOf(t, p.User.ID, end.Add(time.Second)); len(got) != 0 {
		t.Errorf("tokens of an expired session are given out: %+v", got)
	}
	sweepAll(t, w, end.Add(2*time.Hour), 10)
	if n := w.count(t, "sessions"); n != 0 || endJobs(t, w) != 1 {
		t.Errorf("%d sessions, %d jobs", n, endJobs(t, w))
	}
}

func grantJoins(t *testing.T, w world) {
	pending := w.signInKeeping(t, "1", "tokens", func(c *login.Completion) { c.JoinRequired = true })
	if got := sealedOf(t, w, pending.User.ID); got != "" {
		t.Errorf("usable before the user joined: %q", got)
	}
	p, err := w.Store.Join(t.Context(), activationOf(t, w, pending))
	if err != nil {
		t.Fatal(err)
	}
	if got := sealedOf(t, w, p.User.ID); got != "tokens" || endJobs(t, w) != 0 {
		t.Errorf("after joining: %q, %d jobs", got, endJobs(t, w))
	}
	if _, err := w.Store.End(t.Context(), session.Revocation{Key: &p.Session.Key, At: noon}); err != nil {
		t.Fatal(err)
	}
	if endJobs(t, w) != 1 {
		t.Error("the grant did not end with the user's session")
	}
	declined := w.signInKeeping(t, "2", "declined", func(c *login.Completion) { c.JoinRequired = true })
	if err := w.Store.Discard(t.Context(), declined.Session.Key, noon, audit.User(declined.User.ID, origin)); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, "grants WHERE sealed = 'declined'"); n != 0 {
		t.Error("tokens of a discarded user were kept")
	}
}

func grantOfDisabled(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "tokens", offline)
	w.disable(t, p.User.ID)
	if got := sealedOf(t, w, p.User.ID); got != "" {
		t.Errorf("of a disabled user: %q", got)
	}
}

func grantWithdrawn(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "tokens")
	w.signInKeeping(t, "1", "offline", offline)
	bystander := w.signInKeeping(t, "2", "other")
	if err := w.Store.Withdraw(t.Context(), w.withdrawal(p)); err != nil {
		t.Fatal(err)
	}
	diff(t, w.Query(t, "SELECT sealed FROM grants"), [][]string{{"other"}})
	if endJobs(t, w) != 0 {
		t.Error("end jobs for tokens that unlinking ends")
	}
	if got := sealedOf(t, w, bystander.User.ID); got != "other" {
		t.Errorf("a bystander has %q", got)
	}
}

func grantUnlinked(t *testing.T, w world) {
	for _, keep := range []bool{false, true} {
		subject := fmt.Sprint("keep ", keep)
		p := w.signInKeeping(t, subject, subject, offline)
		n := withdrawal.StoredNotice{Key: p.Identity.Key, Changes: []provider.Change{provider.LinkEnded},
			What: "UNLINK_FROM_APPS", ReceivedAt: noon.Add(time.Hour)}
		payload, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		w.queue(t, jobs.New{Kind: withdrawal.NoticeJob, Key: subject, Payload: string(payload), At: noon})
		claimed := claimJobs(t, w.Store, noon.Add(time.Hour), 10)
		if len(claimed) != 1 {
			t.Fatalf("claimed %+v", claimed)
		}
		if _, err := w.Store.ApplyNotice(t.Context(), withdrawal.NoticeWork{StoredNotice: n, Job: claimed[0],
			At: noon.Add(time.Hour), KeepUnlinked: keep}); err != nil {
			t.Fatal(err)
		}
		if n := w.count(t, "grants"); n != 0 || endJobs(t, w) != 0 {
			t.Errorf("keep %t: %d grants, %d jobs", keep, n, endJobs(t, w))
		}
	}
}

func grantLost(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "tokens")
	g := w.grantsOf(t, p.User.ID, noon)[0]
	if ok, err := w.Store.SaveTokens(t.Context(), refreshed(g, "fresh")); !ok || err != nil {
		t.Fatalf("StoreGrant = %t, %v", ok, err)
	}
	loss := providertoken.Loss{Record: g, At: noon, Reason: "KOE322", Check: true}
	if lost, err := w.Other.DropTokens(t.Context(), loss); lost || err != nil {
		t.Errorf("fresh tokens were dropped for old ones: %t, %v", lost, err)
	}
	loss.Record = w.grantsOf(t, p.User.ID, noon)[0]
	if lost, err := w.Other.DropTokens(t.Context(), loss); !lost || err != nil {
		t.Fatalf("LoseGrant = %t, %v", lost, err)
	}
	w.principal(t, p.Session.Key) // it signs no one out
	if n := w.count(t, "grants"); n != 0 {
		t.Errorf("%d grants left", n)
	}
	jobsOf := w.Query(t, "SELECT kind, about, payload FROM jobs")
	var k account.Key
	if len(jobsOf) != 1 || jobsOf[0][0] != "check_link" || json.Unmarshal([]byte(jobsOf[0][2]), &k) != nil ||
		k != p.Identity.Key {
		t.Errorf("jobs are %q", jobsOf)
	}
	if want := "grant.lost user=" + string(p.User.ID) + " session=NULL reason=KOE322"; !contains(w.events(t), want) {
		t.Errorf("no %q in %q", want, w.events(t))
	}
}

func grantResealed(t *testing.T, w world) {
	for i, key := range []string{"k1", "k2", "k1", "k3"} {
		w.signInKeeping(t, fmt.Sprint(i), fmt.Sprint("tokens ", i), func(c *login.Completion) { c.Tokens.KeyID = key })
	}
	if keys, err := w.Store.SealingKeys(t.Context()); err != nil || !cmp.Equal(keys, []string{"k1", "k2", "k3"}) {
		t.Fatalf("GrantKeys = %q, %v", keys, err)
	}
	old, err := w.Store.TokensByKey(t.Context(), "k1", 10)
	if err != nil || len(old) != 2 || old[0].KeyID != "k1" || old[1].KeyID != "k1" {
		t.Fatalf("GrantsByKey = %+v, %v", old, err)
	}
	if one, err := w.Store.TokensByKey(t.Context(), "k1", 1); err != nil || len(one) != 1 {
		t.Errorf("one of them: %+v, %v", one, err)
	}
	for _, g := range old {
		if ok, err := w.Store.ResealTokens(t.Context(), g, "anew "+g.ID, "k2"); !ok || err != nil {
			t.Errorf("ResealGrant = %t, %v", ok, err)
		}
		if ok, err := w.Store.ResealTokens(t.Context(), g, "again", "k2"); ok || err != nil {
			t.Errorf("resealed what is not there any more: %t, %v", ok, err)
		}
		if got := sealedOf(t, w, g.UserID); got != "anew "+g.ID {
			t.Errorf("now %q", got)
		}
	}
	if keys, err := w.Other.SealingKeys(t.Context()); err != nil || !cmp.Equal(keys, []string{"k2", "k3"}) {
		t.Errorf("then GrantKeys = %q, %v", keys, err)
	}
	if none, err := w.Store.TokensByKey(t.Context(), "k1", 10); err != nil || len(none) != 0 {
		t.Errorf("left are %+v, %v", none, err)
	}
}

func grantsEnd(t *testing.T, w world) {
	w.signInKeeping(t, "1", "one")
	w.signInKeeping(t, "2", "two", offline)
	for _, want := range []int{1, 1, 0} {
		if n, err := w.Store.EndTokens(t.Context(), noon, 1); n != want || err != nil {
			t.Errorf("EndGrants = %d, %v; want %d", n, err, want)
		}
	}
	if n := w.count(t, "grants WHERE ended_at IS NOT NULL"); n != 2 || endJobs(t, w) != 2 {
		t.Errorf("%d ended, %d jobs", n, endJobs(t, w))
	}
}

func grantLapsed(t *testing.T, w world) {
	w.signInKeeping(t, "1", "short", offline,
		func(c *login.Completion) { c.Tokens.RefreshExpiresAt = noon.Add(24 * time.Hour) })
	w.signInKeeping(t, "2", "long", offline)
	w.signInKeeping(t, "3", "unknown", offline, func(c *login.Completion) { c.Tokens.RefreshExpiresAt = time.Time{} })
	sweepAll(t, w, noon.Add(48*time.Hour), 10)
	diff(t, w.Query(t, "SELECT sealed FROM grants ORDER BY sealed"), [][]string{{"long"}, {"unknown"}})
}

func grantNonsense(t *testing.T, w world) {
	for name, change := range map[string]func(*login.NewTokens){
		"no tokens":   func(g *login.NewTokens) { g.Sealed = "" },
		"no key":      func(g *login.NewTokens) { g.KeyID = "" },
		"no end":      func(g *login.NewTokens) { g.AccessExpiresAt = time.Time{} },
		"far too big": func(g *login.NewTokens) { g.Sealed = strings.Repeat("x", provider.MaxSealed+1) },
	} {
		c := w.completion(t, name)
		c.Tokens = newGrant(t, "tokens")
		change(c.Tokens)
		if _, err := w.Store.Finish(t.Context(), c); err == nil {
			t.Errorf("%s: kept", name)
		}
		if _, err := w.Store.Principal(t.Context(), c.Session.Key); !errors.Is(err, session.ErrNone) {
			t.Errorf("%s: half a sign-in: %v", name, err)
		}
	}
	p := w.signInKeeping(t, "1", "tokens")
	g := w.grantsOf(t, p.User.ID, noon)[0]
	if ok, err := w.Store.SaveTokens(t.Context(), refreshed(g, "")); ok || err == nil {
		t.Error("tokens were replaced by nothing")
	}
	if ok, err := w.Store.ResealTokens(t.Context(), g, "", "k2"); ok || err == nil {
		t.Error("tokens were resealed as an empty text")
	}
}
