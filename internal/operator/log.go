package operator

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// Log is what this package needs to know of the audit log. Every method is one read.
type Log interface {
	// Lines lists lines of the log, the newest first.
	Entries(context.Context, LogFilter) ([]Entry, error)
	// Touched lists whose data an account handled, by their ids.
	AffectedUsers(context.Context, AffectedFilter) ([]Affected, error)
	// Handled sums up the access records of a time: each account with all that it did.
	Activities(ctx context.Context, from, to time.Time) ([]Activity, error)
	// HandledKinds is the same for each account, kind and outcome apart.
	ActivitiesByKind(ctx context.Context, from, to time.Time) ([]ActivityByKind, error)
	// HandedOut lists the access records of exports, and of e-mail addresses shown in full, the newest first.
	Disclosures(ctx context.Context, from, to time.Time, limit int) ([]Entry, error)
}

// Line is a line of the log with its number.
type Entry struct {
	ID int64
	audit.Event
}

// LogFilter says which lines to list. The zero value of a field is "any".
type LogFilter struct {
	UserID account.ID
	Class  audit.Class
	// Kind is a kind, or what kinds begin with, ending in a dot: "access.", "session.".
	Kind         string
	Actor        string // as in audit.Event
	Since, Until time.Time
	// After is the number of the last line of the page before.
	After int64
	Limit int // at most [MaxPage] and one
}

// TouchFilter says of whose doing, since when.
type AffectedFilter struct {
	Actor string
	Since time.Time
	After account.ID // the last of the page before
	Limit int
}

// Touched is a person whose data an account handled.
type Affected struct {
	UserID      account.ID
	Times       int
	First, Last time.Time
}

// Actor is how the log names an account: an operator's name, or "operator:…" and "key:…" as they are.
func Actor(account string) string {
	if strings.Contains(account, ":") {
		return account
	}
	return audit.OperatorPrefix + account
}

// ReadLog looks at a page of the log, and says whether there is more. The record names everybody whose address and device
// were on it; of access records, which are about operators, only the search itself is recorded.
func (d *Service) ReadLog(ctx context.Context, f LogFilter, whose *Selector) (page []Entry, more bool, err error) {
	if whose != nil {
		// Whoever is named by id may have no row any more, and still have lines.
		if f.UserID = whose.ID; f.UserID == "" || whose.Ref != "" {
			if f.UserID, err = d.find(ctx, audit.LogRead, *whose); err != nil {
				return nil, false, err
			}
		}
	}
	limit := min(max(f.Limit, 1), MaxPage)
	f.Limit = limit + 1
	page, err = d.cfg.Log.Entries(ctx, f)
	if err != nil {
		return nil, false, err
	}
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	var people []account.ID
	if f.UserID != "" {
		people = append(people, f.UserID)
	}
	for _, l := range page {
		if id := account.ID(l.UserID); id != "" && l.Class() == audit.UserLog && !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	if err := d.record(ctx, note{audit.LogRead, audit.Done, f.conditions()}, people...); err != nil {
		return nil, false, err
	}
	return page, more, nil
}

// conditions is the search in words, for its record.
func (f LogFilter) conditions() string {
	var all []string
	for _, c := range []struct{ name, value string }{
		{"class", string(f.Class)}, {"kind", f.Kind}, {"account", f.Actor}, {"since", moment(f.Since)}, {"until", moment(f.Until)},
	} {
		if c.value != "" {
			all = append(all, c.name+"="+c.value)
		}
	}
	return strings.Join(all, " ")
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Touched lists whose data an account handled since a time, and says whether there are more: after a breach, those are the
// people to be told.
func (d *Service) AffectedUsers(ctx context.Context, f AffectedFilter) (page []Affected, more bool, err error) {
	limit := min(max(f.Limit, 1), MaxPage)
	f.Limit = limit + 1
	page, err = d.cfg.Log.AffectedUsers(ctx, f)
	if err != nil {
		return nil, false, err
	}
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	if err := d.record(ctx, note{audit.LogTouched, audit.Done, "account=" + f.Actor + " since=" + moment(f.Since)}); err != nil {
		return nil, false, err
	}
	return page, more, nil
}
