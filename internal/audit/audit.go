// Package audit owns what a security event is. The log is append-only: events are written by package store, in the
// transaction of the thing they tell of, and never changed.
//
// An event holds no secret and no token, and no personal data beyond the address and device that the law asks for.
package audit

import "time"

// Kind names an event, "subject.verb".
type Kind string

const (
	SignIn   Kind = "session.signed_in"
	SignOut  Kind = "session.signed_out"
	Refused  Kind = "session.refused" // the provider proved somebody whom account.Resolve refused
	Failed   Kind = "login.failed"    // a claimed attempt that came to nothing; Reason is the problem code
	Joined   Kind = "user.joined"
	Created  Kind = "user.created"
	Disabled Kind = "user.disabled"
	Enabled  Kind = "user.enabled"
	// Withdrawn: the person left, or their link at the provider ended; Reason says which.
	Withdrawn Kind = "user.withdrawn"
	// Restored: who had left took the account up again. Purged: what was known of who had left was erased.
	Restored Kind = "user.restored"
	Purged   Kind = "user.purged"
	// Linked: one more identity is the person's.
	Linked Kind = "identity.linked"
	// Unlinked: one of several identities is gone.
	Unlinked Kind = "identity.unlinked"
	// ConsentChanged: a person agreed to something after joining, or took it back; Reason says which.
	ConsentChanged Kind = "consent.changed"
	// Exported: a copy of all that is held of the person was made for them.
	Exported Kind = "user.exported"
	// TicketUsed: the app vouched for the person by a link ticket.
	TicketUsed Kind = "user.ticket_used"
	// Merged: two accounts became one; Reason is "into" and the one that stays, or "from" and the one that is no more.
	Merged Kind = "user.merged"
	// Noticed: the provider told of a change; Reason is what, and what was done.
	ProviderNotice Kind = "provider.notice"
	// GrantLost: the provider does not accept the tokens any more that were kept; Reason is its code.
	TokenLost Kind = "grant.lost"
)

// The reasons of ConsentChanged.
const (
	ConsentGiven     = "given"
	ConsentWithdrawn = "withdrawn"
)

// Origin is where a request came from. The zero value is "unknown".
type Client struct {
	Address   string // IP address without port, at most 45 bytes
	UserAgent string // cut to [MaxUserAgent] bytes, valid UTF-8, no control characters
	RequestID string
}

// MaxUserAgent is the longest User-Agent that is kept, in bytes.
const MaxUserAgent = 256

// Event is one line of the log.
type Event struct {
	At      time.Time
	Kind    Kind
	Actor   string // user id, "system", or "operator:…"
	UserID  string // whose account it concerns, "" if nobody's yet
	Session string // public session id, if one is concerned
	Reason  string // a code, never free text of a stranger; of an access record the operator's own words
	Client
	// Outcome and Detail are for access records: what came of it, and the conditions under which people were looked for.
	Outcome Outcome
	Detail  string
}
