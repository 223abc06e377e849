package figures

import (
	"context"
	"time"
)

// Metric is what a figure counts. The values are stored and never change meaning.
type Metric string

// The metrics, with what their label says.
const (
	// Started counts the browsers sent to a provider. Returned counts those that came back with their attempt, with
	// any result. Both are by browser kind.
	Started  Metric = "started"
	Returned Metric = "returned"
	// StartedAt and ReturnedFrom are the same by provider.
	StartedAt    Metric = "started_at"
	ReturnedFrom Metric = "returned_from"
	// SignIns are successful sign-ins, by provider; SignUps are users who joined, without a label.
	SignIns Metric = "sign_ins"
	SignUps Metric = "sign_ups"
	// Failures are sign-ins that failed, by problem code; FailuresOf are the same by provider and code, with a space
	// between.
	Failures   Metric = "failures"
	FailuresOf Metric = "failures_of"
	// NativeSignIns are successful sign-ins by a provider's SDK, by provider; SignIns has them too.
	NativeSignIns Metric = "native_sign_ins"
	// ProviderCalls are calls to a provider, by provider and path, with a space between; Sum is their time in
	// milliseconds. ProviderErrors are those without an answer or answered with a 5xx status.
	ProviderCalls  Metric = "provider_calls"
	ProviderErrors Metric = "provider_errors"
	// Notices are the notices of providers that were stored, by provider.
	Notices Metric = "notices"
	// Sessions is the number of live sessions: Sum over Count samples, without a label.
	Sessions Metric = "sessions"
)

// Span is the length of time that a row is about.
type Span int64

// The spans, in seconds. Every figure is written to both: minutes for the last hour, hours for a month.
const (
	Minute Span = 60
	Hour   Span = 3600
)

// Spans lists the spans.
var Spans = []Span{Minute, Hour}

// Duration is the length of a span.
func (s Span) Duration() time.Duration { return time.Duration(s) * time.Second }

// Keep is how long rows of a span are kept.
func (s Span) Keep() time.Duration {
	if s == Minute {
		return 3 * time.Hour
	}
	return 32 * 24 * time.Hour
}

// Figure is what was counted in a span of time that begins At.
type Figure struct {
	At    time.Time
	Label string // at most [MaxLabel] bytes
	Count int64
	Sum   int64
}

// Row is a figure of a metric as it is added to the store. At is the beginning of a minute.
type Row struct {
	Metric Metric
	Figure
}

// Query selects figures of a metric.
type Query struct {
	Metric Metric
	// Span is that of the rows which are read; Step, a multiple of it, is that of the figures returned. 0 means Span.
	// Steps of a day begin at midnight in Korea.
	Span Span
	Step time.Duration
	// From is included, To is not.
	From, To time.Time
}

// Store keeps figures. Every method is one transaction.
type Store interface {
	// AddFigures adds the counts and sums of rows to those of the same minute and hour.
	AddFigures(context.Context, []Row) error
	// Figures returns the sums by step and label, the oldest first, then by label. Steps and labels of which nothing
	// was counted are left out.
	Figures(context.Context, Query) ([]Figure, error)
}

// Totals adds up figures, ignoring time and label.
func Totals(all []Figure) (count, sum int64) {
	for _, f := range all {
		count += f.Count
		sum += f.Sum
	}
	return count, sum
}
