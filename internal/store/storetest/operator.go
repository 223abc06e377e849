package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

// operators is what operators use.
type operators interface {
	operator.RecordStore
	operator.UserFinder
	operator.UserStore
	operator.AccountStore
	operator.SessionStore
	operator.EpochStore
	operator.JobStore
	operator.LogStore
	operator.ReviewStore
}

var operatorTests = []test{
	{"AD07_Selectors", findUsers},
	{"UserDetails", userDetails},
	{"UsersByPages", usersByPages},
	{"AD05_ReadsAreRecorded", recordReads},
	{"AD05_ChangesAreRecorded", recordChanges},
	{"ST14_ChangesFailWithoutARecord", noRecord},
	{"AD06_AllSessionsEnd", endAllSessions},
	{"AD06_AllSessionsEndOnlyOnce", endedWithAll},
	{"AD06_SessionsContinuedDuringTheEndOfAllEnd", continueEnded},
	{"SessionOwner", sessionOwners},
	{"AD05_WithdrawalAndRetryAreRecorded", recordWithdrawal},
	{"EntriesOfTheLog", logLines},
	{"PV05_AffectedUsers", affectedUsers},
	{"PV05_MonthlyReview", monthlyReview},
	{"PV05_DigestChangesWithEveryEntry", digest},
}

// act is how an operator's change is recorded.
const reports = "신고 3건"

// accessRecords reads the access records: kind, actor, user, reason, outcome, detail, address; oldest first.
func accessRecords(t *testing.T, w world) [][]string {
	t.Helper()
	return w.Query(t, "SELECT kind, actor, user_id, reason, outcome, detail, address FROM audit_log WHERE class = "+
		"'access' AND kind LIKE 'access.%' ORDER BY id")
}

func selector(t *testing.T, text string) operator.Selector {
	t.Helper()
	s, err := operator.ParseSelector(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func findUsers(t *testing.T, w world) {
	a, b := w.signIn(t, "4242").User.ID, w.signIn(t, "2").User.ID
	c := w.completion(t, "4242")
	c.Key.Namespace = "654321"
	elsewhere := w.finish(t, c).Principal.User.ID
	for id, ref := range map[account.ID]string{a: "10482", b: string(a)} { // b's ref is a's id
		if err := w.Store.SetRef(t.Context(), id, ref, noon); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		text string
		want []account.ID
	}{
		{"id:" + string(a), []account.ID{a}},
		{"id:" + strings.ToUpper(string(a)), []account.ID{a}},
		{string(b), []account.ID{b}},
		{"10482", []account.ID{a}},
		{"ref:10482", []account.ID{a}},
		{"kakao:2", []account.ID{b}},
		{"kakao:123456:4242", []account.ID{a}},
		{"kakao:654321:4242", []account.ID{elsewhere}},
		{"kakao:4242", []account.ID{a, elsewhere}}, // one subject, two apps
		{string(a), []account.ID{a, b}},            // an id, and another user's ref
		{"라이언", nil}, {"ryan@example.com", nil}, {"kakao:라이언", nil}, {"naver:2", nil}, {"kakao:1:2", nil},
		{"id:" + newID(t), nil}, {"ref:kakao", nil}, {"ref:" + strings.Repeat("x", 400), nil}, {"ref:\xff",
			nil}, {"kakao:\xff", nil},
	} {
		got, err := w.Other.FindUsers(t.Context(), selector(t, c.text))
		if slices.Sort(c.want); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", c.text, got, err, c.want)
		}
	}
}

func userDetails(t *testing.T, w world) {
	p := w.signIn(t, "1")
	w.signIn(t, "1")
	w.signIn(t, "2")
	got, err := w.Other.UserDetails(t.Context(), p.User.ID, noon)
	if err != nil {
		t.Fatal(err)
	}
	want := &operator.User{User: p.User, Identities: []account.Identity{p.Identity}, Sessions: 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, err := w.Other.UserDetails(t.Context(), p.User.ID, p.Session.IdleExpiresAt); err != nil || got.Sessions != 0 {
		t.Errorf("after all sessions died of disuse: %+v, %v", got, err)
	}
	if _, err := w.Other.UserDetails(t.Context(), account.ID(newID(t)), noon); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("unknown user: %v", err)
	}
}

func usersByPages(t *testing.T, w world) {
	var all []account.ID
	for _, subject := range []string{"1", "2", "3", "4"} {
		all = append(all, w.signIn(t, subject).User.ID)
	}
	slices.Sort(all)
	slices.Reverse(all)
	w.disable(t, all[1])
	list := func(f operator.Filter) []account.ID {
		t.Helper()
		people, err := w.Other.ListUsers(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		var ids []account.ID
		for _, p := range people {
			if len(p.Identities) != 1 || p.Identities[0].Profile.Nickname != "라이언" || p.Identities[0].UserID != p.ID {
				t.Errorf("%+v", p)
			}
			ids = append(ids, p.ID)
		}
		return ids
	}
	for _, c := range []struct {
		f    operator.Filter
		want []account.ID
	}{
		{operator.Filter{Limit: 10}, all},
		{operator.Filter{Limit: 2}, all[:2]},
		{operator.Filter{Limit: 10, After: all[1]}, all[2:]},
		{operator.Filter{Limit: 10, Status: account.Disabled}, all[1:2]},
		{operator.Filter{Limit: 10, Status: account.Active, After: all[0]}, all[2:]},
		{operator.Filter{Limit: 10, Status: account.Withdrawn}, nil},
		{operator.Filter{}, nil},
	} {
		if got := list(c.f); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.f, got, c.want)
		}
	}
}

