package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
)

// filters are the fields of a list, read from the address. A list is not shown if one of them is wrong: it would look
// filtered and hold everything.
type filters struct {
	r     *Request
	all   []page.ConsoleFilter
	wrong bool
}

// add takes a field with its value. A wrong value is not repeated, because it may be personal.
func (f *filters) add(field page.ConsoleFilter, value, wrong string) {
	if field.Value = value; wrong != "" {
		field.Value, field.Error, f.wrong = "", say(f.r, wrong), true
	}
	f.all = append(f.all, field)
}

// choice is one of some values, "" for all of them.
func (f *filters) choice(name, label string, choices []page.ConsoleChoice) string {
	value, wrong := f.r.Query().Get(name), ""
	all := append([]page.ConsoleChoice{{Label: say(f.r, "console.list.all")}}, choices...)
	if !slices.ContainsFunc(all, func(c page.ConsoleChoice) bool { return c.Value == value }) {
		wrong = "console.list.badchoice"
	}
	f.add(page.ConsoleFilter{Name: name, Label: label, Choices: all}, value, wrong)
	return value
}

// text is any text.
func (f *filters) text(name, label string) string {
	value := f.r.Query().Get(name)
	f.add(page.ConsoleFilter{Name: name, Label: label}, value, "")
	return value
}

// user is the id of a user, "" for all users.
func (f *filters) user() account.ID {
	value, wrong := f.r.Query().Get("user"), ""
	id := strings.ToLower(strings.TrimSpace(value))
	if id != "" && !account.ID(id).Valid() {
		wrong = "console.list.baduser"
	}
	f.add(page.ConsoleFilter{
		Name: "user", Label: say(f.r, "console.list.userid"), Pattern: "[0-9a-fA-F\\-]{36}",
	}, value, wrong)
	return account.ID(id)
}

// days are the beginning of the first day and the end of the last one, in Korea; zero for no limit.
func (f *filters) days() (since, until time.Time) {
	since, wrong := day(f.r.Query().Get("from"))
	f.add(page.ConsoleFilter{Name: "from", Label: say(f.r, "console.list.from"), Date: true},
		f.r.Query().Get("from"), wrong)
	last, wrong := day(f.r.Query().Get("to"))
	if !last.IsZero() {
		until = last.AddDate(0, 0, 1)
		if last.Before(since) {
			wrong = "console.list.badperiod"
		}
	}
	f.add(page.ConsoleFilter{Name: "to", Label: say(f.r, "console.list.to"), Date: true}, f.r.Query().Get("to"), wrong)
	return since, until
}

// day is the beginning of a day in Korea, zero for "". wrong is the text that says why it is not one.
func day(text string) (at time.Time, wrong string) {
	if text == "" {
		return time.Time{}, ""
	}
	at, err := time.ParseInLocation(time.DateOnly, text, korea)
	if err != nil || at.Year() < 1970 || at.Year() > 9998 { // a log has no other
		return time.Time{}, "console.list.badday"
	}
	return at, ""
}

// refuse shows the fields with what is wrong with them, and no list. path is below [Prefix].
func (f *filters) refuse(w http.ResponseWriter, v *page.ConsoleList, path string) error {
	v.Filters, v.Refused = f.all, true
	v.Path = Prefix + "/" + path // the link to the other language does not repeat the values
	return f.r.shell.cfg.Kernel.Render(w, http.StatusBadRequest, v)
}

// checkQuery refuses a query of which a part would be ignored: a list with a mistyped filter would hold everything.
func checkQuery(raw string, row Row) error {
	q, err := url.ParseQuery(strings.ReplaceAll(raw, ";", "%3B")) // as web.Request.Query
	if err != nil {
		return problem.New(problem.RequestBad)
	}
	for name, values := range q {
		known := name == "lang" || name == "notice" || slices.Contains(row.Query, name)
		if len(values) > 1 || !known && row.Method == http.MethodGet {
			return problem.New(problem.RequestBad)
		}
	}
	return nil
}
