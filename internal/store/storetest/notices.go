package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

var noticeTests = []test{
	{"WH13_EveryNoticeAndStatus", noticePolicy},
	{"WH07_NoticeIsAppliedOnce", noticeOnce},
	{"WH17_UnconfirmedNoticeIsReversible", noticeUnconfirmed},
	{"LateNoticeEndsOlderSessionsOnly", noticeLate},
	{"NoticeHoldsForSignInsOfAClockThatWasAhead", noticeOfFastClock},
	{"NoticeRemovesOneOfTwoIdentities", noticeDetaches},
	{"WH13_JoiningIsNoNewSignIn", noticeAfterJoining},
	{"NoticeAboutOneSessionEndsThatOne", noticeOneSession},
	{"NoticeEndsSessionsThatContinueTheOne", noticeContinued},
	{"S23_ReassignedAddressIsUnverified", noticeEmailReassigned},
	{"RelayAddressThatIsSwitchedOffIsUnverified", noticeRelayUnusable},
	{"RelayAddressThatWasNeverVerifiedStaysUnverified", noticeRelayNeverVerified},
}

// notice queues a notice about a user, received at a time, and claims its job.
func (w world) notice(t *testing.T, k account.Key, at time.Time, changes ...provider.Change) withdrawal.NoticeWork {
	t.Helper()
	n := withdrawal.StoredNotice{Key: k, Changes: changes, What: "TEST", ReceivedAt: at}
	payload, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	w.queue(t, jobs.New{Kind: withdrawal.NoticeJob, Key: fmt.Sprint(counter.Add(1)), Payload: string(payload), At: at})
	for _, j := range claimJobs(t, w.Store, at, 100) {
		if j.Kind == withdrawal.NoticeJob {
			return withdrawal.NoticeWork{StoredNotice: n, Job: j, At: at, Link: withdrawal.LinkGone}
		}
	}
	t.Fatal("no job to claim")
	return withdrawal.NoticeWork{}
}

func applyNotice(t *testing.T, w world, n withdrawal.NoticeWork) withdrawal.NoticeResult {
	t.Helper()
	done, err := w.Store.ApplyNotice(t.Context(), n)
	if err != nil {
		t.Fatalf("ApplyNotice: %v", err)
	}
	return done
}

func (w world) alive(t *testing.T, k session.Key) bool {
	t.Helper()
	_, err := w.Store.Principal(t.Context(), k)
	if err != nil && !errors.Is(err, session.ErrNone) {
		t.Fatal(err)
	}
	return err == nil
}

func noticePolicy(t *testing.T, w world) {
	at := noon.Add(time.Hour)
	for i, c := range []struct {
		status  account.Status
		keep    bool
		change  provider.Change
		outcome string
		alive   bool
		left    account.Status // "" if the row is gone
	}{
		{account.Active, false, provider.SessionsEnd, withdrawal.NoticeSessions, false, account.Active},
		{account.Active, false, provider.LinkEnded, withdrawal.NoticeWithdrawn, false, account.Withdrawn},
		{account.Active, true, provider.LinkEnded, withdrawal.NoticeSessions, false, account.Active},
		{account.Active, false, provider.NeverJoined, withdrawal.NoticeLeftAlone, true, account.Active},
		{account.Active, false, provider.EndedByProvider, withdrawal.NoticeSessions, false, account.Active},
		{account.Active, false, provider.ConsentWithdrawn, withdrawal.NoticeForgotten, true, account.Active},
		{account.Pending, false, provider.SessionsEnd, withdrawal.NoticeSessions, false, account.Pending},
		{account.Pending, false, provider.LinkEnded, withdrawal.NoticeDiscarded, false, ""},
		{account.Pending, true, provider.NeverJoined, withdrawal.NoticeDiscarded, false, ""},
		{account.Pending, false, provider.EndedByProvider, withdrawal.NoticeSessions, false, account.Pending},
		{account.Disabled, false, provider.LinkEnded, withdrawal.NoticeDisabled, false, account.Disabled},
		{account.Disabled, false, provider.NeverJoined, withdrawal.NoticeLeftAlone, false, account.Disabled},
	} {
		subject := fmt.Sprint(100 + i)
		bystander := w.signIn(t, "1")
		p := w.signInPending(t, subject)
		if c.status != account.Pending {
			p = w.signIn(t, subject) // joining is no longer required
		}
		if c.status == account.Disabled {
			w.disable(t, p.User.ID)
		}
		n := w.notice(t, p.Identity.Key, at, c.change)
		n.KeepUnlinked = c.keep
		name := fmt.Sprintf("%s, keep %t, %s", c.status, c.keep, c.change)
		if done := applyNotice(t, w, n); done.Outcome != c.outcome || done.UserID != p.User.ID {
			t.Errorf("%s: %+v", name, done)
		}
		if w.alive(t, p.Session.Key) != c.alive || !w.alive(t, bystander.Session.Key) {
			t.Errorf("%s: alive %t, bystander %t", name, w.alive(t, p.Session.Key), w.alive(t, bystander.Session.Key))
		}
		var left account.Status
		if u, err := w.Store.UserByID(t.Context(), p.User.ID); err == nil {
			left = u.Status
		}
		if left != c.left {
			t.Errorf("%s: left as %q, want %q", name, left, c.left)
		}
		if what := fmt.Sprintf("provider.notice user=%s session=NULL reason=TEST: %s", p.User.ID,
			c.outcome); !contains(w.events(t), what) {
			t.Errorf("%s: no line %q", name, what)
		}
	}
	if n := w.count(t, "jobs WHERE kind = 'unlink'"); n != 0 {
		t.Errorf("%d links to end that the provider has ended", n)
	}
}

