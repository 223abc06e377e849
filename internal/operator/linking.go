package operator

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/linking"
)

// Merge merges the account lose into keep, and returns both as they were before. The operator vouches, with a reason,
// that they belong to one user. A dry run changes nothing, and has the same errors: [ErrNoReason],
// [linking.ErrNotMergeable], [linking.ErrRefConflict].
func (s *Service) Merge(ctx context.Context, keep, lose Selector, dry bool) (kept, lost *User, err error) {
	if s.cfg.Actor.Reason == "" {
		return nil, nil, ErrNoReason
	}
	if kept, err = s.look(ctx, audit.UserMerge, keep); err != nil {
		return nil, nil, err
	}
	if lost, err = s.look(ctx, audit.UserMerge, lose); err != nil {
		return nil, nil, err
	}
	if dry {
		err = linking.CheckMerge(linking.MergeFacts{
			Keep: kept.User, Lose: lost.User, Identities: len(kept.Identities) + len(lost.Identities), Proven: true,
		})
		return kept, lost, errors.Join(err,
			s.record(ctx, audit.Access{Kind: audit.UserMerge, Outcome: audit.DryRun}, kept.ID, lost.ID))
	}
	_, err = s.cfg.Linking.Merge(ctx, linking.MergeRequest{Keep: kept.ID, Lose: lost.ID, Actor: s.cfg.Actor})
	if errors.Is(err, linking.ErrNotMergeable) || errors.Is(err, linking.ErrRefConflict) {
		err = errors.Join(err, s.record(ctx, audit.Access{Kind: audit.UserMerge, Outcome: audit.NotDone}, kept.ID, lost.ID))
	}
	return kept, lost, err
}

// IssueTicket makes a link ticket for a ref. The person who uses it becomes that user. [linking.ErrInvalidRef].
func (s *Service) IssueTicket(ctx context.Context, ref string) (account.TicketCode, time.Time, error) {
	return s.cfg.Linking.IssueTicket(ctx, linking.TicketRequest{Ref: ref, Actor: s.cfg.Actor})
}
