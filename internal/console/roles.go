package console

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// Roles is what this package needs of roles. Every method is one transaction, and every change writes its access
// record.
type Roles interface {
	// Members lists all members, the first granted first; with id only that one.
	Members(ctx context.Context, id account.ID) ([]Member, error)
	// GrantRole gives a user a role, or another one. [ErrNotActive] unless the user is active, with Keep
	// [account.ErrLastOperator].
	GrantRole(context.Context, Change) error
	// RevokeRole takes a user's role away and ends their sessions of the console. [ErrNoMember], with Keep
	// [account.ErrLastOperator].
	RevokeRole(context.Context, Change) error
	// ResetFactor deletes the second factor and ends the sessions of the console. [ErrNoMember].
	ResetFactor(context.Context, Change) error
}

// Change is a change of a member's role.
type Change struct {
	UserID account.ID
	Role   Role // of a grant
	// Keep refuses to take the role of the last active operator. The commands next to the database do without.
	Keep  bool
	At    time.Time
	Actor audit.Actor
}

var (
	// ErrNoMember: the user holds no role.
	ErrNoMember = errors.New("console: the user holds no role")
	// ErrNotActive: only active users can hold a role.
	ErrNotActive = errors.New("console: the user is not active")
)

// Members lists who holds a role, the first granted first.
func (s *Service) Members(ctx context.Context) ([]Member, error) { return s.cfg.Roles.Members(ctx, "") }

// Member returns a user's role; [ErrNoMember].
func (s *Service) Member(ctx context.Context, id account.ID) (Member, error) {
	all, err := s.cfg.Roles.Members(ctx, id)
	if err == nil && len(all) == 0 {
		err = ErrNoMember
	}
	if err != nil {
		return Member{}, err
	}
	return all[0], nil
}

// Grant gives a user a role. [ErrRole], [ErrNotActive], [account.ErrLastOperator].
func (s *Service) Grant(ctx context.Context, c Change) error {
	if _, err := ParseRole(string(c.Role)); err != nil {
		return err
	}
	c.At = s.cfg.Now()
	return s.cfg.Roles.GrantRole(ctx, c)
}

// Revoke takes a user's role away. [ErrNoMember], [account.ErrLastOperator].
func (s *Service) Revoke(ctx context.Context, c Change) error {
	c.At = s.cfg.Now()
	return s.cfg.Roles.RevokeRole(ctx, c)
}

// ResetFactor lets a member enrol again at the next entry. [ErrNoMember].
func (s *Service) ResetFactor(ctx context.Context, c Change) error {
	c.At = s.cfg.Now()
	return s.cfg.Roles.ResetFactor(ctx, c)
}