// S23: an address with a new owner proves nothing any more.
func noticeEmailReassigned(t *testing.T, w world) {
	p := w.signIn(t, "1")
	if p.Identity.Profile.EmailState != account.EmailVerified {
		t.Fatalf("before: %+v", p.Identity.Profile)
	}
	emailOf := func() account.Profile {
		t.Helper()
		return w.principal(t, p.Session.Key).Identity.Profile
	}
	old := w.notice(t, p.Identity.Key, noon.Add(-time.Hour), provider.EmailReassigned)
	if done := applyNotice(t, w, old); done.Outcome != withdrawal.NoticeLeftAlone || emailOf() != p.Identity.Profile {
		t.Errorf("from before the sign-in: %+v, %+v", done, emailOf())
	}
	n := w.notice(t, p.Identity.Key, noon.Add(time.Hour), provider.EmailReassigned)
	done := applyNotice(t, w, n)
	want := p.Identity.Profile
	want.EmailState = account.EmailUnverified
	if done.Outcome != withdrawal.NoticeUnverified || emailOf() != want || !w.alive(t, p.Session.Key) {
		t.Errorf("%+v, %+v, want %+v", done, emailOf(), want)
	}
}

// A relay address that no longer forwards stays one, and is no longer verified.
func noticeRelayUnusable(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.Profile.EmailRelay = true
	p := w.finish(t, c).Principal
	done := applyNotice(t, w, w.notice(t, p.Identity.Key, noon.Add(time.Hour), provider.EmailUnusable))
	want := p.Identity.Profile
	want.EmailState = account.EmailUnverified
	got := w.principal(t, p.Session.Key).Identity.Profile
	if done.Outcome != withdrawal.NoticeUnverified || got != want || !got.EmailRelay {
		t.Errorf("%+v, %+v, want %+v", done, got, want)
	}
	for _, step := range []struct {
		minutes int
		change  provider.Change
		outcome string
		state   account.EmailState
	}{
		{40, provider.EmailUsable, withdrawal.NoticeLeftAlone, account.EmailUnverified}, // from before it was switched off
		{80, provider.EmailUsable, withdrawal.NoticeVerified, account.EmailVerified},
		{70, provider.EmailUnusable, withdrawal.NoticeLeftAlone, account.EmailVerified}, // from before it was switched on
		{90, provider.EmailUnusable, withdrawal.NoticeUnverified, account.EmailUnverified},
		{95, provider.EmailReassigned, withdrawal.NoticeUnverified, account.EmailUnverified},
	} {
		at := noon.Add(time.Duration(step.minutes) * time.Minute)
		done := applyNotice(t, w, w.notice(t, p.Identity.Key, at, step.change))
		got := w.principal(t, p.Session.Key).Identity.Profile
		if done.Outcome != step.outcome || got.EmailState != step.state || !got.EmailRelay {
			t.Errorf("minute %d: %+v, %+v", step.minutes, done, got)
		}
	}
}

