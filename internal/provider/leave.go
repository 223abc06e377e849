package provider

import (
	"context"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// Unlinker is a provider at which the link between a person and this service can be ended without the person.
type Unlinker interface {
	// Unlink ends the link. Somebody who has none is a success: it may be done twice. Every error is an *[Error].
	Unlink(context.Context, account.Key) error
}

// Temporary reports that the same call may succeed later although nobody changes anything.
func (e *Error) Temporary() bool {
	// An answer that cannot be understood comes from something between the provider and us, or from its worse moments.
	return e.Kind == Unavailable || e.Kind == RateLimited || e.Kind == InvalidAnswer
}

// Change is what a provider tells of a person.
type Change string

// The changes that have an effect here. Everything else that a provider tells has none.
const (
	NoChange Change = ""
	// SessionsEnd: the person must prove anew who they are (password changed, all signed out, account suspended).
	SessionsEnd Change = "sessions_end"
	// LinkEnded: the person ended the link, or their account at the provider is no more.
	LinkEnded Change = "link_ended"
	// NeverJoined: the provider ended a link that no sign-up came of.
	NeverJoined Change = "never_joined"
	// ConsentWithdrawn: the person took back consent to something that the provider told of them; it does not say to what.
	ConsentWithdrawn Change = "consent_withdrawn"
	// ConsentGiven: the person agreed to something more; it does not say to what.
	ConsentGiven Change = "consent_given"
	// EndedByProvider: somebody at the provider ended the link; whether that is the person's wish nobody knows.
	EndedByProvider Change = "ended_by_provider"
)

// Notice is a verified message of the provider about one person.
type Notice struct {
	// ID makes it one, however often it is sent. It holds nothing of the message itself.
	ID      string
	Key     account.Key
	Changes []Change // only those with an effect
	// What is the provider's own word for it, for the audit log: a short code without personal data.
	What string
	// OccurredAt is when it happened; zero if the provider does not say.
	OccurredAt time.Time
}

// Notifier is a provider that tells of changes by calling us.
type Notifier interface {
	// ReadNotice verifies a request to the hook of that name and reads it. It reads no cookie, and r.Body only up to a
	// limit. known is false if there is no such hook.
	ReadNotice(hook string, r *http.Request) (n *Notice, known bool, err error)
	// AcceptNotice and RefuseNotice answer as the provider wants it.
	AcceptNotice(hook string, w http.ResponseWriter)
	RefuseNotice(w http.ResponseWriter, err error)
}
