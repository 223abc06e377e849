package storetest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

// returning is about users who return.
type returning interface {
	RejoinKey(ctx context.Context, proposed string) (string, error)
	ChangeRejoinKey(ctx context.Context, old, sealed string) error
	RejoinBlocks(ctx context.Context, at time.Time) (int, error)
}

var rejoinTests = []test{
	{"PV02_GracePeriodHidesThenErases", grace},
	{"AccountIsRestored", restoresAccount},
	{"AccountIsNotRestoredAfterTheGracePeriod", restoresLate},
	{"RestoredUserWithdrawsAgain", withdrawsAgain},
	{"AL14_NewAccountWithinTheGracePeriod", newInGrace},
	{"AL15_DisabledUsersGetNoGracePeriod", graceDisabled},
	{"OperatorEndsAGracePeriod", graceEnded},
	{"RejoinIsBlocked", blocked},
	{"BlockIsAHashOnly", blockedBlind},
	{"NoticeOfAWithdrawnUserDoesNothing", graceNoticed},
	{"RestoreWhilePurging", restoreWhilePurging},
	{"WithdrawWhileSigningIn", withdrawWhileSigningIn},
	{"ReplicasShareOneRejoinKey", oneRejoinKey},
}

const week = 7 * 24 * time.Hour

// withdrawWithGrace withdraws p at noon and one hour, with a week of grace.
func withdrawWithGrace(t *testing.T, w world, p *session.Principal) {
	t.Helper()
	wd := w.withdrawal(p)
	wd.Policy.Grace = week
	if err := w.Store.Withdraw(t.Context(), wd); err != nil {
		t.Fatal(err)
	}
}

// signInAgain is a sign-in of a withdrawn user, some time later.
func signInAgain(t *testing.T, w world, subject string, after time.Duration, r account.Return) login.Outcome {
	t.Helper()
	c := w.completion(t, subject)
	c.At, c.Return = noon.Add(time.Hour+after), r
	c.Session = newSession(t, c.At)
	return w.finish(t, c)
}

func (w world) status(t *testing.T, id account.ID) account.Status {
	t.Helper()
	u, err := w.Store.UserByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return u.Status
}

func grace(t *testing.T, w world) {
	p, err := w.Store.Join(t.Context(), activationOf(t, w, w.signInPending(t, "1")))
	if err != nil {
		t.Fatal(err)
	}
	id := p.User.ID
	withdrawWithGrace(t, w, p)
	if _, err := w.Store.Principal(t.Context(), p.Session.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("a session lives: %v", err)
	}
	diff(t, unlinkJobs(t, w), []account.Key{p.Identity.Key}) // at the withdrawal, not at the purge
	if linked, err := w.Store.Linked(t.Context(), p.Identity.Key); linked != nil || err != nil {
		t.Errorf("Linked = %+v, %v: the unlinking would be left undone", linked, err)
	}
	state, err := w.Store.WithdrawalState(t.Context(), id)
	if want := noon.Add(time.Hour + week).Truncate(time.Millisecond); err != nil || !state.Withdrawn ||
		!state.PurgeAt.Equal(want) {
		t.Errorf("WithdrawalState = %+v, %v; want until %v", state, err, want)
	}
	// Apps see what they see after the purge.
	diff(t, w.Query(t, "SELECT status, nickname, email, provider, subject, ref FROM "+w.Members+" WHERE id = "+
		"'"+string(id)+"'"),
		[][]string{{"withdrawn", "NULL", "NULL", "NULL", "NULL", "NULL"}})
	if n := w.count(t, "erasures"); n != 0 {
		t.Errorf("%d proofs of what was not done", n)
	}
	sweepAll(t, w, noon.Add(week), 100)
	if n := w.count(t, "identities WHERE user_id = '"+string(id)+"'"); n != 1 {
		t.Error("purged before its time")
	}
	sweepAll(t, w, noon.Add(time.Hour+week), 100)
	for _, table := range []string{"identities", "consents"} {
		if n := w.count(t, table+" WHERE user_id = '"+string(id)+"'"); n != 0 {
			t.Errorf("%d rows left in %s", n, table)
		}
	}
	diff(t, w.Query(t, "SELECT people, what, method, actor FROM erasures"),
		[][]string{{"1", "member: 1 identities, after the grace period", "rows deleted", "system"}})
	if want := "user.purged user=" + string(id) + " session=NULL reason=grace_over"; !contains(w.events(t), want) {
		t.Errorf("no %q", want)
	}
	var emitted []string
	for _, r := range w.Query(t, "SELECT kind FROM events WHERE user_id = '"+string(id)+"' ORDER BY seq") {
		emitted = append(emitted, r[0])
	}
	if got := strings.Join(emitted, " "); !strings.HasSuffix(got, "user.withdrawn user.purged") {
		t.Errorf("the app gets %q", got)
	}
	if state, err := w.Store.WithdrawalState(t.Context(), id); err != nil || !state.Withdrawn || !state.PurgeAt.IsZero() {
		t.Errorf("Leaving = %+v, %v", state, err)
	}
}

