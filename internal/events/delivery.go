package events

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/hook"
	"github.com/norang-login/norang/internal/jobs"
)

// Claim is a lease on the delivery of events.
type Claim struct {
	Number       int64     // settles the claim; every claim has another one
	Position     int64     // of the last delivered event
	Failures     int64     // attempts since the last success
	FailingSince time.Time // when the first of them failed
}

// Store is the feed and the state of its delivery. Every method is one durable transaction.
type Store interface {
	// Events reads the feed after a position; see ErrCursor.
	Events(ctx context.Context, after int64, limit int) ([]Event, int64, error)
	// ClaimDelivery claims the delivery for the duration of the lease, or returns nil if it is not due or has no
	// events.
	ClaimDelivery(ctx context.Context, now time.Time, lease time.Duration) (*Claim, error)
	// SettleDelivery saves the position and releases the claim until due, or returns jobs.ErrLost if it has been lost.
	SettleDelivery(ctx context.Context, c Claim, due time.Time) error
}

// Outcome is the result of one attempt to deliver one event.
type Outcome string

const (
	Delivered Outcome = "delivered"
	Failed    Outcome = "failed" // will be retried
	// Skipped means that the app refused this event for too long while others waited.
	Skipped Outcome = "passed_over"
	// Missed means that the app was unreachable for longer than events are kept.
	Missed Outcome = "missed"
)

const (
	batch = 100
	// turn is how long one claim sends. The lease is longer, because the last event may take a whole timeout.
	turn  = 20 * time.Second
	lease = 2 * time.Minute
	poll  = time.Second
	// first and longest bound the back-off.
	first   = 2 * time.Second
	longest = 5 * time.Minute
	// refusedFor is how long a refused event holds up the ones after it.
	refusedFor = 24 * time.Hour
	// logEvery limits the log while the app is unreachable.
	logEvery = time.Hour
)

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

// Delivery sends events to the app one at a time in the order of the feed, each until the app responds with a status
// of 200 to 299. If a process dies before it saves the position, the next one sends the event again with the same id.
type Delivery struct {
	cfg    DeliveryConfig
	logged time.Time // when a failure was last logged
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
		more, err := d.turn(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			d.cfg.Log.Error("events not read", "err", err)
		}
		failing = err != nil
		if more && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// turn claims the delivery if it is due and sends for a while. It reports whether there may be more.
func (d *Delivery) turn(ctx context.Context) (more bool, err error) {
	c, err := d.cfg.Store.ClaimDelivery(ctx, d.cfg.Now(), lease)
	if err != nil || c == nil {
		return false, err
	}
	wait, more, err := d.send(ctx, c)
	// The position must be saved even while the program stops.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	settled := d.cfg.Store.SettleDelivery(last, *c, d.cfg.Now().Add(wait))
	if errors.Is(settled, jobs.ErrLost) {
		d.cfg.Log.Warn("event delivery claim lost")
		return false, err
	}
	return more && wait == 0 && settled == nil, errors.Join(err, settled)
}

// send delivers the events after c.Position and advances it. It returns how long to wait before the next turn.
func (d *Delivery) send(ctx context.Context, c *Claim) (wait time.Duration, more bool, err error) {
	all, _, err := d.cfg.Store.Events(ctx, c.Position, batch)
	if errors.Is(err, ErrCursor) {
		d.cfg.Observe(Missed)
		d.cfg.Log.Error("events expired before they could be delivered", "kept", Keep)
		all, _, err = d.cfg.Store.Events(ctx, 0, batch)
	}
	if err != nil {
		return first, false, err
	}
	began := time.Now()
	for _, e := range all {
		if ctx.Err() != nil || time.Since(began) > turn {
			return 0, true, nil
		}
		answer, err := d.post(ctx, e)
		if err == nil {
			d.succeeded(c, e)
			continue
		}
		if ctx.Err() != nil {
			return 0, false, nil // interrupted, not a failure of the app
		}
		if d.skip(c, e, answer) {
			continue
		}
		return d.failed(c, e, answer, err), false, nil
	}
	return 0, len(all) == batch, nil
}

func (d *Delivery) post(ctx context.Context, e Event) (*hook.Answer, error) {
	body, err := e.Body()
	if err != nil {
		return nil, err
	}
	answer, err := d.cfg.Client.Post(ctx, "evt_"+e.ID, body)
	if errors.Is(err, hook.ErrAnswer) {
		err = nil // only the status counts
	}
	if err == nil && !answer.OK() {
		err = fmt.Errorf("status %d", answer.Status)
	}
	return answer, err
}

func (d *Delivery) succeeded(c *Claim, e Event) {
	if c.Failures > 0 {
		d.cfg.Log.Info("event delivery recovered", "failed", c.Failures, "since", c.FailingSince)
		d.logged = time.Time{}
	}
	c.Position, c.Failures, c.FailingSince = e.Position, 0, time.Time{}
	d.cfg.Observe(Delivered)
}

// failed records a failure and returns how long to wait. It logs the first one and then one an hour.
func (d *Delivery) failed(c *Claim, e Event, answer *hook.Answer, err error) time.Duration {
	now := d.cfg.Now()
	c.Failures++
	if c.FailingSince.IsZero() {
		c.FailingSince = now
	}
	d.cfg.Observe(Failed)
	wait := jobs.Backoff(first, longest, c.Failures, d.cfg.Random)
	if answer != nil {
		wait = max(wait, min(answer.RetryAfter, longest))
	}
	if d.logged.IsZero() || now.Sub(d.logged) >= logEvery {
		d.logged = now
		d.cfg.Log.Warn("event not delivered, will be retried",
			"event", e.ID, "kind", e.Kind, "failures", c.Failures, "since", c.FailingSince,
			"wait", wait.Round(time.Second), "err", err)
	}
	return wait
}

// skip reports whether to skip an event that the app has refused for a day. It stays in the feed for readers.
func (d *Delivery) skip(c *Claim, e Event, answer *hook.Answer) bool {
	if answer == nil || c.FailingSince.IsZero() || d.cfg.Now().Sub(c.FailingSince) < refusedFor {
		return false
	}
	switch answer.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
		http.StatusUnprocessableEntity:
	default:
		return false // 401, 404 and others concern the app, not this event
	}
	d.cfg.Observe(Skipped)
	d.cfg.Log.Error("event skipped: the app refused it for a day",
		"event", e.ID, "kind", e.Kind, "status", answer.Status, "since", c.FailingSince)
	c.Position, c.Failures, c.FailingSince = e.Position, 0, time.Time{}
	return true
}
