package storetest

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

var withdrawalTests = []test{
	{"PV02_WithdrawErases", withdraws},
	{"WithdrawTwiceAtOnce", withdrawsTwice},
	{"WithdrawOfAnUnknownUser", withdrawsUnknown},
	{"WithdrawWhilePending", withdrawsPending},
	{"WithdrawByAnOperator", withdrawsByOperator},
	{"AL14_ErasedUserReturnsAsANewOne", withdrawsAndReturns},
	{"WithdrawInTheMillisecondOfACallback", withdrawsAtACallback},
	{"WithdrawDuringCallbacks", withdrawsDuringCallbacks},
	{"SweptAndDiscardedUsersAreUnlinked", pendingUnlinked},
	{"WH06_IdentitiesOfUsersByPages", heldIdentities},
}

func (w world) withdrawal(p *session.Principal) withdrawal.Request {
	k := p.Session.Key
	return withdrawal.Request{UserID: p.User.ID, Session: &k, At: noon.Add(time.Hour),
		Actor: audit.User(p.User.ID, origin), Reason: "withdrawn"}
}

// unlinkJobs reads which keys are to be unlinked.
func unlinkJobs(t *testing.T, w world) []account.Key {
	t.Helper()
	var all []account.Key
	for _, r := range w.Query(t, "SELECT payload FROM jobs WHERE kind = 'unlink' ORDER BY id") {
		var k account.Key
		if err := json.Unmarshal([]byte(r[0]), &k); err != nil {
			t.Fatal(err)
		}
		all = append(all, k)
	}
	return all
}

func withdraws(t *testing.T, w world) {
	pending := w.signInPending(t, "1")
	p, err := w.Store.Join(t.Context(), activationOf(t, w, pending))
	if err != nil {
		t.Fatal(err)
	}
	other, bystander := w.signIn(t, "1"), w.signIn(t, "2")
	if err := w.Store.SetRef(t.Context(), p.User.ID, "10482", noon); err != nil {
		t.Fatal(err)
	}
	_, cursor, err := w.Other.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Store.Withdraw(t.Context(), w.withdrawal(p)); err != nil {
		t.Fatal(err)
	}
	for _, k := range []session.Key{p.Session.Key, other.Session.Key} {
		if _, err := w.Store.Principal(t.Context(), k); !errors.Is(err, session.ErrNone) {
			t.Errorf("a session lives: %v", err)
		}
	}
	w.principal(t, bystander.Session.Key)
	u, err := w.Store.UserByID(t.Context(), p.User.ID)
	if err != nil || u.Status != account.Withdrawn || u.Ref != "" || u.Nickname != "" || u.Lang != "" {
		t.Errorf("UserByID = %+v, %v", u, err)
	}
	for _, table := range []string{"identities", "consents", "sessions"} {
		if rows := w.Query(t, "SELECT user_id FROM "+table+" WHERE user_id = '"+string(p.User.ID)+"'"); len(rows) != 0 {
			t.Errorf("%d rows left in %s", len(rows), table)
		}
	}
	diff(t, unlinkJobs(t, w), []account.Key{p.Identity.Key})
	want := withdrawal.State{Withdrawn: true, Unlinks: []withdrawal.UnlinkState{{Provider: p.Identity.Provider}}}
	if got, err := w.Store.WithdrawalState(t.Context(), p.User.ID); err != nil || !cmp.Equal(got, want) {
		t.Errorf("Leaving = %+v, %v", got, err)
	}
	if got, err := w.Store.WithdrawalState(t.Context(), bystander.User.ID); err != nil ||
		!cmp.Equal(got, withdrawal.State{}) {
		t.Errorf("WithdrawalState of another user = %+v, %v", got, err)
	}
	changes, _, err := w.Other.Changes(t.Context(), cursor)
	if err != nil || len(changes) == 0 || changes[len(changes)-1].UserID != p.User.ID {
		t.Errorf("feed says %v, %v", changes, err)
	}
	if want := "user.withdrawn user=" + string(p.User.ID) + " session=NULL reason=withdrawn"; !contains(w.events(t),
		want) {
		t.Errorf("no %q in %q", want, w.events(t))
	}
	proof := w.Query(t, "SELECT people, what, method, actor FROM erasures")
	diff(t, proof, [][]string{{"1", "member: 1 identities, 2 sessions", "rows deleted", "person"}})
}

