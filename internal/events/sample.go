package events

import (
	"slices"
	"strings"
	"time"
)

// kinds are all kinds, in the order of the documents.
var kinds = []Kind{
	UserCreated, UserUpdated, UserDisabled, UserWithdrawn, UserPurged, IdentityLinked, IdentityUnlinked, ConsentChanged,
	ConsentReconfirmDue, SessionRevoked, SessionAllRevoked,
}

// Kinds returns all kinds.
func Kinds() []Kind { return slices.Clone(kinds) }

// sampleID is the user, identity and session of samples: a UUID that is never given out.
const sampleID = "00000000-0000-7000-8000-000000000000"

// Sample returns an event for trying a receiver, about a user who does not exist. ok is false for an unknown kind.
func Sample(kind Kind, id string, at time.Time) (e Event, ok bool) {
	e = Event{ID: "test_" + id, Kind: kind, At: at, UserID: sampleID}
	switch subject, _, _ := strings.Cut(string(kind), "."); subject {
	case "session", "identity":
		e.About = sampleID
	case "consent":
		e.About = "marketing"
	}
	if kind == SessionAllRevoked {
		e.UserID, e.About = "", ""
	}
	return e, slices.Contains(kinds, kind)
}
