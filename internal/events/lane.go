package events

import (
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/hook"
)

// item is an event that was read and is not yet behind the position of the feed.
type item struct {
	Event
	done bool // delivered, skipped, or left to a hold
}

// lane is the events of one user, which are delivered one after the other.
type lane struct {
	user  account.ID
	hold  *Hold
	queue []*item
	busy  bool      // the first of the queue is being sent
	began time.Time // when that was
}

// result is the end of one attempt.
type result struct {
	lane   *lane
	event  Event
	answer *hook.Answer
	err    error
}

// health is what a round knows about the app.
type health struct {
	failed map[account.ID]bool // users with a failure since the last success
	// down means that the app, not one event, is failing: only two events are tried now and then.
	down  bool
	stop  bool          // send nothing more in this round
	asked time.Duration // to wait, by Retry-After
}

// flights counts what is being sent.
type flights struct{ fresh, held int }

func (f flights) total() int { return f.fresh + f.held }