func withdrawsTwice(t *testing.T, w world) {
	p := w.signIn(t, "1")
	var wg sync.WaitGroup
	for i := range 10 {
		st := replica(w, i)
		wg.Go(func() {
			if err := st.Withdraw(t.Context(), w.withdrawal(p)); err != nil && !errors.Is(err, session.ErrNone) {
				t.Errorf("Withdraw: %v", err)
			}
		})
	}
	wg.Wait()
	if n, e := len(unlinkJobs(t, w)), w.count(t, "erasures"); n != 1 || e != 1 {
		t.Errorf("%d jobs and %d proofs, want one of each", n, e)
	}
}

func withdrawsUnknown(t *testing.T, w world) {
	a, b := w.signIn(t, "1"), w.signIn(t, "2")
	crossed := w.withdrawal(a)
	crossed.UserID = b.User.ID
	if err := w.Store.Withdraw(t.Context(), crossed); err == nil {
		t.Error("a session withdrew another user")
	}
	unknown := withdrawal.Request{UserID: account.ID(newID(t)), At: noon,
		Actor: audit.Operator("test", "", audit.Client{})}
	if err := w.Store.Withdraw(t.Context(), unknown); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("unknown user: %v", err)
	}
	if n := w.count(t, "erasures"); n != 0 {
		t.Errorf("%d erasures", n)
	}
	w.principal(t, a.Session.Key)
	w.principal(t, b.Session.Key)
}

func withdrawsPending(t *testing.T, w world) {
	p := w.signInPending(t, "1")
	if err := w.Store.Withdraw(t.Context(), w.withdrawal(p)); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, "users"); n != 0 {
		t.Errorf("%d users", n)
	}
	diff(t, unlinkJobs(t, w), []account.Key{p.Identity.Key})
}

func withdrawsByOperator(t *testing.T, w world) {
	p := w.signIn(t, "1")
	w.disable(t, p.User.ID)
	wd := withdrawal.Request{UserID: p.User.ID, At: noon, Actor: audit.Operator("kim", "", audit.Client{}),
		Reason: "request"}
	for range 2 { // the second call is no error
		if err := w.Store.Withdraw(t.Context(), wd); err != nil {
			t.Fatal(err)
		}
	}
	diff(t, w.Query(t, "SELECT actor FROM erasures"), [][]string{{"operator:kim"}})
	if linked, err := w.Store.Linked(t.Context(), p.Identity.Key); linked != nil || err != nil {
		t.Errorf("Linked = %+v, %v", linked, err)
	}
}

func withdrawsAndReturns(t *testing.T, w world) {
	p := w.signIn(t, "1")
	if err := w.Store.Withdraw(t.Context(), w.withdrawal(p)); err != nil {
		t.Fatal(err)
	}
	again := w.signIn(t, "1")
	if again.User.ID == p.User.ID || again.Identity.ID == p.Identity.ID || again.User.Status != account.Active {
		t.Errorf("came back as %+v", again.User)
	}
	if linked, err := w.Store.Linked(t.Context(), p.Identity.Key); linked == nil || err != nil {
		t.Errorf("Linked = %+v, %v", linked, err)
	}
}

