package admin

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/withdrawal"
)

// audit lists what users did.
func (p *Reports) audit(w http.ResponseWriter, r *Request) error {
	return p.log(w, r, "audit", operator.LogFilter{Class: audit.UserLog}, userKinds)
}

// access lists what operators and API keys did.
func (p *Reports) access(w http.ResponseWriter, r *Request) error {
	return p.log(w, r, "access", operator.LogFilter{Class: audit.AccessLog}, accessKinds)
}

func (p *Reports) log(w http.ResponseWriter, r *Request, name string, f operator.LogFilter, kinds []audit.Kind) error {
	ops, err := r.Operate("")
	if err != nil {
		return err
	}
	q := r.Query()
	v := &page.ConsoleList{
		ConsoleFrame: r.Frame(), Title: say(r, "console.nav."+name), Lead: say(r, "console."+name+".lead"),
		Empty: say(r, "console.audit.empty"), Columns: columns(r, "time", "what", "who", "user", "about"),
	}
	choices := []page.ConsoleChoice{{Label: say(r, "console.list.all")}}
	for _, k := range kinds {
		choices = append(choices, page.ConsoleChoice{Value: string(k), Label: word(r, "action", string(k))})
	}
	v.Filters = []page.ConsoleFilter{
		{Name: "kind", Label: say(r, "console.list.what"), Value: q.Get("kind"), Choices: choices},
		{Name: "user", Label: say(r, "console.list.userid"), Value: q.Get("user"), Pattern: "[0-9a-fA-F\\-]{36}"},
		{Name: "from", Label: say(r, "console.list.from"), Value: q.Get("from"), Date: true},
		{Name: "to", Label: say(r, "console.list.to"), Value: q.Get("to"), Date: true},
	}
	if name == "access" {
		v.Filters = slices.Insert(v.Filters, 1, page.ConsoleFilter{
			Name: "account", Label: say(r, "console.list.account"), Value: q.Get("account"),
		})
		if account := q.Get("account"); account != "" {
			f.Actor = operator.ActorName(account)
		}
	}
	if slices.Contains(kinds, audit.Kind(q.Get("kind"))) {
		f.Kind = q.Get("kind")
	}
	if id := strings.ToLower(strings.TrimSpace(q.Get("user"))); isID(id) {
		f.UserID = account.ID(id)
	} else if id != "" {
		v.Notes = append(v.Notes, say(r, "console.list.baduser"))
		for i := range v.Filters {
			if v.Filters[i].Name == "user" {
				v.Filters[i].Value = "" // it may be personal
			}
		}
		v.Path = Prefix + "/" + name // nor does the link to the other language repeat it
		return r.Render(w, v)
	}
	f.Since, f.Until = day(q.Get("from"), 0), day(q.Get("to"), 1)
	entries, next, err := ops.ScanLog(r.Context(), f, operator.ParsePlace(r.After()), perPage)
	if err != nil {
		return err
	}
	for i := range entries {
		v.Rows = append(v.Rows, page.ConsoleRow{Cells: p.entryCells(r, &entries[i])})
	}
	if !next.IsZero() {
		v.Next = r.Link("after", next.String())
		if len(entries) == 0 {
			v.Empty = say(r, "console.list.scanned", "time", stamp(next.At))
		}
	}
	if len(q) > 0 {
		v.First = Prefix + "/" + name
	}
	return r.Render(w, v)
}

// day is the beginning of a day in Korea, some days later; zero for a text that is not a date.
func day(text string, later int) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, text, korea)
	if err != nil {
		return time.Time{}
	}
	return t.AddDate(0, 0, later)
}

