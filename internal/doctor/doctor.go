// Package doctor checks an installation and the app at a provider without a user, and changes nothing. It owns the form
// of a finding, the order of checks and the checks of the public address; a provider and the store bring their own.
package doctor

import (
	"context"
	"slices"
	"sort"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
)

// Level is how bad a finding is.
type Level string

// The levels.
const (
	Warning Level = "warning"
	Fault   Level = "fault"
)

// Finding is something to change. Cause and Fix contain no addresses, paths and values; those are in Seen and Paste,
// which a report for others leaves out.
type Finding struct {
	ID      string    // of the check; [Run] sets it
	What    i18n.Text // what the check examines; [Run] sets it
	Level   Level
	Subject string // the setting concerned, such as "NORANG_URL"; "" if there is none
	Code    string // the provider's error code, "" if there is none
	Seen    string // what was observed
	Cause   i18n.Text
	Fix     i18n.Text
	Paste   []string // exact texts to register or to set
	Console i18n.Text
}

// Check is one examination. Ids never change their meaning.
type Check struct {
	ID string
	// What is what the check examines, a noun phrase. It names the provider: reports list the checks of several.
	What i18n.Text
	// Needs are checks without whose success this one says nothing.
	Needs []string
	// Run returns what is wrong, nothing if all is well. decided is false if the answer says nothing about this check.
	Run func(context.Context) (found []Finding, decided bool)
}

// Outcome is how a check ended.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Warned  Outcome = "warning"
	Faulty  Outcome = "fault"
	Skipped Outcome = "skipped" // by the caller's wish
	NotRun  Outcome = "not_run" // another finding has to be settled first, or the answer was unclear
)

// Result is the outcome of one check.
type Result struct {
	ID      string
	What    i18n.Text // of the check
	Outcome Outcome
	// Waits is the check that prevented a [NotRun] one; "" if its answer was unclear.
	Waits string
}

// Report is what [Run] found, faults first.
type Report struct {
	Findings []Finding
	Results  []Result
}

// Count returns the number of checks with an outcome.
func (r Report) Count(o Outcome) int {
	n := 0
	for _, res := range r.Results {
		if res.Outcome == o {
			n++
		}
	}
	return n
}

// Selection chooses checks by id, or by the first part of ids: "database" is every check of the database.
type Selection struct{ Only, Skip []string }

// Unknown returns the names in the selection that match no check and nothing unseen.
func (s Selection) Unknown(checks []Check, unseen []Unseen) []string {
	var unknown []string
	for _, name := range slices.Concat(s.Only, s.Skip) {
		if !slices.ContainsFunc(checks, func(c Check) bool { return matches(name, c.ID) }) &&
			!slices.ContainsFunc(unseen, func(u Unseen) bool { return matches(name, u.ID) }) {
			unknown = append(unknown, name)
		}
	}
	return unknown
}

func matches(name, id string) bool { return name == id || strings.HasPrefix(id, name+".") }

func among(names []string, id string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return matches(n, id) })
}

// Run runs the selected checks in order. Checks that a selected one needs run too. They are reported only if they have
// a fault that kept most of the selected ones from running: without it a report of nothing would look like success.
func Run(ctx context.Context, checks []Check, s Selection) Report {
	needed := map[string]bool{}
	for _, c := range slices.Backward(checks) { // a check comes after those that it needs
		if wanted := (len(s.Only) == 0 || among(s.Only, c.ID)) && !among(s.Skip, c.ID); wanted || needed[c.ID] {
			for _, id := range c.Needs {
				needed[id] = true
			}
		}
	}
	var r Report
	outcomes, unselected := map[string]Outcome{}, map[string]Report{}
	for _, c := range checks {
		selected := len(s.Only) == 0 || among(s.Only, c.ID)
		skipped := among(s.Skip, c.ID)
		if (!selected || skipped) && (!needed[c.ID] || ctx.Err() != nil) {
			if skipped && selected {
				r.Results = append(r.Results, Result{ID: c.ID, What: c.What, Outcome: Skipped})
			}
			continue
		}
		res, found := run(ctx, c, outcomes)
		outcomes[c.ID] = res.Outcome
		switch {
		case skipped && selected:
			r.Results = append(r.Results, Result{ID: c.ID, What: c.What, Outcome: Skipped})
		case selected:
			r.Results, r.Findings = append(r.Results, res), append(r.Findings, found...)
		default:
			unselected[c.ID] = Report{found, []Result{res}}
		}
	}
	r.addBlocking(unselected)
	sort.SliceStable(r.Findings, func(i, j int) bool { return r.Findings[i].Level < r.Findings[j].Level })
	return r
}

// addBlocking adds those of other checks that have a fault, if most checks of the report wait for them.
func (r *Report) addBlocking(others map[string]Report) {
	var blocking Report
	blocked := 0
	for _, res := range r.Results {
		for other := others[res.Waits]; len(other.Results) > 0; other = others[res.Waits] {
			if res = other.Results[0]; res.Outcome != Faulty {
				continue
			}
			blocked++
			if !slices.Contains(blocking.Results, res) {
				blocking.Results = append(blocking.Results, res)
				blocking.Findings = append(blocking.Findings, other.Findings...)
			}
		}
	}
	if ran := len(r.Results) - r.Count(NotRun) - r.Count(Skipped); blocked > ran {
		r.Results, r.Findings = append(r.Results, blocking.Results...), append(r.Findings, blocking.Findings...)
	}
}

func run(ctx context.Context, c Check, outcomes map[string]Outcome) (Result, []Finding) {
	for _, id := range c.Needs {
		if o, ran := outcomes[id]; ran && o != Passed && o != Warned {
			return Result{ID: c.ID, What: c.What, Outcome: NotRun, Waits: id}, nil
		}
	}
	found, decided := c.Run(ctx)
	res := Result{ID: c.ID, What: c.What, Outcome: Passed}
	if !decided {
		res.Outcome = NotRun
	}
	for i := range found {
		if res.Outcome = Warned; found[i].Level == Fault {
			res.Outcome = Faulty
			break
		}
	}
	for i := range found {
		found[i].ID, found[i].What = c.ID, c.What
	}
	return res, found
}

// Named returns checks with what each examines, from a table by id.
func Named(what map[string]i18n.Text, checks ...Check) []Check {
	for i := range checks {
		checks[i].What = what[checks[i].ID]
	}
	return checks
}

// Found is a shorthand for the result of a check.
func Found(all ...Finding) ([]Finding, bool) { return all, true }

// Unclear is the result of a check whose answer says nothing.
func Unclear() ([]Finding, bool) { return nil, false }
