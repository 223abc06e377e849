package operator

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// MaxBatch is how many users one call of [Users.Batch] looks up.
const MaxBatch = 100

// maxEmail is the longest e-mail address that is searched for, in bytes.
const maxEmail = 320

var (
	// ErrBatch: a batch has no selector, or more than [MaxBatch].
	ErrBatch = fmt.Errorf("operator: a batch needs 1 to %d selectors", MaxBatch)
	// ErrEmail: the text cannot be an e-mail address.
	ErrEmail = errors.New("operator: not an e-mail address")
)

// EmailFilter selects users by an e-mail address that a provider gave, verified or not, in exactly this spelling.
type EmailFilter struct {
	Email string
	After account.ID // the last user of the previous page, "" for the first page
	Limit int        // at most [MaxPage] + 1
}

// Found is a result of [Users.Batch].
type Found struct {
	// User is nil if no user matches, or more than one does.
	User *User
	// Ambiguous: more than one user matches, such as a subject in two namespaces.
	Ambiguous bool
}

// Batch looks up users with all their identities and returns a result for each selector, in the same order. One user
// may be there several times. Every user returned gets an access record. [ErrBatch].
func (u *Users) Batch(ctx context.Context, who []Selector) ([]Found, error) {
	if len(who) == 0 || len(who) > MaxBatch {
		return nil, ErrBatch
	}
	var recorded chan error
	matches, users, err := u.store.Lookup(ctx, who, func(ids []account.ID) {
		// The record waits for the disk: meanwhile the rest is read.
		recorded = make(chan error, 1)
		go func() { recorded <- u.recordList(ctx, ids, "", Revealed) }()
	})
	if recorded != nil {
		err = errors.Join(err, <-recorded)
	}
	if err != nil {
		return nil, err
	}
	byID := make(map[account.ID]*User, len(users))
	for i := range users {
		byID[users[i].ID] = &users[i]
	}
	all := make([]Found, len(who))
	for i, m := range matches {
		all[i].Ambiguous = len(m) > 1
		if len(m) == 1 {
			all[i].User = byID[m[0]]
		}
	}
	return all, nil
}

// Get returns one user with all identities, sessions counted, as [Users.Show] with e-mail addresses in full.
func (u *Users) Get(ctx context.Context, who Selector) (*User, error) {
	return u.Show(ctx, who, Revealed)
}

// ByEmail returns a page of the users with an address, and whether there are more: addresses repeat. The access record
// does not contain the address. [ErrEmail].
func (u *Users) ByEmail(ctx context.Context, f EmailFilter) (page []User, more bool, err error) {
	if f.Email == "" || len(f.Email) > maxEmail || !utf8.ValidString(f.Email) {
		return nil, false, ErrEmail
	}
	limit := min(max(f.Limit, 1), MaxPage)
	f.Limit = limit + 1
	ids, err := u.store.UsersByEmail(ctx, f)
	if err != nil {
		return nil, false, err
	}
	if more = len(ids) > limit; more {
		ids = ids[:limit]
	}
	if page, err = u.store.ReadUsers(ctx, ids); err != nil {
		return nil, false, err
	}
	if err := u.recordUsers(ctx, page, "email", Revealed); err != nil {
		return nil, false, err
	}
	return page, more, nil
}

// recordUsers records that users are shown.
func (u *Users) recordUsers(ctx context.Context, users []User, condition string, emails Emails) error {
	ids := make([]account.ID, len(users))
	for i := range users {
		ids[i] = users[i].ID
	}
	return u.recordList(ctx, ids, condition, emails)
}

func (u *Users) recordList(ctx context.Context, ids []account.ID, condition string, emails Emails) error {
	a := audit.Access{Kind: audit.UserList, Outcome: audit.Done, Detail: detail(condition, emails)}
	if len(ids) == 0 {
		a.Outcome = audit.NotFound
	}
	return u.caller.record(ctx, a, ids...)
}
