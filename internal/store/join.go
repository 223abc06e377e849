package store

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/session"
)

const (
	activateUser = `UPDATE users SET status = 'active', joined_at = $2, lang = COALESCE($3, lang)
WHERE id = $1 AND status = 'pending'`
	deletePending = `DELETE FROM users WHERE id = $1 AND status = 'pending'`
)

// Join makes a pending user active and writes, in one transaction, profile, consents, the session that replaces all
// pending ones, the log and the change feed. account.ErrRefTaken if another user has j.Ref; session.ErrNone if the
// pending session has ended; join.ErrNotPending, with the principal as it is, if the user is not pending.
func (db *logins) Join(ctx context.Context, j join.Activation) (*session.Principal, error) {
	if j.Profile != nil {
		p := cleanProfile(*j.Profile)
		j.Profile = &p
	}
	j.Lang = clean(j.Lang, maxShort)
	var p *session.Principal
	var notPending bool
	err := db.write(ctx, "join", func(t tx) (err error) {
		epoch, err := epochNow(t)
		if err != nil {
			return err
		}
		p, err = findPrincipal(t, db.q.principalLocked, j.Session)
		if err != nil {
			return err
		}
		if notPending = p.User.Status != account.Pending; notPending {
			return nil
		}
		if !p.Session.AliveAt(stored(j.At)) {
			return session.ErrNone
		}
		err = completeJoin(t, j, p, epoch)
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

func completeJoin(t tx, j join.Activation, p *session.Principal, epoch int64) error {
	id := p.User.ID
	if err := t.put(moveTokens, p.Session.ID, j.Next.ID); err != nil {
		return err
	}
	var atProvider string
	if err := t.get(providerSessionOf, []any{p.Session.Key[:]}, &atProvider); err != nil {
		return err
	}
	if _, err := deleteSessions(t, j.At, endSessions, string(id), []byte{}); err != nil {
		return err
	}
	next := j.Next
	next.UserID, next.IdentityID, next.AuthTime = id, p.Identity.ID, p.Session.AuthTime
	next.CreatedAt = p.Session.CreatedAt // joining proves nothing, so the session is as old as the sign-in
	next, err := putSession(t, next, epoch)
	if err != nil {
		return err
	}
	if err := putProviderSession(t, next.Key, atProvider); err != nil {
		return err
	}
	if err := activate(t, cause{j.At, j.Actor, ""}, id, j.Lang, next.ID); err != nil {
		return err
	}
	if j.Ref != "" {
		if _, err := giveRef(t, id, j.Ref); err != nil {
			return err
		}
		p.User.Ref = j.Ref
	}
	if j.Profile != nil {
		if err := putProfile(t, p.Identity.ID, *j.Profile); err != nil {
			return err
		}
		p.Identity.Profile = *j.Profile
	}
	if err := putConsents(t, &p.User, j.Consents); err != nil {
		return err
	}
	if j.Scopes != nil {
		if _, err := putScopes(t, scopeChange{
			user: &p.User, identity: &p.Identity, now: *j.Scopes, at: j.At, place: account.PlaceAt(p.Identity.Provider),
			actor: j.Actor,
		}); err != nil {
			return err
		}
	}
	p.Session = next
	p.User.Status, p.User.JoinedAt = account.Active, stored(j.At)
	if j.Lang != "" {
		p.User.Lang = j.Lang
	}
	return userChanged(t, j.At, id)
}

// activate makes a pending user active. The caller ends the pending sessions.
func activate(t tx, by cause, id account.ID, lang, sessionID string) error {
	if err := execOne(t, errLost, activateUser, string(id), millis(by.at), null(lang)); err != nil {
		return err
	}
	if err := emit(t, events.UserCreated, by.at, id, ""); err != nil {
		return err
	}
	e := by.event(audit.Joined, id)
	e.Session = sessionID
	return record(t, e)
}

// Discard removes a pending user who declined to join, with identity and sessions, and queues the unlinking. It
// succeeds if there is none; join.ErrNotPending if the user is not pending.
func (db *logins) Discard(ctx context.Context, k session.Key, at time.Time, by audit.Actor) error {
	at = db.at(at)
	err := db.write(ctx, "discard", func(t tx) error {
		p, err := findPrincipal(t, db.q.principalLocked, k)
		if err != nil {
			return err
		}
		if p.User.Status != account.Pending {
			return join.ErrNotPending
		}
		return discard(t, p.User.ID, cause{at, by, "declined"}, true)
	})
	if errors.Is(err, session.ErrNone) {
		return nil
	}
	return err
}

// discard deletes a pending user; identity and sessions go with the row. unlink: the provider does not know yet.
func discard(t tx, id account.ID, by cause, unlink bool) error {
	what, err := signOutUser(t, id, by, account.WithdrawalPolicy{}, unlink)
	if err != nil {
		return err
	}
	if err := execOne(t, errLost, deletePending, string(id)); err != nil {
		return err
	}
	if err := putErasureProof(t, by, "not joined: "+what); err != nil {
		return err
	}
	failpoint.Hit("discard.before_commit")
	return userChanged(t, by.at, id)
}
