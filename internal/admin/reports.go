package admin

import (
	"cmp"
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/figures"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/web"
)

// ReportStore is what the reports read without an access record: counts only.
type ReportStore interface {
	CountFailures(context.Context) (int, error)
}

// Reports are the pages of figures, failed sign-ins, logs, jobs and events.
type Reports struct {
	Store     ReportStore
	Figures   figures.Store
	Providers *provider.Set
	Now       func() time.Time
	// Send posts an event to the app once; nil for a service that delivers no events.
	Send func(context.Context, events.Event) error
}

// perPage is how many rows a list shows.
const perPage = 50

// Rows are the pages' rows of the console's table.
func (p *Reports) Rows() []Row {
	return []Row{
		View("overview", p.overview).In("overview").Takes("range"),
		View("attempts", p.attempts).In("attempts").Takes("request", "code", "provider", "after"),
		Search("attempts/search", p.searchAttempts),
		View("people/{id}/line", p.line).Takes("after"),
		View("audit", p.audit).In("audit").Takes("kind", "user", "from", "to", "after"),
		View("access", p.access).In("access").Takes("kind", "account", "user", "from", "to", "after"),
		View("notices", p.notices).In("notices").Takes("after"),
		View("jobs", p.jobs).In("jobs").Takes("state", "after"),
		Change("jobs/retry", p.retry),
		View("events", p.events).In("events").Takes("after"),
		Change("events/replay", p.replay),
	}
}

// say is a text in the language of a request.
func say(r *Request, key string, args ...string) string { return i18n.T(r.Lang, key, args...) }

// columns are headings by the last part of their keys.
func columns(r *Request, names ...string) []string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = say(r, "console.list."+n)
	}
	return all
}

// stamp is a time in a sentence: in Korea, where the operators are.
func stamp(t time.Time) string { return t.In(korea).Format("2006-01-02 15:04") }

// korea has no summer time.
var korea = time.FixedZone("KST", 9*60*60)

// attempts lists failed sign-ins, by the request id or code in the address.
func (p *Reports) attempts(w http.ResponseWriter, r *Request) error {
	return p.listAttempts(w, r, "")
}

func (p *Reports) listAttempts(w http.ResponseWriter, r *Request, wrong string) error {
	ops, err := r.Operate("")
	if err != nil {
		return err
	}
	v := &page.ConsoleList{
		ConsoleFrame: r.Frame(), Title: say(r, "console.nav.attempts"), Lead: say(r, "console.attempts.lead"),
		Empty:   say(r, "console.attempts.empty"),
		Columns: columns(r, "time", "code", "step", "browser", "user", "request", "todo"),
		Search: &page.ConsoleSearch{
			URL: Prefix + "/attempts/search", Label: say(r, "console.attempts.label"),
			Hint: say(r, "console.attempts.hint"), Error: wrong,
		},
	}
	if wrong != "" {
		v.Path = Prefix + "/attempts"
		return r.Render(w, v)
	}
	kept, err := p.Store.CountFailures(r.Context())
	if err != nil {
		return err
	}
	if kept >= failures.MaxRows {
		v.Notes = append(v.Notes, say(r, "console.attempts.full", "rows", strconv.Itoa(failures.MaxRows)))
	}
	q := r.Query()
	after, err := r.AfterNumber()
	if err != nil {
		return err
	}
	f := failures.Filter{RequestID: q.Get("request"), Code: problem.Code(q.Get("code")), After: after, Limit: perPage}
	fields := filters{r: r}
	f.Provider = fields.choice("provider", say(r, "console.overview.provider"), p.providerChoices(r))
	if v.Filters = fields.all; fields.wrong {
		return fields.refuse(w, v, "attempts")
	}
	all, more, err := ops.Log.Failures(r.Context(), f)
	if err != nil {
		return err
	}
	if f.RequestID == "" && after == 0 {
		note, err := p.counted(r, f)
		if err != nil {
			return err
		}
		v.Notes = append(v.Notes, note...)
	}
	for i := range all {
		v.Rows = append(v.Rows, page.ConsoleRow{Cells: p.failureCells(r, &all[i])})
	}
	if more {
		v.Next = r.Link("after", strconv.FormatInt(all[len(all)-1].ID, 10))
	}
	if q.Has("request") || q.Has("code") || q.Has("provider") || after > 0 {
		v.First = Prefix + "/attempts"
	}
	return r.Render(w, v)
}

