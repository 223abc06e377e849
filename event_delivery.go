package norang

import (
	"context"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/events"
)

// Errors of [Users.SkipEvent], for errors.Is.
var (
	// ErrNoEvent: there is no such event, or it is no longer kept.
	ErrNoEvent = events.ErrNone
	// ErrEventNotHeld: the event was not sent yet, the app has accepted it, or it waits for another event of its user.
	ErrEventNotHeld = events.ErrNotHeld
)

// EventDelivery is how far the delivery of events to Config.EventsURL is.
type EventDelivery struct {
	// Waiting counts the events that are not delivered yet.
	Waiting int
	// DeliveredAt is the last success, zero if there was none.
	DeliveredAt time.Time
	// Failures counts the failed calls since then, FailingSince is the first of them and LastError what the last one said.
	Failures     int64
	FailingSince time.Time
	LastError    string
	// HeldUsers counts the users whose events wait because the app did not accept one; Held are these events, the longest
	// failing first.
	HeldUsers int
	Held      []HeldEvent
	// Skipped are the events that were skipped and are still kept, the last one first.
	Skipped []SkippedEvent
}

// HeldEvent is an event that was sent and not accepted. The later events of its user wait for it.
type HeldEvent struct {
	ID           string // for [Users.SkipEvent]; "" if the event is no longer kept
	Kind         EventKind
	UserID       string // "" for an event about all users
	Failures     int64
	FailingSince time.Time
	NextAttempt  time.Time
	LastError    string
}

// SkippedEvent is an event that was skipped.
type SkippedEvent struct {
	Event

	SkippedAt time.Time
	SkippedBy string // "operator:ACCOUNT" or "key:ID"
}

// EventDelivery returns how far the delivery of events to the app is, with at most limit held and limit skipped events:
// 1 to 500, 0 for 100. [ErrLimit].
func (u *Users) EventDelivery(ctx context.Context, limit int) (*EventDelivery, error) {
	limit, err := page(limit)
	if err != nil {
		return nil, err
	}
	use, err := u.operate()
	if err != nil {
		return nil, err
	}
	s, held, err := use.Deliveries.Status(ctx, limit)
	if err != nil {
		return nil, err
	}
	skipped, err := use.Deliveries.Skipped(ctx, limit)
	if err != nil {
		return nil, err
	}
	out := &EventDelivery{
		Waiting: s.Waiting, DeliveredAt: s.DeliveredAt, Failures: s.Failures, FailingSince: s.FailingSince,
		LastError: s.LastError, HeldUsers: s.Held,
	}
	for _, h := range held {
		out.Held = append(out.Held, HeldEvent{
			ID: h.ID, Kind: EventKind(h.Kind), UserID: string(h.UserID), Failures: h.Failures, FailingSince: h.FailingSince,
			NextAttempt: h.Due, LastError: h.LastError,
		})
	}
	for _, e := range skipped {
		out.Skipped = append(out.Skipped, SkippedEvent{newEvent(e.Event), e.SkippedAt, e.SkippedBy})
	}
	return out, nil
}

// SkipEvent skips an event that the app has not accepted, given by HeldEvent.ID or its webhook-id: the later events of
// its user are delivered, and the event stays in the feed. It needs [Actor].Reason: [ErrNoReason]. [ErrNoEvent],
// [ErrEventNotHeld].
func (u *Users) SkipEvent(ctx context.Context, id string) (Event, error) {
	use, err := u.operate()
	if err != nil {
		return Event{}, err
	}
	e, err := use.Deliveries.Skip(ctx, strings.TrimPrefix(id, "evt_"))
	if err != nil {
		return Event{}, err
	}
	return newEvent(e), nil
}
