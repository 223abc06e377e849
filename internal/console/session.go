package console

import (
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

// The limits of a session of the console.
const (
	// IdleLimit ends a session that is not used.
	IdleLimit = 30 * time.Minute
	// Life ends every session.
	Life = 12 * time.Hour
	// ChangeMaxAge is how old the sign-in at the provider may be for changes.
	ChangeMaxAge = 30 * time.Minute
	// touchEvery is how often the use of a session is written.
	touchEvery = time.Minute
)

// ErrNone: there is no such session, or it has ended.
var ErrNone = errors.New("console: no session")

// Session is a session of the console.
type Session struct {
	Key    session.Key
	ID     string // public; a UUIDv7
	UserID account.ID
	// CreatedAt is when it began, SeenAt its last use as far as it is written, ExpiresAt its end at the latest.
	CreatedAt, SeenAt, ExpiresAt time.Time
	// AuthTime is when the operator signed in at the provider.
	AuthTime time.Time
	// FactorAt is when the second factor was given; zero if it was not.
	FactorAt time.Time
	Client   audit.Client
}

// Principal is the operator and session of a request.
type Principal struct {
	Session Session
	Member  Member
	Factor  Factor
}

// Live reports whether the session admits requests: it has not ended, and its user still is active and holds a role.
func (p *Principal) Live(now time.Time) bool {
	s := p.Session
	return now.Before(s.SeenAt.Add(IdleLimit)) && now.Before(s.ExpiresAt) && p.Member.Role != "" &&
		p.Member.Status == account.Active
}

// Fresh reports whether the sign-in is recent enough for changes.
func (p *Principal) Fresh(now time.Time) bool {
	return now.Before(p.Session.AuthTime.Add(ChangeMaxAge))
}

// Continue returns the session as it begins in the place of another one of the same browser: if that is the same
// member's, alive, and has given its second factor, it need not be given again, and the session ends no later.
func (s Session) Continue(old *Principal) Session {
	if old == nil || old.Session.UserID != s.UserID || !old.Live(s.CreatedAt) || old.Session.FactorAt.IsZero() {
		return s
	}
	s.FactorAt = old.Session.FactorAt
	if old.Session.ExpiresAt.Before(s.ExpiresAt) {
		s.ExpiresAt = old.Session.ExpiresAt
	}
	return s
}
