package operator

import (
	"context"
	"slices"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/failures"
)

// Failures is a page of failed sign-ins, the newest first, and whether there are more. Each user concerned gets an
// access record.
func (s *base) Failures(ctx context.Context, f failures.Filter) (page []failures.Failure, more bool, err error) {
	limit := min(max(f.Limit, 1), MaxPage)
	f.Limit = limit + 1
	if page, err = s.cfg.Failures.Failures(ctx, f); err != nil {
		return nil, false, err
	}
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	var users []account.ID
	for _, one := range page {
		if one.UserID != "" && !slices.Contains(users, one.UserID) {
			users = append(users, one.UserID)
		}
	}
	a := audit.Access{Kind: audit.FailureList, Outcome: audit.Done}
	if len(page) == 0 {
		a.Outcome = audit.NotFound
	}
	switch {
	case f.RequestID != "":
		a.Detail = "request=" + f.RequestID
	case f.Code != "":
		a.Detail = "code=" + string(f.Code)
	case f.Provider != "":
		a.Detail = "provider=" + f.Provider
	}
	return page, more, s.record(ctx, a, users...)
}
