package page

import (
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/plot"
)

// listSamples are lists and plots of the console: with no row, one and many.
func listSamples(l i18n.Lang, frame func(string) ConsoleFrame) []sample {
	text := func(key string) string { return i18n.T(l, key) }
	id := "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e"
	at := time.Date(2026, 3, 1, 3, 4, 5, 0, time.UTC)
	list := ConsoleList{
		ConsoleFrame: frame("attempts"), Title: text("console.nav.attempts"), Lead: text("console.attempts.lead"),
		Empty: text("console.attempts.empty"),
		Search: &ConsoleSearch{
			URL: "/admin/attempts/search", Label: text("console.attempts.label"), Hint: text("console.attempts.hint"),
		},
		Columns: []string{
			text("console.list.time"), text("console.list.code"), text("console.list.step"), text("console.list.browser"),
			text("console.list.user"), text("console.list.request"), text("console.list.todo"),
		},
	}
	row := ConsoleRow{Cells: []ConsoleCell{
		{At: at}, {Text: "login.expired", Code: true, URL: "/admin/attempts?code=login.expired"},
		{Text: text("console.step.callback"), Note: "provider"}, {Text: "chrome", Note: "mobile"},
		{Text: id, Code: true, URL: "/admin/people/" + id + "/line"}, {Text: "zbo5t6lp-6", Code: true},
		{Text: text("console.todo.login.expired")},
	}}
	one, many, wrong := list, list, list
	one.Rows = []ConsoleRow{row}
	// The list has 50 rows a page. Twelve are higher than any screen, and axe-core takes its time for each.
	many.Rows, many.First, many.Next = make([]ConsoleRow, 12), "/admin/attempts", "/admin/attempts?after=3"
	for i := range many.Rows {
		many.Rows[i] = row
	}
	wrong.Search = &ConsoleSearch{
		URL: list.Search.URL, Label: list.Search.Label, Hint: list.Search.Hint, Error: text("console.attempts.bad"),
	}
	jobs := ConsoleList{
		ConsoleFrame: frame("jobs"), Title: text("console.nav.jobs"), Lead: text("console.jobs.lead"),
		Filters: []ConsoleFilter{
			{Name: "state", Label: text("console.list.state"), Value: "dead", Choices: []ConsoleChoice{
				{"", text("console.list.all")}, {"dead", text("console.jobs.dead")},
			}},
			{Name: "user", Label: text("console.list.userid"), Value: id},
			{Name: "from", Label: text("console.list.from"), Value: "2026-03-01", Date: true},
		},
		Columns: []string{
			text("console.list.time"), text("console.list.kind"), text("console.list.state"), text("console.list.action"),
		},
		Rows: []ConsoleRow{{
			Cells:  []ConsoleCell{{At: at}, {Text: "unlink", Code: true}, {Text: text("console.jobs.dead"), Bad: true}},
			Action: &ConsoleAction{URL: "/admin/jobs/retry", Name: "id", Value: "7", Label: text("console.jobs.retry")},
		}},
	}
	refused := jobs
	refused.Refused, refused.Rows, refused.Columns, refused.First = true, nil, nil, "/admin/jobs"
	refused.Filters = []ConsoleFilter{jobs.Filters[0], jobs.Filters[1], jobs.Filters[2]}
	refused.Filters[0].Value, refused.Filters[0].Error = "", text("console.list.badchoice")
	refused.Filters[1].Value, refused.Filters[1].Error = "", text("console.list.baduser")
	refused.Filters[2].Value, refused.Filters[2].Error = "", text("console.list.badday")
	return []sample{
		{"jobs-refused", refused},
		{"attempts-none", list}, {"attempts-one", one}, {"attempts-many", many}, {"attempts-wrong", wrong},
		{"jobs", jobs}, {"overview", overviewSample(l, frame)}, {"overview-empty", ConsoleOverview{
			ConsoleFrame: frame("overview"), Plots: []ConsolePlot{{
				ID: "funnel", Title: text("console.overview.funnel"), Lead: text("console.overview.funnel.lead"),
			}},
		}},
	}
}

func overviewSample(l i18n.Lang, frame func(string) ConsoleFrame) ConsoleOverview {
	text := func(key string) string { return i18n.T(l, key) }
	v := ConsoleOverview{
		ConsoleFrame: frame("overview"),
		Ranges: []ConsoleLink{
			{URL: "/admin/overview?range=hour", Name: "hour"}, {URL: "/admin/overview?range=day", Name: "day", Here: true},
			{URL: "/admin/overview?range=month", Name: "month"},
		},
		Alarms: []string{
			"Kakao: " + i18n.T(l, "console.overview.alarm.nobody_returns", "started", "40", "since", "2026-03-01 14:00"),
		},
		Providers: []ConsoleProvider{
			{
				Name: "Kakao", URL: "/admin/attempts?provider=kakao", Started: "1240", Missing: "8%", SignIns: "1101",
				Cancelled: "27", Failures: "12", Calls: "3303", Errors: "4", Mean: "83", Bad: true,
			},
			{
				Name: "Naver", URL: "/admin/attempts?provider=naver", Started: "0", Missing: "0%", SignIns: "0",
				Cancelled: "0", Failures: "0", Calls: "0", Errors: "0", Mean: "–",
			},
		},
		Browsers: []ConsoleBrowser{{"samsung mobile", "40", "0", "100%"}, {"safari desktop", "1200", "1100", "8%"}},
	}
	for _, lines := range []bool{false, true} {
		d := plot.Plot{Title: text("console.overview.funnel"), Lines: lines, Series: []plot.Series{
			{Name: text("console.overview.returned")}, {Name: text("console.overview.missing")},
		}}
		p := ConsolePlot{ID: fmt.Sprintf("plot-%t", lines), Title: d.Title, Lead: text("console.overview.funnel.lead")}
		for i := range 24 {
			d.Columns = append(d.Columns, fmt.Sprintf("%02d:00", i))
			d.Series[0].Values = append(d.Series[0].Values, float64(10+i*i%37))
			d.Series[1].Values = append(d.Series[1].Values, float64(i%5))
			p.Rows = append(p.Rows, ConsolePlotRow{d.Columns[i], []string{fmt.Sprint(10 + i*i%37), fmt.Sprint(i % 5)}})
		}
		p.SVG, p.Series = d.SVG(), SeriesOf(d, []string{"612", "46"})
		v.Plots = append(v.Plots, p)
	}
	return v
}