// An address that the provider has not verified, as an imported one, is not verified by switching it on.
func noticeRelayNeverVerified(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.Profile.EmailState, c.Profile.EmailRelay = account.EmailUnverified, true
	p := w.finish(t, c).Principal
	for i, change := range []provider.Change{
		provider.EmailUnusable, provider.EmailUsable, provider.EmailUsable,
	} {
		applyNotice(t, w, w.notice(t, p.Identity.Key, noon.Add(time.Duration(i+1)*time.Hour), change))
		if got := w.principal(t, p.Session.Key).Identity.Profile; got != p.Identity.Profile {
			t.Errorf("notice %d: %+v, want %+v", i+1, got, p.Identity.Profile)
		}
	}
}

func noticeOnce(t *testing.T, w world) {
	n := w.notice(t, account.Key{Provider: "kakao", Namespace: "123456", Subject: "404"}, noon, provider.LinkEnded)
	if done := applyNotice(t, w, n); done != (withdrawal.NoticeResult{Outcome: withdrawal.NoticeUnknown}) {
		t.Errorf("about an unknown user: %+v", done)
	}
	p := w.signIn(t, "1")
	at := noon.Add(time.Hour)
	n = w.notice(t, p.Identity.Key, at, provider.SessionsEnd)
	// The worker loses its lease, another one takes over, and then the first returns.
	taken := claimJobs(t, w.Other, at.Add(2*time.Minute), 10)
	if len(taken) != 1 {
		t.Fatalf("taken over: %+v", taken)
	}
	if _, err := w.Store.ApplyNotice(t.Context(), n); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("ApplyNotice of a lost claim: %v", err)
	}
	if !w.alive(t, p.Session.Key) {
		t.Fatal("a lost claim had an effect")
	}
	n.Job = taken[0]
	applyNotice(t, w, n)
	if w.alive(t, p.Session.Key) {
		t.Error("the new claim had none")
	}
	if _, err := w.Store.ApplyNotice(t.Context(), n); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("ApplyNotice a second time: %v", err)
	}
}

func noticeOneSession(t *testing.T, w world) {
	begin := func(subject, sid string) *session.Principal {
		c := w.completion(t, subject)
		c.ProviderSession = provider.SessionDigest(c.Key, sid)
		return w.finish(t, c).Principal
	}
	laptop, phone, plain, other := begin("1", "laptop"), begin("1", "phone"), w.signIn(t, "1"), begin("2", "x")
	end := func(subject, sid string) withdrawal.NoticeResult {
		k := laptop.Identity.Key
		k.Subject = subject
		n := w.notice(t, k, noon.Add(time.Hour), provider.SessionsEnd)
		n.Session = provider.SessionDigest(k, sid)
		n.OccurredAt = noon.Add(-time.Hour) // by a clock that is behind: the key alone says which session
		return applyNotice(t, w, n)
	}
	if done := end("", "unknown"); done.Outcome != withdrawal.NoticeUnknown {
		t.Errorf("unknown session: %+v", done)
	}
	if done := end("2", "laptop"); done.Outcome != withdrawal.NoticeUnknown || !w.alive(t, laptop.Session.Key) {
		t.Errorf("session of another subject: %+v", done)
	}
	want := withdrawal.NoticeResult{Outcome: withdrawal.NoticeSessions, UserID: laptop.User.ID}
	if done := end("1", "laptop"); done != want || w.alive(t, laptop.Session.Key) {
		t.Errorf("with a subject: %+v", done)
	}
	if done := end("", "phone"); done != want || w.alive(t, phone.Session.Key) {
		t.Errorf("by the session alone: %+v", done)
	}
	if !w.alive(t, plain.Session.Key) || !w.alive(t, other.Session.Key) {
		t.Error("ended another session")
	}
}

// A session that continues another one began in the same session at the provider.
func noticeContinued(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.JoinRequired, c.ProviderSession = true, provider.SessionDigest(c.Key, "laptop")
	pending := w.finish(t, c).Principal
	joined, err := w.Store.Join(t.Context(), activationOf(t, w, pending))
	if err != nil {
		t.Fatal(err)
	}
	branch, err := w.Store.Branch(t.Context(), w.branch(t, joined, "code"))
	if err != nil {
		t.Fatal(err)
	}
	n := w.notice(t, joined.Identity.Key, noon.Add(time.Hour), provider.SessionsEnd)
	n.Session = c.ProviderSession
	if done := applyNotice(t, w, n); done.Outcome != withdrawal.NoticeSessions {
		t.Errorf("%+v", done)
	}
	if w.alive(t, joined.Session.Key) || w.alive(t, branch.Key) {
		t.Error("the session of a joined user, or the app's copy of it, is alive after the provider's has ended")
	}
}