func recordReads(t *testing.T, w world) {
	p := w.signIn(t, "1")
	line := audit.Event{
		Kind: audit.UserShow, Actor: "operator:kim", UserID: string(p.User.ID), Reason: strings.Repeat("가", 200) + "\x00",
		Client: origin, Outcome: audit.Done, Detail: "revealed",
	}
	notFound := audit.Event{At: noon, Kind: audit.UserShow, Actor: "operator:kim", Outcome: audit.NotFound}
	if err := w.Store.Record(t.Context(), []audit.Event{line, notFound}); err != nil {
		t.Fatal(err)
	}
	diff(t, accessRecords(t, w), [][]string{
		{"access.user.show", "operator:kim", string(p.User.ID), strings.Repeat("가", audit.MaxReason/3), "done",
			"revealed", origin.Address},
		{"access.user.show", "operator:kim", "NULL", "NULL", "not_found", "NULL", "NULL"},
	})
	history, err := w.Store.History(t.Context(), p.User.ID, 0, 10)
	if err != nil || len(history) == 0 {
		t.Fatalf("History = %v, %v", history, err)
	}
	for _, e := range history {
		if e.Kind == audit.UserShow {
			t.Errorf("the user's own log shows %+v", e)
		}
	}
	if err := w.Exec("UPDATE audit_log SET actor = 'operator:lee' WHERE class = 'access'"); err == nil {
		t.Error("PV-05: an access record was changed")
	}
	if err := w.Exec("DELETE FROM audit_log WHERE class = 'access'"); err == nil {
		t.Error("PV-05: an access record was deleted")
	}
}

