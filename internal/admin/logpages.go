package admin

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

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
	from, err := operator.ParsePlace(r.After())
	if err != nil {
		return err
	}
	v := &page.ConsoleList{
		ConsoleFrame: r.Frame(), Title: say(r, "console.nav."+name), Lead: say(r, "console."+name+".lead"),
		Empty: say(r, "console.audit.empty"), Columns: columns(r, "time", "what", "who", "user", "about"),
	}
	if len(r.Query()) > 0 {
		v.First = Prefix + "/" + name
	}
	fields := filters{r: r}
	var choices []page.ConsoleChoice
	for _, k := range kinds {
		choices = append(choices, page.ConsoleChoice{Value: string(k), Label: word(r, "action", string(k))})
	}
	f.Kind = fields.choice("kind", say(r, "console.list.what"), choices)
	if name == "access" {
		if account := fields.text("account", say(r, "console.list.account")); account != "" {
			f.Actor = operator.ActorName(account)
		}
	}
	f.UserID = fields.user()
	f.Since, f.Until = fields.days()
	if v.Filters = fields.all; fields.wrong {
		return fields.refuse(w, v, name)
	}
	ops, err := r.Operate("")
	if err != nil {
		return err
	}
	entries, next, err := ops.Log.Scan(r.Context(), f, from, perPage)
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
	return r.Render(w, v)
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
	if !account.ID(id).Valid() {
		return operator.ErrNoSuchUser
	}
	r.Inside("people")
	from, err := operator.ParsePlace(r.After())
	if err != nil {
		return err
	}
	ops, err := r.Operate("")
	if err != nil {
		return err
	}
	moments, next, err := ops.Log.TimeLine(r.Context(), account.ID(id), from, perPage)
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
	fields := filters{r: r}
	var choices []page.ConsoleChoice
	for _, s := range []jobs.State{jobs.Dead, jobs.Open, jobs.Done} {
		choices = append(choices, page.ConsoleChoice{Value: string(s), Label: say(r, "console.jobs."+string(s))})
	}
	state := fields.choice("state", say(r, "console.list.state"), choices)
	if fields.wrong {
		return fields.refuse(w, jobList(r, "jobs"), "jobs")
	}
	return p.listJobs(w, r, "jobs", operator.JobFilter{State: jobs.State(state)}, fields.all...)
}

// jobList is a list of jobs without rows.
func jobList(r *Request, name string) *page.ConsoleList {
	return &page.ConsoleList{
		ConsoleFrame: r.Frame(), Title: say(r, "console.nav."+name), Lead: say(r, "console."+name+".lead"),
		Empty: say(r, "console."+name+".empty"), Columns: columns(r, "time", "kind", "state", "tries", "user", "outcome"),
	}
}

func (p *Reports) listJobs(
	w http.ResponseWriter, r *Request, name string, f operator.JobFilter, fields ...page.ConsoleFilter,
) error {
	before, err := r.AfterNumber()
	if err != nil {
		return err
	}
	ops, err := r.Operate("")
	if err != nil {
		return err
	}
	f.Before, f.Limit = before, perPage
	all, more, err := ops.Jobs.Page(r.Context(), f)
	if err != nil {
		return err
	}
	v := jobList(r, name)
	v.Filters = fields
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
	if _, err := ops.Jobs.Retry(r.Context(), id); err != nil {
		return err
	}
	return r.Done(w, "jobs", page.FlashJobsRetried)
}
