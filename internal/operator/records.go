package operator

import (
	"context"

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

// ForAll records an action that concerns the data of all users, before it is performed.
func (r *Records) ForAll(ctx context.Context, kind audit.Kind, o audit.Outcome, detail string) error {
	return r.caller.record(ctx, audit.Access{Kind: kind, Outcome: o, Detail: detail})
}

// ExportOfAll records that the data of all users is written, before it is. [ErrNoReason] without a reason.
func (r *Records) ExportOfAll(ctx context.Context) error {
	if err := r.caller.needReason(); err != nil {
		return err
	}
	return r.ForAll(ctx, audit.UserExport, audit.Done, audit.AllUsers)
}
