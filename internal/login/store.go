package login

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

// AttemptKey identifies an attempt in the store: the SHA-256 of its state.
type AttemptKey [sha256.Size]byte

// Progress is the state of an attempt.
type Progress int8

const (
	// Unclaimed: there was no callback yet, or the row is gone.
	Unclaimed Progress = iota
	// Claimed: a callback is being handled, here or on another replica.
	Claimed
	// Succeeded: it led to a session.
	Succeeded
	// Ended: it failed, with a code.
	Ended
)

// Record is the store's record of a claimed attempt.
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

// Completion is what a successful callback writes. Ids and times are made by the caller.
type Completion struct {
	Attempt AttemptKey
	At      time.Time
	// Key and Profile are the claims.
	Key     account.Key
	Profile account.Profile
	// Partial says that Profile fills an empty one and replaces none.
	Partial bool
	// NameOnce says that the provider sends the nickname once: a Profile without one keeps the nickname.
	NameOnce bool
	// Scopes are the consent items that the user agreed to at the provider; nil if unknown.
	Scopes *account.Scopes
	// JoinRequired and UnderAge are facts for account.Resolve.
	JoinRequired, UnderAge bool
	// Agreed are ledger lines that follow from the claims, see account.Admission.
	Agreed []account.Consent
	// Expect is the user who has to sign in; "" for any user.
	Expect account.ID
	// Purpose and Detail are the attempt's.
	Purpose Purpose
	Detail  string
	// Return is the policy for withdrawn users who return, and the user's choice. Blind is the key of a re-join
	// block; nil if none is checked.
	Return account.Return
	Blind  []byte
	// UserID and IdentityID are used if the user is new.
	UserID     account.ID
	IdentityID string
	// Session lacks only UserID and IdentityID. PendingUntil replaces its limits if the user is pending.
	Session      session.Session
	PendingUntil time.Time
	// ProviderSession is the provider.SessionDigest of the session at the provider; "" if unknown.
	ProviderSession string
	// Tokens are the provider tokens to keep; nil for none.
	Tokens *NewTokens
	// Hint is the ID token for the provider's sign-out page, which ends with the session; nil for none.
	Hint *NewTokens
	// NewLink says that this very round trip linked the user at the provider.
	NewLink bool
	// Replaces is the browser's previous session, which ends in the same transaction (SE-01).
	Replaces *session.Key
}

// HintClient is the client of an ID token that is kept as a hint for the provider's sign-out page. It ends with its
// session, and stays if the service keeps no tokens.
const HintClient = "sign-out hint"

// RevokedClient is the client of tokens at a provider that has no call to end a link and revokes tokens, see
// provider.RevokesOnly. They live like others, and what is left of them when the identity is removed moves into the
// unlink job.
const RevokedClient = "revoked with the link"

// NewTokens are provider tokens to store. They belong to the identity and end with it.
type NewTokens struct {
	ID string
	// Sealed holds the tokens, bound to the identity; KeyID names the key that sealed them.
	Sealed, KeyID string
	// AccessExpiresAt and RefreshExpiresAt are when they end; the latter zero if the provider does not say.
	AccessExpiresAt, RefreshExpiresAt time.Time
	// Client is the client that the tokens were issued to, where the provider has several; "" for its only one,
	// HintClient for an ID token alone, and RevokedClient.
	Client string
	// Offline tokens outlive their session. The next ones of the identity and client replace them.
	Offline bool
	// ForUnlink tokens are those that the provider needs to end the link. They are kept like Offline tokens, even if
	// the service keeps no others, and move into the unlink job when the identity is removed.
	ForUnlink bool
	// AccessOnly is set if the provider issued no refresh token. Valid Offline tokens with a refresh token are then
	// kept in place of these. RefreshExpiresAt is the expiry of the access token.
	AccessOnly bool
}

// Outcome is the result of the transaction.
type Outcome struct {
	Decision account.Decision
	// Principal is what was written; nil if refused.
	Principal *session.Principal
	// User is the user of the identity, with a refusal; "" if there is none or nothing may be kept about them.
	User account.ID
	// New is true if the user was created by this sign-in.
	New bool
	// Owner is the owner of the identity, with account.ReasonOwned.
	Owner account.ID
	// Until is the end of the time to restore the account, or of a re-join block.
	Until time.Time
}

// Failure closes a failed attempt.
type Failure struct {
	Attempt AttemptKey
	At      time.Time
	Code    string // a problem code
	Client  audit.Client
}

// Store is what this package needs of the database. Every method is one durable transaction.
type Store interface {
	// Claim claims the attempt and returns an Unclaimed Record, or the existing Record if it was claimed before. The
	// row is kept until expires.
	Claim(ctx context.Context, k AttemptKey, at, expires time.Time) (Record, error)
	// Attempt returns the Record of an attempt; Unclaimed if there is no row.
	Attempt(ctx context.Context, k AttemptKey) (Record, error)
	// Finish lets account.Resolve decide and writes the decision: user, identity, session, the attempt's result and
	// the audit event. A refusal is an Outcome, not an error, and is written too. The profile of a pending user is
	// not written.
	Finish(context.Context, Completion) (Outcome, error)
	// Fail records that a claimed attempt failed.
	Fail(context.Context, Failure) error
}
