package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/session"
)

const deletePending = `DELETE FROM users WHERE id = $1 AND status = 'pending'`

// Join makes a pending user active: profile onto the identity, consents into the ledger, the new session in place of all
// pending ones, an audit line, the change feed. account.ErrRefTaken if j.Ref is another user's; session.ErrNone if the pending session is gone or past its end;
// join.ErrNotPending, with the principal as it is, if the user is not pending.
func (db *DB) Join(ctx context.Context, j join.Activation) (*session.Principal, error) {
	if j.Profile != nil {
		p := cleanProfile(*j.Profile)
		j.Profile = &p
	}
	j.Lang = clean(j.Lang, maxShort)
	var p *session.Principal
	var notPending bool
	err := db.write(ctx, "join", func(t tx) (err error) {
		p, err = findPrincipal(t, db.q.principalLocked, j.Session)
		if err != nil {
			return err
		}
		if notPending = p.User.Status != account.Pending; notPending {
			return nil
		}
		if at := stored(j.At); !at.Before(p.Session.ExpiresAt) || !at.Before(p.Session.IdleExpiresAt) {
			return session.ErrNone
		}
		p, err = completeJoin(t, j, *p)
		failpoint.Hit("join.before_commit")
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case notPending:
		return p, join.ErrNotPending
	}
	failpoint.Hit("join.after_commit")
	return p, nil
}

func completeJoin(t tx, j join.Activation, p session.Principal) (*session.Principal, error) {
	if err := t.put(moveGrant, p.Session.ID, j.Next.ID); err != nil {
		return nil, err
	}
	if _, err := deleteSessions(t, j.At, endSessions, string(p.User.ID), []byte{}); err != nil {
		return nil, err
	}
	next := j.Next
	next.UserID, next.IdentityID, next.AuthTime = p.User.ID, p.Identity.ID, p.Session.AuthTime
	next.CreatedAt = p.Session.CreatedAt // joining proves nothing: what is older than that is older than this session
	next, err := putSession(t, next)
	if err != nil {
		return nil, err
	}
	if err := activate(t, j.At, p.User.ID, j.Lang, next.ID, j.Actor); err != nil {
		return nil, err
	}
	if j.Ref != "" {
		if err := giveRef(t, p.User.ID, j.Ref); err != nil {
			return nil, err
		}
		p.User.Ref = j.Ref
	}
	if j.Profile != nil {
		if err := putProfile(t, p.Identity.ID, *j.Profile); err != nil {
			return nil, err
		}
		p.Identity.Profile = *j.Profile
	}
	if err := putConsents(t, &p.User, j.Consents); err != nil {
		return nil, err
	}
	if j.Scopes != nil {
		if _, err := putScopes(t, scopeChange{user: &p.User, identity: &p.Identity, now: *j.Scopes, at: j.At, place: account.PlaceKakao, actor: j.Actor}); err != nil {
			return nil, err
		}
	}
	if err := userChanged(t, j.At, p.User.ID); err != nil {
		return nil, err
	}
	p.Session = next
	p.User.Status, p.User.JoinedAt = account.Active, stored(j.At)
	if j.Lang != "" {
		p.User.Lang = j.Lang
	}
	return &p, nil
}

// giveRef gives a user the app's own member number; account.ErrRefTaken if another user has it. Of two who are given it at
// once, the unique index sends one back to the beginning.
func giveRef(t tx, id account.ID, ref string) error {
	if ref != clean(ref, maxSubject) {
		return fmt.Errorf("%w: ref", errInvalid) // cleaning it could make two people one
	}
	var owner string
	err := t.get(refOwner, []any{ref}, &owner)
	switch {
	case err == nil && owner != string(id):
		return account.ErrRefTaken
	case err != nil && !errors.Is(err, errNoRow):
		return err
	}
	_, err = t.exec(setRef, string(id), ref)
	return err
}

// activate makes a pending user a member and notes it. Whoever calls it ends the pending sessions.
func activate(t tx, at time.Time, id account.ID, lang, sessionID string, by audit.Actor) error {
	n, err := t.exec(activateUser, string(id), millis(at), null(lang))
	if err != nil {
		return err
	}
	if n != 1 {
		return errLost
	}
	if err := emit(t, events.UserCreated, at, id, ""); err != nil {
		return err
	}
	return record(t, audit.Event{At: at, Kind: audit.Joined, Actor: by.String(), UserID: string(id), Session: sessionID, Client: by.Client})
}
