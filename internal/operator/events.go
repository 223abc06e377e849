package operator

import (
	"context"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
)

// Events is what this package needs of the event feed.
type Events interface {
	// Events reads the feed after a position, the oldest first, and returns the position for the next call.
	// events.ErrCursor if the position is not of this feed or something after it is deleted.
	Events(ctx context.Context, after int64, limit int) (page []events.Event, next int64, err error)
}

// MaxEvents is the longest page of [Service.Events].
const MaxEvents = 1000

// eventPoll is how often a waiting reader looks for events: another replica may have written them.
const eventPoll = 500 * time.Millisecond

// Events returns at most limit events after a cursor, the oldest first, and the cursor for the next call; 0 is the
// oldest kept event. If there are none it waits until there are, wait has passed or ctx ends, and then returns none
// without an error. Events contain ids and no personal data: a page is recorded as one access without a user, an empty
// one is not. [events.ErrCursor].
func (s *Service) Events(
	ctx context.Context, after int64, limit int, wait time.Duration,
) (page []events.Event, next int64, err error) {
	limit = min(max(limit, 1), MaxEvents)
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	poll := time.NewTicker(eventPoll)
	defer poll.Stop()
	for {
		page, next, err = s.cfg.Events.Events(ctx, after, limit)
		if err != nil {
			return nil, after, err
		}
		if len(page) > 0 {
			detail := "after=" + strconv.FormatInt(after, 10) + " events=" + strconv.Itoa(len(page))
			err = s.record(ctx, audit.Access{Kind: audit.EventList, Outcome: audit.Done, Detail: detail})
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
