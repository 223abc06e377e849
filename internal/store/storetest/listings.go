package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/operator"
)

var listingTests = []test{
	{"LogIsPagedByPlace", listingLog},
	{"LogIsFiltered", listingLogFiltered},
	{"LogPageIsBounded", listingLogBounded},
	{"JobsArePaged", listingJobs},
	{"EventsArePaged", listingEvents},
}

// scanAll reads all pages of a filter, and returns the reasons of the entries and the number of pages.
func scanAll(t *testing.T, w world, f operator.LogFilter, limit int) (reasons []string, pages int) {
	t.Helper()
	from := operator.Place{}
	for {
		page, next, err := w.Other.ScanLog(t.Context(), f, from, limit)
		if err != nil || len(page) > limit {
			t.Fatalf("%d entries, %v", len(page), err)
		}
		pages++
		for _, e := range page {
			reasons = append(reasons, e.Reason)
		}
		if next.IsZero() {
			return reasons, pages
		}
		if again, err := operator.ParsePlace(next.String()); err != nil || again != next {
			t.Fatalf("place %v is read as %v, %v", next, again, err)
		}
		from = next
	}
}

// Entries of the same millisecond are neither left out nor repeated.
func listingLog(t *testing.T, w world) {
	var all []audit.Event
	for i := range 25 {
		at := noon.Add(time.Duration(i/10) * time.Second)
		all = append(all, audit.Event{At: at, Kind: audit.SignIn, Actor: "system", Reason: fmt.Sprint(i)})
	}
	w.record(t, all...)
	reasons, pages := scanAll(t, w, operator.LogFilter{Class: audit.UserLog}, 4)
	if len(reasons) != 25 || pages != 7 || reasons[0] != "24" || reasons[24] != "0" {
		t.Errorf("%d entries in %d pages: %v", len(reasons), pages, reasons)
	}
	if _, _, err := w.Store.ScanLog(t.Context(), operator.LogFilter{Kind: "x"}, operator.Place{}, 10); err == nil {
		t.Error("a scan of everything is not refused")
	}
}

