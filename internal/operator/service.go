package operator

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/export"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/withdrawal"
)

// Config is what [New] needs. A dependency that the caller does not use may be nil; the methods that need it then
// panic.
type Config struct {
	Records    Records // required
	Users      Users   // required
	Directory  Directory
	Sessions   Sessions
	Jobs       Jobs
	Log        Log
	Events     Events
	Deliveries Deliveries
	Nicknames  Nicknames
	Keys       Keys
	Origins    Origins
	Returns    *returnurl.Policy
	Withdrawal *withdrawal.Service
	Linking    *linking.Service
	Tokens     *providertoken.Service
	Exports    export.Store
	Failures   failures.Store
	Listings   Listings
	// Changed is called after a change of a user or the end of a session, so that a running service forgets what it has
	// cached. Optional.
	Changed func(account.ID)
	// OriginsChanged is called after a change of the preview origins. Optional.
	OriginsChanged func(context.Context)
	// KeepOperator refuses to disable or withdraw the last active operator of the console. The commands next to the
	// database do without.
	KeepOperator bool
	Actor        audit.Actor      // required: an operator or an API key
	Now          func() time.Time // default time.Now
}

// Records writes access records.
type Records interface {
	// Record adds events to the log, all or none.
	Record(context.Context, []audit.Event) error
	// Digest returns a hash of all access records of a period: it changes if a record is added, removed or changed.
	Digest(ctx context.Context, from, to time.Time) ([sha256.Size]byte, error)
}

// Service performs use cases for an operator or an API key.
type Service struct{ base }

// base records what is done, finds the users concerned, and keeps the API keys and the preview origins.
type base struct{ cfg Config }

// New returns a Service.
func New(cfg Config) (*Service, error) {
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
	if cfg.Changed == nil {
		cfg.Changed = func(account.ID) {}
	}
	if cfg.OriginsChanged == nil {
		cfg.OriginsChanged = func(context.Context) {}
	}
	return &Service{base{cfg}}, nil
}

func (s *base) now() time.Time { return s.cfg.Now().UTC() }

// ErrNotRecorded: the access record could not be written, so nothing was shown or done.
var ErrNotRecorded = errors.New("operator: access record not written")

// record writes an access record for each user concerned, or one without a user if there is none.
func (s *base) record(ctx context.Context, a audit.Access, users ...account.ID) error {
	a.At = s.now()
	var all []audit.Event
	for _, id := range users {
		a.UserID = string(id)
		e, _ := s.cfg.Actor.Access(a)
		all = append(all, e)
	}
	if len(all) == 0 {
		e, _ := s.cfg.Actor.Access(a)
		all = append(all, e)
	}
	if err := s.cfg.Records.Record(ctx, all); err != nil {
		return fmt.Errorf("%w: %w", ErrNotRecorded, err)
	}
	return nil
}

// RecordRoles records that the list of operators is read, before it is shown.
func (s *base) RecordRoles(ctx context.Context) error {
	return s.record(ctx, audit.Access{Kind: audit.RoleList, Outcome: audit.Done})
}

// RecordForAll records an action that concerns the data of all users, before it is performed.
func (s *base) RecordForAll(ctx context.Context, kind audit.Kind, o audit.Outcome, detail string) error {
	return s.record(ctx, audit.Access{Kind: kind, Outcome: o, Detail: detail})
}
