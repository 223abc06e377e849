package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
)

func (w world) record(t *testing.T, events ...audit.Event) {
	t.Helper()
	if err := w.Store.Record(t.Context(), events); err != nil {
		t.Fatalf("Record: %v", err)
	}
}

func logLines(t *testing.T, w world) {
	full := audit.Event{
		At: noon, Kind: audit.UserShow, Actor: "operator:kim", UserID: "a", Session: "s", Reason: "why", Client: origin,
		Outcome: audit.Done, Detail: "revealed",
	}
	w.record(t, full,
		audit.Event{At: noon.Add(time.Hour), Kind: audit.SignIn, Actor: "a", UserID: "a"},
		audit.Event{At: noon.Add(2 * time.Hour), Kind: audit.SignOut, Actor: "operator:lee", UserID: "b"},
		audit.Event{At: noon.Add(3 * time.Hour), Kind: "sessions", Actor: "key:1", UserID: "b"},
	)
	lines := func(f operator.LogFilter) []audit.Entry {
		t.Helper()
		all, err := w.Other.Entries(t.Context(), f)
		if err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
		return all
	}
	all := lines(operator.LogFilter{Limit: 10})
	if len(all) != 4 {
		t.Fatalf("%d lines: %+v", len(all), all)
	}
	full.At = full.At.UTC().Truncate(time.Millisecond)
	if diff := cmp.Diff(full, all[3].Event); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	kim, signIn, signOut, key := all[3].ID, all[2].ID, all[1].ID, all[0].ID
	for _, c := range []struct {
		f    operator.LogFilter
		want []int64
	}{
		{operator.LogFilter{}, nil},
		{operator.LogFilter{Limit: 2}, []int64{key, signOut}},
		{operator.LogFilter{Limit: 9, After: signOut}, []int64{signIn, kim}},
		{operator.LogFilter{Limit: 9, UserID: "a"}, []int64{signIn, kim}},
		{operator.LogFilter{Limit: 9, UserID: "a\x00"}, nil},
		{operator.LogFilter{Limit: 9, Class: audit.UserLog}, []int64{signIn}},
		{operator.LogFilter{Limit: 9, Class: audit.AccessLog, UserID: "b"}, []int64{key, signOut}},
		{operator.LogFilter{Limit: 9, Kind: "session."}, []int64{signOut, signIn}},
		{operator.LogFilter{Limit: 9, Kind: "session"}, nil},
		{operator.LogFilter{Limit: 9, Kind: "access.user.show"}, []int64{kim}},
		{operator.LogFilter{Limit: 9, Kind: "%."}, nil},
		{operator.LogFilter{Limit: 9, Actor: "operator:lee"}, []int64{signOut}},
		{operator.LogFilter{Limit: 9, Since: noon.Add(time.Hour), Until: noon.Add(3 * time.Hour)}, []int64{signOut, signIn}},
		{operator.LogFilter{Limit: 9, Since: noon, Class: audit.AccessLog, Actor: "operator:kim", Kind: "access.",
			UserID: "a", After: key, Until: noon.Add(time.Minute)}, []int64{kim}},
	} {
		var got []int64
		for _, l := range lines(c.f) {
			got = append(got, l.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.f, got, c.want)
		}
	}
}

