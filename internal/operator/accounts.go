package operator

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/withdrawal"
)

// AccountStore changes users. Every method is one transaction.
type AccountStore interface {
	// SetDisabled disables a user and ends all sessions, or enables a user again. account.ErrNotFound if there is no such
	// user, or a withdrawn one.
	SetDisabled(context.Context, account.StatusChange) error
	// PatchUser carries out a patch with its access record, emits an event if anything changes, and returns the user
	// after it. account.ErrNotFound for a user that does not exist or has withdrawn, account.ErrRefTaken, and the errors
	// of account.Patch.
	PatchUser(context.Context, account.Patch) (*account.User, error)
}

// Accounts changes, disables and withdraws users.
type Accounts struct {
	caller     *Caller
	store      AccountStore
	withdrawal *withdrawal.Service
	last       LastOperator
	changed    func(account.ID)
}

// LastOperator says what becomes of the last active operator of the console.
type LastOperator bool

const (
	// AnyOperator lets every operator be disabled and withdrawn.
	AnyOperator LastOperator = false
	// KeepLastOperator refuses to disable or withdraw the last active one.
	KeepLastOperator LastOperator = true
)

// NewAccounts returns Accounts for a caller. changed is called after a change of a user, so that a running service
// forgets what it has cached.
func NewAccounts(
	c *Caller, store AccountStore, w *withdrawal.Service, last LastOperator, changed func(account.ID),
) *Accounts {
	return &Accounts{c, store, w, last, changed}
}

// ErrWithdrawn: the user has withdrawn and can no longer be changed.
var ErrWithdrawn = errors.New("operator: user has withdrawn")

// Update sets the ref of a user and merges a patch into meta, and returns the user after it. [account.ErrInvalidRef],
// [account.ErrInvalidMeta], [account.ErrMetaTooLarge], [account.ErrRefTaken], [ErrWithdrawn].
func (a *Accounts) Update(ctx context.Context, who Selector, ref *string, meta []byte) (*account.User, error) {
	p := account.Patch{Ref: ref, Meta: meta, At: a.caller.now(), Actor: a.caller.actor}
	if err := p.Check(); err != nil {
		return nil, err
	}
	id, err := a.caller.find(ctx, audit.UserUpdate, who)
	if err != nil {
		return nil, err
	}
	p.UserID = id
	u, err := a.store.PatchUser(ctx, p)
	refused := audit.Access{Kind: audit.UserUpdate, Outcome: audit.NotDone}
	switch {
	case errors.Is(err, account.ErrNotFound):
		return nil, errors.Join(ErrWithdrawn, a.caller.record(ctx, refused, id))
	case errors.Is(err, account.ErrRefTaken), errors.Is(err, account.ErrMetaTooLarge):
		return nil, errors.Join(err, a.caller.record(ctx, refused, id))
	case err != nil:
		return nil, err
	}
	a.changed(id)
	return u, nil
}

// Disable disables a user and ends all sessions, and returns the user as it was before. [ErrWithdrawn],
// [account.ErrLastOperator].
func (a *Accounts) Disable(ctx context.Context, who Selector, mode Mode) (*User, error) {
	return a.setStatus(ctx, who, audit.UserDisable, mode)
}

// Enable lets a disabled user sign in again, and returns the user as it was before. [ErrWithdrawn].
func (a *Accounts) Enable(ctx context.Context, who Selector, mode Mode) (*User, error) {
	return a.setStatus(ctx, who, audit.UserEnable, mode)
}

// setStatus does what kind says: audit.UserDisable or audit.UserEnable.
func (a *Accounts) setStatus(ctx context.Context, who Selector, kind audit.Kind, mode Mode) (*User, error) {
	before, err := a.caller.look(ctx, kind, who)
	if err != nil {
		return nil, err
	}
	record := func(o audit.Outcome) error {
		return a.caller.record(ctx, audit.Access{Kind: kind, Outcome: o}, before.ID)
	}
	if before.Status == account.Withdrawn {
		return nil, errors.Join(ErrWithdrawn, record(audit.Unchanged))
	}
	if mode == DryRun {
		return before, record(audit.DryRun)
	}
	err = a.store.SetDisabled(ctx, account.StatusChange{
		UserID: before.ID, Disabled: kind == audit.UserDisable, At: a.caller.now(), Actor: a.caller.actor,
		Reason: audit.ByOperator, KeepOperator: bool(a.last),
	})
	if errors.Is(err, account.ErrNotFound) { // withdrawn since it was read
		err = errors.Join(ErrWithdrawn, record(audit.Unchanged))
	}
	if errors.Is(err, account.ErrLastOperator) {
		err = errors.Join(err, record(audit.NotDone))
	}
	a.changed(before.ID)
	return before, err
}

// Withdraw closes a user's account at once, without a grace period, and returns the user as it was before. Unlinking at
// the provider is queued for the running service. [account.ErrLastOperator].
func (a *Accounts) Withdraw(ctx context.Context, who Selector, mode Mode) (*User, error) {
	before, err := a.caller.look(ctx, audit.UserWithdraw, who)
	if err != nil {
		return nil, err
	}
	record := func(o audit.Outcome) error {
		return a.caller.record(ctx, audit.Access{Kind: audit.UserWithdraw, Outcome: o}, before.ID)
	}
	if mode == DryRun {
		return before, record(audit.DryRun)
	}
	err = a.withdrawal.Withdraw(ctx, withdrawal.Request{
		UserID: before.ID, At: a.caller.now(), Actor: a.caller.actor, KeepOperator: bool(a.last),
	})
	if errors.Is(err, account.ErrLastOperator) {
		err = errors.Join(err, record(audit.NotDone))
	}
	return before, err
}

// Unlinking waits briefly for the running service to unlink a withdrawn user, and counts what is left to do.
func (a *Accounts) Unlinking(ctx context.Context, id account.ID) (jobs.Counts, error) {
	return a.withdrawal.Unlinking(ctx, id, true)
}