func noticeLate(t *testing.T, w world) {
	old := w.signIn(t, "1")
	c := w.completion(t, "1")
	c.At = noon.Add(time.Hour)
	c.Session.CreatedAt = c.At
	renewed := w.finish(t, c).Principal
	n := w.notice(t, old.Identity.Key, noon.Add(2*time.Hour), provider.LinkEnded)
	n.OccurredAt, n.Link = noon.Add(30*time.Minute), withdrawal.LinkUnknown
	if done := applyNotice(t, w, n); done.Outcome != withdrawal.NoticeOutdated {
		t.Errorf("%+v", done)
	}
	if w.alive(t, old.Session.Key) || !w.alive(t, renewed.Session.Key) {
		t.Errorf("old %t, renewed %t", w.alive(t, old.Session.Key), w.alive(t, renewed.Session.Key))
	}
}

// noticeUnconfirmed: the end of a link that the provider does not confirm changes nothing for good, and the provider is
// asked again.
func noticeUnconfirmed(t *testing.T, w world) {
	subject := 300
	for _, status := range []account.Status{account.Active, account.Pending, account.Disabled} {
		for link, c := range map[withdrawal.LinkState]struct {
			outcome string
			alive   bool
		}{
			withdrawal.LinkExists:  {withdrawal.NoticeOutdated, true},
			withdrawal.LinkUnknown: {withdrawal.NoticeUnconfirmed, false},
		} {
			subject++
			p := w.signInPending(t, fmt.Sprint(subject))
			if status != account.Pending {
				p = w.signIn(t, fmt.Sprint(subject))
			}
			if status == account.Disabled {
				w.disable(t, p.User.ID)
				c.alive = false
			}
			n := w.notice(t, p.Identity.Key, noon.Add(time.Hour), provider.LinkEnded)
			n.Link = link
			done := applyNotice(t, w, n)
			u, err := w.Store.UserByID(t.Context(), p.User.ID)
			if err != nil || u.Status != status || done.Outcome != c.outcome || w.alive(t, p.Session.Key) != c.alive {
				t.Errorf("%s, link %d: %+v, alive %t, %v", status, link, done, w.alive(t, p.Session.Key), err)
			}
			check := fmt.Sprintf("jobs WHERE kind = 'check_link' AND about = '%s' AND run_at = %d", p.User.ID,
				noon.Add(time.Hour+withdrawal.RecheckAfter).UnixMilli())
			if n := w.count(t, check); n != 1 {
				t.Errorf("%s, link %d: asked again %d times", status, link, n)
			}
		}
	}
}

// noticeAfterJoining: another person signed in with a stolen password and joined after the owner had changed it. The
// notice arrives then, and ends the session, though joining gave it a new token.
func noticeAfterJoining(t *testing.T, w world) {
	j := activationOf(t, w, w.signInPending(t, "1"))
	j.At = noon.Add(30 * time.Minute)
	j.Next = newSession(t, j.At)
	p, err := w.Store.Join(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	n := w.notice(t, p.Identity.Key, noon.Add(time.Hour), provider.SessionsEnd)
	n.OccurredAt = noon.Add(10 * time.Minute)
	if done := applyNotice(t, w, n); done.Outcome != withdrawal.NoticeSessions || w.alive(t, p.Session.Key) {
		t.Errorf("%+v, alive %t", done, w.alive(t, p.Session.Key))
	}
}

func noticeDetaches(t *testing.T, w world) {
	p, second := w.signIn(t, "1"), w.signIn(t, "2")
	// Two identities of one user.
	move := fmt.Sprintf("UPDATE identities SET user_id = '%s' WHERE id = '%s'", p.User.ID, second.Identity.ID)
	moveSession := fmt.Sprintf("UPDATE sessions SET user_id = '%s' WHERE id = '%s'", p.User.ID, second.Session.ID)
	for _, query := range []string{move, moveSession} {
		if err := w.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	n := w.notice(t, second.Identity.Key, noon.Add(time.Hour), provider.LinkEnded)
	if done := applyNotice(t, w, n); done.Outcome != withdrawal.NoticeDetached || done.UserID != p.User.ID {
		t.Errorf("%+v", done)
	}
	if !w.alive(t, p.Session.Key) || w.alive(t, second.Session.Key) {
		t.Error("the wrong session ended")
	}
	if linked, err := w.Store.Linked(t.Context(), second.Identity.Key); linked != nil || err != nil {
		t.Errorf("Linked = %+v, %v", linked, err)
	}
}