func restoresAccount(t *testing.T, w world) {
	p := w.signIn(t, "1")
	if err := w.Store.SetRef(t.Context(), p.User.ID, "10482", noon); err != nil {
		t.Fatal(err)
	}
	withdrawWithGrace(t, w, p)
	policy := account.Return{Policy: account.RejoinRestore}
	out := signInAgain(t, w, "1", time.Hour, policy)
	if out.Decision.Reason != account.ReasonRestorable || out.Principal != nil ||
		!out.Until.Equal(noon.Add(time.Hour+week).Truncate(time.Millisecond)) {
		t.Fatalf("not asked: %+v", out)
	}
	if w.status(t, p.User.ID) != account.Withdrawn {
		t.Error("a mere sign-in took the account up")
	}
	if jobs := unlinkJobs(t, w); len(jobs) != 2 {
		t.Errorf("%d unlink jobs: the link of the sign-in does not end", len(jobs))
	}
	policy.Choice = account.ChoiceRestore
	out = signInAgain(t, w, "1", 2*time.Hour, policy)
	if out.Principal == nil || out.New || out.Principal.User.ID != p.User.ID ||
		out.Principal.User.Status != account.Active || out.Principal.User.Ref != "10482" {
		t.Fatalf("not restored: %+v", out)
	}
	w.principal(t, out.Principal.Session.Key)
	if linked, err := w.Store.Linked(t.Context(), p.Identity.Key); linked == nil || err != nil {
		t.Errorf("Linked = %+v, %v", linked, err)
	}
	sweepAll(t, w, noon.Add(2*week), 100)
	if w.status(t, p.User.ID) != account.Active || w.count(t, "erasures") != 0 {
		t.Error("purged all the same")
	}
	if want := "user.restored user=" + string(p.User.ID) + " session=NULL reason=NULL"; !contains(w.events(t), want) {
		t.Errorf("no %q", want)
	}
}

func restoresLate(t *testing.T, w world) {
	p := w.signIn(t, "1")
	withdrawWithGrace(t, w, p)
	policy := account.Return{Policy: account.RejoinRestore, Choice: account.ChoiceRestore}
	if out := signInAgain(t, w, "1", week, policy); out.Decision.Reason != account.ReasonJoinAgain {
		t.Errorf("at the very end: %+v", out)
	}
	sweepAll(t, w, noon.Add(time.Hour+week), 100)
	if out := signInAgain(t, w, "1", week, policy); out.Decision.Reason != account.ReasonJoinAgain ||
		out.Principal != nil {
		t.Errorf("after the purge: %+v", out)
	}
	policy.Choice = account.ChoiceNew
	if out := signInAgain(t, w, "1", week, policy); !out.New || out.Principal.User.ID == p.User.ID {
		t.Errorf("after the purge: %+v", out)
	}
}

// withdrawsAgain: a restored user who withdraws again is unlinked again, although that job was done before.
func withdrawsAgain(t *testing.T, w world) {
	p := w.signIn(t, "1")
	withdrawWithGrace(t, w, p)
	back := signInAgain(t, w, "1", time.Hour, account.Return{Policy: account.RejoinRestore,
		Choice: account.ChoiceRestore}).Principal
	wd := w.withdrawal(back)
	wd.At = noon.Add(3 * time.Hour)
	if err := w.Store.Withdraw(t.Context(), wd); err != nil {
		t.Fatal(err)
	}
	if jobs := unlinkJobs(t, w); len(jobs) != 2 {
		t.Errorf("%d unlinkings", len(jobs))
	}
	if n := w.count(t, "identities"); n != 0 {
		t.Errorf("%d identities", n)
	}
}