func (p *Reports) entryCells(r *Request, e *audit.Entry) []page.ConsoleCell {
	detail, notes := "", []string{e.Detail, e.Address, e.RequestID}
	if _, ok := p.Providers.Get(e.Detail); ok {
		detail, notes = p.name(r, e.Detail), notes[1:]
	}
	what := coded(r, "action", string(e.Kind))
	if e.Kind == audit.Failed && !failures.Worth(problem.Code(e.Reason)) {
		what.Text = say(r, "console.action.login.not_finished")
	}
	return []page.ConsoleCell{
		{At: e.At}, what, actorCell(r, p.Providers, e), userCell(account.ID(e.UserID)),
		{
			Text: cmp.Or(joined(" · ", detail, word(r, "outcome", string(e.Outcome)), p.reason(r, e)), "–"),
			Note: joined(" ", notes...),
		},
	}
}

// joined joins the parts that are not empty.
func joined(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(parts), func(s string) bool { return s == "" }), sep)
}

// looked are the access records of looking at a user, which say nothing about their sign-ins.
var looked = []audit.Kind{
	audit.UserPage, audit.UserShow, audit.UserList, audit.UserConsents, audit.SessionList, audit.JobList,
	audit.FailureList, audit.EventList, audit.EventStatus, audit.LogRead, audit.LogTouched, audit.LogReview,
	audit.RoleList,
}

// line is what happened to a user, which answers why they cannot sign in.
func (p *Reports) line(w http.ResponseWriter, r *Request) error {
	id := r.PathValue("id")
	if !isID(id) {
		return operator.ErrNoSuchUser
	}
	r.Inside("people")
	ops, err := r.Operate("")
	if err != nil {
		return err
	}
	moments, next, err := ops.TimeLine(r.Context(), account.ID(id), operator.ParsePlace(r.After()), perPage)
	if err != nil {
		return err
	}
	v := &page.ConsoleList{
		ConsoleFrame: r.Frame(), Title: say(r, "console.line.title"), Lead: say(r, "console.line.lead"),
		Empty: say(r, "console.line.empty"), Columns: columns(r, "time", "what", "origin", "about"),
		Up: &page.ConsoleChoice{Value: Prefix + "/people/" + id, Label: say(r, "console.line.user")},
	}
	if r.After() == "" {
		v.Notes = lastFailure(r, p.Providers, moments)
	}
	v.Rows = p.lineRows(r, moments)
	if !next.IsZero() {
		v.Next = r.Link("after", next.String())
		if len(v.Rows) == 0 {
			v.Empty = say(r, "console.list.scanned", "time", stamp(next.At))
		}
	}
	if r.After() != "" {
		v.First = r.URL.Path
	}
	return r.Render(w, v)
}

// lineRows leaves out who looked at the user, and the entry in the log of a failure that has a row of its own.
func (p *Reports) lineRows(r *Request, moments []operator.Moment) (rows []page.ConsoleRow) {
	shown := map[string]bool{}
	for _, m := range moments {
		if m.Failure != nil {
			shown[m.Failure.RequestID] = true
		}
	}
	for _, m := range moments {
		if f := m.Failure; f != nil {
			browser := browserCell(r, f)
			rows = append(rows, page.ConsoleRow{Cells: []page.ConsoleCell{
				{At: f.At}, {Text: failureName(r, string(f.Code)), Bad: true, Note: string(f.Code)},
				{Text: p.name(r, f.Provider), Note: joined(", ", browser.Text, browser.Note)},
				{Text: todo(r.Lang, p.Providers, f), Note: f.RequestID},
			}})
			continue
		}
		e := m.Entry
		again := (e.Kind == audit.Refused || e.Kind == audit.Failed) && shown[e.RequestID]
		if !again && !slices.Contains(looked, e.Kind) {
			rows = append(rows, page.ConsoleRow{Cells: slices.Delete(p.entryCells(r, e), 3, 4)})
		}
	}
	return rows
}

