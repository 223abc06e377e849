package operator

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/jobs"
)

// Listings reads pages whose time does not grow with the number of rows. Every method is one query.
type Listings interface {
	// ScanLog looks through at most [MaxScan] entries of the log from a place on, the newest first, and returns those
	// that match, at most limit, and where it stopped; the zero Place at the end. Of the filter one of UserID and
	// Class is required; After and Limit are not used.
	ScanLog(ctx context.Context, f LogFilter, from Place, limit int) (page []audit.Entry, next Place, err error)
	// JobPage lists jobs before a number, the newest first; 0 for the first page.
	JobPage(ctx context.Context, f JobFilter) ([]jobs.Listed, error)
	// EventPage lists events before a number, the newest first; 0 for the first page.
	EventPage(ctx context.Context, before int64, limit int) ([]events.Event, error)
}

// MaxScan is how many entries of the log one page looks through for those that match.
const MaxScan = 2000

// Place is a place in the log: entries before it are older. The zero value is before the newest one.
type Place struct {
	At time.Time
	ID int64
}

// IsZero reports whether p is the zero value.
func (p Place) IsZero() bool { return p == Place{} }

// String is the place for an address: milliseconds and a number; "" for the zero value.
func (p Place) String() string {
	if p.IsZero() {
		return ""
	}
	return strconv.FormatInt(p.At.UnixMilli(), 10) + "-" + strconv.FormatInt(p.ID, 10)
}

// ParsePlace reads [Place.String], the zero value for "". [ErrAfter].
func ParsePlace(text string) (Place, error) {
	if text == "" {
		return Place{}, nil
	}
	at, id, _ := strings.Cut(text, "-")
	ms, err1 := strconv.ParseInt(at, 10, 64)
	n, err2 := strconv.ParseInt(id, 10, 64)
	if err1 != nil || err2 != nil || ms < 0 || ms > 1<<50 || n < 0 {
		return Place{}, ErrAfter
	}
	return Place{At: time.UnixMilli(ms).UTC(), ID: n}, nil
}

// JobFilter selects jobs: of a kind, or in a state, or all.
type JobFilter struct {
	Kind   string
	State  jobs.State
	Before int64
	Limit  int
}

// ScanLog is a page of the log, and where the next one begins; the zero Place at the end. A page may be empty before
// the end, if nothing matches among the [MaxScan] entries that it has looked through. Who is recorded is as with
// [Service.ReadLog].
func (s *base) ScanLog(ctx context.Context, f LogFilter, from Place, limit int) ([]audit.Entry, Place, error) {
	page, next, err := s.cfg.Listings.ScanLog(ctx, f, from, min(max(limit, 1), MaxPage))
	if err != nil {
		return nil, Place{}, err
	}
	a := audit.Access{Kind: audit.LogRead, Outcome: audit.Done, Detail: f.String()}
	return page, next, s.record(ctx, a, usersOf(f.UserID, page)...)
}

// usersOf are the users whose address and device are in entries, and the one that was asked for.
func usersOf(asked account.ID, page []audit.Entry) (users []account.ID) {
	if asked != "" {
		users = append(users, asked)
	}
	for _, e := range page {
		if id := account.ID(e.UserID); id != "" && e.Class() == audit.UserLog && !slices.Contains(users, id) {
			users = append(users, id)
		}
	}
	return users
}

// JobPage is a page of jobs and whether there are more. Each user concerned gets an access record.
func (s *base) JobPage(ctx context.Context, f JobFilter) (page []jobs.Listed, more bool, err error) {
	limit := min(max(f.Limit, 1), MaxPage)
	f.Limit = limit + 1
	if page, err = s.cfg.Listings.JobPage(ctx, f); err != nil {
		return nil, false, err
	}
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	var users []account.ID
	for _, j := range page {
		if id := account.ID(j.About); id != "" && !slices.Contains(users, id) {
			users = append(users, id)
		}
	}
	return page, more, s.record(ctx, audit.Access{Kind: audit.JobList, Outcome: audit.Done}, users...)
}

// EventPage is a page of events and whether there are more. One access record covers them: events hold ids only.
func (s *base) EventPage(ctx context.Context, before int64, limit int) (page []events.Event, more bool, err error) {
	limit = min(max(limit, 1), MaxPage)
	if page, err = s.cfg.Listings.EventPage(ctx, before, limit+1); err != nil {
		return nil, false, err
	}
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	return page, more, s.record(ctx, audit.Access{Kind: audit.EventList, Outcome: audit.Done})
}

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
func (s *base) TimeLine(
	ctx context.Context, id account.ID, from Place, limit int,
) (line []Moment, next Place, err error) {
	page, next, err := s.cfg.Listings.ScanLog(ctx, LogFilter{UserID: id}, from, min(max(limit, 1), MaxPage))
	if err != nil {
		return nil, Place{}, err
	}
	failed, err := s.cfg.Failures.Failures(ctx, failures.Filter{UserID: id, Limit: MaxPage})
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
	return line, next, s.record(ctx, a, id)
}
