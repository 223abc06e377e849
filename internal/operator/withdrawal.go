package operator

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/withdrawal"
)

// Withdraw closes a user's account at once, without a grace period, and returns the user as it was before. A dry run
// changes nothing. Unlinking at the provider is queued for the running service. [account.ErrLastOperator].
func (s *Service) Withdraw(ctx context.Context, who Selector, dry bool) (*User, error) {
	before, err := s.look(ctx, audit.UserWithdraw, who)
	if err != nil {
		return nil, err
	}
	if dry {
		return before, s.record(ctx, audit.Access{Kind: audit.UserWithdraw, Outcome: audit.DryRun}, before.ID)
	}
	err = s.cfg.Withdrawal.Withdraw(ctx, withdrawal.Request{
		UserID: before.ID, At: s.now(), Actor: s.cfg.Actor, KeepOperator: s.cfg.KeepOperator,
	})
	if errors.Is(err, account.ErrLastOperator) {
		err = errors.Join(err, s.record(ctx, audit.Access{Kind: audit.UserWithdraw, Outcome: audit.NotDone}, before.ID))
	}
	return before, err
}

// Unlinking waits briefly for the running service to unlink a withdrawn user, and counts what is left to do.
func (s *Service) Unlinking(ctx context.Context, id account.ID) (jobs.Counts, error) {
	return s.cfg.Withdrawal.Unlinking(ctx, id, true)
}
