package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
)

const (
	setStatus = `UPDATE users SET status = $2 WHERE id = $1`
	setRef    = `UPDATE users SET ref = $2 WHERE id = $1`
	refOwner  = `SELECT id FROM users WHERE ref = $1`
)

// UserByID reads a user; account.ErrNotFound if there is none.
func (db *DB) UserByID(ctx context.Context, id account.ID) (*account.User, error) {
	var r userRow
	err := db.read(ctx, "user", func(t tx) error { return t.get(selectUser, []any{string(id)}, r.dest()...) })
	if errors.Is(err, errNoRow) {
		return nil, account.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	u := r.user()
	return &u, nil
}

// Suspend disables a user, which ends all their sessions, or enables one again: as a member, or as pending if they had
// not joined. It is done, without error, if the user stands there already; a user who has left is account.ErrNotFound.
func (db *DB) SetDisabled(ctx context.Context, s account.StatusChange) error {
	s.At = db.at(s.At)
	return db.write(ctx, "suspend", func(t tx) error {
		var r userRow
		err := t.get(db.q.userLocked, []any{string(s.UserID)}, r.dest()...)
		if errors.Is(err, errNoRow) {
			return account.ErrNotFound
		}
		if err != nil {
			return err
		}
		user := r.user()
		next, kind, event := account.Disabled, audit.Disabled, events.UserDisabled
		access := audit.Access{At: s.At, Kind: audit.UserDisable, UserID: string(s.UserID), Outcome: audit.Done}
		if !s.Disabled {
			next, kind, event, access.Kind = account.Active, audit.Enabled, events.UserUpdated, audit.UserEnable
			if user.JoinedAt.IsZero() {
				next = account.Pending
			}
		}
		switch {
		case user.Status == account.Withdrawn:
			return account.ErrNotFound
		case (user.Status == account.Disabled) == s.Disabled:
			access.Outcome = audit.Unchanged
			return recordAccess(t, s.Actor, access)
		}
		if err := recordAccess(t, s.Actor, access); err != nil {
			return err
		}
		if err := t.put(setStatus, string(s.UserID), string(next)); err != nil {
			return err
		}
		if _, err := deleteSessions(t, s.At, endSessions, string(s.UserID), []byte{}); err != nil {
			return err
		}
		if err := userChanged(t, s.At, s.UserID); err != nil {
			return err
		}
		if err := emit(t, event, s.At, s.UserID, ""); err != nil {
			return err
		}
		return record(t, audit.Event{
			At: s.At, Kind: kind, Actor: s.Actor.String(), UserID: string(s.UserID), Reason: s.Reason, Client: s.Actor.Client,
		})
	})
}

// SetRef gives a user the app's own member number, "" to take it away. account.ErrRefTaken if another user has it,
// account.ErrNotFound if there is no such user.
func (db *DB) SetRef(ctx context.Context, id account.ID, ref string, at time.Time) error {
	if ref != clean(ref, maxSubject) {
		return fmt.Errorf("%w: ref", errInvalid) // cleaning it could make two people one
	}
	at = db.at(at)
	return db.write(ctx, "set ref", func(t tx) error {
		if ref != "" {
			var owner string
			err := t.get(refOwner, []any{ref}, &owner)
			switch {
			case err == nil && owner != string(id):
				return account.ErrRefTaken
			case err == nil:
				return nil
			case !errors.Is(err, errNoRow):
				return err
			}
		}
		n, err := t.exec(setRef, string(id), null(ref))
		if err != nil {
			return err
		}
		if n == 0 {
			return account.ErrNotFound
		}
		if err := emit(t, events.UserUpdated, at, id, ""); err != nil {
			return err
		}
		return userChanged(t, at, id)
	})
}
