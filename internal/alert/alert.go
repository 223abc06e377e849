// Package alert tells an operator by a signed POST that something is wrong with the whole service, and when it is
// over. A message holds counts and codes only, never a user. It cannot tell that the database or the process itself is
// down: monitoring from outside tells that.
package alert

import (
	"sort"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/figures"
)

// Kind is what is wrong. The values are part of the messages and are stored.
type Kind string

// The kinds.
const (
	// NotReturning: users are sent to a provider and do not come back; see figures.Decide. The subject is the provider, ""
	// if it is about all of them together.
	NotReturning Kind = "sign_ins_not_returning"
	// FailuresSpiked: a problem code is much more frequent than in the week before.
	FailuresSpiked Kind = "failures_spiked"
	// JobsDead: jobs were given up and wait for an operator.
	JobsDead Kind = "jobs_dead"
	// EventsFailing: the app does not accept events.
	EventsFailing Kind = "events_failing"
	// NoticesSilent: a provider that used to send notices to its webhook sends none. The subject is the provider.
	NoticesSilent Kind = "provider_notices_silent"
)

// Condition is something that is wrong now.
type Condition struct {
	Kind    Kind
	Subject string // a provider; "" for the whole service
	Reason  string // the figures.Alarm of NotReturning
	Counts  map[string]int64
	Codes   []CodeCount // of FailuresSpiked, the most frequent first
}

// CodeCount is how often a problem code occurred.
type CodeCount struct {
	Code  string `json:"code"`
	Count int64  `json:"count"`
}

// Facts are what the decisions are made of.
type Facts struct {
	Funnels []figures.Finding
	// Recent are the outcomes of callbacks in the last quarter of an hour, Before those of the week before.
	Recent, Before Outcomes
	DeadJobs       int
	Events         Events
	Notices        []Notices // one for each provider with a webhook
}

// Outcomes are the callbacks of a time.
type Outcomes struct {
	SignIns  int64
	Failures map[string]int64 // by problem code
}

func (o Outcomes) all() int64 {
	n := o.SignIns
	for _, failures := range o.Failures {
		n += failures
	}
	return n
}

// Events is the state of the delivery of events; the zero value if there is none.
type Events struct {
	FailingFor, LongestHeld time.Duration
	HeldUsers               int
}

// Notices are the notices of a provider within the time for which figures are kept, to the hour.
type Notices struct {
	Provider    string
	First, Last time.Time // zero if there was none
	Count       int64
	// SignIns are those with the provider since Last.
	SignIns int64
}

const (
	minFailures = 10 // of a code, for a spike
	minShare    = 5  // one callback in five
	growth      = 3  // times the share of the week before
	minBefore   = 100
	maxCodes    = 5

	eventsFailing = 15 * time.Minute
	eventsHeld    = time.Hour
	minHeld       = 3 // users; fewer may be refused for a reason of their own

	minExpected = 10 // notices that the silence should have had
	minNotices  = 10
	minHistory  = 7 * 24 * time.Hour
	minSilence  = 24 * time.Hour
)

// Decide lists what is wrong.
func Decide(f Facts, now time.Time) (all []Condition) {
	for _, one := range figures.Alarms(f.Funnels) {
		all = append(all, Condition{
			Kind: NotReturning, Subject: one.Provider, Reason: string(one.Alarm),
			Counts: map[string]int64{"started": one.Hour.Started, "returned": one.Hour.Returned},
		})
	}
	if codes := spikes(f.Recent, f.Before); len(codes) > 0 {
		all = append(all, Condition{Kind: FailuresSpiked, Codes: codes, Counts: map[string]int64{
			"callbacks": f.Recent.all(), "signed_in": f.Recent.SignIns,
		}})
	}
	if f.DeadJobs > 0 {
		all = append(all, Condition{Kind: JobsDead, Counts: map[string]int64{"jobs": int64(f.DeadJobs)}})
	}
	if e := f.Events; e.FailingFor >= eventsFailing && e.HeldUsers >= minHeld || e.LongestHeld >= eventsHeld {
		all = append(all, Condition{Kind: EventsFailing, Counts: map[string]int64{
			"users": int64(e.HeldUsers), "minutes": int64(max(e.FailingFor, e.LongestHeld) / time.Minute),
		}})
	}
	for _, n := range f.Notices {
		if n.silent(now) {
			all = append(all, n.condition(now))
		}
	}
	return all
}

// spikes lists the codes that are frequent now and were not before. Without a week to compare with, a code that users
// cause themselves says nothing.
func spikes(now, before Outcomes) (codes []CodeCount) {
	all, usual := now.all(), before.all()
	for code, n := range now.Failures {
		if n < minFailures || n*minShare < all {
			continue
		}
		compared := usual >= minBefore && n*usual >= growth*before.Failures[code]*all
		if compared || usual < minBefore && operatorCanFix(code) {
			codes = append(codes, CodeCount{code, n})
		}
	}
	sort.Slice(codes, func(i, j int) bool {
		if codes[i].Count != codes[j].Count {
			return codes[i].Count > codes[j].Count
		}
		return codes[i].Code < codes[j].Code
	})
	return codes[:min(len(codes), maxCodes)]
}

// operatorCanFix reports whether a problem code is about the service, its database or a provider, and not about what
// users do.
func operatorCanFix(code string) bool {
	for _, prefix := range []string{"provider.", "store.", "internal"} {
		if strings.HasPrefix(code, prefix) {
			return true
		}
	}
	return false
}

// silent reports whether users still sign in, while the notices missing at the usual rate are too many to be chance.
func (n Notices) silent(now time.Time) bool {
	history, silence := n.Last.Sub(n.First), now.Sub(n.Last)
	if n.Count < minNotices || history < minHistory || silence < minSilence || n.SignIns < minNotices {
		return false
	}
	return n.Count*int64(silence/time.Minute) >= minExpected*int64(history/time.Minute)
}

func (n Notices) condition(now time.Time) Condition {
	counts := map[string]int64{"before": n.Count, "sign_ins": n.SignIns}
	if !n.Last.IsZero() {
		counts["hours"] = int64(now.Sub(n.Last) / time.Hour)
	}
	return Condition{Kind: NoticesSilent, Subject: n.Provider, Counts: counts}
}