// lastFailure says what failed last, and whether the user has signed in since.
func lastFailure(r *Request, set *provider.Set, moments []operator.Moment) []string {
	since := false
	for _, m := range moments {
		if f := m.Failure; f != nil {
			what := failureName(r, string(f.Code))
			if since {
				return []string{say(r, "console.line.since", "what", what)}
			}
			do := todo(r.Lang, set, f)
			return []string{say(r, "console.line.last", "what", what, "code", string(f.Code), "todo", do)}
		}
		since = since || m.Entry.Kind == audit.SignIn
	}
	return nil
}

// notices lists what the provider reported: the jobs that handle it.
func (p *Reports) notices(w http.ResponseWriter, r *Request) error {
	return p.listJobs(w, r, "notices", operator.JobFilter{Kind: withdrawal.NoticeJob})
}

// jobs lists work that waits or was given up.
func (p *Reports) jobs(w http.ResponseWriter, r *Request) error {
	state := jobs.State(r.Query().Get("state"))
	switch state {
	case jobs.Open, jobs.Dead, jobs.Done:
	default:
		state = ""
	}
	return p.listJobs(w, r, "jobs", operator.JobFilter{State: state})
}

func (p *Reports) listJobs(w http.ResponseWriter, r *Request, name string, f operator.JobFilter) error {
	ops, err := r.Operate("")
	if err != nil {
		return err
	}
	f.Before, _ = strconv.ParseInt(r.After(), 10, 64)
	f.Limit = perPage
	all, more, err := ops.JobPage(r.Context(), f)
	if err != nil {
		return err
	}
	v := &page.ConsoleList{
		ConsoleFrame: r.Frame(), Title: say(r, "console.nav."+name), Lead: say(r, "console."+name+".lead"),
		Empty: say(r, "console."+name+".empty"), Columns: columns(r, "time", "kind", "state", "tries", "user", "outcome"),
	}
	if name == "jobs" {
		choices := []page.ConsoleChoice{{Label: say(r, "console.list.all")}}
		for _, s := range []jobs.State{jobs.Dead, jobs.Open, jobs.Done} {
			choices = append(choices, page.ConsoleChoice{Value: string(s), Label: say(r, "console.jobs."+string(s))})
		}
		v.Filters = []page.ConsoleFilter{
			{Name: "state", Label: say(r, "console.list.state"), Value: string(f.State), Choices: choices},
		}
	}
	for _, j := range all {
		row := page.ConsoleRow{Cells: []page.ConsoleCell{
			{At: j.CreatedAt}, coded(r, "job", j.Kind),
			{Text: say(r, "console.jobs."+string(j.State)), Bad: j.State == jobs.Dead},
			{Text: strconv.FormatInt(j.Attempts, 10)}, userCell(account.ID(j.About)), {Text: cmp.Or(result(r, j.Outcome), "–")},
		}}
		if j.State == jobs.Open {
			row.Cells[2].Note = say(r, "console.jobs.next", "time", stamp(j.RunAt))
		}
		if j.State == jobs.Dead && v.Changes {
			row.Action = &page.ConsoleAction{
				URL: Prefix + "/jobs/retry", Name: "id", Value: strconv.FormatInt(j.ID, 10), Label: say(r, "console.jobs.retry"),
			}
			if len(v.Columns) == len(row.Cells) {
				v.Columns = append(v.Columns, say(r, "console.list.action"))
			}
		}
		v.Rows = append(v.Rows, row)
	}
	if more {
		v.Next = r.Link("after", strconv.FormatInt(all[len(all)-1].ID, 10))
	}
	if f.Before > 0 {
		v.First = Prefix + "/" + name
	}
	return r.Render(w, v)
}

// retry reopens one job that was given up.
func (p *Reports) retry(w http.ResponseWriter, r *Request) error {
	id, err := strconv.ParseInt(r.PostForm.Get("id"), 10, 64)
	if err != nil || id <= 0 {
		return operator.ErrSelector
	}
	ops, err := r.Operate("")
	if err != nil {
		return err
	}
	if _, err := ops.RetryJobs(r.Context(), id); err != nil {
		return err
	}
	return r.Done(w, "jobs", page.FlashJobsRetried)
}
