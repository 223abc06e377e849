package operator

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/audit"
)

// Records writes the access records of what other packages do for the caller.
type Records struct{ caller *Caller }

// NewRecords returns Records for a caller.
func NewRecords(c *Caller) *Records { return &Records{c} }

// Roles records that the list of operators is read, before it is shown.
func (r *Records) Roles(ctx context.Context) error {
	return r.caller.record(ctx, audit.Access{Kind: audit.RoleList, Outcome: audit.Done})
}

// ForAll performs an action that concerns the data of all users. An access record is written first, and one with the
// result afterwards.
func (r *Records) ForAll(ctx context.Context, kind audit.Kind, detail string, act func() error) error {
	access := audit.Access{Kind: kind, Outcome: audit.Begun, Detail: detail}
	if err := r.caller.record(ctx, access); err != nil {
		return err
	}
	err := act()
	access.Outcome = audit.Done
	if err != nil {
		access.Outcome = audit.NotDone
	}
	return errors.Join(err, r.caller.record(context.WithoutCancel(ctx), access))
}

// ExportOfAll is [Records.ForAll] for an export of all users. [ErrNoReason] without a reason.
func (r *Records) ExportOfAll(ctx context.Context, export func() error) error {
	if err := r.caller.needReason(); err != nil {
		return err
	}
	return r.ForAll(ctx, audit.UserExport, audit.AllUsers, export)
}
