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
	"github.com/norang-login/norang/internal/session"
)

// ReasonUnlinked is the reason in the log of what ends because a person took one of their identities away.
const ReasonUnlinked = "unlinked_by_owner"

// ErrLastIdentity: the identity is the person's only one, and without it nobody could sign in to the account any more.
var ErrLastIdentity = errors.New("linking: last identity")

// UnlinkRequest asks to remove one of a user's identities.
type UnlinkRequest struct {
	// Session is where the person said so; Renewed is its key from then on, if it lives on.
	Session, Renewed session.Key
	UserID           account.ID
	IdentityID       string
	At               time.Time
	Actor            audit.Actor
}

// Store is what linking needs of the database beside login.Store. Every method is one transaction.
type Store interface {
	// IdentitiesOf lists a person's identities in the order in which they came.
	IdentitiesOf(context.Context, account.ID) ([]account.Identity, error)
	// Unlink takes one of several identities away, ends its sessions and queues an UnlinkJob. The answer is the session
	// in hand with its new key, nil if it has ended with the identity. session.ErrNone, account.ErrNotFound,
	// ErrLastIdentity.
	Unlink(context.Context, UnlinkRequest) (*session.Principal, error)
	// Merge makes one account of two. The answer is the session in hand with its new key. session.ErrNone,
	// ErrNotMergeable, ErrRefConflict.
	Merge(context.Context, MergeRequest) (*session.Principal, error)
	// UserByID reads a user; account.ErrNotFound if there is none.
	UserByID(context.Context, account.ID) (*account.User, error)
}

// TicketStore keeps link tickets. Every method is one transaction.
type TicketStore interface {
	// PutTicket stores a ticket, in place of an unused one for the same ref.
	PutTicket(context.Context, account.TicketIssue) error
	// TicketRef returns the ref of a ticket; account.ErrNotFound if it does not exist, is used or has expired.
	TicketRef(context.Context, account.TicketHash, time.Time) (string, error)
}

// Config is what [New] needs.
type Config struct {
	Store    Store             // required
	Tickets  TicketStore       // required
	Sessions *session.Sessions // required
	// Wake tells the job runner that something was queued. Optional.
	Wake   func()
	Now    func() time.Time // default time.Now
	Random io.Reader        // default crypto/rand
}

// Service is about the identities of one person: which they have, taking one away, and making one account of two. Adding
// one is a way through a login (login.Link).
type Service struct {
	store    Store
	tickets  TicketStore
	sessions *session.Sessions
	wake     func()
	now      func() time.Time
	random   io.Reader
}

// New makes a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Tickets == nil || cfg.Sessions == nil {
		return nil, errors.New("linking: Store, Tickets and Sessions are required")
	}
	l := &Service{store: cfg.Store, tickets: cfg.Tickets, sessions: cfg.Sessions, wake: cfg.Wake, now: cfg.Now, random: cfg.Random}
	if l.wake == nil {
		l.wake = func() {}
	}
	if l.now == nil {
		l.now = time.Now
	}
	if l.random == nil {
		l.random = rand.Reader
	}
	return l, nil
}

// Identities are the ways in which a person can sign in.
func (l *Service) Identities(ctx context.Context, id account.ID) ([]account.Identity, error) {
	all, err := l.store.IdentitiesOf(ctx, id)
	return all, session.Unavailable(err)
}

// Renewal is the session in hand after a change of rights: another token for the same session.
type Renewal struct {
	Token     session.Token
	Principal *session.Principal
}

// Unlink takes one of p's identities away. The answer is nil if the session in hand ended with it, because it had begun by
// that identity.
//
// Errors: session.ErrNone if the session is gone, account.ErrNotFound if p has no such identity (any more),
// problem.LinkLast, or another *problem.Error.
func (l *Service) Unlink(ctx context.Context, r UnlinkRequest) (*Renewal, error) {
	token, err := session.Mint(l.now(), l.random)
	if err != nil {
		return nil, fmt.Errorf("linking: %w", err)
	}
	r.Renewed, r.At = token.Key(), l.now().UTC()
	next, err := l.store.Unlink(ctx, r)
	switch {
	case errors.Is(err, session.ErrNone), errors.Is(err, account.ErrNotFound), errors.Is(err, ErrLastIdentity):
		return nil, err
	case err != nil:
		return nil, session.Unavailable(err)
	}
	l.sessions.ForgetUser(r.UserID)
	l.wake()
	if next == nil {
		return nil, nil
	}
	return &Renewal{token, next}, nil
}
