package store

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/handoff"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

var _ handoff.Store = (*DB)(nil)

// Branch claims a hand-off code and begins a session as a copy of another one. The code is claimed in the table of
// sign-in attempts, under its own hash.
func (db *sessions) Branch(ctx context.Context, b handoff.Branch) (s session.Session, err error) {
	at := b.Session.CreatedAt
	err = db.write(ctx, "branch", func(t tx) error {
		if err := execOne(t, handoff.ErrCode, claimAttempt, b.Code[:], millis(at), millis(b.CodeEnds)); err != nil {
			return err
		}
		epoch, err := epochNow(t)
		if err != nil {
			return err
		}
		from, err := findPrincipal(t, selectPrincipal, b.From)
		switch {
		case errors.Is(err, session.ErrNone):
			return handoff.ErrCode
		case err != nil:
			return err
		case !from.Session.AliveAt(at),
			from.User.Status != account.Active && !(b.Pending && from.User.Status == account.Pending):
			return handoff.ErrCode
		}
		// Locks the identity, as a sign-in does, so that two sessions that begin at once count each other.
		if _, err := t.exec(touchIdentity, from.Identity.ID, millis(at),
			millis(at.Add(withdrawal.ClockAhead))); err != nil {
			return err
		}
		s = b.Session
		s.UserID, s.IdentityID, s.Remember = from.User.ID, from.Identity.ID, from.Session.Remember
		// A hand-off proves nothing, so the session is as old as the sign-in.
		s.CreatedAt, s.AuthTime = from.Session.CreatedAt, from.Session.AuthTime
		if s.ExpiresAt.After(from.Session.ExpiresAt) {
			s.ExpiresAt = from.Session.ExpiresAt
		}
		if s.IdleExpiresAt.After(s.ExpiresAt) {
			s.IdleExpiresAt = s.ExpiresAt
		}
		if s, err = putSession(t, s, epoch); err != nil {
			return err
		}
		var atProvider string // a sign-out at the provider ends the copy as well
		if err := t.get(providerSessionOf, []any{b.From[:]}, &atProvider); err != nil {
			return err
		}
		if err := putProviderSession(t, s.Key, atProvider); err != nil {
			return err
		}
		by := cause{at, audit.User(s.UserID, b.Session.Client), "handoff"}
		if err := endOverCap(t, cause{at, audit.Actor{Client: s.Client}, session.ReasonCap}, s); err != nil {
			return err
		}
		signedIn := by.event(audit.SignIn, s.UserID)
		signedIn.Session = s.ID
		return record(t, signedIn)
	})
	return s, err
}
