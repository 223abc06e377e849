package linking

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/problem"
)

// ErrInvalidRef: the text cannot be a member number of the app's.
var ErrInvalidRef = errors.New("linking: no ref")

// TicketStore is where tickets are kept.
type TicketStore interface {
	// PutTicket keeps a ticket; one for the same number that was not used is worth nothing from then on.
	PutTicket(context.Context, account.TicketIssue) error
}

// TicketRequest asks for a ticket. Whoever does vouches that the person to whom they hand it is their member Ref.
type TicketRequest struct {
	Ref    string
	Actor  string
	Client audit.Client
	Access *audit.Access
}

// Tickets issues link tickets: for members whom the app knew before they ever signed in here. The zero value of Now and
// Random is time.Now and crypto/rand.
type Tickets struct {
	Store  TicketStore
	Now    func() time.Time
	Random io.Reader
}

// Issue makes a ticket for a member number. ErrInvalidRef if that cannot be one; problem.StoreUnavailable.
func (t Tickets) Issue(ctx context.Context, o TicketRequest) (account.TicketCode, time.Time, error) {
	if o.Ref == "" || len(o.Ref) > account.MaxRef || account.CleanText(o.Ref, account.MaxRef) != o.Ref {
		return account.TicketCode{}, time.Time{}, ErrInvalidRef
	}
	now, random := time.Now, io.Reader(rand.Reader)
	if t.Now != nil {
		now = t.Now
	}
	if t.Random != nil {
		random = t.Random
	}
	code, err := account.NewTicketCode(random)
	if err != nil {
		return account.TicketCode{}, time.Time{}, problem.Wrap(problem.Internal, fmt.Errorf("linking: %w", err))
	}
	at := now().UTC()
	expires := at.Add(account.TicketLife)
	err = t.Store.PutTicket(ctx, account.TicketIssue{
		Hash: code.Hash(), Ref: o.Ref, At: at, ExpiresAt: expires, Actor: o.Actor, Client: o.Client, Access: o.Access,
	})
	if err != nil {
		return account.TicketCode{}, time.Time{}, problem.Wrap(problem.StoreUnavailable, err)
	}
	return code, expires, nil
}

// Ticket says for which member number a ticket is. problem.LinkTicket if it is none (any more).
func (l *Service) Ticket(ctx context.Context, code account.TicketCode) (ref string, err error) {
	ref, err = l.store.TicketRef(ctx, code.Hash(), l.now().UTC())
	switch {
	case errors.Is(err, account.ErrNotFound):
		return "", problem.Wrap(problem.LinkTicket, err)
	case err != nil:
		return "", problem.Wrap(problem.StoreUnavailable, err)
	}
	return ref, nil
}
