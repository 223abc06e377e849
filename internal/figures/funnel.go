package figures

import (
	"context"
	"time"
)

// Some failures are shown on the provider's own page, and the browser never comes back: a redirect URI that is not
// registered, a consent item that the app may not use. They show only as sign-ins that start and do not return.
const (
	// minStarts is how many sign-ins an hour must have for an alarm.
	minStarts = 20
	// minBefore is how many the time before must have to compare with.
	minBefore = 100
	// minMissing is the smallest share that is an alarm, one in so many: few users more or less double a tiny one.
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

// Decide decides whether an hour is an alarm. later are the browsers that came back in the minutes after it, before
// the time before it.
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

// Finding is what [CheckFunnel] found. It holds counts only.
type Finding struct {
	Alarm  Alarm
	From   time.Time // the beginning of the hour, which ends a few minutes before now
	Hour   Funnel
	Before Funnel // the week before
}

// CheckFunnel reads the last hour and the week before, and decides.
func CheckFunnel(ctx context.Context, s Store, now time.Time) (Finding, error) {
	to := now.Add(-grace).Truncate(Minute.Duration())
	f := Finding{From: to.Add(-time.Hour)}
	var err error
	total := func(m Metric, span Span, from, to time.Time) int64 {
		if err != nil {
			return 0
		}
		var all []Figure
		all, err = s.Figures(ctx, Query{Metric: m, Span: span, Step: compared, From: from, To: to})
		n, _ := Totals(all)
		return n
	}
	since := f.From.Truncate(Hour.Duration())
	f.Hour = Funnel{total(Started, Minute, f.From, to), total(Returned, Minute, f.From, to)}
	f.Before = Funnel{
		total(Started, Hour, since.Add(-compared), since), total(Returned, Hour, since.Add(-compared), since),
	}
	later := total(Returned, Minute, to, now.Add(Minute.Duration()))
	if err != nil {
		return Finding{}, err
	}
	f.Alarm = Decide(f.Hour, later, f.Before)
	return f, nil
}