// counted says how many sign-ins failed or were cancelled in the time of the list, which has no row for some of them:
// those are only counted.
func (p *Reports) counted(r *Request, f failures.Filter) (notes []string, err error) {
	now := p.Now()
	all, err := p.Figures.Figures(r.Context(), figures.Query{
		Metric: figures.FailuresOf, Span: figures.Hour, Step: figures.Day, From: now.Add(-failures.Keep), To: now,
	})
	if err != nil {
		return nil, err
	}
	var failed, cancelled int64
	for _, one := range all {
		name, label, _ := strings.Cut(one.Label, " ")
		code := problem.Code(label)
		switch {
		case f.Provider != "" && name != f.Provider, f.Code != "" && code != f.Code:
		case code == problem.LoginCancelled:
			cancelled += one.Count
		case failures.Worth(code):
			failed += one.Count
		}
	}
	if failed+cancelled == 0 {
		return nil, nil
	}
	return []string{say(r, "console.attempts.counted", "failed", text(failed), "cancelled", text(cancelled))}, nil
}

// providerChoices are the providers that are on.
func (p *Reports) providerChoices(r *Request) (choices []page.ConsoleChoice) {
	for _, one := range p.Providers.All() {
		name := one.Info().Name
		choices = append(choices, page.ConsoleChoice{Value: name, Label: p.name(r, name)})
	}
	return choices
}

func (p *Reports) failureCells(r *Request, f *failures.Failure) []page.ConsoleCell {
	return []page.ConsoleCell{
		{At: f.At},
		{Text: failureName(r, string(f.Code)), Note: string(f.Code), URL: attemptsURL("code", string(f.Code))},
		{Text: say(r, "console.step."+string(f.Step())), Note: p.name(r, f.Provider)},
		browserCell(r, f),
		userCell(f.UserID),
		{Text: f.RequestID, Code: true},
		{Text: todo(r.Lang, p.Providers, f)},
	}
}

// attemptsURL lists the failed sign-ins with a request id, a code or a provider.
func attemptsURL(name, value string) string {
	return web.WithQuery(Prefix+"/attempts", map[string][]string{name: {value}})
}

// userCell leads to a user's time line.
func userCell(id account.ID) page.ConsoleCell {
	if !id.Valid() {
		return page.ConsoleCell{Text: cmp.Or(string(id), "–")}
	}
	return page.ConsoleCell{Text: string(id), Code: true, URL: Prefix + "/people/" + string(id) + "/line"}
}

var (
	ownCode = regexp.MustCompile(`^[a-z_]{2,20}\.[A-Za-z0-9_.-]{1,60}$`)
	// A provider's own code: capitals before digits, or a negative number. A subject has digits only.
	bareCode = regexp.MustCompile(`^([A-Z]{2,10}[0-9]{1,6}|-[0-9]{1,6})$`)
)

// searchAttempts takes what a user reads out from an error page. What is neither a request id nor a code may be
// personal data, and does not get into an address.
func (p *Reports) searchAttempts(w http.ResponseWriter, r *Request) error {
	text := strings.TrimSpace(r.PostForm.Get("q"))
	if id := strings.ToLower(text); account.ID(id).Valid() {
		return web.Redirect(w, Prefix+"/people/"+id+"/line")
	}
	if to, ok := attemptsOf(text); ok {
		return web.Redirect(w, to)
	}
	r.Inside("attempts")
	return p.listAttempts(w, r, say(r, "console.attempts.bad"))
}

// attemptsOf lists the failed sign-ins with a request id or a code, as an error page shows them.
func attemptsOf(text string) (to string, ok bool) {
	switch {
	case web.IsRequestID(strings.ToLower(text)):
		return attemptsURL("request", strings.ToLower(text)), true
	case ownCode.MatchString(text):
		return attemptsURL("code", text), true
	case bareCode.MatchString(text):
		return attemptsURL("code", string(problem.OfProvider(text))), true
	}
	return "", false
}
