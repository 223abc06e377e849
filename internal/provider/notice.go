package provider

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// Change is what a provider notice says about a user.
type Change string

// The changes that have an effect here. Stored jobs hold these texts.
const (
	NoChange Change = ""
	// SessionsEnd: the user must sign in again (password changed, signed out everywhere, account suspended).
	SessionsEnd Change = "sessions_end"
	// LinkEnded: the user ended the link, or their account at the provider was deleted.
	LinkEnded Change = "link_ended"
	// NeverJoined: the provider ended a link that led to no sign-up.
	NeverJoined Change = "never_joined"
	// ConsentWithdrawn: the user withdrew consent to an item; the notice does not say which.
	ConsentWithdrawn Change = "consent_withdrawn"
	// ConsentGiven: the user agreed to a further item; the notice does not say which.
	ConsentGiven Change = "consent_given"
	// EmailReassigned: the user's e-mail address or phone number has a new owner. The address proves nothing any more.
	EmailReassigned Change = "email_reassigned"
	// EmailUnusable: the address no longer reaches the user, as when a relay address is switched off.
	EmailUnusable Change = "email_unusable"
	// EmailUsable: a relay address reaches the user again.
	EmailUsable Change = "email_usable"
	// EndedByProvider: the provider's staff or the operator ended the link, perhaps against the user's wish.
	EndedByProvider Change = "ended_by_provider"
)

// EndsLink reports whether the change is the end of the link.
func (c Change) EndsLink() bool { return c == LinkEnded || c == NeverJoined || c == EndedByProvider }

// AboutEmail reports whether the change is one of the user's e-mail address.
func (c Change) AboutEmail() bool {
	return c == EmailReassigned || c == EmailUnusable || c == EmailUsable
}

// Notice is a verified message of the provider about one user.
type Notice struct {
	// ID identifies the message across repetitions. It contains nothing of the message itself. "" if the provider sends
	// no id: then the same change of the same link, with no sign-in in between, is a repetition.
	ID      string
	Key     account.Key
	Changes []Change // only those with an effect
	// Session is the provider's key (sid) of the only session that ends with [SessionsEnd]; "" for all. With it,
	// Key.Subject may be "" and Changes must be [SessionsEnd] alone.
	Session string
	// HighSeverity: the provider suspects that the account was taken over. The operator gets a warning in the log.
	HighSeverity bool
	// What is the provider's own word for it, for the audit log: a short code without personal data.
	What string
	// OccurredAt is when it happened; zero if the provider does not say.
	OccurredAt time.Time
}

// SessionDigest is what is stored of the provider's key of a session (sid), which is unique within the namespace of k;
// "" for none. A copy of the database does not give the key away.
func SessionDigest(k account.Key, session string) string {
	if session == "" {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", k.Provider, k.Namespace, session))
	return hex.EncodeToString(sum[:])
}

// Notifier is a provider that sends notices to a webhook.
type Notifier interface {
	// ReadNotice verifies a request to the hook of that name and reads it. It reads no cookie, and r.Body only up to a
	// limit. known is false if there is no such hook. A nil Notice without an error is accepted and has no effect.
	ReadNotice(hook string, r *http.Request) (n *Notice, known bool, err error)
	// AcceptNotice and RefuseNotice write the answer that the provider expects.
	AcceptNotice(hook string, w http.ResponseWriter)
	RefuseNotice(w http.ResponseWriter, err error)
}
