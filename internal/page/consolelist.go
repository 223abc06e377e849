package page

import (
	"html/template"
	"time"

	"github.com/norang-login/norang/internal/plot"
)

// ConsoleList is a list of the console: what went wrong, who did what, what waits. Its texts are in the language of the
// page already.
type ConsoleList struct {
	ConsoleFrame
	Title, Lead string
	// Up leads to the page that the list belongs to; nil for none.
	Up *ConsoleChoice
	// Empty is shown instead of a table without rows.
	Empty string
	// Search is a form by POST: what is typed may be anything. Nil for none.
	Search *ConsoleSearch
	// Filters are the fields of a form by GET, at the address of the page. They hold no personal data.
	Filters []ConsoleFilter
	// Refused is a page without a list, because a filter has an error.
	Refused bool
	Columns []string
	Rows    []ConsoleRow
	// Notes are sentences above the table.
	Notes []string
	// First and Next are the addresses of the first and the next page; "" for none.
	First, Next string
}

func (ConsoleList) file() string { return consoleDir + "list.html" }

// Here is the address of the page without its filters.
func (l ConsoleList) Here() string { return l.Path }

// ConsoleSearch is a field that takes what a user reads out.
type ConsoleSearch struct {
	URL, Label, Hint string
	// Error says why nothing was looked for; "" if it was.
	Error string
}

// ConsoleFilter is a field: a date, a text, or a choice if there are Choices.
type ConsoleFilter struct {
	Name, Label, Value string
	Date               bool
	Pattern            string // what a text looks like, for the browser; "" for any
	Choices            []ConsoleChoice
	Error              string // why the value is not used; "" if it is
}

// ConsoleChoice is a value of a filter.
type ConsoleChoice struct{ Value, Label string }

// ConsoleRow is a row of a list.
type ConsoleRow struct {
	Cells []ConsoleCell
	// Action is a button; nil for none.
	Action *ConsoleAction
}

// ConsoleCell is a cell: a text, a link, a time.
type ConsoleCell struct {
	Text string
	URL  string
	At   time.Time
	Code bool   // a code or an id
	Note string // a second line
	Bad  bool   // wants attention
}

// ConsoleAction is a form with one button.
type ConsoleAction struct{ URL, Name, Value, Label string }

// ConsoleOverview is the page of plots.
type ConsoleOverview struct {
	ConsoleFrame
	// Ranges lead to the same page for other periods.
	Ranges []ConsoleLink
	// Alarms are sentences about sign-ins that do not return.
	Alarms []string
	Plots  []ConsolePlot
	// Providers compares the providers.
	Providers []ConsoleProvider
	// Browsers compares the kinds of browsers.
	Browsers []ConsoleBrowser
}

func (ConsoleOverview) file() string { return consoleDir + "overview.html" }

// ConsolePlot is a drawing with the same numbers as a table.
type ConsolePlot struct {
	ID, Title, Lead string
	// SVG is the drawing; "" if nothing was counted.
	SVG    template.HTML
	Series []ConsoleSeries
	Rows   []ConsolePlotRow
}

// ConsoleSeries is a series of a plot: its name, the class of its colour and its sum or mean. A series of a code has
// the code and the address of its list; "" otherwise.
type ConsoleSeries struct{ Name, Class, Total, Code, URL string }

// ConsolePlotRow is a row of the table.
type ConsolePlotRow struct {
	Time   string
	Values []string
}

// ConsoleProvider is a provider, with what was counted of it, and the address of its failed sign-ins. Mean is in
// milliseconds. Bad says that calls got no answer.
type ConsoleProvider struct {
	Name, URL                                                           string
	Started, Missing, SignIns, Cancelled, Failures, Calls, Errors, Mean string
	Bad                                                                 bool
}

// ConsoleBrowser is a kind of browser, with the sign-ins that it started and came back from.
type ConsoleBrowser struct{ Name, Started, Returned, Missing string }

// SeriesOf names the series of a plot with their classes.
func SeriesOf(p plot.Plot, totals []string) []ConsoleSeries {
	all := make([]ConsoleSeries, len(p.Series))
	for i, s := range p.Series {
		all[i] = ConsoleSeries{Name: s.Name, Class: plot.Class(i), Total: totals[i]}
	}
	return all
}