func affectedUsers(t *testing.T, w world) {
	at := noon.UTC().Truncate(time.Millisecond)
	for i, id := range []string{"a", "b", "a", "", "c"} {
		w.record(t, audit.Event{At: at.Add(time.Duration(i) * time.Hour), Kind: audit.UserShow, Actor: "operator:kim",
			UserID: id})
	}
	w.record(t,
		audit.Event{At: at, Kind: audit.UserShow, Actor: "operator:lee", UserID: "d"},
		audit.Event{At: at, Kind: audit.Disabled, Actor: "operator:kim",
			UserID: "e"}, // besides its access record
		audit.Event{At: at, Kind: audit.DatabaseBackup, Actor: "operator:choi", Outcome: audit.Begun, Detail: "copy.db"},
		audit.Event{At: at, Kind: audit.DatabaseBackup, Actor: "operator:choi", Outcome: audit.Begun, Detail: "copy.db"},
		audit.Event{At: at, Kind: audit.DatabaseBackup, Actor: "operator:choi", Outcome: audit.NotDone, Detail: "copy.db"},
		audit.Event{At: at, Kind: audit.UserExport, Actor: "operator:choi", Detail: audit.AllUsers},
		audit.Event{At: at, Kind: audit.UserList, Actor: "operator:choi", UserID: "a", Detail: "active revealed"},
		audit.Event{At: at, Kind: audit.SessionList, Actor: "operator:choi", UserID: "a"})
	list := func(f operator.AffectedFilter) string {
		t.Helper()
		all, err := w.Other.AffectedUsers(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		out := ""
		for _, u := range all {
			out += fmt.Sprintf("%s×%d %v–%v ", u.UserID, u.Times, u.First.Sub(at), u.Last.Sub(at))
			for _, act := range u.Acts {
				if act.Kind != audit.UserShow {
					out += fmt.Sprintf("%s %v %s%d ", act.Kind, act.Revealed, act.Outcome, act.Times)
				}
			}
		}
		return out
	}
	for _, c := range []struct {
		f    operator.AffectedFilter
		want string
	}{
		{operator.AffectedFilter{Actor: "operator:kim", Limit: 9}, "a×2 0s–2h0m0s b×1 1h0m0s–1h0m0s c×1 4h0m0s–4h0m0s "},
		{operator.AffectedFilter{Actor: "operator:kim", Limit: 1, After: "a"}, "b×1 1h0m0s–1h0m0s "},
		{operator.AffectedFilter{Actor: "operator:kim", Limit: 9, Since: at.Add(2 * time.Hour)},
			"a×1 2h0m0s–2h0m0s c×1 4h0m0s–4h0m0s "},
		{operator.AffectedFilter{Actor: "operator:kim", Limit: 9, Until: at.Add(2 * time.Hour)},
			"a×1 0s–0s b×1 1h0m0s–1h0m0s "},
		{operator.AffectedFilter{Actor: "operator:choi", Limit: 9}, "×4 0s–0s " +
			"access.database.backup false begun2 access.database.backup false failed1 access.user.export false 1 " +
			"a×2 0s–0s access.session.list false 1 access.user.list true 1 "},
		{operator.AffectedFilter{Actor: "operator:choi", Limit: 9, After: "a"}, ""},
		{operator.AffectedFilter{Actor: "kim", Limit: 9}, ""},
		{operator.AffectedFilter{Actor: "operator:kim"}, ""},
	} {
		if got := list(c.f); got != c.want {
			t.Errorf("%+v: %q, want %q", c.f, got, c.want)
		}
	}
}

func monthlyReview(t *testing.T, w world) {
	from, to, err := operator.ParseMonth("2026-03")
	if err != nil {
		t.Fatal(err)
	}
	kst := from.Location()
	show := func(day, hour, minute int, id account.ID, detail string) audit.Event {
		return audit.Event{
			At: time.Date(2026, 3, day, hour, minute, 0, 0,
				kst), Kind: audit.UserShow, Actor: "operator:kim", UserID: string(id), Outcome: audit.Done, Detail: detail,
		}
	}
	w.record(t,
		show(1, 0, 0, "a", "revealed"), // a Sunday, and the first moment of the month
		show(2, 6, 59, "a", ""),        // Monday night
		show(2, 7, 0, "a", ""),         // Monday
		show(6, 21, 59, "b", ""),       // Friday
		show(6, 22, 0, "b", ""),        // Friday night
		show(7, 12, 0, "c", ""),        // Saturday
		show(31, 12, 0, "c", "status=active revealed"),
		show(32, 0, 0, "d", "revealed"), // April
		show(0, 12, 0, "e", "revealed"), // February
		audit.Event{At: from.AddDate(0, 0, 9).Add(10 * time.Hour), Kind: audit.UserExport, Actor: "operator:lee",
			UserID: "a", Reason: "소송", Outcome: audit.Done},
		audit.Event{At: from.AddDate(0, 0, 9).Add(10 * time.Hour), Kind: audit.Disabled, Actor: "operator:lee", UserID: "a"},
		audit.Event{At: from.AddDate(0, 0, 9).Add(10 * time.Hour), Kind: audit.SignIn, Actor: "a", UserID: "a"},
		audit.Event{At: from.AddDate(0, 0, 9).Add(10 * time.Hour), Kind: audit.UserShow, Actor: "operator:lee",
			Outcome: audit.NotFound},
	)
	ctx := t.Context()
	accounts, err := w.Other.Activities(ctx, from, to)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]operator.Activity{
		{Actor: "operator:kim", Times: 7, Users: 3, Late: 4}, {Actor: "operator:lee", Times: 2, Users: 1},
	}, accounts); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	kinds, err := w.Other.ActivitiesByKind(ctx, from, to)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]operator.ActivityByKind{
		{Actor: "operator:kim", Kind: audit.UserShow, Outcome: audit.Done, Times: 7, Users: 3},
		{Actor: "operator:lee", Kind: audit.UserExport, Outcome: audit.Done, Times: 1, Users: 1},
		{Actor: "operator:lee", Kind: audit.UserShow, Outcome: audit.NotFound, Times: 1, Users: 0},
	}, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	out, err := w.Other.Disclosures(ctx, from, to, 10)
	if err != nil || len(out) != 3 || out[0].Kind != audit.UserExport || out[0].Reason != "소송" ||
		out[1].UserID != "c" || out[2].UserID != "a" {
		t.Errorf("HandedOut = %+v, %v", out, err)
	}
}

