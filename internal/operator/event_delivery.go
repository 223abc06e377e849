package operator

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
)

// Deliveries is what this package needs of the delivery of events. Every method is one transaction.
type Deliveries interface {
	// EventByID reads one event; events.ErrNone if there is none.
	EventByID(ctx context.Context, id string) (events.Event, error)
	// EventPosition returns the cursor with which the events from a time on are read.
	EventPosition(ctx context.Context, at time.Time) (int64, error)
	// DeliveryStatus returns how far the delivery is.
	DeliveryStatus(context.Context) (events.Status, error)
	// HeldEvents lists the events that were tried and not accepted, one for each user.
	HeldEvents(ctx context.Context, limit int) ([]events.HeldEvent, error)
	Skips
}

// Skips skips events that the app refuses. Every method is one transaction.
type Skips interface {
	// SkipEvent skips an event that was tried and not accepted, with the access record. events.ErrNone,
	// events.ErrNotHeld.
	SkipEvent(context.Context, events.Skip) (events.Event, error)
	// SkippedEvents lists the skipped events that are still kept, the last one first.
	SkippedEvents(ctx context.Context, limit int) ([]events.SkippedEvent, error)
}

// SkipEvent skips an event that the app has refused, by its id: the later events of its user are delivered. The event
// stays in the feed. It needs the actor's reason: [ErrNoReason]. [events.ErrNone], [events.ErrNotHeld].
func (s *base) SkipEvent(ctx context.Context, id string) (events.Event, error) {
	if s.cfg.Actor.Reason == "" {
		return events.Event{}, ErrNoReason
	}
	e, err := s.cfg.Deliveries.SkipEvent(ctx, events.Skip{ID: id, At: s.now(), Actor: s.cfg.Actor})
	refused := audit.Access{Kind: audit.EventSkip, Outcome: audit.NotFound, Detail: "event=" + id}
	switch {
	case errors.Is(err, events.ErrNone):
		return e, errors.Join(err, s.record(ctx, refused))
	case errors.Is(err, events.ErrNotHeld):
		refused.Outcome = audit.Unchanged
		return e, errors.Join(err, s.record(ctx, refused))
	}
	return e, err
}

// SkippedEvents lists at most limit events that operators have skipped, the last one first, with an access record for
// each user concerned.
func (s *base) SkippedEvents(ctx context.Context, limit int) ([]events.SkippedEvent, error) {
	all, err := s.cfg.Deliveries.SkippedEvents(ctx, min(max(limit, 1), MaxPage))
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var users []account.ID
	for _, e := range all {
		if e.UserID != "" && !slices.Contains(users, e.UserID) {
			users = append(users, e.UserID)
		}
	}
	return all, s.record(ctx, audit.Access{Kind: audit.EventStatus, Outcome: audit.Done, Detail: "skipped"}, users...)
}

// EventDelivery returns how far the delivery of events to the app is, and at most limit events that it holds back, with
// an access record for each user concerned.
func (s *Service) EventDelivery(ctx context.Context, limit int) (events.Status, []events.HeldEvent, error) {
	status, err := s.cfg.Deliveries.DeliveryStatus(ctx)
	if err != nil {
		return status, nil, err
	}
	held, err := s.cfg.Deliveries.HeldEvents(ctx, min(max(limit, 1), MaxPage))
	if err != nil {
		return status, nil, err
	}
	var users []account.ID
	for _, h := range held {
		if h.UserID != "" {
			users = append(users, h.UserID)
		}
	}
	return status, held, s.record(ctx, audit.Access{Kind: audit.EventStatus, Outcome: audit.Done}, users...)
}

// EventSelection selects events by id, or all from a time on.
type EventSelection struct {
	IDs   []string
	Since time.Time
	// Limit is the maximum number of events, the latest ones; 0 for all.
	Limit int
}

// ReadEvents reads the events of the feed that are selected, the oldest first, and returns the cursor behind them. show
// is called with each; its error ends the reading. One access record covers them: events hold ids only.
func (s *Service) ReadEvents(ctx context.Context, sel EventSelection, show func(events.Event) error) (int64, error) {
	if err := s.record(ctx, audit.Access{Kind: audit.EventList, Outcome: audit.Done, Detail: sel.detail()}); err != nil {
		return 0, err
	}
	return eachEvent(ctx, s, sel, show)
}

// FollowEvents is ReadEvents for those after a cursor that ReadEvents returned, without a record of its own.
func (s *Service) FollowEvents(ctx context.Context, cursor int64, show func(events.Event) error) (int64, error) {
	for {
		all, next, err := s.cfg.Events.Events(ctx, cursor, MaxEvents)
		if err != nil {
			return cursor, err
		}
		for _, e := range all {
			if err := show(e); err != nil {
				return cursor, err
			}
			cursor = e.Position
		}
		if len(all) < MaxEvents {
			return max(cursor, next), nil
		}
	}
}

// ReplayEvents sends the selected events again with send, the oldest first, and returns how many it sent. They keep
// their ids. It ends at the first error of send.
func (s *Service) ReplayEvents(ctx context.Context, sel EventSelection, send func(events.Event) error) (int, error) {
	access := audit.Access{Kind: audit.EventReplay, Outcome: audit.Begun, Detail: sel.detail()}
	if err := s.record(ctx, access); err != nil {
		return 0, err
	}
	sent := 0
	_, err := eachEvent(ctx, s, sel, func(e events.Event) error {
		err := send(e)
		if err == nil {
			sent++
		}
		return err
	})
	access.Outcome, access.Detail = audit.Done, access.Detail+" sent="+strconv.Itoa(sent)
	if err != nil {
		access.Outcome = audit.NotDone
	}
	return sent, errors.Join(err, s.record(context.WithoutCancel(ctx), access))
}

func (sel EventSelection) detail() string {
	if len(sel.IDs) == 1 {
		return "event=" + sel.IDs[0]
	}
	if len(sel.IDs) > 1 {
		return "events=" + strconv.Itoa(len(sel.IDs))
	}
	return "since=" + sel.Since.UTC().Format(time.RFC3339)
}

func eachEvent(ctx context.Context, s *Service, sel EventSelection, show func(events.Event) error) (int64, error) {
	var all []events.Event
	for _, id := range sel.IDs {
		e, err := s.cfg.Deliveries.EventByID(ctx, id)
		if err != nil {
			return 0, err
		}
		all = append(all, e)
	}
	if len(sel.IDs) > 0 {
		for _, e := range all {
			if err := show(e); err != nil {
				return 0, err
			}
		}
		return 0, nil
	}
	from, err := s.cfg.Deliveries.EventPosition(ctx, sel.Since)
	if err != nil {
		return 0, err
	}
	if sel.Limit > 0 { // positions of kept events have no gaps
		last, err := s.cfg.Deliveries.EventPosition(ctx, s.now().AddDate(100, 0, 0))
		if err != nil {
			return 0, err
		}
		from = max(from, last-int64(sel.Limit))
	}
	return s.FollowEvents(ctx, from, show)
}