func newInGrace(t *testing.T, w world) {
	p := w.signIn(t, "1")
	if err := w.Store.SetRef(t.Context(), p.User.ID, "10482", noon); err != nil {
		t.Fatal(err)
	}
	withdrawWithGrace(t, w, p)
	policy := account.Return{Policy: account.RejoinNew}
	if out := signInAgain(t, w, "1", time.Hour, policy); out.Decision.Reason != account.ReasonJoinAgain ||
		w.count(t, "users") != 1 {
		t.Fatalf("not asked: %+v", out)
	}
	policy.Choice = account.ChoiceNew
	out := signInAgain(t, w, "1", time.Hour, policy)
	if !out.New || out.Principal.User.ID == p.User.ID || out.Principal.Identity.ID == p.Identity.ID ||
		out.Principal.User.Ref != "" {
		t.Fatalf("not new: %+v", out)
	}
	if n := w.count(t, "identities"); n != 1 {
		t.Errorf("%d identities", n)
	}
	if n := w.count(t, "erasures"); n != 1 {
		t.Errorf("%d proofs", n)
	}
	if err := w.Store.SetRef(t.Context(), out.Principal.User.ID, "10482", noon); err != nil {
		t.Errorf("the number of before is not free: %v", err)
	}
	// A user under age does not join again, and the previous account is erased.
	withdrawWithGrace(t, w, out.Principal)
	c := w.completion(t, "1")
	c.At, c.UnderAge, c.Return = noon.Add(2*time.Hour), true, policy
	if out := w.finish(t, c); out.Decision.Reason != account.ReasonUnderAge || w.count(t, "identities") != 0 {
		t.Errorf("a child: %+v, %d identities", out, w.count(t, "identities"))
	}
}

func graceDisabled(t *testing.T, w world) {
	p := w.signIn(t, "1")
	w.disable(t, p.User.ID)
	wd := withdrawal.Request{UserID: p.User.ID, At: noon, Actor: audit.Operator("kim", "", audit.Client{}),
		Reason: "request", Policy: account.WithdrawalPolicy{Grace: week}}
	if err := w.Store.Withdraw(t.Context(), wd); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, "identities"); n != 0 || w.count(t, "erasures") != 1 {
		t.Error("a disabled account could be restored")
	}
}

func graceEnded(t *testing.T, w world) {
	p := w.signIn(t, "1")
	withdrawWithGrace(t, w, p)
	again := w.withdrawal(p)
	again.Session, again.Policy.Grace = nil, week
	if err := w.Store.Withdraw(t.Context(), again); err != nil || w.count(t, "identities") != 1 {
		t.Errorf("a second withdrawal with grace: %v, %d identities", err, w.count(t, "identities"))
	}
	for range 2 {
		wd := withdrawal.Request{UserID: p.User.ID, At: noon.Add(2 * time.Hour),
			Actor: audit.Operator("kim", "", audit.Client{}), Reason: audit.ByOperator}
		if err := w.Store.Withdraw(t.Context(), wd); err != nil {
			t.Fatal(err)
		}
	}
	diff(t, w.Query(t, "SELECT people, actor FROM erasures"), [][]string{{"1", "operator:kim"}})
	if n := w.count(t, "identities"); n != 0 {
		t.Errorf("%d identities", n)
	}
}

func blind(k account.Key) []byte { return bytes.Repeat([]byte(k.Subject), 32)[:32] }

func signInBlocked(t *testing.T, w world, subject string, after time.Duration) login.Outcome {
	t.Helper()
	c := w.completion(t, subject)
	c.At, c.Return = noon.Add(time.Hour+after), account.Return{Policy: account.RejoinBlocked}
	c.Blind, c.Session = blind(c.Key), newSession(t, c.At)
	return w.finish(t, c)
}

func blocked(t *testing.T, w world) {
	p, bystander := w.signIn(t, "1"), w.signIn(t, "2")
	wd := w.withdrawal(p)
	wd.Policy = account.WithdrawalPolicy{BlockFor: week, Blind: blind}
	if err := w.Store.Withdraw(t.Context(), wd); err != nil {
		t.Fatal(err)
	}
	end := noon.Add(time.Hour + week).Truncate(time.Millisecond)
	out := signInBlocked(t, w, "1", time.Hour)
	if out.Decision.Reason != account.ReasonBlocked || !out.Until.Equal(end) {
		t.Fatalf("not blocked: %+v", out)
	}
	if jobs := unlinkJobs(t, w); len(jobs) != 2 {
		t.Errorf("%d unlink jobs: the link of the sign-in does not end", len(jobs))
	}
	if out := signInBlocked(t, w, "2", time.Hour); out.Principal == nil || out.Principal.User.ID != bystander.User.ID {
		t.Errorf("a bystander: %+v", out)
	}
	if n, err := w.Store.RejoinBlocks(t.Context(), noon.Add(2*time.Hour)); n != 1 || err != nil {
		t.Errorf("RejoinBlocks = %d, %v", n, err)
	}
	if out := signInBlocked(t, w, "1", week); !out.New {
		t.Errorf("at the end of the block: %+v", out)
	}
	sweepAll(t, w, end, 100)
	if n := w.count(t, "rejoin_blocks"); n != 0 {
		t.Errorf("%d blocks outlive their end", n)
	}
}

