package norang

import (
	"encoding/json"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/operator"
)

// UserStatus is the status of a user.
type UserStatus string

// The statuses of users.
const (
	// StatusPending: has signed in at a provider and not joined yet; deleted after 24 hours.
	StatusPending UserStatus = "pending"
	// StatusActive: has joined.
	StatusActive UserStatus = "active"
	// StatusDisabled: an operator disabled the user.
	StatusDisabled UserStatus = "disabled"
	// StatusWithdrawn: the account is closed; of its data nothing is shown.
	StatusWithdrawn UserStatus = "withdrawn"
)

// Account is a user as operators see them.
type Account struct {
	// ID is a UUID that never changes and is never reused.
	ID     string
	Status UserStatus
	// Ref is the app's own number of the user, unique; "" if none is set.
	Ref string
	// Meta is the app's own JSON object, at most 4096 bytes; nil if none is set. Users see it in their export.
	Meta json.RawMessage
	// Nickname and Picture are what the user has changed here; "" means as the provider says, see Identities.
	Nickname string
	Picture  string
	// Lang is the language that the user chose: "ko", "en" or "".
	Lang      string
	CreatedAt time.Time
	// JoinedAt is when the user became active; zero if they never did.
	JoinedAt time.Time
	// Identities are the accounts at providers, the last used first. Nil in the result of [Users.Update].
	Identities []Identity
	// Sessions is the number of live sessions, counted by [Users.Get] only.
	Sessions int
}

// Identity is an account at a provider with which the user can sign in.
type Identity struct {
	// ID identifies the identity in events.
	ID string
	// Provider, Namespace and Subject are "kakao", Kakao's app ID, Kakao's user ID.
	Provider, Namespace, Subject string
	// Nickname and Picture are what the provider said at the last sign-in; they may be empty and repeat.
	Nickname, Picture string
	// Email is verified by the provider, or "". EmailUnverified may be displayed but proves nothing.
	Email, EmailUnverified string
	// EmailRelay says that the address forwards to one that the provider does not disclose.
	EmailRelay bool
	// Scopes are the consent items that the user has granted at the provider, sorted.
	Scopes   []string
	LinkedAt time.Time
	// SeenAt is the last sign-in with this identity.
	SeenAt time.Time
}

// Selector selects the user by this identity: "PROVIDER:NAMESPACE:SUBJECT" with a percent-encoded namespace, which is a
// URL at OpenID Connect providers.
func (i Identity) Selector() string {
	return operator.SelectorOf(account.Key{Provider: i.Provider, Namespace: i.Namespace, Subject: i.Subject})
}

// UserFilter selects users to list. The zero value is the first page of all users.
type UserFilter struct {
	Status UserStatus // "" for all
	After  string     // UserPage.Next of the previous page, "" for the first one
	Limit  int        // 1 to 500, 0 for 100
}

// PageFilter selects a page.
type PageFilter struct {
	After string // UserPage.Next of the previous page, "" for the first one
	Limit int    // 1 to 500, 0 for 100
}

// UserPage is a page of users.
type UserPage struct {
	Users []Account
	// HasMore reports that there are further users; Next is the After of their page.
	HasMore bool
	Next    string
}

// UserChange is what the app keeps with a user. A nil field stays as it is.
type UserChange struct {
	// Ref is the new ref, "" to remove it.
	Ref *string
	// Meta is a JSON merge patch (RFC 7396): members replace those of the same name, null deletes one, and "null" as the
	// whole patch deletes all. Concurrent patches of different members keep both.
	Meta json.RawMessage
}

// LinkTicket is an address that connects an account at a provider to a user of the app. The address is a secret.
type LinkTicket struct {
	URL       string
	ExpiresAt time.Time
}

// SessionInfo is a session of a user.
type SessionInfo struct {
	// ID identifies the session for [Users.RevokeSession] and in events. It is not secret.
	ID        string
	CreatedAt time.Time
	// AuthTime is when the user signed in at the provider.
	AuthTime time.Time
	// SeenAt is the last recorded use; the true one may be some minutes later.
	SeenAt time.Time
	// ExpiresAt is when the session ends at the latest, IdleExpiresAt when it ends without use.
	ExpiresAt, IdleExpiresAt time.Time
	// Remember reports that the session outlives the browser.
	Remember bool
	// Address and UserAgent are those of the sign-in.
	Address, UserAgent string
}

// ConsentLine is a line of a user's consent ledger.
type ConsentLine struct {
	// ID orders the ledger; see [Users.Consents].
	ID int64
	// Kind is "terms", "marketing" (a term about advertising), "scope" (a consent item at the provider), "age", or
	// "reminder": the app was asked to reconfirm a consent to advertising, which is no statement of the user's.
	Kind string
	// Tag is the tag of a term, the name of a consent item, or "age".
	Tag string
	// Version is the version of the term, the minimum age, or "".
	Version string
	// Agreed is false if the consent was withdrawn or declined.
	Agreed bool
	At     time.Time
	// Place is where the user decided: "join", "account", "consent", the name of a provider, or "import".
	Place string
}
