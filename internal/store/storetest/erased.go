package storetest

import (
	"testing"
	"time"

	"github.com/norang-login/norang/internal/privacy"
)

var erasedTests = []test{
	{"RestoredCopyIsErasedAgain", replays},
	{"RegisterIsKeptAsLongAsBackups", registerForgets},
	{"PV02_ErasureDeletesPurposelessJobs", erasureForgetsJobs},
	{"PV03_ProofsOfErasureAreCountedByDay", erasuresCounted},
}

// restoreUser undoes a withdrawal, as a restored copy of the database does.
func restoreUser(t *testing.T, w world, id, subject string) {
	t.Helper()
	for _, query := range []string{
		"UPDATE users SET status = 'active', nickname = 'before' WHERE id = '" + id + "'",
		"INSERT INTO identities (id, user_id, provider, app, subject, email_state, linked_at, seen_at) VALUES " +
			"('00000000-0000-7000-8000-00000000000" +
			subject + "', '" + id + "', 'kakao', '123456', '" + subject + "', 0, 0, 0)",
	} {
		if err := w.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
}

func replay(t *testing.T, w world, at time.Time, want int) {
	t.Helper()
	if n, err := w.Store.Replay(t.Context(), at); err != nil || n != want {
		t.Errorf("Replay = %d, %v; want %d", n, err, want)
	}
}

// erasuresCounted: the register for the monthly review says when, how many, what, how and by whom, and of whom nothing.
func erasuresCounted(t *testing.T, w world) {
	from, to := noon.Add(-24*time.Hour), noon.Add(24*time.Hour)
	read := func(from, to time.Time) []privacy.Erasure {
		t.Helper()
		all, err := w.Other.Erasures(t.Context(), from, to)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if all := read(from, to); len(all) != 0 {
		t.Errorf("before any: %+v", all)
	}
	for _, subject := range []string{"1", "2"} {
		if err := w.Store.Withdraw(t.Context(), w.withdrawal(w.signIn(t, subject))); err != nil {
			t.Fatal(err)
		}
	}
	all := read(from, to)
	if len(all) != 1 || all[0].Count != 2 || all[0].Kind == "" || all[0].Method == "" || all[0].By == "" ||
		!all[0].Day.Equal(noon.In(korea).Truncate(time.Hour).Add(-time.Duration(noon.In(korea).Hour())*time.Hour)) {
		t.Errorf("after two withdrawals of a day: %+v", all)
	}
	if all := read(to, to.Add(time.Hour)); len(all) != 0 {
		t.Errorf("another period: %+v", all)
	}
}

// korea has no summer time.
var korea = time.FixedZone("KST", 9*60*60)

func replays(t *testing.T, w world) {
	gone, stays := w.signIn(t, "1"), w.signIn(t, "2")
	replay(t, w, noon, 0) // no user has withdrawn
	if err := w.Store.Withdraw(t.Context(), w.withdrawal(gone)); err != nil {
		t.Fatal(err)
	}
	replay(t, w, noon.Add(2*time.Hour), 0) // the withdrawn user is gone
	back := w.signIn(t, "1")               // and returns as a new user, who is not in the register
	restoreUser(t, w, string(gone.User.ID), "3")
	replay(t, w, noon.Add(3*time.Hour), 1)
	diff(t, w.Query(t, "SELECT status, nickname FROM users WHERE id = '"+string(gone.User.ID)+"'"),
		[][]string{{"withdrawn", "NULL"}})
	diff(t, w.Query(t, "SELECT subject FROM identities ORDER BY subject"), [][]string{{"1"}, {"2"}})
	for _, p := range []string{string(back.User.ID), string(stays.User.ID)} {
		diff(t, w.Query(t, "SELECT status FROM users WHERE id = '"+p+"'"), [][]string{{"active"}})
	}
	jobs := unlinkJobs(t, w)
	if n := len(jobs); n == 0 || jobs[n-1].Subject != "3" {
		t.Errorf("the link that came back is not ended again: %v", jobs)
	}
	replay(t, w, noon.Add(4*time.Hour), 0)
}

func registerForgets(t *testing.T, w world) {
	for i, after := range []time.Duration{360 * 24 * time.Hour, 375 * 24 * time.Hour} {
		subject := string(rune('1' + i))
		gone := w.signIn(t, subject)
		if err := w.Store.Withdraw(t.Context(), w.withdrawal(gone)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Store.Sweep(t.Context(), noon.Add(after), 100); err != nil {
			t.Fatal(err)
		}
		restoreUser(t, w, string(gone.User.ID), subject)
		replay(t, w, noon.Add(after), 1-i)
	}
}
