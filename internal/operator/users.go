package operator

import (
	"context"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
)

// User is a user as operators see it.
type User struct {
	account.User
	// Identities are ordered by last use; in a list only the last used one is there.
	Identities []account.Identity
	// Sessions counts live sessions, Unlinking the unlink jobs that are not done. In a list neither is counted.
	Sessions  int
	Unlinking jobs.Counts
}

// UserStore lists and looks up users. Every method is one transaction.
type UserStore interface {
	// ListUsers lists users, the newest first, each with the identity used last.
	ListUsers(context.Context, Filter) ([]User, error)
	// Lookup returns for each selector the ids of at most two users that it may mean, in the same order, and what
	// ReadUsers returns of those that are the only match of one. It calls found once, as soon as it knows who they are,
	// and before it has read all of them; if it fails, perhaps not.
	Lookup(ctx context.Context, who []Selector, found func([]account.ID)) ([][]account.ID, []User, error)
	// ReadUsers reads users with all their identities, in the order of ids, without those that do not exist. Sessions and
	// Unlinking are not counted.
	ReadUsers(ctx context.Context, ids []account.ID) ([]User, error)
	// UsersByEmail lists users with an identity that has exactly this address, by their ids.
	UsersByEmail(context.Context, EmailFilter) ([]account.ID, error)
	// UsersByNickname lists users whose nickname begins with exactly this text, as edited here or as their providers say,
	// in the order of the nicknames; at most limit of each.
	UsersByNickname(ctx context.Context, prefix string, limit int) ([]account.ID, error)
}

// Users lists and looks up users.
type Users struct {
	caller *Caller
	store  UserStore
}

// NewUsers returns Users for a caller.
func NewUsers(c *Caller, store UserStore) *Users { return &Users{c, store} }

// Filter selects users to list.
type Filter struct {
	Status account.Status // "" for all
	After  account.ID     // the last user of the previous page, "" for the first page
	Limit  int            // at most [MaxPage] + 1
	// Identities asks [Users.List] for all identities of each user instead of the one used last.
	Identities bool
}

// MaxPage is the longest page of a list.
const MaxPage = 500

// Show returns a user.
func (u *Users) Show(ctx context.Context, who Selector, emails Emails) (*User, error) {
	user, err := u.caller.look(ctx, audit.UserShow, who)
	if err != nil {
		return nil, err
	}
	a := audit.Access{Kind: audit.UserShow, Outcome: audit.Done, Detail: detail("", emails)}
	if err := u.caller.record(ctx, a, user.ID); err != nil {
		return nil, err
	}
	return user, nil
}

// List returns a page of users, and whether there are more. Every user on the page gets an access record.
func (u *Users) List(ctx context.Context, f Filter, emails Emails) (page []User, more bool, err error) {
	limit := min(max(f.Limit, 1), MaxPage)
	f.Limit = limit + 1
	all, err := u.store.ListUsers(ctx, f)
	if err != nil {
		return nil, false, err
	}
	if more = len(all) > limit; more {
		all = all[:limit]
	}
	if f.Identities {
		ids := make([]account.ID, len(all))
		for i := range all {
			ids[i] = all[i].ID
		}
		if all, err = u.store.ReadUsers(ctx, ids); err != nil {
			return nil, false, err
		}
	}
	condition := ""
	if f.Status != "" {
		condition = "status=" + string(f.Status)
	}
	if err := u.recordUsers(ctx, all, condition, emails); err != nil {
		return nil, false, err
	}
	return all, more, nil
}

// detail is the condition of a search, and whether e-mail addresses were shown in full.
func detail(condition string, emails Emails) string {
	if emails == Masked {
		return condition
	}
	if condition != "" {
		condition += " "
	}
	return condition + "revealed"
}
