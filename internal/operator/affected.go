package operator

import (
	"context"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// AffectedFilter selects the users whose data an account has handled in a period.
type AffectedFilter struct {
	Actor        string
	Since, Until time.Time  // zero: no limit
	After        account.ID // the last user of the previous page
	Limit        int
}

// Affected is a user whose data an account handled. UserID is "" for backups and exports of the data of all users.
type Affected struct {
	UserID      account.ID
	Times       int // access records
	First, Last time.Time
	Acts        []Act
}

// Act is something that an account did so many times; Revealed says that e-mail addresses were not masked.
type Act struct {
	Kind     audit.Kind
	Revealed bool
	Outcome  audit.Outcome // "" in records that have none
	Times    int
}

// AllFields is the field name for all stored data of a user.
const AllFields = "everything"

// shown are the fields of a user that an action shows. What is not listed shows no more than ids and numbers.
var shown = map[audit.Kind][]string{
	audit.UserShow: {"status", "ref", "nickname", "language", "meta", "provider_id", "email_masked", "times"},
	audit.UserPage: {
		"status", "ref", "nickname", "language", "meta", "provider_id", "email_masked", "times", "consents", "address",
		"browser",
	},
	audit.UserList:       {"status", "ref", "nickname", "language", "provider_id", "email_masked", "times"},
	audit.UserUpdate:     {"status", "ref", "nickname", "language", "meta", "provider_id", "email", "times"},
	audit.UserConsents:   {"consents", "times"},
	audit.UserToken:      {"provider_id", "provider_token"},
	audit.SessionList:    {"address", "browser", "times"},
	audit.LogRead:        {"address", "browser", "times"},
	audit.UserExport:     {AllFields},
	audit.DatabaseBackup: {AllFields},
}

// Fields are the fields of the user that the account could read, sorted.
func (a *Affected) Fields() []string {
	var all []string
	for _, act := range a.Acts {
		all = append(all, shown[act.Kind]...)
		if act.Revealed {
			all = append(all, "email")
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if slices.Contains(all, AllFields) {
		return []string{AllFields}
	}
	return all
}

// Affected lists the users whose data an account has handled in a period, and whether there are more. After a
// breach, these users have to be informed. What concerns all users comes before the first page, without a user.
func (l *Log) Affected(ctx context.Context, f AffectedFilter) (page []Affected, more bool, err error) {
	limit := min(max(f.Limit, 1), MaxPage-1)
	f.Limit = limit + 2
	page, err = l.store.AffectedUsers(ctx, f)
	if err != nil {
		return nil, false, err
	}
	if len(page) > 0 && page[0].UserID == "" {
		limit++
	}
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	detail := "account=" + f.Actor + " since=" + timestamp(f.Since) + " until=" + timestamp(f.Until)
	access := audit.Access{Kind: audit.LogTouched, Outcome: audit.Done, Detail: detail}
	if err := l.caller.record(ctx, access); err != nil {
		return nil, false, err
	}
	return page, more, nil
}
