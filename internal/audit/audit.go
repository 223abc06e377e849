// Package audit defines security events. The log is append-only: package store writes an event in the transaction of
// what it records and never changes it.
//
// An event contains no secret, no token, and no personal data except the address and device that the law requires.
package audit

import "time"

// Kind is the kind of an event, "subject.verb".
type Kind string

const (
	SignIn   Kind = "session.signed_in"
	SignOut  Kind = "session.signed_out"
	Refused  Kind = "session.refused" // account.Resolve refused the identity
	Failed   Kind = "login.failed"    // a claimed attempt failed; Reason is the problem code
	Joined   Kind = "user.joined"
	Created  Kind = "user.created"
	Disabled Kind = "user.disabled"
	Enabled  Kind = "user.enabled"
	// Withdrawn: the user withdrew, or the link at the provider ended; Reason says which.
	Withdrawn Kind = "user.withdrawn"
	// Restored: a withdrawn user returned. Purged: the data of a withdrawn user was erased.
	Restored Kind = "user.restored"
	Purged   Kind = "user.purged"
	// Linked: an identity was added.
	Linked Kind = "identity.linked"
	// Unlinked: one of several identities was removed.
	Unlinked Kind = "identity.unlinked"
	// ConsentChanged: the user gave or withdrew a consent after joining; Reason says which.
	ConsentChanged Kind = "consent.changed"
	// Exported: the user exported all of their data.
	Exported Kind = "user.exported"
	// TicketUsed: the app vouched for the user with a link ticket.
	TicketUsed Kind = "user.ticket_used"
	// Merged: two accounts became one; Reason is "into" and the remaining id, or "from" and the removed id.
	Merged Kind = "user.merged"
	// ProviderNotice: the provider reported a change; Reason is the change and what was done.
	ProviderNotice Kind = "provider.notice"
	// LogExpired: the retention job deletes old lines of the log; Detail says which and how many. It is kept as long as
	// access records are.
	LogExpired Kind = "log.expired"
	// TokenLost: the provider no longer accepts the stored tokens; Reason is its code.
	TokenLost Kind = "grant.lost"
)

// ByOperator is the reason of withdrawals and status changes by an operator.
const ByOperator = "by_operator"

// AllUsers is the detail of an access record that concerns all users.
const AllUsers = "everybody"

// The reasons of ConsentChanged.
const (
	ConsentGiven     = "given"
	ConsentWithdrawn = "withdrawn"
)

// Client is where a request came from. The zero value means unknown.
type Client struct {
	Address   string // IP address without port, at most 45 bytes
	UserAgent string // cut to [MaxUserAgent] bytes, valid UTF-8, no control characters
	RequestID string
}

// MaxUserAgent bounds [Client.UserAgent], in bytes.
const MaxUserAgent = 256

// Event is an entry of the log.
type Event struct {
	At      time.Time
	Kind    Kind
	Actor   string // user id, "system", or "operator:…"
	UserID  string // the user concerned, "" if there is none yet
	Session string // public session id, if one is concerned
	Reason  string // a code; in an access record the operator's words
	Client
	// Outcome is for access records. Detail is their search conditions, and the provider of a sign-in, a refusal or an
	// added identity.
	Outcome Outcome
	Detail  string
}

// Entry is an event in the log, with its number.
type Entry struct {
	ID int64
	Event
}
