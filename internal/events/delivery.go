package events

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/hook"
)

// Claim is the right to tell the app, for a while and for one process.
type Claim struct {
	// Number settles the claim; it changes with every claim.
	Number int64
	// Position is how far the app was told.
	Position int64
	// Failures counts the tries that failed since the last success, FailingSince when the first of them was.
	Failures     int64
	FailingSince time.Time
}

// Store is what delivery needs of the database. Every method is one durable transaction.
type Store interface {
	// Events reads the feed after a position, see ErrCursor.
	Events(ctx context.Context, after int64, limit int) ([]Event, int64, error)
	// ClaimDelivery takes the delivery for the length of the lease, if it is due and there is anything to send; nil if not.
	ClaimDelivery(ctx context.Context, now time.Time, lease time.Duration) (*Claim, error)
	// SettleDelivery writes how far it came and gives the claim back; the next one is possible at due. ErrLost if somebody
	// else has claimed it meanwhile.
	SettleDelivery(ctx context.Context, c Claim, due time.Time) error
}

// ErrLost: somebody else has claimed the delivery meanwhile. What this claim wanted to write was not written.
var ErrLost = errors.New("events: claim lost")

// Outcome is what came of one try to tell the app of one event.
type Outcome string

const (
	Delivered Outcome = "delivered"
	Failed    Outcome = "failed" // will be tried again
	// PassedOver: the app refused this very event for too long, and the others were waiting behind it.
	PassedOver Outcome = "passed_over"
	// Missed: the app was not to be reached for longer than events are kept.
	Missed Outcome = "missed"
)

const (
	batch = 100
	// turn is how long one claim sends, lease how long nobody else can: one more event may take a whole timeout.
	turn  = 20 * time.Second
	lease = 2 * time.Minute
	poll  = time.Second
	// first and longest bound the waits between tries, which double from one to the other.
	first   = 2 * time.Second
	longest = 5 * time.Minute
	// refusedFor is how long an event that the app refuses holds up those behind it.
	refusedFor = 24 * time.Hour
	// sayEvery bounds the log of an app that is away.
	sayEvery = time.Hour
)

// DeliveryConfig is what [NewDelivery] needs.
type DeliveryConfig struct {
	Store  Store
	Client *hook.Client
	// Observe counts what came of each try. Optional.
	Observe func(Outcome)
	Now     func() time.Time // default time.Now
	Random  io.Reader        // for jitter; default crypto/rand
	Log     *slog.Logger     // default slog.Default()
}

// Delivery tells the app: one event after the other, in the order of their positions, each until the app has answered
// with a status of 200 to 299. What a process told and could not note down any more is told again by the next one, under
// the same id.
type Delivery struct {
	cfg  DeliveryConfig
	said time.Time // when the log last heard of trouble
}

// NewDelivery makes a Delivery. It starts nothing: see [Delivery.Run].
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

// Run delivers until ctx ends, and then gives the claim back.
func (d *Delivery) Run(ctx context.Context) {
	defer d.cfg.Client.Close()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for failing := false; ; {
		more, err := d.turn(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			d.cfg.Log.Error("events not delivered: the store fails", "err", err)
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

// turn claims the delivery, if it is due, and sends for a while. It says whether there may be more.
func (d *Delivery) turn(ctx context.Context) (more bool, err error) {
	c, err := d.cfg.Store.ClaimDelivery(ctx, d.cfg.Now(), lease)
	if err != nil || c == nil {
		return false, err
	}
	wait, more, err := d.send(ctx, c)
	// How far it came must be written down, also when the program is stopping.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	settled := d.cfg.Store.SettleDelivery(last, *c, d.cfg.Now().Add(wait))
	if errors.Is(settled, ErrLost) {
		d.cfg.Log.Warn("delivery of events was taken over")
		return false, err
	}
	return more && wait == 0 && settled == nil, errors.Join(err, settled)
}

// send tells of what comes after c.Position and moves it on. It says how long to wait before the next turn.
func (d *Delivery) send(ctx context.Context, c *Claim) (wait time.Duration, more bool, err error) {
	all, _, err := d.cfg.Store.Events(ctx, c.Position, batch)
	if errors.Is(err, ErrCursor) {
		d.cfg.Observe(Missed)
		d.cfg.Log.Error("the app has missed events for good: it could not be told for longer than they are kept", "kept", Keep)
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
		answer, err := d.tell(ctx, e)
		if ctx.Err() != nil {
			return 0, false, nil // cut off by ourselves, which is no fault of the app's
		}
		if err == nil {
			d.succeeded(c, e)
			continue
		}
		if d.passOver(c, e, answer) {
			continue
		}
		return d.failed(c, e, answer, err), false, nil
	}
	return 0, len(all) == batch, nil
}

func (d *Delivery) tell(ctx context.Context, e Event) (*hook.Answer, error) {
	body, err := e.Body()
	if err != nil {
		return nil, err
	}
	answer, err := d.cfg.Client.Post(ctx, "evt_"+e.ID, body)
	if errors.Is(err, hook.ErrAnswer) {
		err = nil // it talks too much, and nobody listens: the status is what counts
	}
	if err == nil && !answer.OK() {
		err = fmt.Errorf("answered with status %d", answer.Status)
	}
	return answer, err
}

func (d *Delivery) succeeded(c *Claim, e Event) {
	if c.Failures > 0 {
		d.cfg.Log.Info("events are delivered again", "failed", c.Failures, "since", c.FailingSince)
		d.said = time.Time{}
	}
	c.Position, c.Failures, c.FailingSince = e.Position, 0, time.Time{}
	d.cfg.Observe(Delivered)
}

// failed notes a failure and says how long to wait. The log hears of the first one, and then once an hour.
func (d *Delivery) failed(c *Claim, e Event, answer *hook.Answer, err error) time.Duration {
	now := d.cfg.Now()
	c.Failures++
	if c.FailingSince.IsZero() {
		c.FailingSince = now
	}
	d.cfg.Observe(Failed)
	wait := d.backoff(c.Failures)
	if answer != nil {
		wait = max(wait, min(answer.RetryAfter, longest))
	}
	if d.said.IsZero() || now.Sub(d.said) >= sayEvery {
		d.said = now
		d.cfg.Log.Warn("event not delivered, it will be tried again",
			"event", e.ID, "kind", e.Kind, "failures", c.Failures, "since", c.FailingSince, "wait", wait.Round(time.Second), "err", err)
	}
	return wait
}

// passOver reports whether an event is given up: the app is there, and has refused this one for a day. Whoever wants it
// still finds it by cursor.
func (d *Delivery) passOver(c *Claim, e Event, answer *hook.Answer) bool {
	if answer == nil || c.FailingSince.IsZero() || d.cfg.Now().Sub(c.FailingSince) < refusedFor {
		return false
	}
	switch answer.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
	default:
		return false // 401, 404 and the like are about the app, not about the event
	}
	d.cfg.Observe(PassedOver)
	d.cfg.Log.Error("event passed over: the app refused it for a day", "event", e.ID, "kind", e.Kind, "status", answer.Status, "since", c.FailingSince)
	c.Position, c.Failures, c.FailingSince = e.Position, 0, time.Time{}
	return true
}

// backoff doubles from first to longest, less up to a half at random.
func (d *Delivery) backoff(failures int64) time.Duration {
	wait := longest
	if failures < 20 {
		wait = min(first<<(failures-1), longest)
	}
	var b [8]byte
	if _, err := io.ReadFull(d.cfg.Random, b[:]); err != nil {
		return wait
	}
	return wait - time.Duration(binary.BigEndian.Uint64(b[:])%uint64(wait/2+1))
}
