package events

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/hook"
	"github.com/norang-login/norang/internal/jobs"
)

// State is how far delivery is, and whether the app accepts events.
type State struct {
	// Position is that of the last event that needs no delivery any more, or is left to a [Hold], as are all before it.
	Position     int64
	Failures     int64     // attempts since the last success
	FailingSince time.Time // when the first of them failed
	LastError    string    // of the last of them
	DeliveredAt  time.Time // the last success
}

// Hold is a user whose events wait while those of other users are delivered.
type Hold struct {
	UserID account.ID // "" for the events that concern all users
	// Next is where the delivery of the user's events continues. With Failures it is the position of the event that
	// failed.
	Next         int64
	Due          time.Time
	Failures     int64
	FailingSince time.Time
	LastError    string
}

// Claim is a lease on the delivery of events.
type Claim struct {
	Number int64 // every claim has another one, and only the newest can be saved
	State
	Holds []Hold
}

// Progress is what a claim saves.
type Progress struct {
	Number int64
	State
	Due      time.Time    // when the lease ends, or the next claim is possible
	Held     []Hold       // new and changed
	Released []account.ID // no longer held
}

// Store is the feed and the state of its delivery. Every method is one durable transaction.
type Store interface {
	// Events reads the feed after a position; see ErrCursor.
	Events(ctx context.Context, after int64, limit int) ([]Event, int64, error)
	// EventsOf reads the events of one user with positions of a range, both ends included.
	EventsOf(ctx context.Context, user account.ID, from, to int64, limit int) ([]Event, error)
	// ClaimDelivery claims the delivery for the duration of the lease, or returns nil if it is not due or has nothing
	// to send.
	ClaimDelivery(ctx context.Context, now time.Time, lease time.Duration) (*Claim, error)
	// SaveDelivery saves the progress of a claim, or returns jobs.ErrLost if another process has claimed the delivery.
	SaveDelivery(context.Context, Progress) error
}

// Skip asks to send an event no more that the app has not accepted.
type Skip struct {
	ID    string // of the event
	At    time.Time
	Actor audit.Actor
}

// SkippedEvent is an event that an operator has skipped.
type SkippedEvent struct {
	Event
	SkippedAt time.Time
	SkippedBy string // as in audit.Event
}

// Status is the state of delivery as operators see it.
type Status struct {
	State
	Waiting   int       // events not yet delivered, about
	Held      int       // users whose next event was tried and not accepted
	HeldSince time.Time // the longest of them
}

// HeldEvent is the event that a hold waits for.
type HeldEvent struct {
	Hold
	ID   string // "" if it has expired
	Kind Kind
}

// Outcome is the result of one attempt to deliver one event.
type Outcome string

const (
	Delivered Outcome = "delivered"
	Failed    Outcome = "failed" // will be retried
	// Skipped means that the app refused this event for too long while later events of the user waited.
	Skipped Outcome = "passed_over"
	// Missed means that the app did not accept an event for as long as events are kept.
	Missed Outcome = "missed"
)

const (
	batch = 100
	// lease is renewed at every save.
	lease = 30 * time.Second
	poll  = time.Second
	// saveEvery bounds how much is delivered twice if the process dies.
	saveEvery = time.Second
	// first and longest bound the back-off.
	first   = 2 * time.Second
	longest = 5 * time.Minute
	// refusedFor is how long a refused event holds up the later ones of its user.
	refusedFor = 24 * time.Hour
	// logEvery limits the log while the app is unreachable.
	logEvery = time.Hour
)

// MaxWait is longer than the delivery waits for anything. What is due later was written by a clock that was ahead.
const MaxWait = 2 * longest

// DeliveryConfig configures a [Delivery].
type DeliveryConfig struct {
	Store  Store
	Client *hook.Client
	// Observe is called with each outcome. Optional.
	Observe func(Outcome)
	Now     func() time.Time // default time.Now
	Random  io.Reader        // for jitter; default crypto/rand
	Log     *slog.Logger     // default slog.Default()
}

// Delivery sends events to the app: those of one user one at a time in the order of the feed, each until the app
// responds with a status of 200 to 299, and those of several users at the same time. If a process dies before it saves
// its progress, the next one sends the same events again with the same ids.
type Delivery struct {
	cfg    DeliveryConfig
	logged time.Time // when an outage was last logged
}

// NewDelivery returns a Delivery. [Delivery.Run] starts it.
func NewDelivery(cfg DeliveryConfig) (*Delivery, error) {
	if cfg.Store == nil || cfg.Client == nil {
		return nil, errors.New("events: Store and Client are required")
	}
	if cfg.Observe == nil {
		cfg.Observe = func(Outcome) {}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Delivery{cfg: cfg}, nil
}

// Run delivers until ctx ends, then releases the claim.
func (d *Delivery) Run(ctx context.Context) {
	defer d.cfg.Client.Close()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for failing := false; ; {
		err := d.turn(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			d.cfg.Log.ErrorContext(ctx, "events not read", "err", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// turn claims the delivery if it is due, and sends until nothing is left or the app is found to be down.
func (d *Delivery) turn(ctx context.Context) error {
	c, err := d.cfg.Store.ClaimDelivery(ctx, d.cfg.Now(), lease)
	if err != nil || c == nil {
		return err
	}
	err = newRound(d, c).run(ctx)
	if errors.Is(err, jobs.ErrLost) {
		d.cfg.Log.WarnContext(ctx, "event delivery claim lost")
		return nil
	}
	return err
}

// read reads the feed after a position. Events that expired before they could be delivered are reported as missed.
func (d *Delivery) read(ctx context.Context, after int64) ([]Event, error) {
	all, _, err := d.cfg.Store.Events(ctx, after, batch)
	if errors.Is(err, ErrCursor) {
		d.cfg.Observe(Missed)
		d.cfg.Log.ErrorContext(ctx, "events expired before they could be delivered", "kept", Keep)
		all, _, err = d.cfg.Store.Events(ctx, 0, batch)
	}
	return all, err
}

// logDown logs the first failure of an outage, and then one an hour.
func (d *Delivery) logDown(s State) {
	now := d.cfg.Now()
	if !d.logged.IsZero() && now.Sub(d.logged) < logEvery {
		return
	}
	d.logged = now
	d.cfg.Log.Warn("the app does not accept events, will be retried",
		"failures", s.Failures, "since", s.FailingSince, "err", s.LastError)
}