func listingLogFiltered(t *testing.T, w world) {
	user := newID(t)
	event := func(reason string, kind audit.Kind, actor, user string, at time.Time) audit.Event {
		return audit.Event{At: at, Kind: kind, Actor: actor, UserID: user, Reason: reason}
	}
	w.record(t,
		event("a", audit.SignIn, user, user, noon), event("b", audit.SignOut, user, user, noon.Add(time.Minute)),
		event("c", audit.UserShow, "operator:kim", user, noon.Add(2*time.Minute)),
		event("d", audit.UserShow, "operator:lee", "", noon.Add(3*time.Minute)),
		event("e", audit.JobList, "operator:kim", "", noon.Add(4*time.Minute)))
	for name, c := range map[string]struct {
		filter operator.LogFilter
		want   string
	}{
		"access":          {operator.LogFilter{Class: audit.AccessLog}, "[e d c]"},
		"member":          {operator.LogFilter{Class: audit.UserLog}, "[b a]"},
		"operator":        {operator.LogFilter{Class: audit.AccessLog, Actor: "operator:kim"}, "[e c]"},
		"kind":            {operator.LogFilter{Class: audit.AccessLog, Kind: string(audit.UserShow)}, "[d c]"},
		"kinds":           {operator.LogFilter{Class: audit.UserLog, Kind: "session."}, "[b a]"},
		"user":            {operator.LogFilter{UserID: account.ID(user)}, "[c b a]"},
		"user and class":  {operator.LogFilter{UserID: account.ID(user), Class: audit.UserLog}, "[b a]"},
		"user, operator":  {operator.LogFilter{UserID: account.ID(user), Actor: "operator:kim"}, "[c]"},
		"time":            {operator.LogFilter{Class: audit.UserLog, Since: noon.Add(time.Minute)}, "[b]"},
		"until":           {operator.LogFilter{Class: audit.UserLog, Until: noon.Add(time.Minute)}, "[a]"},
		"cannot be there": {operator.LogFilter{Class: audit.AccessLog, Actor: "a\x00"}, "[]"},
	} {
		if got, _ := scanAll(t, w, c.filter, 2); fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

// A rare kind is looked for in steps: a page looks through a limited number of entries and returns where it stopped.
func listingLogBounded(t *testing.T, w world) {
	var all []audit.Event
	for i := range operator.MaxScan + 10 {
		e := audit.Event{At: noon.Add(time.Duration(i) * time.Millisecond), Kind: audit.SignIn, Actor: "system"}
		if i == 3 {
			e.Kind, e.Reason = audit.Withdrawn, "rare"
		}
		all = append(all, e)
	}
	w.record(t, all...)
	page, next, err := w.Store.ScanLog(t.Context(),
		operator.LogFilter{Class: audit.UserLog, Kind: string(audit.Withdrawn)}, operator.Place{}, 10)
	if err != nil || len(page) != 0 || next.IsZero() {
		t.Fatalf("%d entries, next %v, %v", len(page), next, err)
	}
	page, next, err = w.Store.ScanLog(t.Context(),
		operator.LogFilter{Class: audit.UserLog, Kind: string(audit.Withdrawn)}, next, 10)
	if err != nil || len(page) != 1 || !next.IsZero() {
		t.Fatalf("%d entries, next %v, %v", len(page), next, err)
	}
}

func listingJobs(t *testing.T, w world) {
	for i := range 7 {
		kind := []string{"notice", "unlink"}[i%2]
		w.queue(t, jobs.New{Kind: kind, Key: fmt.Sprint(i), About: "user", At: noon})
	}
	claimed, err := w.Store.ClaimJobs(t.Context(), noon, time.Minute, 1)
	if err != nil || len(claimed) != 1 {
		t.Fatal(len(claimed), err)
	}
	if err := w.Store.SettleJob(t.Context(), jobs.Settlement{
		ID: claimed[0].ID, Attempt: claimed[0].Attempt, State: jobs.Dead, At: noon, Outcome: "given up",
	}); err != nil {
		t.Fatal(err)
	}
	count := func(f operator.JobFilter) (n int) {
		t.Helper()
		f.Limit = 2
		for {
			page, err := w.Other.JobPage(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				return n
			}
			for _, j := range page {
				if f.Kind != "" && j.Kind != f.Kind || f.State != "" && j.State != f.State {
					t.Errorf("%+v in the list of %+v", j, f)
				}
			}
			n, f.Before = n+len(page), page[len(page)-1].ID
		}
	}
	for _, c := range []struct {
		filter operator.JobFilter
		want   int
	}{
		{operator.JobFilter{}, 7}, {operator.JobFilter{Kind: "notice"}, 4}, {operator.JobFilter{State: jobs.Dead}, 1},
		{operator.JobFilter{State: jobs.Open}, 6}, {operator.JobFilter{Kind: "none"}, 0},
	} {
		if n := count(c.filter); n != c.want {
			t.Errorf("%+v: %d jobs, want %d", c.filter, n, c.want)
		}
	}
	page, err := w.Store.JobPage(t.Context(), operator.JobFilter{State: jobs.Dead, Limit: 5})
	if err != nil || len(page) != 1 || page[0].Outcome != "given up" || page[0].DeadAt.IsZero() ||
		page[0].About != "user" {
		t.Errorf("%+v, %v", page, err)
	}
}

func listingEvents(t *testing.T, w world) {
	for i := range 5 {
		w.signIn(t, fmt.Sprint(i)) // user.created each
	}
	seen := map[string]bool{}
	before := int64(0)
	for {
		page, err := w.Other.EventPage(t.Context(), before, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			if before > 0 && e.Position >= before {
				t.Errorf("event %d after %d", e.Position, before)
			}
			seen[e.ID], before = true, e.Position
		}
	}
	if len(seen) != 5 {
		t.Errorf("%d events, want 5", len(seen))
	}
}