// withdrawsAtACallback: the transactions of a withdrawal and a callback with the same time, in both orders. Whichever
// comes first, the account that withdrew has no session, and its link ends unless a new account uses it.
func withdrawsAtACallback(t *testing.T, w world) {
	for n, c := range []struct {
		name                     string
		callbackFirst, pending   bool
		grace                    time.Duration
		replaces                 bool // the callback's browser is the one that withdraws
		left                     account.Status
		verdict                  account.Verdict
		newAccount, refusedToEnd bool
	}{
		{name: "callback, erasure", callbackFirst: true, left: account.Withdrawn, verdict: account.SignIn},
		{name: "erasure, callback", left: account.Withdrawn, verdict: account.Create, newAccount: true},
		{name: "callback, grace", callbackFirst: true, grace: week, left: account.Withdrawn, verdict: account.SignIn},
		{name: "grace, callback", grace: week, left: account.Withdrawn, verdict: account.Refuse},
		{name: "callback, pending", callbackFirst: true, pending: true, verdict: account.SignIn},
		{name: "pending, callback", pending: true, verdict: account.Create, newAccount: true},
		// The form's session has ended: the withdrawal is refused, and the user sees that.
		{name: "callback of the same browser", callbackFirst: true, replaces: true, refusedToEnd: true,
			left: account.Active, verdict: account.SignIn},
		{name: "erasure, callback of the same browser", replaces: true, left: account.Withdrawn, verdict: account.Create,
			newAccount: true},
	} {
		subject := strconv.Itoa(n)
		p := w.signIn(t, subject)
		if c.pending {
			subject += "p"
			p = w.signInPending(t, subject)
		}
		callback := w.completion(t, subject)
		callback.JoinRequired, callback.Return.Policy = c.pending, account.RejoinRestore
		if c.replaces {
			callback.Replaces = &p.Session.Key
		}
		wd := w.withdrawal(p)
		wd.At, wd.Policy.Grace = callback.At, c.grace
		var out login.Outcome
		if c.callbackFirst {
			out = w.finish(t, callback)
		}
		if err := w.Other.Withdraw(t.Context(), wd); errors.Is(err, session.ErrNone) != c.refusedToEnd ||
			err != nil && !c.refusedToEnd {
			t.Errorf("%s: Withdraw: %v", c.name, err)
		}
		if !c.callbackFirst {
			out = w.finish(t, callback)
		}
		if out.Decision.Verdict != c.verdict || c.newAccount != (out.Principal != nil && out.Principal.User.ID != p.User.ID) {
			t.Errorf("%s: %+v", c.name, out)
		}
		sessions := w.count(t, "sessions WHERE user_id = '"+string(p.User.ID)+"'")
		switch u, err := w.Store.UserByID(t.Context(), p.User.ID); {
		case c.pending:
			if !errors.Is(err, account.ErrNotFound) {
				t.Errorf("%s: user: %+v, %v", c.name, u, err)
			}
		case err != nil || u.Status != c.left || (sessions != 0) != (c.left == account.Active):
			t.Errorf("%s: user: %+v, %v, %d sessions", c.name, u, err, sessions)
		}
		queued := slices.Contains(unlinkJobs(t, w), p.Identity.Key)
		linked, err := w.Store.Linked(t.Context(), p.Identity.Key)
		if queued == c.refusedToEnd || err != nil || (linked != nil) != (c.newAccount || c.refusedToEnd) {
			t.Errorf("%s: unlink queued %t, linked %+v, %v", c.name, queued, linked, err)
		}
	}
}

// withdrawsDuringCallbacks is the same with transactions that run at once on two replicas.
func withdrawsDuringCallbacks(t *testing.T, w world) {
	for n := range 10 {
		subject := strconv.Itoa(n)
		p := w.signIn(t, subject)
		callbacks := []login.Completion{w.completion(t, subject), w.completion(t, subject)}
		wd := w.withdrawal(p)
		wd.At = noon
		var wg sync.WaitGroup
		for i, db := range []Store{w.Store, w.Other} {
			wg.Go(func() {
				if _, err := db.Finish(t.Context(), callbacks[i]); err != nil {
					t.Errorf("Finish: %v", err)
				}
			})
		}
		wg.Go(func() {
			if err := w.Other.Withdraw(t.Context(), wd); err != nil {
				t.Errorf("Withdraw: %v", err)
			}
		})
		wg.Wait()
		if left := w.count(t, "sessions WHERE user_id = '"+string(p.User.ID)+"'"); left != 0 ||
			w.status(t, p.User.ID) != account.Withdrawn || !slices.Contains(unlinkJobs(t, w), p.Identity.Key) {
			t.Errorf("%d sessions of a user who is %s", left, w.status(t, p.User.ID))
		}
	}
}

func pendingUnlinked(t *testing.T, w world) {
	late, declined := w.signInPending(t, "1"), w.signInPending(t, "2")
	if err := w.Store.Discard(t.Context(), declined.Session.Key, noon, audit.User(declined.User.ID, origin)); err != nil {
		t.Fatal(err)
	}
	sweepAll(t, w, noon.Add(25*time.Hour), 100)
	diff(t, unlinkJobs(t, w), []account.Key{declined.Identity.Key, late.Identity.Key})
	for _, r := range w.Query(t, "SELECT what, actor FROM erasures ORDER BY id") {
		if !strings.HasPrefix(r[0], "not joined: 1 identities") {
			t.Errorf("proof says %q", r)
		}
	}
	if n := w.count(t, "users"); n != 0 {
		t.Errorf("%d users left", n)
	}
}
