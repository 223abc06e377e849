package operator

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
)

// Person is somebody as operators see them.
type User struct {
	account.User
	// Identities are all of them, the last used first; in a list only that one.
	Identities []account.Identity
	// Sessions is how many live, and Unlinking what is not done yet of ending their links; neither is counted in a list.
	Sessions  int
	Unlinking jobs.Counts
}

// People is what this package needs to know of people. Every method is one transaction.
type Users interface {
	// FindUsers lists whom a selector may mean, at most two.
	FindUsers(context.Context, Selector) ([]account.ID, error)
	// Person reads a user with all that operators see; account.ErrNotFound if there is none.
	UserDetails(ctx context.Context, id account.ID, now time.Time) (*User, error)
	// People lists users, the newest first, each with the identity that was used last.
	ListUsers(context.Context, Filter) ([]User, error)
	// Suspend disables a user, which ends all their sessions, or enables one again. account.ErrNotFound if there is no
	// such user or they have left.
	SetDisabled(context.Context, StatusChange) error
}

// Suspension disables a user or lifts that.
type StatusChange struct {
	UserID   account.ID
	Disabled bool
	At       time.Time // zero: now
	Actor    string    // as in audit.Event
	Reason   string    // a code
	Client   audit.Client
	Access   *audit.Access // the record of who did it; nil for none
}

// Filter says which users to list.
type Filter struct {
	Status account.Status // "" for all
	// After is the id of the last user of the page before; "" for the first page.
	After account.ID
	// Limit is how many; one more than [MaxPage] at most.
	Limit int
}

// ReasonSuspended is the reason in the log of a suspension by an operator, and of its end.
const ReasonStatus = "by_operator"

// ErrLeft: the person has left, and nothing can be done to them any more.
var ErrWithdrawn = errors.New("operator: has left")

// MaxPage is how many rows one list may have.
const MaxPage = 500

// Show looks at one person. revealed says in the record that nothing will be masked.
func (d *Service) Show(ctx context.Context, s Selector, revealed bool) (*User, error) {
	id, err := d.find(ctx, audit.UserShow, s)
	if err != nil {
		return nil, err
	}
	p, err := d.cfg.Users.UserDetails(ctx, id, d.now())
	if err != nil {
		return nil, err
	}
	if err := d.record(ctx, note{audit.UserShow, audit.Done, detail("", revealed)}, id); err != nil {
		return nil, err
	}
	return p, nil
}

// List looks at a page of people, and says whether there are more. Everybody on it is somebody whose data was looked at,
// and has a record.
func (d *Service) List(ctx context.Context, f Filter, revealed bool) (page []User, more bool, err error) {
	limit := min(max(f.Limit, 1), MaxPage)
	f.Limit = limit + 1
	all, err := d.cfg.Users.ListUsers(ctx, f)
	if err != nil {
		return nil, false, err
	}
	if more = len(all) > limit; more {
		all = all[:limit]
	}
	ids := make([]account.ID, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	n := note{audit.UserList, audit.Done, detail(string(f.Status), revealed)}
	if len(all) == 0 {
		n.outcome = audit.NotFound
	}
	if err := d.record(ctx, n, ids...); err != nil {
		return nil, false, err
	}
	return all, more, nil
}

// Suspend disables a person, which ends all their sessions at once, or enables them again. It says how they stood before;
// dry changes nothing. [ErrLeft] if they have left.
func (d *Service) SetDisabled(ctx context.Context, s Selector, disabled, dry bool) (*User, error) {
	kind := audit.UserDisable
	if !disabled {
		kind = audit.UserEnable
	}
	before, err := d.look(ctx, kind, s)
	if err != nil {
		return nil, err
	}
	if before.Status == account.Withdrawn {
		return nil, errors.Join(ErrWithdrawn, d.record(ctx, note{kind: kind, outcome: audit.Unchanged}, before.ID))
	}
	if dry {
		return before, d.record(ctx, note{kind: kind, outcome: audit.DryRun}, before.ID)
	}
	err = d.cfg.Users.SetDisabled(ctx, StatusChange{
		UserID: before.ID, Disabled: disabled, At: d.now(), Actor: d.Actor(), Reason: ReasonStatus, Client: d.cfg.Who.Client,
		Access: d.access(kind, ""),
	})
	if errors.Is(err, account.ErrNotFound) { // they left meanwhile
		err = errors.Join(ErrWithdrawn, d.record(ctx, note{kind: kind, outcome: audit.Unchanged}, before.ID))
	}
	return before, err
}

// look finds a person for whoever is about to change something, and will record that.
func (d *Service) look(ctx context.Context, kind audit.Kind, s Selector) (*User, error) {
	id, err := d.find(ctx, kind, s)
	if err != nil {
		return nil, err
	}
	return d.cfg.Users.UserDetails(ctx, id, d.now())
}

// detail is the condition of a search, and whether e-mail addresses were shown in full.
func detail(status string, revealed bool) string {
	if status != "" {
		status = "status=" + status
	}
	if !revealed {
		return status
	}
	if status != "" {
		status += " "
	}
	return status + "revealed"
}
