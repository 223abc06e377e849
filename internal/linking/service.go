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

// ReasonUnlinked is the reason of events that follow from an unlink.
const ReasonUnlinked = "unlinked_by_owner"

// ErrLastIdentity: the account could not be signed in to without this identity.
var ErrLastIdentity = errors.New("linking: last identity")

// UnlinkRequest asks to remove one of a user's identities.
type UnlinkRequest struct {
	// Session is the session that asks. Renewed becomes its key; the service sets it.
	Session, Renewed session.Key
	UserID           account.ID
	IdentityID       string
	At               time.Time
	Actor            audit.Actor
}

// Store is what this package needs of the database. Every method is one transaction.
type Store interface {
	// IdentitiesOf lists a user's identities in the order in which they were linked.
	IdentitiesOf(context.Context, account.ID) ([]account.Identity, error)
	// Unlink removes one of several identities, ends its sessions and queues an unlink job. It returns the session with
	// its new key, nil if it has ended with the identity. session.ErrNone, account.ErrNotFound, ErrLastIdentity.
	Unlink(context.Context, UnlinkRequest) (*session.Principal, error)
	// Merge merges two accounts and returns the session with its new key, nil without one. session.ErrNone,
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
	// Wake tells the job runner that a job was queued. Optional.
	Wake   func()
	Now    func() time.Time // default time.Now
	Random io.Reader        // default crypto/rand
}

// Service lists and removes identities, merges accounts, and issues link tickets.
type Service struct {
	store    Store
	tickets  TicketStore
	sessions *session.Sessions
	wake     func()
	now      func() time.Time
	random   io.Reader
}

// New returns a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Tickets == nil || cfg.Sessions == nil {
		return nil, errors.New("linking: Store, Tickets and Sessions are required")
	}
	s := &Service{
		store: cfg.Store, tickets: cfg.Tickets, sessions: cfg.Sessions, wake: cfg.Wake, now: cfg.Now, random: cfg.Random,
	}
	if s.wake == nil {
		s.wake = func() {}
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	return s, nil
}

// Identities lists a user's identities.
func (s *Service) Identities(ctx context.Context, id account.ID) ([]account.Identity, error) {
	all, err := s.store.IdentitiesOf(ctx, id)
	return all, session.Unavailable(err)
}

// Renewal is a session with its new token, after a change of the user's rights.
type Renewal struct {
	Token     session.Token
	Principal *session.Principal
}

// Unlink removes one of a user's identities. The Renewal is nil if the session began with that identity, and so has
// ended.
//
// Errors: session.ErrNone if the session is gone, account.ErrNotFound if the user has no such identity,
// [ErrLastIdentity].
func (s *Service) Unlink(ctx context.Context, r UnlinkRequest) (*Renewal, error) {
	token, err := session.Mint(s.now(), s.random)
	if err != nil {
		return nil, fmt.Errorf("linking: %w", err)
	}
	r.Renewed, r.At = token.Key(), s.now().UTC()
	next, err := s.store.Unlink(ctx, r)
	switch {
	case errors.Is(err, session.ErrNone), errors.Is(err, account.ErrNotFound), errors.Is(err, ErrLastIdentity):
		return nil, err
	case err != nil:
		return nil, session.Unavailable(err)
	}
	s.sessions.ForgetUser(r.UserID)
	s.wake()
	if next == nil {
		return nil, nil
	}
	return &Renewal{token, next}, nil
}
