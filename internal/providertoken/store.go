package providertoken

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// The kinds of jobs of this package.
const (
	// EndJob revokes ended tokens at the provider; its key is the id of the record.
	EndJob = "end_grant"
	// CheckLinkJob asks the provider whether a user with void tokens is still linked; its payload is the account.Key as
	// JSON.
	CheckLinkJob = "check_link"
)

// Record is a row of provider tokens.
type Record struct {
	ID     string
	UserID account.ID
	Key    account.Key
	// Sealed holds the tokens; KeyID names the key that sealed them.
	Sealed, KeyID string
	// Version counts how often the tokens were stored.
	Version                           int64
	AccessExpiresAt, RefreshExpiresAt time.Time // the latter is zero if unknown
	// LeaseUntil is when the lease of a refresh expires. No refresh is tried before RetryAt, because the last one failed.
	LeaseUntil, RetryAt time.Time
	// Session is the id of the session that the tokens end with; "" if they outlive it.
	Session string
}

// Refreshed are refreshed tokens to be stored.
type Refreshed struct {
	ID                                string
	Version                           int64 // of the tokens that were refreshed
	Sealed, KeyID                     string
	AccessExpiresAt, RefreshExpiresAt time.Time
}

// Loss asks to delete tokens that the provider refuses.
type Loss struct {
	Record Record
	At     time.Time
	Reason string // the provider's code
	Check  bool   // queues a CheckLinkJob as well
}

// Store is what using tokens needs of the database. Every method is one durable transaction.
type Store interface {
	// UsableTokens returns at most limit records of an active user at a provider, "" for any, the newest first.
	UsableTokens(ctx context.Context, id account.ID, provider string, at time.Time, limit int) ([]Record, error)
	// LeaseTokens gives the caller the right to refresh r until a time, if no other caller has it and the version is
	// still r's.
	LeaseTokens(ctx context.Context, r Record, now, until time.Time) (bool, error)
	// SaveTokens stores refreshed tokens and ends the lease; false if the record is gone or was replaced.
	SaveTokens(context.Context, Refreshed) (bool, error)
	// DelayRefresh ends the lease that expires at r.LeaseUntil without new tokens, and allows no refresh before retryAt.
	DelayRefresh(ctx context.Context, r Record, retryAt time.Time) error
	// DropTokens deletes a record and writes an audit event; false if its version has changed.
	DropTokens(context.Context, Loss) (bool, error)
}

// HintStore is what [Service.IDToken] needs of the database.
type HintStore interface {
	// SessionTokens returns at most limit records that end with a session, the newest first.
	SessionTokens(ctx context.Context, session string, limit int) ([]Record, error)
}

// EndingStore is what ending tokens needs of the database.
type EndingStore interface {
	// EndedTokens returns a record that has ended; nil if it is gone.
	EndedTokens(ctx context.Context, id string) (*Record, error)
	// DeleteEndedTokens deletes a record that has ended.
	DeleteEndedTokens(ctx context.Context, id string) error
	// EndTokens ends at most limit records of any user, and returns how many.
	EndTokens(ctx context.Context, at time.Time, limit int) (int, error)
}

// SealingStore is what a key rotation needs of the database.
type SealingStore interface {
	// SealingKeys returns the ids of the keys that have sealed tokens. It does not read all rows.
	SealingKeys(ctx context.Context) ([]string, error)
	// TokensByKey returns at most limit records sealed by a key, in no order.
	TokensByKey(ctx context.Context, keyID string, limit int) ([]Record, error)
	// ResealTokens replaces the sealed text of r; false if it has changed.
	ResealTokens(ctx context.Context, r Record, sealed, keyID string) (bool, error)
}
