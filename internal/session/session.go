package session

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// Session is one sign-in of one person on one device. Times are in UTC and kept to the millisecond.
type Session struct {
	// ID is public: a person's list of devices and the operator's commands name a session by it. It is a UUIDv7 and
	// has nothing to do with the token.
	ID         string
	Key        Key
	UserID     account.ID
	IdentityID string
	CreatedAt  time.Time
	// AuthTime is when the person proved who they are at the provider.
	AuthTime time.Time
	// SeenAt is the last use that was written down; the true one may be later by [Limits.Grain].
	SeenAt        time.Time
	IdleExpiresAt time.Time
	ExpiresAt     time.Time
	// Remember says whether the browser keeps the cookie when it closes, and which of the two limits apply.
	Remember bool
	// Where the session began.
	Client audit.Client
}

// AliveAt reports whether the session is within both of its limits.
func (s Session) AliveAt(at time.Time) bool {
	return at.Before(s.IdleExpiresAt) && at.Before(s.ExpiresAt)
}

// Limits are the two ends of a session.
type Limits struct {
	Idle time.Duration // without use
	Life time.Duration // in any case
}

// Grain is how late a use may be written down: a slide of the idle limit costs at most one write in this time.
func (l Limits) Grain() time.Duration {
	return min(max(l.Idle/200, time.Second), 10*time.Minute)
}

// Principal is a session with whom it belongs to. It is shared between requests: never change one.
type Principal struct {
	Session  Session
	User     account.User
	Identity account.Identity
	// Wire is what Config.Describe made of the rest; nil without it. Never write into it.
	Wire []string
}

// Change tells every process what one of them did. Either Key or UserID is set; a change of a user concerns all their
// sessions.
type Change struct {
	Seq    int64
	Key    Key // of the session that changed, if UserID is ""
	UserID account.ID
}

// Touch is a use of a session, to be written down.
type Touch struct {
	Key           Key
	SeenAt        time.Time
	IdleExpiresAt time.Time
}

// ErrNone: nobody is signed in with that token. Unknown, ended and expired are one answer on purpose.
var ErrNone = errors.New("session: none")

// ErrUnavailable: the store cannot say, and the cache is too old to. Callers answer 503 and let nobody in.
var ErrUnavailable = errors.New("session: store unavailable")

// Store is what this package needs of the database. Every method is one transaction.
type Store interface {
	// Principal finds a session that exists, whatever its limits say; ErrNone if there is none. Identity.SeenAt may
	// be that of an earlier sign-in of theirs; everything else is as it was at some moment since the call.
	Principal(context.Context, Key) (*Principal, error)
	// Touch writes uses down: an UPDATE of rows that exist, never an upsert, so that a request under way cannot
	// revive a session that was ended meanwhile. It only ever moves SeenAt and IdleExpiresAt forward.
	Touch(context.Context, []Touch) error
	// End ends sessions and says so in the change feed and the audit log, all in one transaction. It reports how many
	// there were.
	End(context.Context, Revocation) (int, error)
	// Changes reports what changed after cursor, oldest first, and the next cursor. Cursor 0 asks for the present
	// cursor without any change. A change may be reported again; none is left out, also if it commits late.
	Changes(ctx context.Context, cursor int64) ([]Change, int64, error)
}

// Revocation says which sessions of one user end, and why.
type Revocation struct {
	// Exactly one of Key and UserID is set.
	Key    *Key
	UserID account.ID
	ID     string // with UserID: only the session of this public id, if it is theirs
	Except *Key   // with UserID: this one lives on
	// Renewed is with Except the key that the session has from now on, in the same transaction. If there is no such
	// session (any more), nothing ends and the answer is ErrNone.
	Renewed *Key
	At      time.Time
	Actor   audit.Actor // an operator's access record is written also if no session was left
	Reason  string      // a code
}

// MassRevocation ends sessions of all users, some at a time.
type MassRevocation struct {
	Before time.Time // only those that began then or earlier
	Limit  int
	At     time.Time
	Actor  audit.Actor
	Reason string // a code
}
