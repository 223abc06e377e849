package events

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// Kind says what happened, "subject.verb". Of somebody who never became a member nothing is told.
type Kind string

const (
	// UserCreated: somebody became a member.
	UserCreated Kind = "user.created"
	// UserUpdated: the profile, the app's number or the standing changed; also when a disabled member is enabled again.
	UserUpdated Kind = "user.updated"
	// UserDisabled: the operator suspended a member.
	UserDisabled Kind = "user.disabled"
	// UserWithdrawn: a member left, or may come back within the grace period at most.
	UserWithdrawn Kind = "user.withdrawn"
	// UserPurged: of a member who left nothing personal is here any more.
	UserPurged Kind = "user.purged"
	// IdentityLinked and IdentityUnlinked: a member has one way in more, or less. About is the identity's id. The first
	// identity comes with UserCreated and the last goes with UserWithdrawn.
	IdentityLinked   Kind = "identity.linked"
	IdentityUnlinked Kind = "identity.unlinked"
	// ConsentChanged: a member agreed to something or took it back after joining. About is the term's tag, or of a consent
	// item at the provider what [ScopeAbout] makes of it.
	ConsentChanged Kind = "consent.changed"
	// ConsentReconfirmDue: a consent must be confirmed again (Network Act article 50, every two years). About is the
	// term's tag.
	ConsentReconfirmDue Kind = "consent.reconfirm_due"
	// SessionRevoked: a session was ended before its time, by whatever deed. About is the session's public id. Sessions
	// that run out are not told of, nor one that gives way to the same member's next sign-in in the same browser.
	SessionRevoked Kind = "session.revoked"
)

// Event is one thing that happened.
type Event struct {
	// Position is the place in the feed: a reader's cursor. It only grows, without regard to gaps.
	Position int64
	// ID names the event for good; who gets it a second time knows it by that.
	ID     string
	Kind   Kind
	At     time.Time
	UserID account.ID
	// About is the id of what else is concerned, see the kinds; "" if nothing is.
	About string
}

// ErrCursor: a cursor beyond what was ever given out, as after a database was restored, or from before the oldest event
// that is kept. The reader must compare all of what it holds and begin again at 0.
var ErrCursor = errors.New("events: cursor is not of this feed, or too old")

// Keep is how long events are kept, for readers and for a receiver that is down.
const Keep = 30 * 24 * time.Hour

// Data is what an event is about, in JSON.
type Data struct {
	UserID     string `json:"user_id"`
	SessionID  string `json:"session_id,omitempty"`
	IdentityID string `json:"identity_id,omitempty"`
	Term       string `json:"term,omitempty"`
	Scope      string `json:"scope,omitempty"`
}

// scopePrefix tells a consent item from a term, whose tag has no colon.
const scopePrefix = "scope:"

// ScopeAbout is what About says of consent items at the provider.
func ScopeAbout(items []string) []string {
	about := make([]string, len(items))
	for i, item := range items {
		about[i] = scopePrefix + item
	}
	return about
}

// Data names About for what it is.
func (e Event) Data() Data {
	d := Data{UserID: string(e.UserID)}
	switch subject, _, _ := strings.Cut(string(e.Kind), "."); subject {
	case "session":
		d.SessionID = e.About
	case "identity":
		d.IdentityID = e.About
	case "consent":
		if scope, ok := strings.CutPrefix(e.About, scopePrefix); ok {
			d.Scope = scope
		} else {
			d.Term = e.About
		}
	}
	return d
}

// Body is the event as it is sent: a Standard Webhooks payload.
func (e Event) Body() ([]byte, error) {
	return json.Marshal(struct {
		Type      Kind   `json:"type"`
		Timestamp string `json:"timestamp"`
		Data      Data   `json:"data"`
	}{e.Kind, e.At.UTC().Format("2006-01-02T15:04:05.000Z"), e.Data()})
}
