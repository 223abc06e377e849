package operator

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
)

// EventStore reads the event feed.
type EventStore interface {
	// Events reads the feed after a position, the oldest first, and returns the position for the next call.
	// events.ErrCursor if the position is not of this feed or something after it is deleted.
	Events(ctx context.Context, after int64, limit int) (page []events.Event, next int64, err error)
	// EventPage lists events before a number, the newest first; 0 for the first page. Its time does not grow with the
	// number of rows.
	EventPage(ctx context.Context, before int64, limit int) ([]events.Event, error)
	// EventByID reads one event; events.ErrNone if there is none.
	EventByID(ctx context.Context, id string) (events.Event, error)
	// EventPosition returns the cursor with which the events from a time on are read.
	EventPosition(ctx context.Context, at time.Time) (int64, error)
}

// Events reads the event feed.
type Events struct {
	caller *Caller
	store  EventStore
}

// NewEvents returns Events for a caller.
func NewEvents(c *Caller, store EventStore) *Events { return &Events{c, store} }

// MaxEvents is the longest page of [Events.After].
const MaxEvents = 1000

// eventPoll is how often a waiting reader looks for events: another replica may have written them.
const eventPoll = 500 * time.Millisecond

// After returns at most limit events after a cursor, the oldest first, and the cursor for the next call; 0 is the
// oldest kept event. If there are none it waits until there are, wait has passed or ctx ends, and then returns none
// without an error. Events contain ids and no personal data: a page is recorded as one access without a user, an empty
// one is not. [events.ErrCursor].
func (e *Events) After(
	ctx context.Context, after int64, limit int, wait time.Duration,
) (page []events.Event, next int64, err error) {
	limit = min(max(limit, 1), MaxEvents)
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	poll := time.NewTicker(eventPoll)
	defer poll.Stop()
	for {
		page, next, err = e.store.Events(ctx, after, limit)
		if err != nil {
			return nil, after, err
		}
		if len(page) > 0 {
			detail := "after=" + strconv.FormatInt(after, 10) + " events=" + strconv.Itoa(len(page))
			err = e.caller.record(ctx, audit.Access{Kind: audit.EventList, Outcome: audit.Done, Detail: detail})
			if err != nil {
				return nil, after, err
			}
			return page, next, nil
		}
		if wait <= 0 {
			return nil, next, nil
		}
		select {
		case <-ctx.Done():
			return nil, next, nil
		case <-deadline.C:
			return nil, next, nil
		case <-poll.C:
		}
	}
}

// Page is a page of events and whether there are more. One access record covers them: events hold ids only.
func (e *Events) Page(ctx context.Context, before int64, limit int) (page []events.Event, more bool, err error) {
	limit = min(max(limit, 1), MaxPage)
	if page, err = e.store.EventPage(ctx, before, limit+1); err != nil {
		return nil, false, err
	}
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	return page, more, e.caller.record(ctx, audit.Access{Kind: audit.EventList, Outcome: audit.Done})
}

// EventSelection selects events by id, or all from a time on.
type EventSelection struct {
	IDs   []string
	Since time.Time
	// Limit is the maximum number of events, the latest ones; 0 for all.
	Limit int
}

// Read reads the events of the feed that are selected, the oldest first, and returns the cursor behind them. show
// is called with each; its error ends the reading. One access record covers them: events hold ids only.
func (e *Events) Read(ctx context.Context, sel EventSelection, show func(events.Event) error) (int64, error) {
	access := audit.Access{Kind: audit.EventList, Outcome: audit.Done, Detail: sel.detail()}
	if err := e.caller.record(ctx, access); err != nil {
		return 0, err
	}
	return e.each(ctx, sel, show)
}

// Follow is Read for those after a cursor that Read returned, without a record of its own.
func (e *Events) Follow(ctx context.Context, cursor int64, show func(events.Event) error) (int64, error) {
	for {
		all, next, err := e.store.Events(ctx, cursor, MaxEvents)
		if err != nil {
			return cursor, err
		}
		for _, one := range all {
			if err := show(one); err != nil {
				return cursor, err
			}
			cursor = one.Position
		}
		if len(all) < MaxEvents {
			return max(cursor, next), nil
		}
	}
}

// Replay sends the selected events again with send, the oldest first, and returns how many it sent. They keep
// their ids. It ends at the first error of send.
func (e *Events) Replay(ctx context.Context, sel EventSelection, send func(events.Event) error) (int, error) {
	access := audit.Access{Kind: audit.EventReplay, Outcome: audit.Begun, Detail: sel.detail()}
	if err := e.caller.record(ctx, access); err != nil {
		return 0, err
	}
	sent := 0
	_, err := e.each(ctx, sel, func(one events.Event) error {
		err := send(one)
		if err == nil {
			sent++
		}
		return err
	})
	access.Outcome, access.Detail = audit.Done, access.Detail+" sent="+strconv.Itoa(sent)
	if err != nil {
		access.Outcome = audit.NotDone
	}
	return sent, errors.Join(err, e.caller.record(context.WithoutCancel(ctx), access))
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

func (e *Events) each(ctx context.Context, sel EventSelection, show func(events.Event) error) (int64, error) {
	var all []events.Event
	for _, id := range sel.IDs {
		one, err := e.store.EventByID(ctx, id)
		if err != nil {
			return 0, err
		}
		all = append(all, one)
	}
	if len(sel.IDs) > 0 {
		for _, one := range all {
			if err := show(one); err != nil {
				return 0, err
			}
		}
		return 0, nil
	}
	from, err := e.store.EventPosition(ctx, sel.Since)
	if err != nil {
		return 0, err
	}
	if sel.Limit > 0 { // positions of kept events have no gaps
		last, err := e.store.EventPosition(ctx, e.caller.now().AddDate(100, 0, 0))
		if err != nil {
			return 0, err
		}
		from = max(from, last-int64(sel.Limit))
	}
	return e.Follow(ctx, from, show)
}
