package norang

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/events"
)

// Event is something that happened to a user. It holds ids and no personal data; read the rest when handling it.
type Event struct {
	// Position orders the feed: the cursor of a reader. It increases and may have gaps.
	Position int64
	// ID identifies the event across deliveries.
	ID     string
	Kind   EventKind
	At     time.Time
	UserID string // "" for SessionAllRevoked
	// About is the id of what else is concerned, see the kinds; "" if nothing is.
	About string
}

// EventKind says what happened, as "subject.verb".
type EventKind string

// The kinds of events. Ignore unknown kinds: more may be added.
const (
	// UserCreated: a user has joined.
	UserCreated EventKind = "user.created"
	// UserUpdated: profile, ref or status changed; also when a disabled user is enabled again.
	UserUpdated EventKind = "user.updated"
	// UserDisabled: an operator disabled the user.
	UserDisabled EventKind = "user.disabled"
	// UserWithdrawn: the account was closed; with Config.WithdrawGrace its data is still kept for a while.
	UserWithdrawn EventKind = "user.withdrawn"
	// UserPurged: no personal data of the user is left.
	UserPurged EventKind = "user.purged"
	// IdentityLinked: an identity was added; About is its id. The first identity comes with UserCreated.
	IdentityLinked EventKind = "identity.linked"
	// IdentityUnlinked: one of several identities was removed; About is its id.
	IdentityUnlinked EventKind = "identity.unlinked"
	// ConsentChanged: the user agreed to something or withdrew consent after joining; About is the term's tag, or "scope:"
	// and a consent item.
	ConsentChanged EventKind = "consent.changed"
	// ConsentReconfirmDue: consent to advertising must be reconfirmed (Network Act article 50); About is the term's tag.
	ConsentReconfirmDue EventKind = "consent.reconfirm_due"
	// SessionRevoked: a session was ended before it expired; About is its id.
	SessionRevoked EventKind = "session.revoked"
	// SessionAllRevoked: an operator ended all sessions of all users. UserID is "", and there is no SessionRevoked for
	// each session.
	SessionAllRevoked EventKind = "session.all_revoked"
)

// ErrCursor is returned by [Service.Events] for a cursor that is not of this feed, as after the database was
// restored, or that is older than the oldest kept event (30 days). Compare all data and start again at 0.
var ErrCursor = events.ErrCursor

// Events returns up to limit events after a cursor, the oldest first, and the cursor for the next call. limit is 1 to
// 1000; below 1 means 100, above 1000 means 1000. Cursor 0 is the oldest kept event. No event ever appears behind a
// cursor that was returned, so a reader that stores the cursor in the transaction of its own changes misses nothing
// and handles nothing twice.
//
// Each page that is not empty leaves an access record, with the app as its actor. The same events are sent to
// Config.EventsURL if that is set.
func (s *Service) Events(ctx context.Context, after int64, limit int) (list []Event, next int64, err error) {
	found, next, err := s.app.Events(ctx, after, limit)
	if err != nil {
		return nil, next, err
	}
	for _, e := range found {
		list = append(list, newEvent(e))
	}
	return list, next, nil
}
