package operator

import (
	"context"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/export"
)

// MaxConsents is the longest page of [Service.ConsentsOf].
const MaxConsents = 200

// ConsentsOf returns a page of a user's consent ledger after a line, the oldest first, and whether there is more. The
// last line about a term or consent item is in force; after 0 is the beginning.
func (s *Service) ConsentsOf(
	ctx context.Context, who Selector, after int64, limit int,
) (id account.ID, page []export.LedgerLine, more bool, err error) {
	if id, err = s.find(ctx, audit.UserConsents, who); err != nil {
		return "", nil, false, err
	}
	limit = min(max(limit, 1), MaxConsents)
	if page, err = s.cfg.Exports.LedgerAfter(ctx, id, after, limit+1); err != nil {
		return "", nil, false, err
	}
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	if err := s.record(ctx, audit.Access{Kind: audit.UserConsents, Outcome: audit.Done}, id); err != nil {
		return "", nil, false, err
	}
	return id, page, more, nil
}
