package operator

import (
	"context"
	"errors"
	"io"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/export"
)

// Exports hands out what is stored about users.
type Exports struct {
	caller *Caller
	store  export.Store
}

// NewExports returns Exports for a caller.
func NewExports(c *Caller, store export.Store) *Exports { return &Exports{c, store} }

// Write writes everything stored about a user as JSON. [ErrNoReason] without a reason.
func (e *Exports) Write(ctx context.Context, who Selector, w io.Writer) error {
	if err := e.caller.needReason(); err != nil {
		return err
	}
	id, err := e.caller.find(ctx, audit.UserExport, who)
	if err != nil {
		return err
	}
	err = export.Write(ctx, e.store, export.Request{UserID: id, At: e.caller.now(), Actor: e.caller.actor}, w)
	if errors.Is(err, account.ErrNotFound) { // erased since it was found
		gone := audit.Access{Kind: audit.UserExport, Outcome: audit.NotFound}
		return errors.Join(ErrNoSuchUser, e.caller.record(ctx, gone, id))
	}
	return err
}

// MaxConsents is the longest page of [Exports.Consents].
const MaxConsents = 200

// Consents returns a page of a user's consent ledger after a line, the oldest first, and whether there is more. The
// last line about a term or consent item is in force; after 0 is the beginning.
func (e *Exports) Consents(
	ctx context.Context, who Selector, after int64, limit int,
) (id account.ID, page []export.LedgerLine, more bool, err error) {
	if id, err = e.caller.find(ctx, audit.UserConsents, who); err != nil {
		return "", nil, false, err
	}
	limit = min(max(limit, 1), MaxConsents)
	if page, err = e.store.LedgerAfter(ctx, id, after, limit+1); err != nil {
		return "", nil, false, err
	}
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	if err := e.caller.record(ctx, audit.Access{Kind: audit.UserConsents, Outcome: audit.Done}, id); err != nil {
		return "", nil, false, err
	}
	return id, page, more, nil
}
