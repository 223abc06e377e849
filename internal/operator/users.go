package operator

import (
	"context"
	"errors"
	"time"

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

// Users is what this package needs of users. Every method is one transaction.
type Users interface {
	// FindUsers lists the users that a selector may mean, at most two.
	FindUsers(context.Context, Selector) ([]account.ID, error)
	// UserDetails reads a user; account.ErrNotFound if there is none.
	UserDetails(ctx context.Context, id account.ID, now time.Time) (*User, error)
	// ListUsers lists users, the newest first, each with the identity used last.
	ListUsers(context.Context, Filter) ([]User, error)
	// SetDisabled disables a user and ends all sessions, or enables a user again. account.ErrNotFound if there is no such
	// user, or a withdrawn one.
	SetDisabled(context.Context, account.StatusChange) error
}

// Filter selects users to list.
type Filter struct {
	Status account.Status // "" for all
	After  account.ID     // the last user of the previous page, "" for the first page
	Limit  int            // at most [MaxPage] + 1
	// Identities asks [Service.List] for all identities of each user instead of the one used last.
	Identities bool
}

// ErrWithdrawn: the user has withdrawn and can no longer be changed.
var ErrWithdrawn = errors.New("operator: user has withdrawn")

// MaxPage is the longest page of a list.
const MaxPage = 500

// Show returns a user. With revealed the access record says that e-mail addresses are shown in full.
func (s *Service) Show(ctx context.Context, who Selector, revealed bool) (*User, error) {
	id, err := s.find(ctx, audit.UserShow, who)
	if err != nil {
		return nil, err
	}
	u, err := s.cfg.Users.UserDetails(ctx, id, s.now())
	if err != nil {
		return nil, err
	}
	a := audit.Access{Kind: audit.UserShow, Outcome: audit.Done, Detail: detail("", revealed)}
	if err := s.record(ctx, a, id); err != nil {
		return nil, err
	}
	return u, nil
}

// List returns a page of users, and whether there are more. Every user on the page gets an access record.
func (s *Service) List(ctx context.Context, f Filter, revealed bool) (page []User, more bool, err error) {
	limit := min(max(f.Limit, 1), MaxPage)
	f.Limit = limit + 1
	all, err := s.cfg.Users.ListUsers(ctx, f)
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
		if all, err = s.cfg.Directory.ReadUsers(ctx, ids); err != nil {
			return nil, false, err
		}
	}
	condition := ""
	if f.Status != "" {
		condition = "status=" + string(f.Status)
	}
	if err := s.recordUsers(ctx, all, condition, revealed); err != nil {
		return nil, false, err
	}
	return all, more, nil
}

// SetDisabled disables a user and ends all sessions, or enables a user again, and returns the user as it was before. A
// dry run changes nothing. [ErrWithdrawn], [account.ErrLastOperator].
func (s *Service) SetDisabled(ctx context.Context, who Selector, disabled, dry bool) (*User, error) {
	kind := audit.UserDisable
	if !disabled {
		kind = audit.UserEnable
	}
	before, err := s.look(ctx, kind, who)
	if err != nil {
		return nil, err
	}
	if before.Status == account.Withdrawn {
		return nil, errors.Join(ErrWithdrawn, s.record(ctx, audit.Access{Kind: kind, Outcome: audit.Unchanged}, before.ID))
	}
	if dry {
		return before, s.record(ctx, audit.Access{Kind: kind, Outcome: audit.DryRun}, before.ID)
	}
	err = s.cfg.Users.SetDisabled(ctx, account.StatusChange{
		UserID: before.ID, Disabled: disabled, At: s.now(), Actor: s.cfg.Actor, Reason: audit.ByOperator,
		KeepOperator: s.cfg.KeepOperator,
	})
	if errors.Is(err, account.ErrNotFound) { // withdrawn since it was read
		err = errors.Join(ErrWithdrawn, s.record(ctx, audit.Access{Kind: kind, Outcome: audit.Unchanged}, before.ID))
	}
	if errors.Is(err, account.ErrLastOperator) {
		err = errors.Join(err, s.record(ctx, audit.Access{Kind: kind, Outcome: audit.NotDone}, before.ID))
	}
	s.cfg.Changed(before.ID)
	return before, err
}

// look reads a user before a change, which writes its own access record.
func (s *base) look(ctx context.Context, kind audit.Kind, who Selector) (*User, error) {
	id, err := s.find(ctx, kind, who)
	if err != nil {
		return nil, err
	}
	return s.cfg.Users.UserDetails(ctx, id, s.now())
}

// detail is the condition of a search, and whether e-mail addresses were shown in full.
func detail(condition string, revealed bool) string {
	if !revealed {
		return condition
	}
	if condition != "" {
		condition += " "
	}
	return condition + "revealed"
}
