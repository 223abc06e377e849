package admin

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/figures"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/plot"
	"github.com/norang-login/norang/internal/problem"
)

// period is a time that the overview shows, in equal steps.
type period struct {
	name  string
	span  figures.Span
	step  time.Duration
	steps int
	label string // of a step, as time.Format takes it
}

var periods = []period{
	{"hour", figures.Minute, time.Minute, 60, "15:04"},
	{"day", figures.Hour, time.Hour, 24, "15:04"},
	{"month", figures.Hour, figures.Day, 31, "01-02"},
}

// grid are the beginnings of the steps of a period that ends now.
func (p period) grid(now time.Time) []time.Time {
	last := now.Add(9 * time.Hour).Truncate(p.step).Add(-9 * time.Hour) // days begin at midnight in Korea
	all := make([]time.Time, p.steps)
	for i := range all {
		all[i] = last.Add(-time.Duration(p.steps-1-i) * p.step)
	}
	return all
}

// sheet reads the figures of one page, and remembers them and the first error.
type sheet struct {
	ctx   context.Context
	store figures.Store
	period
	at   []time.Time
	seen map[figures.Metric][]figures.Figure
	err  error
}

// read returns the figures of a metric. It reads the store once for each: a month is many rows to add up.
func (s *sheet) read(m figures.Metric) []figures.Figure {
	all, ok := s.seen[m]
	if ok || s.err != nil {
		return all
	}
	all, s.err = s.store.Figures(s.ctx, figures.Query{
		Metric: m, Span: s.span, Step: s.step, From: s.at[0], To: s.at[len(s.at)-1].Add(s.step),
	})
	if s.seen == nil {
		s.seen = map[figures.Metric][]figures.Figure{}
	}
	s.seen[m] = all
	return all
}

// row spreads figures over the steps: value adds one to what the step has.
func (s *sheet) row(all []figures.Figure, use func(figures.Figure) bool, value func(figures.Figure) float64) []float64 {
	out := make([]float64, len(s.at))
	for _, f := range all {
		i := int(f.At.Sub(s.at[0]) / s.step)
		if i >= 0 && i < len(out) && use(f) {
			out[i] += value(f)
		}
	}
	return out
}

func every(figures.Figure) bool      { return true }
func count(f figures.Figure) float64 { return float64(f.Count) }
func sumOf(f figures.Figure) float64 { return float64(f.Sum) }
func labelled(l string) func(figures.Figure) bool {
	return func(f figures.Figure) bool { return f.Label == l }
}

// line is a series with the number that the legend shows, and the code that it counts, if any.
type line struct {
	plot.Series
	total string
	code  problem.Code
}

// sum is a series of counts.
func sum(name string, values []float64) line {
	total := 0.0
	for _, x := range values {
		total += x
	}
	return line{Series: plot.Series{Name: name, Values: values}, total: number(total)}
}

// mean is a series of sums divided by counts, NaN where nothing was counted. Its total is the mean of all that was
// counted, not of the steps, some of which count more.
func (s *sheet) mean(name string, all []figures.Figure, use func(figures.Figure) bool) line {
	sums, counts := s.row(all, use, sumOf), s.row(all, use, count)
	total, n := 0.0, 0.0
	for i := range sums {
		total, n = total+sums[i], n+counts[i]
		sums[i] = ratio(sums[i], counts[i])
	}
	return line{Series: plot.Series{Name: name, Values: sums}, total: number(ratio(total, n))}
}

// ratio is NaN if nothing was counted.
func ratio(sum, n float64) float64 {
	if n == 0 {
		return math.NaN()
	}
	return sum / n
}

