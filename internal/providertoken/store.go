package providertoken

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// The kinds of jobs about a provider's tokens. Neither has a payload beyond an identity's key.
const (
	// EndJob tells the provider that a grant has ended; its key is the grant's id.
	EndJob = "end_grant"
	// CheckLinkJob asks the provider whether somebody whose tokens are void is still linked; its payload is the
	// account.Key as JSON.
	CheckLinkJob = "check_link"
)

// Record are a provider's tokens as the database has them.
type Record struct {
	ID     string
	UserID account.ID
	Key    account.Key
	// Sealed holds the tokens; KeyID names the key that sealed them.
	Sealed, KeyID string
	// Version counts how often the tokens were stored.
	Version                           int64
	AccessExpiresAt, RefreshExpiresAt time.Time // the latter zero if nobody knows
	// LeaseUntil is until when somebody may be refreshing them; RetryAt is before when nobody should try to, because it
	// has just failed.
	LeaseUntil, RetryAt time.Time
}

// Refreshed are refreshed tokens to be stored.
type Refreshed struct {
	ID                                string
	Version                           int64 // that was refreshed
	Sealed, KeyID                     string
	AccessExpiresAt, RefreshExpiresAt time.Time
}

// Loss is a grant that the provider does not accept any more.
type Loss struct {
	Record Record
	At     time.Time
	Reason string // the provider's code
	// Check queues a CheckLinkJob with it.
	Check bool
}

// Store is what using tokens needs of the database. Every method is one durable transaction.
type Store interface {
	// GrantsOf lists an active user's usable grants, the newest first, at most limit.
	UsableTokens(ctx context.Context, id account.ID, at time.Time, limit int) ([]Record, error)
	// LeaseGrant makes the caller the one who refreshes, until a time, if nobody else is and the version is still g's.
	LeaseTokens(ctx context.Context, g Record, now, until time.Time) (bool, error)
	// StoreGrant stores refreshed tokens and ends the lease. false: the grant is gone or was stored by somebody else.
	SaveTokens(context.Context, Refreshed) (bool, error)
	// DelayGrant ends the lease that ends at g.LeaseUntil without new tokens, and lets nobody try before retryAt.
	DelayRefresh(ctx context.Context, g Record, retryAt time.Time) error
	// LoseGrant deletes a grant, if its version is still the one that was refused, and notes it. false: it is not.
	DropTokens(context.Context, Loss) (bool, error)
}

// EndingStore is what ending tokens needs of the database.
type EndingStore interface {
	// EndedGrant finds a grant that has ended; nil if it is gone altogether.
	EndedTokens(ctx context.Context, id string) (*Record, error)
	// ForgetGrant deletes a grant that has ended.
	DeleteEndedTokens(ctx context.Context, id string) error
	// EndGrants ends at most limit grants, whoever's they are, and reports how many.
	EndTokens(ctx context.Context, at time.Time, limit int) (int, error)
}

// SealingStore is what changing keys needs of the database.
type SealingStore interface {
	// GrantKeys names the keys that have sealed something, without reading all of it.
	SealingKeys(ctx context.Context) ([]string, error)
	// GrantsByKey lists grants that a key sealed, at most limit, in no order.
	TokensByKey(ctx context.Context, keyID string, limit int) ([]Record, error)
	// ResealGrant exchanges the sealed text of g, if it is still g's. false: it is not.
	ResealTokens(ctx context.Context, g Record, sealed, keyID string) (bool, error)
}