func blockedBlind(t *testing.T, w world) {
	p := w.signIn(t, "9223372036854775807")
	wd := w.withdrawal(p)
	wd.Policy = account.WithdrawalPolicy{BlockFor: week,
		Blind: func(account.Key) []byte { return bytes.Repeat([]byte{7}, 32) }}
	if err := w.Store.Withdraw(t.Context(), wd); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, "rejoin_blocks"); n != 1 {
		t.Fatalf("%d blocks", n)
	}
	for _, r := range w.Query(t, "SELECT * FROM rejoin_blocks") {
		for _, v := range r {
			if strings.Contains(v, p.Identity.Subject) || strings.Contains(v, string(p.User.ID)) {
				t.Errorf("a block says who it is: %q", v)
			}
		}
	}
}

func graceNoticed(t *testing.T, w world) {
	p := w.signIn(t, "1")
	withdrawWithGrace(t, w, p)
	before := w.count(t, "jobs WHERE kind = 'unlink'")
	done := applyNotice(t, w, w.notice(t, p.Identity.Key, noon.Add(2*time.Hour), provider.LinkEnded))
	if done.Outcome != withdrawal.NoticeLeftAlone || w.count(t, "identities") != 1 ||
		w.count(t, "jobs WHERE kind = 'unlink'") != before {
		t.Errorf("%+v, %d identities", done, w.count(t, "identities"))
	}
}

// restoreWhilePurging: either way there is one whole account or none.
func restoreWhilePurging(t *testing.T, w world) {
	for i := range 10 {
		subject := string(rune('a' + i))
		p := w.signIn(t, subject)
		wd := w.withdrawal(p)
		wd.Policy.Grace = time.Minute
		if err := w.Store.Withdraw(t.Context(), wd); err != nil {
			t.Fatal(err)
		}
		c := w.completion(t, subject)
		c.At = wd.At.Add(time.Minute - time.Millisecond) // the last moment, by this replica's clock
		c.Return = account.Return{Policy: account.RejoinRestore, Choice: account.ChoiceRestore}
		c.Session = newSession(t, c.At)
		var out login.Outcome
		var wg sync.WaitGroup
		wg.Go(func() {
			var err error
			if out, err = w.Store.Finish(t.Context(), c); err != nil {
				t.Errorf("Finish: %v", err)
			}
		})
		wg.Go(func() {
			if _, err := w.Other.Sweep(t.Context(), wd.At.Add(time.Minute), 100); err != nil {
				t.Errorf("Sweep: %v", err)
			}
		})
		wg.Wait()
		identities := w.count(t, "identities WHERE user_id = '"+string(p.User.ID)+"'")
		switch {
		case out.Decision.Verdict == account.Restore && w.status(t, p.User.ID) == account.Active && identities == 1:
		case out.Decision.Reason == account.ReasonJoinAgain && w.status(t, p.User.ID) == account.Withdrawn &&
			identities == 0: // asked again
		default:
			t.Errorf("%+v, %s with %d identities", out.Decision, w.status(t, p.User.ID), identities)
		}
	}
}

// withdrawWhileSigningIn: no one is signed in to a withdrawn account.
func withdrawWhileSigningIn(t *testing.T, w world) {
	for i := range 10 {
		subject := string(rune('a' + i))
		p := w.signIn(t, subject)
		c := w.completion(t, subject)
		c.Return.Policy = account.RejoinRestore
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := w.Store.Finish(t.Context(), c); err != nil {
				t.Errorf("Finish: %v", err)
			}
		})
		wg.Go(func() {
			wd := w.withdrawal(p)
			wd.Policy.Grace = week
			if err := w.Other.Withdraw(t.Context(), wd); err != nil {
				t.Errorf("Withdraw: %v", err)
			}
		})
		wg.Wait()
		if n := w.count(t, "sessions WHERE user_id = '"+string(p.User.ID)+"'"); n != 0 ||
			w.status(t, p.User.ID) != account.Withdrawn {
			t.Errorf("%d sessions of a withdrawn user", n)
		}
	}
}

func oneRejoinKey(t *testing.T, w world) {
	a, err := w.Store.RejoinKey(t.Context(), "first")
	if err != nil {
		t.Fatal(err)
	}
	b, err := w.Other.RejoinKey(t.Context(), "second")
	if err != nil || a != "first" || b != "first" {
		t.Errorf("%q and %q, %v", a, b, err)
	}
	if err := w.Store.ChangeRejoinKey(t.Context(), "stale", "wrong"); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.ChangeRejoinKey(t.Context(), "first", "resealed"); err != nil {
		t.Fatal(err)
	}
	if got, err := w.Other.RejoinKey(t.Context(), "third"); got != "resealed" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
