package console

import (
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// Role is what an operator may do in the console. The zero value is no role.
type Role string

const (
	// Viewer reads everything, with e-mail addresses masked.
	Viewer Role = "viewer"
	// Operator also reveals e-mail addresses and changes things.
	Operator Role = "operator"
)

// ErrRole: the text names no role.
var ErrRole = errors.New("console: not a role")

// ParseRole parses the name of a role.
func ParseRole(text string) (Role, error) {
	switch r := Role(text); r {
	case Viewer, Operator:
		return r, nil
	}
	return "", ErrRole
}

// Includes reports whether the role may do what another one may.
func (r Role) Includes(other Role) bool {
	switch r {
	case Operator:
		return other == Operator || other == Viewer
	case Viewer:
		return other == Viewer
	}
	return false
}

// Member is a user who holds a role.
type Member struct {
	UserID    account.ID
	Status    account.Status
	Nickname  string // what the user edited, else as the provider said last; may be ""
	Role      Role
	GrantedAt time.Time
	GrantedBy string // as in audit.Event.Actor
	// FactorAt is when the second factor was confirmed; zero if there is none.
	FactorAt time.Time
	// SeenAt is the last use of a session of the console that is kept; zero if there is none.
	SeenAt time.Time
}

// Active reports whether the member can enter as an operator: the last one of these is protected.
func (m Member) Active() bool { return m.Role == Operator && m.Status == account.Active }

// Keeps returns [account.ErrLastOperator] if the user is the only active operator in all.
func Keeps(all []Member, id account.ID) error {
	last := false
	for _, m := range all {
		if m.Active() && m.UserID != id {
			return nil
		}
		last = last || m.Active()
	}
	if last {
		return account.ErrLastOperator
	}
	return nil
}
