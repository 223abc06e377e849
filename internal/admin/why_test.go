package admin

import (
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/web"
)

func newReports(t *testing.T) *Reports {
	t.Helper()
	set, err := provider.NewSet()
	if err != nil {
		t.Fatal(err)
	}
	return &Reports{Providers: set, Now: time.Now}
}

// The page of a user answers why they cannot sign in, in a sentence for each reason.
func TestUserPageSaysWhySignInsFail(t *testing.T) {
	t.Parallel()
	r := &Request{Request: &web.Request{Lang: i18n.En}}
	noon := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	failed := func(hours int, code problem.Code) failures.Failure {
		return failures.Failure{At: noon.Add(time.Duration(hours) * time.Hour), Code: code, Provider: "p"}
	}
	for _, c := range []struct {
		name   string
		status account.Status
		seen   []int // hours after noon at which each identity signed in
		failed []failures.Failure
		want   []string // a part of each sentence
	}{
		{"nothing", account.Active, []int{0}, nil, []string{"Nothing prevents it"}},
		{"suspended", account.Disabled, []int{0}, nil, []string{"suspended"}},
		{"closed", account.Withdrawn, nil, nil, []string{"closed"}},
		{"never joined", account.Pending, []int{0}, nil, []string{"Not joined yet"}},
		{
			"two failures since the last of several identities", account.Active, []int{0, 2},
			[]failures.Failure{
				failed(4, problem.ProviderUnavailable), failed(3, problem.LoginExpired), failed(1, problem.LoginExpired),
			},
			[]string{"2 failed since the last sign-in, the last at 2026-03-01 16:00 with p: Provider did not answer."},
		},
		{
			"came through later", account.Active, []int{2}, []failures.Failure{failed(1, problem.LoginExpired)},
			[]string{"(Not finished within 20 minutes), and one succeeded later, at 2026-03-01 14:00"},
		},
		{
			"suspended and tried", account.Disabled, []int{0}, []failures.Failure{failed(1, problem.LoginDisabled)},
			[]string{"suspended the user", "1 failed since"},
		},
	} {
		u := &operator.UserPage{User: &operator.User{User: account.User{Status: c.status}}, Failed: c.failed}
		for _, h := range c.seen {
			u.Identities = append(u.Identities, account.Identity{SeenAt: noon.Add(time.Duration(h) * time.Hour)})
		}
		got := why(r, newReports(t).Providers, u)
		if len(got) != len(c.want) {
			t.Errorf("%s: %q", c.name, got)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i], c.want[i]) {
				t.Errorf("%s: %q, want %q", c.name, got[i], c.want[i])
			}
		}
	}
}

// The time line has a failure once, with what the log knows of it left out, and no entry of an operator who looked at
// the user.
func TestTimeLineLeavesOutLooksAndRepetitions(t *testing.T) {
	t.Parallel()
	p, r := newReports(t), &Request{Request: &web.Request{Lang: i18n.En}}
	id := "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e"
	entry := func(kind audit.Kind, actor, request string) operator.Moment {
		e := audit.Event{Kind: kind, Actor: actor, UserID: id, Client: audit.Client{RequestID: request}}
		return operator.Moment{Entry: &audit.Entry{Event: e}}
	}
	rows := p.lineRows(r, []operator.Moment{
		entry(audit.UserPage, "operator:kim", "a-9"),
		{Failure: &failures.Failure{Code: problem.LoginDisabled, Provider: "p", RequestID: "a-8"}},
		entry(audit.Refused, id, "a-8"),
		entry(audit.Refused, id, "a-7"),
		entry(audit.UserDisable, "operator:kim", "a-6"),
		entry(audit.SignIn, id, "a-5"),
	})
	var got []string
	for _, row := range rows {
		got = append(got, row.Cells[1].Text+" by "+row.Cells[2].Text+" "+row.Cells[2].Note)
	}
	want := "User suspended by p |Sign-in refused by the user |Suspend a user by operator kim|Signed in by the user "
	if strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", strings.Join(got, "|"), want)
	}
}

// Every actor of the log is in words, with the account of an operator or a key.
func TestActorsAreShownInWords(t *testing.T) {
	t.Parallel()
	p, r := newReports(t), &Request{Request: &web.Request{Lang: i18n.En}}
	one, two := "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e", "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3f"
	for text, want := range map[string]page.ConsoleCell{
		one: {Text: "the user"}, two: {Text: "user", Note: two}, "system": {Text: "the service"},
		"operator:kim": {Text: "operator", Note: "kim"}, "key:" + two: {Text: "API key", Note: two},
		"provider:p": {Text: "p"}, "": {Text: "–"},
	} {
		e := &audit.Entry{Event: audit.Event{Actor: text, UserID: one}}
		if got := actorCell(r, p.Providers, e); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}
