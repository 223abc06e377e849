package linking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

var (
	// ErrInvalidRef: the text cannot be a ref.
	ErrInvalidRef = account.ErrInvalidRef
	// ErrTicket: the link ticket does not exist, is used or has expired.
	ErrTicket = errors.New("linking: link ticket is not valid")
)

// TicketRequest asks for a link ticket. The actor vouches that the recipient is the app's user Ref.
type TicketRequest struct {
	Ref   string
	Actor audit.Actor
}

// IssueTicket makes a link ticket for a ref, and returns when it expires. [ErrInvalidRef].
func (s *Service) IssueTicket(ctx context.Context, r TicketRequest) (account.TicketCode, time.Time, error) {
	if !account.ValidRef(r.Ref) {
		return account.TicketCode{}, time.Time{}, ErrInvalidRef
	}
	code, err := account.NewTicketCode(s.random)
	if err != nil {
		return account.TicketCode{}, time.Time{}, fmt.Errorf("linking: %w", err)
	}
	at := s.now().UTC()
	expires := at.Add(account.TicketLife)
	err = s.tickets.PutTicket(ctx, account.TicketIssue{
		Hash: code.Hash(), Ref: r.Ref, At: at, ExpiresAt: expires, Actor: r.Actor,
	})
	if err != nil {
		return account.TicketCode{}, time.Time{}, session.Unavailable(err)
	}
	return code, expires, nil
}

// Ticket returns the ref of a link ticket. [ErrTicket].
func (s *Service) Ticket(ctx context.Context, code account.TicketCode) (ref string, err error) {
	ref, err = s.tickets.TicketRef(ctx, code.Hash(), s.now().UTC())
	switch {
	case errors.Is(err, account.ErrNotFound):
		return "", ErrTicket
	case err != nil:
		return "", session.Unavailable(err)
	}
	return ref, nil
}
