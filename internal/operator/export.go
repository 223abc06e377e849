package operator

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// Exports is what this package needs to know of exports.
type Exports interface {
	// Export writes all that is held of a person, after the record of it was written in the same transaction as the
	// reading began. account.ErrNotFound if there is no such user.
	Export(context.Context, Exporting, io.Writer) error
}

// Exporting is an operator's asking for all that is held of a person.
type Exporting struct {
	UserID account.ID
	At     time.Time
	Actor  string
	Client audit.Client
	Access *audit.Access
}

// ErrNoReason: what hands data out is not done without a reason (korea.md 1).
var ErrNoReason = errors.New("operator: a reason is required")

// Export writes all that is held of one person as JSON, on their behalf. ErrNoReason if nobody said why.
func (d *Service) Export(ctx context.Context, s Selector, w io.Writer) error {
	if d.cfg.Who.Reason == "" {
		return ErrNoReason
	}
	id, err := d.find(ctx, audit.UserExport, s)
	if err != nil {
		return err
	}
	err = d.cfg.Exports.Export(ctx, Exporting{
		UserID: id, At: d.now(), Actor: d.Actor(), Client: d.cfg.Who.Client, Access: d.access(audit.UserExport, ""),
	}, w)
	if errors.Is(err, account.ErrNotFound) { // gone meanwhile
		return errors.Join(ErrNoSuchUser, d.record(ctx, note{kind: audit.UserExport, outcome: audit.NotFound}, id))
	}
	return err
}
