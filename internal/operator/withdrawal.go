package operator

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// Leaving is what this package needs to know of leaving.
type Leaving interface {
	// Withdraw lets a person go as if they had left themself: in one transaction sessions end, their data is erased and
	// the end of their links at providers is queued. Done, without error, if they have left already.
	Withdraw(context.Context, Departure) error
	// Unlinked waits a moment for the queue, and says what of it is not done: open, and given up.
	Unlinked(context.Context, account.ID) (open, dead int, err error)
}

// Departure is a leaving that an operator carries out.
type Departure struct {
	UserID account.ID
	At     time.Time
	Actor  string
	Client audit.Client
	Access *audit.Access
}

// Withdraw lets a person go for good. It says how they stood before; dry changes nothing. The unlinking at the provider is
// queued with it, and the running service works it off: a command has neither the keys nor the time to wait for Kakao.
func (d *Service) Withdraw(ctx context.Context, s Selector, dry bool) (*User, error) {
	before, err := d.look(ctx, audit.UserWithdraw, s)
	if err != nil {
		return nil, err
	}
	if dry {
		return before, d.record(ctx, note{kind: audit.UserWithdraw, outcome: audit.DryRun}, before.ID)
	}
	return before, d.cfg.Leaving.Withdraw(ctx, Departure{
		UserID: before.ID, At: d.now(), Actor: d.Actor(), Client: d.cfg.Who.Client, Access: d.access(audit.UserWithdraw, ""),
	})
}

// Unlinked waits a moment for the running service to end the links of somebody who has left, and says what is not done.
func (d *Service) Unlinked(ctx context.Context, id account.ID) (open, dead int, err error) {
	return d.cfg.Leaving.Unlinked(ctx, id)
}
