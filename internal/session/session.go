package session

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// Session is one sign-in on one device. Times are in UTC, to the millisecond.
type Session struct {
	// ID is public: lists of devices and commands name a session by it. It is a UUIDv7 and unrelated to the token.
	ID         string
	Key        Key
	UserID     account.ID
	IdentityID string
	CreatedAt  time.Time
	// AuthTime is when the user authenticated at the provider; see [Session.AuthTimeKnown].
	AuthTime time.Time
	// SeenAt is the last recorded use; the true one may be later by [Limits.Grain].
	SeenAt        time.Time
	IdleExpiresAt time.Time
	ExpiresAt     time.Time
	// Remember: the browser keeps the cookie when it closes, and the longer limits apply.
	Remember bool
	// Client is where the session began.
	Client audit.Client
}

// AuthTimeKnown reports whether the provider said when the user authenticated. If not, AuthTime is just after
// CreatedAt.
func (s Session) AuthTimeKnown() bool { return !s.AuthTime.After(s.CreatedAt) }

// AliveAt reports whether the session is within both of its limits.
func (s Session) AliveAt(at time.Time) bool {
	return at.Before(s.IdleExpiresAt) && at.Before(s.ExpiresAt)
}

// Limits bound a session.
type Limits struct {
	Idle time.Duration // without use
	Life time.Duration // in any case
}

// Grain is how late a use may be recorded: sliding the idle limit costs at most one write in this time.
func (l Limits) Grain() time.Duration {
	return min(max(l.Idle/200, time.Second), 10*time.Minute)
}

// Principal is a session with its user and identity. Requests share it: do not change it.
type Principal struct {
	Session  Session
	User     account.User
	Identity account.Identity
	// HeaderValues is the result of Config.HeaderValues; nil without it. Do not write to it.
	HeaderValues []string
}

// Change is what other processes have to know. Either Key or UserID is set; a change of a user concerns all their
// sessions.
type Change struct {
	Seq    int64
	Key    Key // of the session that changed, if UserID is ""
	UserID account.ID
}

// AllUsers as the UserID of a Change means all users.
const AllUsers account.ID = "*"

// Touch is a use of a session, to be recorded.
type Touch struct {
	Key           Key
	SeenAt        time.Time
	IdleExpiresAt time.Time
}

// ErrNone: no one is signed in with that token. Unknown, ended and expired are not distinguished.
var ErrNone = errors.New("session: none")

// ErrUnavailable: the store does not answer, and the cache is too old. Callers answer 503.
var ErrUnavailable = errors.New("session: store unavailable")

// Store is what this package needs of the database. Every method is one transaction.
type Store interface {
	// Principal finds a session, even one beyond its limits; ErrNone without one.
	Principal(context.Context, Key) (*Principal, error)
	// Touch records uses. It updates rows that exist, so that a request in flight cannot revive an ended session, and
	// only moves SeenAt and IdleExpiresAt forward.
	Touch(context.Context, []Touch) error
	// End ends sessions and writes the change feed and the log in one transaction. It returns how many there were.
	End(context.Context, Revocation) (int, error)
	// Changes returns what changed after cursor, oldest first, and the next cursor. Cursor 0 asks for the present
	// cursor alone. A change may be reported again; none is left out, even if it commits late.
	Changes(ctx context.Context, cursor int64) ([]Change, int64, error)
}

// Revocation says which sessions of one user end, and why.
type Revocation struct {
	// Exactly one of Key and UserID is set.
	Key    *Key
	UserID account.ID
	ID     string // with UserID: only the session with this public id
	Except *Key   // with UserID: this one stays
	// Renewed, with Except, is the new key of that session, set in the same transaction. ErrNone, and nothing ends,
	// if there is no such session.
	Renewed *Key
	At      time.Time
	Actor   audit.Actor // an operator's access record is written even if no session ends
	Reason  string      // a code
}
