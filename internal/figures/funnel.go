package figures

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Some failures are shown on the provider's own page, and the browser never comes back: a redirect URI that is not
// registered, a consent item that the app may not use. They show only as sign-ins that start and do not return.
const (
	// minStarts is how many sign-ins an hour must have for an alarm.
	minStarts = 20
	// minBefore is how many the time before must have to compare with.
	minBefore = 100
	// minMissing is the divisor of the smallest missing share that raises an alarm, one in five: a smaller share
	// doubles by a few users.
	minMissing = 5

	// grace is how long users have to come back before their start counts as not returned.
	grace = 5 * time.Minute
	// compared is the time before the hour that it is compared with.
	compared = 7 * 24 * time.Hour
)

// Funnel counts sign-ins that started, and browsers that came back from the provider, in the same time.
type Funnel struct{ Started, Returned int64 }

// Missing is the share of sign-ins that did not return, from 0 to 1; 0 if none started.
func (f Funnel) Missing() float64 {
	if f.Started <= 0 {
		return 0
	}
	return max(0, 1-float64(f.Returned)/float64(f.Started))
}

// Alarm is the reason why an operator should look at the sign-ins that do not return.
type Alarm string

// The alarms.
const (
	NoAlarm Alarm = ""
	// NobodyReturns: sign-ins started for an hour, and no browser came back.
	NobodyReturns Alarm = "nobody_returns"
	// MissingDoubled: the share of sign-ins that do not return is twice that of the week before or, where it was more
	// than half, the share of those that do return is half of it.
	MissingDoubled Alarm = "missing_doubled"
)

// Decide decides whether an hour is an alarm. later is how many browsers came back in the minutes after the hour,
// before is the funnel of the time before it.
func Decide(hour Funnel, later int64, before Funnel) Alarm {
	if hour.Started < minStarts {
		return NoAlarm
	}
	if hour.Returned+later == 0 {
		return NobodyReturns
	}
	// In whole numbers: missing/Started is the share.
	missing, usual := max(0, hour.Started-hour.Returned), max(0, before.Started-before.Returned)
	if before.Started < minBefore || missing*minMissing < hour.Started {
		return NoAlarm
	}
	doubled := missing*before.Started >= 2*usual*hour.Started
	halved := 2*hour.Returned*before.Started <= before.Returned*hour.Started
	if rare := 2*usual <= before.Started; rare && doubled || !rare && before.Returned > 0 && halved {
		return MissingDoubled
	}
	return NoAlarm
}

// Finding is what [CheckFunnel] found of a provider, or of all together if Provider is "". It holds counts only.
type Finding struct {
	Provider string
	Alarm    Alarm
	From     time.Time // the beginning of the hour, which ends a few minutes before now
	Hour     Funnel
	Before   Funnel // the week before
}

// CheckFunnel reads the last hour and the week before, and decides: first about all sign-ins, then about each provider
// that was used, in alphabetical order. One provider that fails is hidden by the others in the first finding.
func CheckFunnel(ctx context.Context, s Store, now time.Time) ([]Finding, error) {
	to := now.Add(-grace).Truncate(Minute.Duration())
	from := to.Add(-time.Hour)
	since := from.Truncate(Hour.Duration())
	var err error
	sums := func(m Metric, span Span, from, to time.Time) (int64, map[string]int64) {
		if err != nil {
			return 0, nil
		}
		var all []Figure
		all, err = s.Figures(ctx, Query{Metric: m, Span: span, Step: Day, From: from, To: to})
		by := map[string]int64{}
		for _, f := range all {
			by[f.Label] += f.Count
		}
		n, _ := Totals(all)
		return n, by
	}
	type counts struct{ started, returned, later, before, beforeReturned int64 }
	var total counts
	by := map[string]*counts{}
	read := func(m, of Metric, span Span, from, to time.Time, field func(*counts) *int64) {
		*field(&total), _ = sums(m, span, from, to)
		_, all := sums(of, span, from, to)
		for name, n := range all {
			if by[name] == nil {
				by[name] = &counts{}
			}
			*field(by[name]) = n
		}
	}
	week, soon := since.Add(-compared), now.Add(Minute.Duration())
	read(Started, StartedAt, Minute, from, to, func(c *counts) *int64 { return &c.started })
	read(Returned, ReturnedFrom, Minute, from, to, func(c *counts) *int64 { return &c.returned })
	read(Started, StartedAt, Hour, week, since, func(c *counts) *int64 { return &c.before })
	read(Returned, ReturnedFrom, Hour, week, since, func(c *counts) *int64 { return &c.beforeReturned })
	read(Returned, ReturnedFrom, Minute, to, soon, func(c *counts) *int64 { return &c.later })
	if err != nil {
		return nil, err
	}
	find := func(name string, c counts) Finding {
		f := Finding{
			Provider: name, From: from,
			Hour: Funnel{c.started, c.returned}, Before: Funnel{c.before, c.beforeReturned},
		}
		f.Alarm = Decide(f.Hour, c.later, f.Before)
		return f
	}
	all := []Finding{find("", total)}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		all = append(all, find(name, *by[name]))
	}
	return all, nil
}

// Alarms returns the findings that are alarms. If one is about a provider, the one about all sign-ins is left out.
func Alarms(all []Finding) (alarms []Finding) {
	for _, f := range all {
		if f.Provider != "" && f.Alarm != NoAlarm {
			alarms = append(alarms, f)
		}
	}
	if len(alarms) == 0 {
		for _, f := range all {
			if f.Alarm != NoAlarm {
				alarms = append(alarms, f)
			}
		}
	}
	return alarms
}
