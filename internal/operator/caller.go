package operator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// RecordStore writes access records.
type RecordStore interface {
	// Record adds events to the log, all or none.
	Record(context.Context, []audit.Event) error
}

// UserFinder finds the users that an operator names. Every method is one transaction.
type UserFinder interface {
	// FindUsers lists the users that a selector may mean, at most two.
	FindUsers(context.Context, Selector) ([]account.ID, error)
	// UserDetails reads a user; account.ErrNotFound if there is none.
	UserDetails(ctx context.Context, id account.ID, now time.Time) (*User, error)
}

// Caller is who performs use cases: it records what is done and finds the users concerned. All services need one.
type Caller struct {
	actor   audit.Actor
	records RecordStore
	users   UserFinder
	clock   func() time.Time
}

// CallerConfig is what [NewCaller] needs.
type CallerConfig struct {
	Actor   audit.Actor      // required: an operator or an API key
	Records RecordStore      // required
	Users   UserFinder       // required
	Now     func() time.Time // default time.Now
}

// NewCaller returns a Caller.
func NewCaller(cfg CallerConfig) (*Caller, error) {
	if cfg.Records == nil || cfg.Users == nil || cfg.Actor.ID == "" {
		return nil, errors.New("operator: Records, Users and Actor are required")
	}
	if _, ok := cfg.Actor.Access(audit.Access{}); !ok {
		return nil, fmt.Errorf("operator: %s is not an operator or API key", cfg.Actor)
	}
	cfg.Actor.Reason = strings.TrimSpace(cfg.Actor.Reason) // blanks are no reason
	if len(cfg.Actor.Reason) > audit.MaxReason || !utf8.ValidString(cfg.Actor.Reason) {
		return nil, fmt.Errorf("operator: reason must be at most %d bytes of UTF-8", audit.MaxReason)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Caller{cfg.Actor, cfg.Records, cfg.Users, cfg.Now}, nil
}

func (c *Caller) now() time.Time { return c.clock().UTC() }

// ErrNoReason: data is handed out, and accounts are merged, only with a reason.
var ErrNoReason = errors.New("operator: a reason is required")

// needReason returns ErrNoReason if the actor gave no reason.
func (c *Caller) needReason() error {
	if c.actor.Reason == "" {
		return ErrNoReason
	}
	return nil
}

// ErrNotRecorded: the access record could not be written, so nothing was shown or done.
var ErrNotRecorded = errors.New("operator: access record not written")

// record writes an access record for each user concerned, or one without a user if there is none.
func (c *Caller) record(ctx context.Context, a audit.Access, users ...account.ID) error {
	a.At = c.now()
	var all []audit.Event
	for _, id := range users {
		a.UserID = string(id)
		e, _ := c.actor.Access(a)
		all = append(all, e)
	}
	if len(all) == 0 {
		e, _ := c.actor.Access(a)
		all = append(all, e)
	}
	if err := c.records.Record(ctx, all); err != nil {
		return fmt.Errorf("%w: %w", ErrNotRecorded, err)
	}
	return nil
}

// find returns the user that a selector names. A failed search is recorded too, but not its text: it may be an e-mail
// address written by mistake.
func (c *Caller) find(ctx context.Context, kind audit.Kind, who Selector) (account.ID, error) {
	ids, err := c.users.FindUsers(ctx, who)
	if err != nil {
		return "", err
	}
	switch len(ids) {
	case 1:
		return ids[0], nil
	case 0:
		return "", errors.Join(ErrNoSuchUser, c.record(ctx, audit.Access{Kind: kind, Outcome: audit.NotFound}))
	}
	return "", errors.Join(ErrAmbiguous, c.record(ctx, audit.Access{Kind: kind, Outcome: audit.Ambiguous}, ids...))
}

// look finds and reads a user. It does not record that: what follows does.
func (c *Caller) look(ctx context.Context, kind audit.Kind, who Selector) (*User, error) {
	id, err := c.find(ctx, kind, who)
	if err != nil {
		return nil, err
	}
	return c.users.UserDetails(ctx, id, c.now())
}
