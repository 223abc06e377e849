package operator

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/linking"
)

// Linking merges accounts and issues link tickets.
type Linking struct {
	caller  *Caller
	service *linking.Service
}

// NewLinking returns Linking for a caller.
func NewLinking(c *Caller, s *linking.Service) *Linking { return &Linking{c, s} }

// Merge merges the account lose into keep, and returns both as they were before. The operator vouches, with a reason,
// that they belong to one user. A dry run has the same errors: [ErrNoReason], [linking.ErrNotMergeable],
// [linking.ErrRefConflict].
func (l *Linking) Merge(ctx context.Context, keep, lose Selector, mode Mode) (kept, lost *User, err error) {
	if err := l.caller.needReason(); err != nil {
		return nil, nil, err
	}
	if kept, err = l.caller.look(ctx, audit.UserMerge, keep); err != nil {
		return nil, nil, err
	}
	if lost, err = l.caller.look(ctx, audit.UserMerge, lose); err != nil {
		return nil, nil, err
	}
	record := func(o audit.Outcome) error {
		return l.caller.record(ctx, audit.Access{Kind: audit.UserMerge, Outcome: o}, kept.ID, lost.ID)
	}
	if mode == DryRun {
		err = linking.CheckMerge(linking.MergeFacts{
			Keep: kept.User, Lose: lost.User, Identities: len(kept.Identities) + len(lost.Identities), Proven: true,
		})
		return kept, lost, errors.Join(err, record(audit.DryRun))
	}
	_, err = l.service.Merge(ctx, linking.MergeRequest{Keep: kept.ID, Lose: lost.ID, Actor: l.caller.actor})
	if errors.Is(err, linking.ErrNotMergeable) || errors.Is(err, linking.ErrRefConflict) {
		err = errors.Join(err, record(audit.NotDone))
	}
	return kept, lost, err
}

// IssueTicket makes a link ticket for a ref. The person who uses it becomes that user. [linking.ErrInvalidRef].
func (l *Linking) IssueTicket(ctx context.Context, ref string) (account.TicketCode, time.Time, error) {
	return l.service.IssueTicket(ctx, linking.TicketRequest{Ref: ref, Actor: l.caller.actor})
}
