package operator

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// Config is what [New] needs. A store that a caller has no use for may be left out; the methods that need it then panic.
type Config struct {
	Records  Records // required
	Users    Users   // required
	Sessions Sessions
	Jobs     Jobs
	Leaving  Leaving
	Linking  Linking
	Exports  Exports
	Log      Log
	// Who acts. Required.
	Who Who
	Now func() time.Time // default time.Now
}

// Who is who acts, and from where.
type Who struct {
	// Account is who: the name of a person, without the prefix that the log has before it. Required.
	Account string
	// Reason is why, in their own words; may be empty but for what hands data out.
	Reason string
	// Origin is from where. RequestID binds the lines of one command together.
	Client audit.Client
}

// Records is where access records are written.
type Records interface {
	// Record adds lines to the log, all or none.
	Record(context.Context, []audit.Event) error
	// Digest makes one number of every line that is kept of a time and tells of those who handle members' data: any other
	// line, one line less, or one changed, makes another number.
	Digest(ctx context.Context, from, to time.Time) ([sha256.Size]byte, error)
}

// Desk is where an operator acts.
type Service struct {
	cfg Config
}

// New makes a Desk.
func New(cfg Config) (*Service, error) {
	if cfg.Records == nil || cfg.Users == nil || cfg.Who.Account == "" {
		return nil, errors.New("operator: Records, People and Who.Account are required")
	}
	if len(cfg.Who.Reason) > audit.MaxReason {
		return nil, fmt.Errorf("operator: the reason is longer than %d bytes", audit.MaxReason)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Service{cfg: cfg}, nil
}

// Actor is how the log names the operator.
func (d *Service) Actor() string { return audit.OperatorPrefix + d.cfg.Who.Account }

func (d *Service) now() time.Time { return d.cfg.Now().UTC() }

// ErrNotRecorded: the access record could not be written, so nothing was shown or done.
var ErrNotRecorded = errors.New("operator: not recorded, therefore not done")

// note is what an access record says beyond who acts.
type note struct {
	kind    audit.Kind
	outcome audit.Outcome
	detail  string
}

// record writes one access record for each person concerned, or one of nobody if there is none.
func (d *Service) record(ctx context.Context, n note, people ...account.ID) error {
	e := audit.Event{
		At: d.now(), Kind: n.kind, Actor: d.Actor(), Reason: d.cfg.Who.Reason, Client: d.cfg.Who.Client, Outcome: n.outcome, Detail: n.detail,
	}
	lines := make([]audit.Event, 0, len(people)+1)
	for _, id := range people {
		e.UserID = string(id)
		lines = append(lines, e)
	}
	if len(lines) == 0 {
		lines = append(lines, e)
	}
	if err := d.cfg.Records.Record(ctx, lines); err != nil {
		return fmt.Errorf("%w: %w", ErrNotRecorded, err)
	}
	return nil
}

// access is the same for a change, which records itself.
func (d *Service) access(kind audit.Kind, detail string) *audit.Access {
	return &audit.Access{Kind: kind, Reason: d.cfg.Who.Reason, Detail: detail}
}

// Everybody records something that concerns everybody's data at once, before it is done.
func (d *Service) RecordForAll(ctx context.Context, kind audit.Kind, detail string) error {
	return d.record(ctx, note{kind, audit.Done, detail})
}
