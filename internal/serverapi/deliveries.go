package serverapi

import (
	"strings"

	"github.com/norang-login/norang/internal/events"
)

func (c *call) delivery() (any, error) {
	limit, err := c.number("limit", defaultPage, 1, maxPage)
	if err != nil {
		return nil, err
	}
	status, held, err := c.use.Deliveries.Status(c.Context(), int(limit))
	if err != nil {
		return nil, err
	}
	skipped, err := c.use.Deliveries.Skipped(c.Context(), int(limit))
	if err != nil {
		return nil, err
	}
	out := newEventDelivery(status, held, skipped)
	out.Sending = c.feature.sending
	return out, nil
}

func newEventDelivery(s events.Status, held []events.HeldEvent, skipped []events.SkippedEvent) EventDelivery {
	out := EventDelivery{
		Waiting: s.Waiting, DeliveredAt: stamp(s.DeliveredAt), Failures: s.Failures, FailingSince: stamp(s.FailingSince),
		LastError: orNull(s.LastError), HeldUsers: s.Held,
		Held: make([]HeldEvent, len(held)), Skipped: make([]SkippedEvent, len(skipped)),
	}
	for i, h := range held {
		out.Held[i] = HeldEvent{
			ID: orNull(h.ID), Type: orNull(string(h.Kind)), UserID: orNull(string(h.UserID)), Failures: h.Failures,
			FailingSince: h.FailingSince.UTC(), NextAttempt: h.Due.UTC(), LastError: orNull(h.LastError),
		}
	}
	for i, e := range skipped {
		out.Skipped[i] = SkippedEvent{
			ID: e.ID, Type: string(e.Kind), UserID: orNull(string(e.UserID)), SkippedAt: e.SkippedAt.UTC(),
			SkippedBy: e.SkippedBy,
		}
	}
	return out
}

func (c *call) skipEvent() (any, error) {
	if err := c.because(c.body.(*SkipRequest).Reason); err != nil {
		return nil, err
	}
	e, err := c.use.Deliveries.Skip(c.Context(), strings.TrimPrefix(c.PathValue("event"), "evt_"))
	if err != nil {
		return nil, err
	}
	return newEvent(e), nil
}

func newEvent(e events.Event) Event {
	return Event{e.ID, string(e.Kind), e.At.UTC(), orNull(string(e.UserID)), orNull(e.About)}
}
