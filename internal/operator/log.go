package operator

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// Log reads the audit log. Every method is one query.
type Log interface {
	// Entries lists entries of the log, the newest first.
	Entries(context.Context, LogFilter) ([]audit.Entry, error)
	// AffectedUsers lists the users whose data an account handled, by their ids.
	AffectedUsers(context.Context, AffectedFilter) ([]Affected, error)
	// Activities sums up the access records of a period by account.
	Activities(ctx context.Context, from, to time.Time) ([]Activity, error)
	// ActivitiesByKind sums them up by account, kind and outcome.
	ActivitiesByKind(ctx context.Context, from, to time.Time) ([]ActivityByKind, error)
	// Disclosures lists the access records of exports and of unmasked e-mail addresses, the newest first.
	Disclosures(ctx context.Context, from, to time.Time, limit int) ([]audit.Entry, error)
}

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

// ReadLog returns a page of the log, and whether there is more. It records every user whose address and device are on
// the page; of access records, which are about operators, only the search is recorded.
func (s *Service) ReadLog(ctx context.Context, f LogFilter, who *Selector) (page []audit.Entry, more bool, err error) {
	if who != nil {
		// A user id may have no row any more, and still have entries.
		if f.UserID = who.ID; f.UserID == "" || who.Ref != "" {
			if f.UserID, err = s.find(ctx, audit.LogRead, *who); err != nil {
				return nil, false, err
			}
		}
	}
	limit := min(max(f.Limit, 1), MaxPage)
	f.Limit = limit + 1
	page, err = s.cfg.Log.Entries(ctx, f)
	if err != nil {
		return nil, false, err
	}
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	var users []account.ID
	if f.UserID != "" {
		users = append(users, f.UserID)
	}
	for _, e := range page {
		if id := account.ID(e.UserID); id != "" && e.Class() == audit.UserLog && !slices.Contains(users, id) {
			users = append(users, id)
		}
	}
	a := audit.Access{Kind: audit.LogRead, Outcome: audit.Done, Detail: f.String()}
	if err := s.record(ctx, a, users...); err != nil {
		return nil, false, err
	}
	return page, more, nil
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
