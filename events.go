package norang

import (
	"context"

	"github.com/norang-login/norang/internal/app"
)

// Event is one thing that happened to a member: ids, and nothing personal. Ask for the rest when you need it, and you
// will find what is true then.
type Event = app.Event

// EventKind says what happened.
type EventKind = app.EventKind

// The kinds of events. More may come: pass over what you do not know.
const (
	UserCreated         = app.UserCreated         // somebody became a member
	UserUpdated         = app.UserUpdated         // profile, number or standing changed
	UserDisabled        = app.UserDisabled        // the operator suspended them
	UserWithdrawn       = app.UserWithdrawn       // they left
	UserPurged          = app.UserPurged          // nothing personal of them is here any more
	IdentityLinked      = app.IdentityLinked      // one way in more; About is the identity's id
	IdentityUnlinked    = app.IdentityUnlinked    // one less
	ConsentChanged      = app.ConsentChanged      // they agreed or took it back; About is the term's tag
	ConsentReconfirmDue = app.ConsentReconfirmDue // a consent must be confirmed again; About is the term's tag
	SessionRevoked      = app.SessionRevoked      // a session was ended before its time; About is its id
)

// ErrCursor is what [Service.Events] answers to a cursor that it never gave out, as after the database was restored, or
// behind which events were deleted: they are kept for 30 days. Compare all of what you hold, and begin again at 0.
var ErrCursor = app.ErrCursor

// Events reads what happened after a cursor, the oldest first: at most limit events (1 to 1000; below 1 means 100), and
// the cursor for the next call. Cursor 0 is the oldest event that is kept. Nothing ever turns up behind a cursor, so
// whoever stores it together with what they made of the events misses none and does none twice.
//
// The same events are sent to Config.EventsURL, if that is set.
func (s *Service) Events(ctx context.Context, after int64, limit int) (events []Event, next int64, err error) {
	return s.app.Events(ctx, after, limit)
}
