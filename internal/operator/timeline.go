package operator

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/failures"
)

// Moment is a line of a user's time line: an entry of the log or a failed sign-in; the other is nil.
type Moment struct {
	Entry   *audit.Entry
	Failure *failures.Failure
}

// At is when it was.
func (m Moment) At() time.Time {
	if m.Entry != nil {
		return m.Entry.At
	}
	return m.Failure.At
}

// TimeLine is what happened to a user, the newest first: sign-ins, sign-outs, provider notices and changes from the
// log, and sign-ins that failed. next is where the next page begins; the zero Place at the end.
func (l *Log) TimeLine(
	ctx context.Context, id account.ID, from Place, limit int,
) (line []Moment, next Place, err error) {
	page, next, err := l.store.ScanLog(ctx, LogFilter{UserID: id}, from, min(max(limit, 1), MaxPage))
	if err != nil {
		return nil, Place{}, err
	}
	failed, err := l.failures.Failures(ctx, failures.Filter{UserID: id, Limit: MaxPage})
	if err != nil {
		return nil, Place{}, err
	}
	for i, f := range failed { // of the same moment the failure comes first: it is what the user saw last
		if (from.IsZero() || !f.At.After(from.At)) && (next.IsZero() || f.At.After(next.At)) {
			line = append(line, Moment{Failure: &failed[i]})
		}
	}
	for i := range page {
		line = append(line, Moment{Entry: &page[i]})
	}
	slices.SortStableFunc(line, func(a, b Moment) int { return cmp.Compare(b.At().UnixMilli(), a.At().UnixMilli()) })
	a := audit.Access{Kind: audit.LogRead, Outcome: audit.Done, Detail: "time_line"}
	return line, next, l.caller.record(ctx, a, id)
}

// Failures is a page of failed sign-ins, the newest first, and whether there are more. Each user concerned gets an
// access record.
func (l *Log) Failures(ctx context.Context, f failures.Filter) (page []failures.Failure, more bool, err error) {
	limit := min(max(f.Limit, 1), MaxPage)
	f.Limit = limit + 1
	if page, err = l.failures.Failures(ctx, f); err != nil {
		return nil, false, err
	}
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	var users []account.ID
	for _, one := range page {
		if one.UserID != "" && !slices.Contains(users, one.UserID) {
			users = append(users, one.UserID)
		}
	}
	a := audit.Access{Kind: audit.FailureList, Outcome: audit.Done}
	if len(page) == 0 {
		a.Outcome = audit.NotFound
	}
	switch {
	case f.RequestID != "":
		a.Detail = "request=" + f.RequestID
	case f.Code != "":
		a.Detail = "code=" + string(f.Code)
	case f.Provider != "":
		a.Detail = "provider=" + f.Provider
	}
	return page, more, l.caller.record(ctx, a, users...)
}
