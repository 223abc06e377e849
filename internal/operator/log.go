package operator

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/failures"
)

// LogStore reads the audit log. Every method is one query.
type LogStore interface {
	// Entries lists entries of the log, the newest first.
	Entries(context.Context, LogFilter) ([]audit.Entry, error)
	// AffectedUsers lists the users whose data an account handled, by their ids.
	AffectedUsers(context.Context, AffectedFilter) ([]Affected, error)
	// ScanLog looks through at most [MaxScan] entries of the log from a place on, the newest first, and returns those
	// that match, at most limit, and where it stopped; the zero Place at the end. Of the filter one of UserID and
	// Class is required; After and Limit are not used. Its time does not grow with the number of rows.
	ScanLog(ctx context.Context, f LogFilter, from Place, limit int) (page []audit.Entry, next Place, err error)
}

// FailureStore reads the failed sign-ins.
type FailureStore interface {
	// Failures lists failures, the newest first.
	Failures(context.Context, failures.Filter) ([]failures.Failure, error)
}

// Log reads the audit log and the failed sign-ins.
type Log struct {
	caller   *Caller
	store    LogStore
	failures FailureStore
}

// NewLog returns Log for a caller.
func NewLog(c *Caller, store LogStore, f FailureStore) *Log { return &Log{c, store, f} }

// LogFilter selects entries. The zero value of a field matches any.
type LogFilter struct {
	UserID account.ID
	Class  audit.Class
	// Kind is a kind, or with a dot at the end the beginning of kinds: "access.", "session.".
	Kind         string
	Actor        string // as in audit.Event
	Since, Until time.Time
	After        int64 // number of the last entry of the previous page
	Limit        int   // at most [MaxPage] + 1
}

// ActorName returns how the log names an account: an operator's name gets the operator's prefix, "operator:…" and
// "key:…" stay as they are.
func ActorName(account string) string {
	if strings.Contains(account, ":") {
		return account
	}
	return audit.Operator(account, "", audit.Client{}).String()
}

// Read returns a page of the log, and whether there is more. It records every user whose address and device are on
// the page; of access records, which are about operators, only the search is recorded.
func (l *Log) Read(ctx context.Context, f LogFilter, who *Selector) (page []audit.Entry, more bool, err error) {
	if who != nil {
		// A user id may have no row any more, and still have entries.
		if f.UserID = who.ID; f.UserID == "" || who.Ref != "" {
			if f.UserID, err = l.caller.find(ctx, audit.LogRead, *who); err != nil {
				return nil, false, err
			}
		}
	}
	limit := min(max(f.Limit, 1), MaxPage)
	f.Limit = limit + 1
	page, err = l.store.Entries(ctx, f)
	if err != nil {
		return nil, false, err
	}
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	a := audit.Access{Kind: audit.LogRead, Outcome: audit.Done, Detail: f.String()}
	if err := l.caller.record(ctx, a, usersOf(f.UserID, page)...); err != nil {
		return nil, false, err
	}
	return page, more, nil
}

// Scan is a page of the log, and where the next one begins; the zero Place at the end. A page may be empty before
// the end, if nothing matches among the [MaxScan] entries that it has looked through. Who is recorded is as with
// [Log.Read].
func (l *Log) Scan(ctx context.Context, f LogFilter, from Place, limit int) ([]audit.Entry, Place, error) {
	page, next, err := l.store.ScanLog(ctx, f, from, min(max(limit, 1), MaxPage))
	if err != nil {
		return nil, Place{}, err
	}
	a := audit.Access{Kind: audit.LogRead, Outcome: audit.Done, Detail: f.String()}
	return page, next, l.caller.record(ctx, a, usersOf(f.UserID, page)...)
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

// String is the filter as its access record shows it.
func (f LogFilter) String() string {
	var all []string
	for _, c := range []struct{ name, value string }{
		{"class", string(f.Class)}, {"kind", f.Kind}, {"account", f.Actor},
		{"since", timestamp(f.Since)}, {"until", timestamp(f.Until)},
	} {
		if c.value != "" {
			all = append(all, c.name+"="+c.value)
		}
	}
	return strings.Join(all, " ")
}

func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
