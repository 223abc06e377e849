package operator

import (
	"context"
	"errors"
	"io"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/export"
)

// ErrNoReason: data is handed out, and accounts are merged, only with a reason.
var ErrNoReason = errors.New("operator: a reason is required")

// Export writes everything stored about a user as JSON. ErrNoReason without a reason.
func (s *Service) Export(ctx context.Context, who Selector, w io.Writer) error {
	if s.cfg.Actor.Reason == "" {
		return ErrNoReason
	}
	id, err := s.find(ctx, audit.UserExport, who)
	if err != nil {
		return err
	}
	err = export.Write(ctx, s.cfg.Exports, export.Request{UserID: id, At: s.now(), Actor: s.cfg.Actor}, w)
	if errors.Is(err, account.ErrNotFound) { // erased since it was found
		return errors.Join(ErrNoSuchUser, s.record(ctx, audit.Access{Kind: audit.UserExport, Outcome: audit.NotFound}, id))
	}
	return err
}

// RecordExport records that the data of all users is written, before it is. ErrNoReason without a reason.
func (s *Service) RecordExport(ctx context.Context) error {
	if s.cfg.Actor.Reason == "" {
		return ErrNoReason
	}
	return s.RecordForAll(ctx, audit.UserExport, audit.Done, audit.AllUsers)
}
