package events

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// Kind is the kind of an event, "subject.verb". Users who have not joined yet cause no events.
type Kind string

const (
	// UserCreated means that a user became active.
	UserCreated Kind = "user.created"
	// UserUpdated means that the profile, the app's ref or the status changed, including when a disabled user is
	// enabled.
	UserUpdated Kind = "user.updated"
	// UserDisabled means that an operator disabled the user.
	UserDisabled Kind = "user.disabled"
	// UserWithdrawn means that the user withdrew. Within the grace period the user may still return.
	UserWithdrawn Kind = "user.withdrawn"
	// UserPurged means that all personal data of a withdrawn user is gone.
	UserPurged Kind = "user.purged"
	// IdentityLinked and IdentityUnlinked concern further identities; About is the identity's id. The first identity
	// comes with UserCreated and the last one goes with UserWithdrawn.
	IdentityLinked   Kind = "identity.linked"
	IdentityUnlinked Kind = "identity.unlinked"
	// ConsentChanged means that the user gave or withdrew a consent after joining. About is the term's tag, or of a
	// consent item at the provider the result of [ScopeAbout].
	ConsentChanged Kind = "consent.changed"
	// ConsentReconfirmDue means that a consent must be confirmed again (Network Act article 50, every two years).
	// About is the term's tag.
	ConsentReconfirmDue Kind = "consent.reconfirm_due"
	// SessionRevoked means that a session was ended before it expired; About is its public id. It is not sent when a
	// session is replaced by the user's next sign-in in the same browser.
	SessionRevoked Kind = "session.revoked"
	// SessionAllRevoked means that all sessions of all users ended at once. It has no user, and there is no SessionRevoked
	// for each of them.
	SessionAllRevoked Kind = "session.all_revoked"
)

// Event is one thing that happened to a user, or to all.
type Event struct {
	// Position is the place in the feed, which readers use as a cursor. It increases, with gaps.
	Position int64
	// ID identifies the event, so that a receiver recognises duplicates.
	ID     string
	Kind   Kind
	At     time.Time
	UserID account.ID // "" if all are concerned
	// About is the id of what else is concerned; see the kinds. "" if nothing is.
	About string
}

// ErrCursor reports a cursor that the feed never gave out, as after restoring a database, or that is older than the
// oldest event. The reader must compare everything and start again at 0.
var ErrCursor = errors.New("events: cursor unknown or too old")

// ErrNone reports an event that does not exist, or is no longer kept.
var ErrNone = errors.New("events: no such event")

// ErrNotHeld reports an event that holds nothing up: it was not tried yet, the app has accepted it, or it is behind
// another event of its user.
var ErrNotHeld = errors.New("events: the app has not refused this event")

// Keep is how long events are kept.
const Keep = 30 * 24 * time.Hour

// Data is the subject of an event in JSON.
type Data struct {
	UserID     string `json:"user_id,omitempty"`
	SessionID  string `json:"session_id,omitempty"`
	IdentityID string `json:"identity_id,omitempty"`
	Term       string `json:"term,omitempty"`
	Scope      string `json:"scope,omitempty"`
}

// scopePrefix distinguishes a consent item from a term, whose tag has no colon.
const scopePrefix = "scope:"

// ScopeAbout returns the values of About for consent items at the provider.
func ScopeAbout(items []string) []string {
	about := make([]string, len(items))
	for i, item := range items {
		about[i] = scopePrefix + item
	}
	return about
}

// Data returns the subject with About under its own name.
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

// MessageID returns the webhook-id: the same for every delivery of an event.
func (e Event) MessageID() string { return "evt_" + e.ID }

// Body returns the Standard Webhooks payload.
func (e Event) Body() ([]byte, error) {
	return json.Marshal(struct {
		Type      Kind   `json:"type"`
		Timestamp string `json:"timestamp"`
		Data      Data   `json:"data"`
	}{e.Kind, e.At.UTC().Format("2006-01-02T15:04:05.000Z"), e.Data()})
}