// digest changes if an entry of the month is changed, removed or added.
func digest(t *testing.T, w world) {
	from, to, err := operator.ParseMonth("2026-03")
	if err != nil {
		t.Fatal(err)
	}
	of := func(st Store) [32]byte {
		t.Helper()
		d, err := st.Digest(t.Context(), from, to)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	line := audit.Event{At: from.Add(time.Hour), Kind: audit.UserShow, Actor: "operator:kim", UserID: "a", Reason: "b",
		Client: origin, Outcome: audit.Done}
	empty := of(w.Store)
	w.record(t, line, line)
	before := of(w.Store)
	elsewhere := line
	elsewhere.At = to
	w.record(t, elsewhere, audit.Event{At: line.At, Kind: audit.SignIn, Actor: "a", UserID: "a"}) // April, and a user's
	if before == empty || of(w.Other) != before {
		t.Errorf("%x, before %x, of nothing %x", of(w.Other), before, empty)
	}
	seen := map[[32]byte]string{before: "untouched"}
	drop := "DROP TRIGGER audit_log_fixed"
	if w.Exec(drop) != nil {
		if err := w.Exec(drop + " ON audit_log"); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []string{
		"UPDATE audit_log SET actor = 'operator:lee' WHERE id = 1",
		"UPDATE audit_log SET user_id = 'ab', reason = NULL WHERE id = 1", // the same letters in a row
		"UPDATE audit_log SET outcome = NULL WHERE id = 2",
		"UPDATE audit_log SET detail = 'revealed' WHERE id = 2",
		"UPDATE audit_log SET at = at + 1 WHERE id = 2",
		"UPDATE audit_log SET class = 'member' WHERE id = 2",
		"INSERT INTO audit_log (class, at, kind, actor) SELECT class, at, kind, actor FROM audit_log WHERE id = 1",
	} {
		if err := w.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		d := of(w.Store)
		if other, ok := seen[d]; ok {
			t.Errorf("%s: same digest as %s", q, other)
		}
		seen[d] = q
	}
}
