package login

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

// AttemptKey is how the store knows an attempt: the SHA-256 of its state.
type AttemptKey [sha256.Size]byte

// Progress is how far an attempt has come.
type Progress int8

const (
	// Unclaimed: no callback has come yet, or the row is gone.
	Unclaimed Progress = iota
	// Claimed: some callback, here or on another replica, is at work.
	Claimed
	// Succeeded: a session came of it.
	Succeeded
	// Ended: it came to nothing, with a code.
	Ended
)

// Record is what the store knows of an attempt that was claimed.
type Record struct {
	Progress Progress
	// ClaimedAt is when the attempt was claimed; zero if it is not.
	ClaimedAt time.Time
	// Code is the problem code of an attempt that ended.
	Code string
	// Session is the key of the session of an attempt that succeeded; Pending whether it led to the join page.
	Session session.Key
	Pending bool
}

// Completion is all that one successful callback wants to write. Ids and times are made by the caller, so that the
// transaction has nothing to wait for.
type Completion struct {
	Attempt AttemptKey
	At      time.Time
	// Key and Profile are what the provider proved.
	Key     account.Key
	Profile account.Profile
	// Scopes are the consent items that the person agreed to at the provider; nil if it did not say.
	Scopes *account.Scopes
	// JoinRequired and UnderAge are facts for account.Resolve.
	JoinRequired, UnderAge bool
	// Agreed are lines of the ledger that the provider's word is enough for, see Admission.
	Agreed []account.Consent
	// Expect is another one: the user who has to be proven, "" for anybody.
	Expect account.ID
	// Purpose is what the attempt was for, and Detail what it remembered.
	Purpose Purpose
	Detail  string
	// Return is what is known beforehand of somebody who may have left: policy and choice. Blind is by what a block would
	// know them; nil if none is looked for.
	Return account.Return
	Blind  []byte
	// UserID and IdentityID are used if the person is new.
	UserID     account.ID
	IdentityID string
	// Session is complete but for UserID and IdentityID. PendingUntil replaces its limits if the person is pending.
	Session      session.Session
	PendingUntil time.Time
	// Grant are the provider's tokens, to be kept; nil if they are not.
	Tokens *NewTokens
	// Replaces is the session that the browser held before, if any: it ends in the same transaction (SE-01).
	Replaces *session.Key
}

// NewGrant are a provider's tokens as they are stored. They belong to the identity that signed in, and end with it.
type NewTokens struct {
	ID string
	// Sealed holds the tokens, bound to the identity; KeyID names the key that sealed them.
	Sealed, KeyID string
	// AccessExpiresAt and RefreshExpiresAt are when they end; the latter zero if the provider does not say.
	AccessExpiresAt, RefreshExpiresAt time.Time
	// Offline tokens outlive the session that they came with. An identity has one such grant: the next takes its place.
	Offline bool
	// ForUnlink tokens are what the provider needs to end the link. They are kept whatever the service keeps otherwise, as
	// Offline ones, and move into the unlink job when the identity goes.
	ForUnlink bool
}

// Outcome is what the transaction came to.
type Outcome struct {
	Decision account.Decision
	// Principal is what was written; nil if refused.
	Principal *session.Principal
	// New is true if the user was created by this sign-in.
	New bool
	// Owner is whose the identity is, with account.ReasonOwned.
	Owner account.ID
	// Until is until when who left may come back, or may not.
	Until time.Time
}

// Failure closes an attempt that came to nothing.
type Failure struct {
	Attempt AttemptKey
	At      time.Time
	Code    string // a problem code
	Client  audit.Client
}

// Store is what this package needs of the database. Every method is one durable transaction: when it has returned, losing
// power loses nothing of it.
type Store interface {
	// Claim makes the attempt the caller's, if nobody has claimed it: the Record is then Unclaimed. Otherwise it
	// reports what became of it. The row is kept until expires.
	Claim(ctx context.Context, k AttemptKey, at, expires time.Time) (Record, error)
	// Attempt reports what became of an attempt; Unclaimed if there is no row.
	Attempt(ctx context.Context, k AttemptKey) (Record, error)
	// Finish gives account.Resolve the facts and writes what it decides: user, identity, session, the attempt's result
	// and the audit line, all or nothing. A refusal is an Outcome, not an error; it too is written.
	//
	// A pending person's profile is not written: it is theirs until they join.
	Finish(context.Context, Completion) (Outcome, error)
	// Fail records that a claimed attempt came to nothing.
	Fail(context.Context, Failure) error
}
