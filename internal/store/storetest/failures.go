package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/problem"
)

var failureTests = []test{
	{"FoundByRequestCodeProviderAndUser", failuresFound},
	{"PagedByKey", failuresPaged},
	{"BoundedByCode", failuresBounded},
	{"SweptAfterAWeek", failuresSwept},
	{"ErasedWithTheirUser", failuresErased},
}

func addFailures(t *testing.T, w world, all ...failures.Failure) int {
	t.Helper()
	n, err := w.Store.AddFailures(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func findFailures(t *testing.T, w world, f failures.Filter) []failures.Failure {
	t.Helper()
	if f.Limit == 0 {
		f.Limit = 100
	}
	all, err := w.Other.Failures(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func failuresFound(t *testing.T, w world) {
	at := noon.UTC().Truncate(time.Millisecond)
	user := account.ID(newID(t))
	one := failures.Failure{
		At: at, RequestID: "req-1", Code: problem.LoginExpired, Provider: "p", Browser: "chrome", Device: "mobile",
	}
	two := failures.Failure{
		At: at.Add(time.Second), RequestID: "req-2", Code: problem.LoginDisabled, Provider: "q", Browser: "other",
		Device: "desktop", UserID: user,
	}
	if n := addFailures(t, w, one, two); n != 2 {
		t.Fatalf("%d kept", n)
	}
	for name, c := range map[string]struct {
		filter failures.Filter
		want   []failures.Failure
	}{
		"all":          {failures.Filter{}, []failures.Failure{two, one}},
		"request":      {failures.Filter{RequestID: "req-1"}, []failures.Failure{one}},
		"code":         {failures.Filter{Code: problem.LoginDisabled}, []failures.Failure{two}},
		"provider":     {failures.Filter{Provider: "q"}, []failures.Failure{two}},
		"user":         {failures.Filter{UserID: user}, []failures.Failure{two}},
		"both":         {failures.Filter{Code: problem.LoginExpired, UserID: user}, nil},
		"none":         {failures.Filter{RequestID: "req-3"}, nil},
		"not storable": {failures.Filter{RequestID: "req-1\x00"}, nil},
	} {
		got := findFailures(t, w, c.filter)
		for i := range got {
			got[i].ID = 0
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if n, err := w.Other.CountFailures(t.Context()); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
}

func failuresPaged(t *testing.T, w world) {
	var all []failures.Failure
	for i := range 25 {
		all = append(all, failures.Failure{At: noon, RequestID: fmt.Sprint("req-", i), Code: problem.LoginExpired})
	}
	addFailures(t, w, all...)
	var seen []string
	after := int64(0)
	for {
		page := findFailures(t, w, failures.Filter{Code: problem.LoginExpired, After: after, Limit: 10})
		if len(page) == 0 {
			break
		}
		for _, f := range page {
			seen, after = append(seen, f.RequestID), f.ID
		}
	}
	if len(seen) != 25 || seen[0] != "req-24" || seen[24] != "req-0" {
		t.Errorf("%d: %v", len(seen), seen)
	}
}

// One code does not fill the table. What is not kept leaves no row.
func failuresBounded(t *testing.T, w world) {
	flood := make([]failures.Failure, failures.MaxOfCode+5)
	for i := range flood {
		flood[i] = failures.Failure{At: noon, RequestID: "req", Code: problem.LoginExpired}
	}
	if n := addFailures(t, w, flood...); n != failures.MaxOfCode {
		t.Errorf("%d of %d kept", n, len(flood))
	}
	other := failures.Failure{At: noon, RequestID: "req", Code: problem.LoginDisabled}
	if n := addFailures(t, w, flood[0], other, flood[1]); n != 1 {
		t.Errorf("%d kept after a flood, want only that of another code", n)
	}
	if n, err := w.Store.CountFailures(t.Context()); err != nil || n != failures.MaxOfCode+1 {
		t.Errorf("%d, %v", n, err)
	}
}

func failuresSwept(t *testing.T, w world) {
	addFailures(t, w,
		failures.Failure{At: noon.Add(-8 * 24 * time.Hour), RequestID: "old", Code: problem.LoginExpired},
		failures.Failure{At: noon.Add(-6 * 24 * time.Hour), RequestID: "new", Code: problem.LoginExpired})
	if _, err := w.Store.Sweep(t.Context(), noon, 0); err != nil {
		t.Fatal(err)
	}
	if all := findFailures(t, w, failures.Filter{}); len(all) != 1 || all[0].RequestID != "new" {
		t.Errorf("%+v", all)
	}
}

func failuresErased(t *testing.T, w world) {
	p := w.signIn(t, "1")
	addFailures(t, w,
		failures.Failure{At: noon, RequestID: "theirs", Code: problem.LoginExpired, UserID: p.User.ID},
		failures.Failure{At: noon, RequestID: "other", Code: problem.LoginExpired})
	w.withdraw(t, p)
	if all := findFailures(t, w, failures.Filter{}); len(all) != 1 || all[0].RequestID != "other" {
		t.Errorf("%+v", all)
	}
}