// labels are the labels of figures, the most frequent first.
func labels(all []figures.Figure) []string {
	counts := map[string]int64{}
	for _, f := range all {
		counts[f.Label] += f.Count
	}
	var names []string
	for l := range counts {
		names = append(names, l)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	return names
}

// overview plots what happened in a period.
func (p *Reports) overview(w http.ResponseWriter, r *Request) error {
	now := p.Now()
	s := &sheet{ctx: r.Context(), store: p.Figures, period: periods[1]}
	if name := r.Query().Get("range"); name != "" {
		i := slices.IndexFunc(periods, func(p period) bool { return p.name == name })
		if i < 0 {
			return problem.New(problem.RequestBad)
		}
		s.period = periods[i]
	}
	s.at = s.grid(now)
	v := &page.ConsoleOverview{ConsoleFrame: r.Frame()}
	for _, one := range periods {
		v.Ranges = append(v.Ranges, page.ConsoleLink{
			URL: Prefix + "/overview?range=" + one.name, Name: one.name, Here: one.name == s.name,
		})
	}
	started, returned := s.read(figures.Started), s.read(figures.Returned)
	v.Plots = append(v.Plots, p.funnel(r, s, started, returned), p.signIns(r, s), p.failures(r, s), p.latency(r, s),
		p.sessions(r, s))
	v.Browsers = browsers(r, started, returned)
	v.Providers = p.providers(r, s)
	findings, err := figures.CheckFunnel(r.Context(), p.Figures, now)
	if err := cmp.Or(s.err, err); err != nil {
		return err
	}
	for _, f := range figures.Alarms(findings) {
		v.Alarms = append(v.Alarms, p.alarm(r, f))
	}
	return r.Render(w, v)
}

// alarm says what a finding means, and since when.
func (p *Reports) alarm(r *Request, f figures.Finding) string {
	key, who := "console.overview.alarm."+string(f.Alarm), ""
	if f.Provider != "" {
		who = p.name(r, f.Provider) + ": "
	}
	return who + say(r, key, "started", strconv.FormatInt(f.Hour.Started, 10), "share", percent(f.Hour.Missing()),
		"before", percent(f.Before.Missing()), "since", stamp(f.From))
}

func percent(share float64) string { return fmt.Sprintf("%.0f%%", 100*share) }

// missing is the share that did not return, not known if none started.
func missing(f figures.Funnel) string {
	if f.Started == 0 {
		return "–"
	}
	return percent(f.Missing())
}

// draw makes a plot of the page, with the numbers of its series in the legend.
func (s *sheet) draw(r *Request, id string, lines bool, all ...line) page.ConsolePlot {
	v := page.ConsolePlot{ID: id, Title: say(r, "console.overview."+id), Lead: say(r, "console.overview."+id+".lead")}
	d := plot.Plot{Title: v.Title, Lines: lines}
	for _, t := range s.at {
		d.Columns = append(d.Columns, t.In(korea).Format(s.label))
	}
	var totals []string
	empty := true
	for _, one := range all {
		d.Series, totals = append(d.Series, one.Series), append(totals, one.total)
		empty = empty && !slices.ContainsFunc(one.Values, func(x float64) bool { return x > 0 })
	}
	if empty {
		return v
	}
	v.SVG, v.Series = d.SVG(), page.SeriesOf(d, totals)
	for i, one := range all {
		if one.code != "" {
			v.Series[i].Code, v.Series[i].URL = string(one.code), attemptsURL("code", string(one.code))
		}
	}
	for i := range s.at {
		row := page.ConsolePlotRow{Time: d.Columns[i]}
		for _, one := range d.Series {
			row.Values = append(row.Values, number(one.Values[i]))
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// number is a count or a mean as text.
func number(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return strconv.FormatFloat(math.Round(x), 'f', 0, 64)
}

func (p *Reports) funnel(r *Request, s *sheet, started, returned []figures.Figure) page.ConsolePlot {
	back, missing := s.row(returned, every, count), s.row(started, every, count)
	for i := range missing {
		missing[i] = max(0, missing[i]-back[i])
	}
	return s.draw(r, "funnel", false, sum(say(r, "console.overview.returned"), back),
		sum(say(r, "console.overview.missing"), missing))
}

func (p *Reports) signIns(r *Request, s *sheet) page.ConsolePlot {
	all := s.read(figures.SignIns)
	var series []line
	for _, name := range labels(all) {
		series = append(series, sum(p.name(r, name), s.row(all, labelled(name), count)))
	}
	signUps := s.row(s.read(figures.SignUps), every, count)
	cancelled := s.row(s.read(figures.Failures), labelled(string(problem.LoginCancelled)), count)
	series = append(series, sum(say(r, "console.overview.signups"), signUps),
		sum(say(r, "console.overview.cancelled"), cancelled))
	return s.draw(r, "signins", true, series...)
}

// name is a provider's display name.
func (p *Reports) name(r *Request, provider string) string {
	return providerName(r.Lang, p.Providers, provider)
}

// failures plots the codes of sign-ins that failed. A user who changed their mind is none of them.
func (p *Reports) failures(r *Request, s *sheet) page.ConsolePlot {
	all := slices.Clone(s.read(figures.Failures))
	all = slices.DeleteFunc(all, func(f figures.Figure) bool { return !failures.Worth(problem.Code(f.Label)) })
	names := labels(all)
	shown := names[:min(len(names), plot.MaxSeries-1)]
	var series []line
	for _, name := range shown {
		one := sum(failureName(r, name), s.row(all, labelled(name), count))
		if name != figures.Other {
			one.code = problem.Code(name)
		}
		series = append(series, one)
	}
	if len(names) > len(shown) {
		others := func(f figures.Figure) bool { return !slices.Contains(shown, f.Label) }
		series = append(series, sum(say(r, "console.overview.other"), s.row(all, others, count)))
	}
	return s.draw(r, "failures", false, series...)
}

// latency plots the mean time of each provider's calls.
func (p *Reports) latency(r *Request, s *sheet) page.ConsolePlot {
	all := byProvider(s.read(figures.ProviderCalls))
	var series []line
	for _, name := range labels(all)[:min(len(labels(all)), plot.MaxSeries)] {
		series = append(series, s.mean(p.name(r, name), all, labelled(name)))
	}
	return s.draw(r, "latency", true, series...)
}

// byProvider shortens labels of a provider and something else, with a space between, to the provider.
func byProvider(all []figures.Figure) []figures.Figure {
	out := slices.Clone(all)
	for i := range out {
		out[i].Label, _, _ = strings.Cut(out[i].Label, " ")
	}
	return out
}

// providers compares the providers that are on, and others of which something was counted.
func (p *Reports) providers(r *Request, s *sheet) []page.ConsoleProvider {
	type sums map[string][2]int64
	read := func(m figures.Metric) sums {
		by := sums{}
		for _, f := range byProvider(s.read(m)) {
			by[f.Label] = [2]int64{by[f.Label][0] + f.Count, by[f.Label][1] + f.Sum}
		}
		return by
	}
	started, returned, signIns := read(figures.StartedAt), read(figures.ReturnedFrom), read(figures.SignIns)
	calls, errors := read(figures.ProviderCalls), read(figures.ProviderErrors)
	failed, cancelled := map[string]int64{}, map[string]int64{}
	for _, f := range s.read(figures.FailuresOf) {
		name, code, _ := strings.Cut(f.Label, " ")
		switch {
		case failures.Worth(problem.Code(code)):
			failed[name] += f.Count
		case problem.Code(code) == problem.LoginCancelled:
			cancelled[name] += f.Count
		}
	}
	var names []string
	for _, one := range p.Providers.All() {
		names = append(names, one.Info().Name)
	}
	for _, by := range [][]string{
		slices.Sorted(maps.Keys(started)), slices.Sorted(maps.Keys(signIns)), slices.Sorted(maps.Keys(failed)),
		slices.Sorted(maps.Keys(calls)),
	} {
		for _, name := range by {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	var all []page.ConsoleProvider
	for _, name := range names {
		f := figures.Funnel{Started: started[name][0], Returned: returned[name][0]}
		row := page.ConsoleProvider{
			Name: p.name(r, name), URL: attemptsURL("provider", name), Started: text(f.Started), Missing: missing(f),
			SignIns: text(signIns[name][0]), Cancelled: text(cancelled[name]), Failures: text(failed[name]),
			Calls:  text(calls[name][0]),
			Errors: text(errors[name][0]), Bad: errors[name][0] > 0,
			Mean: number(ratio(float64(calls[name][1]), float64(calls[name][0]))),
		}
		all = append(all, row)
	}
	return all
}

func text(n int64) string { return strconv.FormatInt(n, 10) }

func (p *Reports) sessions(r *Request, s *sheet) page.ConsolePlot {
	return s.draw(r, "sessions", true, s.mean(say(r, "console.overview.sessions"), s.read(figures.Sessions), every))
}

// browsers compares the kinds of browsers, those with the most starts first.
func browsers(r *Request, started, returned []figures.Figure) []page.ConsoleBrowser {
	back := map[string]int64{}
	for _, f := range returned {
		back[f.Label] += f.Count
	}
	sent := map[string]int64{}
	for _, f := range started {
		sent[f.Label] += f.Count
	}
	var all []page.ConsoleBrowser
	for _, name := range labels(started) {
		f := figures.Funnel{Started: sent[name], Returned: back[name]}
		all = append(all, page.ConsoleBrowser{
			Name: browserKind(r, name), Started: text(f.Started), Returned: text(f.Returned), Missing: missing(f),
		})
	}
	return all
}
