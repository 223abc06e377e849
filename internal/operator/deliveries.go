package operator

import (
	"context"
	"errors"
	"slices"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
)

// DeliveryStore reads how far the delivery of events is, and skips events that the app refuses. Every method is one
// transaction.
type DeliveryStore interface {
	// DeliveryStatus returns how far the delivery is.
	DeliveryStatus(context.Context) (events.Status, error)
	// HeldEvents lists the events that were tried and not accepted, one for each user.
	HeldEvents(ctx context.Context, limit int) ([]events.HeldEvent, error)
	// SkipEvent skips an event that was tried and not accepted, with the access record. events.ErrNone,
	// events.ErrNotHeld.
	SkipEvent(context.Context, events.Skip) (events.Event, error)
	// SkippedEvents lists the skipped events that are still kept, the last one first.
	SkippedEvents(ctx context.Context, limit int) ([]events.SkippedEvent, error)
}

// Deliveries watches the delivery of events to the app.
type Deliveries struct {
	caller *Caller
	store  DeliveryStore
}

// NewDeliveries returns Deliveries for a caller.
func NewDeliveries(c *Caller, store DeliveryStore) *Deliveries { return &Deliveries{c, store} }

// Skip skips an event that the app has refused, by its id: the later events of its user are delivered. The event
// stays in the feed. It needs the actor's reason: [ErrNoReason]. [events.ErrNone], [events.ErrNotHeld].
func (d *Deliveries) Skip(ctx context.Context, id string) (events.Event, error) {
	if err := d.caller.needReason(); err != nil {
		return events.Event{}, err
	}
	e, err := d.store.SkipEvent(ctx, events.Skip{ID: id, At: d.caller.now(), Actor: d.caller.actor})
	refused := audit.Access{Kind: audit.EventSkip, Outcome: audit.NotFound, Detail: "event=" + id}
	switch {
	case errors.Is(err, events.ErrNone):
		return e, errors.Join(err, d.caller.record(ctx, refused))
	case errors.Is(err, events.ErrNotHeld):
		refused.Outcome = audit.Unchanged
		return e, errors.Join(err, d.caller.record(ctx, refused))
	}
	return e, err
}

// Skipped lists at most limit events that operators have skipped, the last one first, with an access record for
// each user concerned.
func (d *Deliveries) Skipped(ctx context.Context, limit int) ([]events.SkippedEvent, error) {
	all, err := d.store.SkippedEvents(ctx, min(max(limit, 1), MaxPage))
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var users []account.ID
	for _, e := range all {
		if e.UserID != "" && !slices.Contains(users, e.UserID) {
			users = append(users, e.UserID)
		}
	}
	access := audit.Access{Kind: audit.EventStatus, Outcome: audit.Done, Detail: "skipped"}
	return all, d.caller.record(ctx, access, users...)
}

// Status returns how far the delivery of events to the app is, and at most limit events that it holds back, with
// an access record for each user concerned.
func (d *Deliveries) Status(ctx context.Context, limit int) (events.Status, []events.HeldEvent, error) {
	status, err := d.store.DeliveryStatus(ctx)
	if err != nil {
		return status, nil, err
	}
	held, err := d.store.HeldEvents(ctx, min(max(limit, 1), MaxPage))
	if err != nil {
		return status, nil, err
	}
	var users []account.ID
	for _, h := range held {
		if h.UserID != "" {
			users = append(users, h.UserID)
		}
	}
	return status, held, d.caller.record(ctx, audit.Access{Kind: audit.EventStatus, Outcome: audit.Done}, users...)
}