func recordChanges(t *testing.T, w world) {
	p := w.signIn(t, "1")
	id := string(p.User.ID)
	for range 2 {
		err := w.Store.SetDisabled(t.Context(), account.StatusChange{
			UserID: p.User.ID, Disabled: true, At: noon, Actor: audit.Operator("kim", reports, origin), Reason: "by_operator",
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n, err := w.Store.End(t.Context(), session.Revocation{
		UserID: p.User.ID, At: noon, Actor: audit.Operator("kim", reports, audit.Client{}), Reason: session.ReasonOperator,
	}); n != 0 || err != nil {
		t.Fatalf("End = %d, %v", n, err)
	}
	b := w.signIn(t, "2")
	if n, err := w.Store.End(t.Context(), session.Revocation{
		UserID: b.User.ID, ID: b.Session.ID, At: noon, Actor: audit.Operator("kim", reports,
			origin), Reason: session.ReasonOperator,
	}); n != 1 || err != nil {
		t.Fatalf("End = %d, %v", n, err)
	}
	diff(t, accessRecords(t, w), [][]string{
		{"access.user.disable", "operator:kim", id, "신고 3건", "done", "NULL", origin.Address},
		{"access.user.disable", "operator:kim", id, "신고 3건", "unchanged", "NULL", origin.Address},
		{"access.session.revoke", "operator:kim", id, "신고 3건", "unchanged", "NULL", "NULL"},
		{"access.session.revoke", "operator:kim", string(b.User.ID), "신고 3건", "done", "NULL", origin.Address},
	})
}

func recordWithdrawal(t *testing.T, w world) {
	p := w.signIn(t, "1")
	id := string(p.User.ID)
	for range 2 {
		if err := w.Store.Withdraw(t.Context(), withdrawal.Request{
			UserID: p.User.ID, At: noon, Actor: audit.Operator("kim", "본인 요청", origin), Reason: audit.ByOperator,
		}); err != nil {
			t.Fatal(err)
		}
	}
	diff(t, accessRecords(t, w), [][]string{
		{"access.user.withdraw", "operator:kim", id, "본인 요청", "done", "NULL", origin.Address},
		{"access.user.withdraw", "operator:kim", id, "본인 요청", "unchanged", "NULL", origin.Address},
	})
	w.queue(t, job("left alone"))
	for _, j := range claimJobs(t, w.Store, noon, 10) {
		if err := settleJob(t, w.Store, j, jobs.Dead, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	dead, err := w.Other.DeadJobs(t.Context(), 10)
	if err != nil || len(dead) != 2 {
		t.Fatalf("DeadJobs = %+v, %v", dead, err)
	}
	retry := jobs.RetryRequest{At: noon.Add(time.Hour), Actor: audit.Operator("kim", "", audit.Client{})}
	for _, c := range []struct {
		id   int64
		want int
	}{{dead[1].ID + 100, 0}, {dead[0].ID, 1}, {dead[0].ID, 0}, {0, 1}, {0, 0}} {
		retry.ID = c.id
		if n, err := w.Store.RetryJobs(t.Context(), retry); n != c.want || err != nil {
			t.Errorf("job %d: %d, %v, want %d", c.id, n, err, c.want)
		}
	}
	if all := claimJobs(t, w.Store, noon.Add(time.Hour), 10); len(all) != 2 || all[0].Payload == "" ||
		all[0].Attempt != 2 {
		t.Errorf("after that: %+v", all)
	}
	if got := accessRecords(t, w)[2:]; len(got) != 2 || got[0][0] != "access.job.retry" ||
		got[0][2] != dead[0].About || got[1][2] != dead[1].About {
		t.Errorf("access records: %v", got)
	}
}

// noRecord makes the log fail: every change by an operator fails then.
func noRecord(t *testing.T, w world) {
	p := w.signIn(t, "1")
	if err := w.Exec("ALTER TABLE audit_log RENAME TO gone"); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for name, do := range map[string]func() error{
		"look": func() error {
			return w.Store.Record(ctx, []audit.Event{{Kind: audit.UserShow, Actor: "operator:kim"}})
		},
		"disable": func() error {
			return w.Store.SetDisabled(ctx, account.StatusChange{UserID: p.User.ID, Disabled: true, At: noon,
				Actor: audit.Operator("kim", reports, audit.Client{})})
		},
		"end": func() error {
			_, err := w.Store.End(ctx, session.Revocation{UserID: p.User.ID, At: noon,
				Actor: audit.Operator("kim", reports, audit.Client{})})
			return err
		},
		"withdraw": func() error {
			return w.Store.Withdraw(ctx, withdrawal.Request{UserID: p.User.ID, At: noon,
				Actor: audit.Operator("kim", reports, audit.Client{})})
		},
		"end everybody's": func() error {
			_, err := w.Store.EndAll(ctx, audit.Operator("kim", reports, audit.Client{}), noon)
			return err
		},
	} {
		if err := do(); err == nil {
			t.Errorf("%s: was done", name)
		}
	}
	if err := w.Exec("ALTER TABLE gone RENAME TO audit_log"); err != nil {
		t.Fatal(err)
	}
	if got := w.principal(t, p.Session.Key); got.User.Status != account.Active {
		t.Errorf("user = %+v", got.User)
	}
}

func sessionOwners(t *testing.T, w world) {
	p := w.signIn(t, "1")
	for id, want := range map[string]account.ID{p.Session.ID: p.User.ID, newID(t): "", "": "", "\xff": "",
		strings.Repeat("x", 500): ""} {
		if got, err := w.Other.SessionOwner(context.Background(), id); got != want || err != nil {
			t.Errorf("%.40q: %q, %v", id, got, err)
		}
	}
}
