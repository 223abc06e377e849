package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

const (
	userIdentities = `SELECT id, provider, app, subject FROM identities WHERE user_id = $1 ORDER BY id`
	linkedKey      = `SELECT i.id FROM identities i JOIN users u ON u.id = i.user_id
WHERE i.provider = $1 AND i.app = $2 AND i.subject = $3 AND u.status <> 'withdrawn'`

	deleteIdentities = `DELETE FROM identities WHERE user_id = $1`
	deleteConsents   = `DELETE FROM consents WHERE user_id = $1`

	// What remains of a person: a number that finds nobody, so that the app's tables still have something to point at.
	eraseUser = `UPDATE users SET status = 'withdrawn', ref = NULL, meta = NULL, nickname = NULL, picture = NULL, lang = NULL, agreed = NULL, purge_at = NULL
WHERE id = $1`

	insertErasure = `INSERT INTO erasures (at, people, what, method, actor) VALUES ($1, 1, $2, $3, $4)`
)

// Withdraw lets a person go, all or nothing: every session ends, identities, profile, the app's data and the ledger of
// consents are deleted, a job is queued for each link at a provider, and two lines are left: that somebody's data was
// erased, which does not say whose, and that this user left, which the audit log keeps for as long as it keeps sign-ins.
//
// session.ErrNone if w.Session is gone; account.ErrNotFound if there is no such user. It is done, without error, if the
// user has left already. A pending user's row is deleted altogether.
func (db *DB) Withdraw(ctx context.Context, w withdrawal.Request) error {
	err := db.write(ctx, "withdraw", func(t tx) error {
		id := w.UserID
		if w.Session != nil {
			p, err := findPrincipal(t, db.q.principalLocked, *w.Session)
			if err != nil {
				return err
			}
			if p.User.ID != id {
				return fmt.Errorf("%w: session of another user", errInvalid)
			}
		}
		var r userRow
		err := t.get(db.q.userLocked, []any{string(id)}, r.dest()...)
		if errors.Is(err, errNoRow) {
			return account.ErrNotFound
		}
		if err != nil {
			return err
		}
		by := leaving{at: w.At, actor: w.Actor, reason: w.Reason, unlink: true, parting: w.Policy}
		outcome, now := audit.Done, false
		if account.Status(r.status) == account.Withdrawn {
			// Whoever grants no grace, such as an operator who was asked to, also ends one that is under way.
			until, err := inGrace(t, id)
			if err != nil {
				return err
			}
			if now = w.Policy.Grace <= 0 && !until.IsZero(); !now {
				outcome = audit.Unchanged
			}
		}
		if err := recordAccess(t, w.Actor, audit.Access{At: w.At, Kind: audit.UserWithdraw, UserID: string(id), Outcome: outcome}); err != nil {
			return err
		}
		switch account.Status(r.status) {
		case account.Withdrawn:
			if !now {
				return nil
			}
			err = purge(t, id, by)
		case account.Pending:
			err = discard(t, id, by)
		default:
			err = leave(t, account.User{ID: id, Status: account.Status(r.status)}, by)
		}
		failpoint.Hit("withdraw.before_commit")
		return err
	})
	if err != nil {
		return err
	}
	failpoint.Hit("withdraw.after_commit")
	// They have left, whatever comes of the register now: what is noted is brought there with the next sweep.
	if err := db.flushErased(ctx); err != nil {
		db.cfg.Log.Warn("erasure not yet in the register", "err", err)
	}
	return nil
}

// leaving is why and how somebody goes.
type leaving struct {
	at      time.Time
	actor   audit.Actor
	reason  string
	unlink  bool // the provider does not know yet
	parting account.WithdrawalPolicy
}

// leave lets a member go: into the grace period, or, if there is none, for good, which keeps nothing but the number. Who is
// suspended has no grace: taking the account up again would lift the suspension (AL-15).
func leave(t tx, user account.User, by leaving) error {
	id := user.ID
	what, err := letGo(t, id, by)
	if err != nil {
		return err
	}
	if by.parting.Grace > 0 && user.Status == account.Active {
		return depart(t, id, by)
	}
	if err := erase(t, id, by, what); err != nil {
		return err
	}
	if err := left(t, id, by); err != nil {
		return err
	}
	return emit(t, events.UserPurged, by.at, id, "")
}

// letGo ends a user's sessions and queues the unlinking of their identities. It says what there was, in numbers.
func letGo(t tx, id account.ID, by leaving) (what string, err error) {
	// Before the sessions, with which they would end one by one: unlinking ends all tokens at once.
	if _, err := t.exec(deleteGrantsOf, string(id)); err != nil {
		return "", err
	}
	gone, err := deleteSessions(t, by.at, endSessions, string(id), []byte{})
	if err != nil {
		return "", err
	}
	for _, s := range gone {
		if err := record(t, audit.Event{
			At: by.at, Kind: audit.SignOut, Actor: by.actor.String(), UserID: string(id), Session: s.id, Reason: by.reason,
			Client: by.actor.Client,
		}); err != nil {
			return "", err
		}
	}
	var all []jobs.New
	var keys []account.Key
	var identity string
	var k account.Key
	err = t.each(userIdentities, []any{string(id)}, []any{&identity, &k.Provider, &k.Namespace, &k.Subject}, func() error {
		payload, err := json.Marshal(k)
		keys = append(keys, k)
		// With the time, because who comes back within the grace period may leave a second time.
		key := fmt.Sprintf("%s@%d", identity, millis(by.at))
		all = append(all, jobs.New{Kind: withdrawal.UnlinkJob, Key: key, About: string(id), Payload: string(payload), At: by.at})
		return err
	})
	if err != nil {
		return "", err
	}
	if err := block(t, by, keys); err != nil {
		return "", err
	}
	if by.unlink {
		for _, j := range all {
			if err := putJob(t, j); err != nil {
				return "", err
			}
		}
	}
	return fmt.Sprintf("%d identities, %d sessions", len(all), len(gone)), nil
}

// provenErased writes the line of the register that says an erasure took place, and not whose (korea.md 4).
func provenErased(t tx, by leaving, what string) error {
	actor := by.actor.String()
	if by.actor.Kind == audit.KindUser {
		actor = "person"
	}
	_, err := t.exec(insertErasure, millis(by.at), what, "rows deleted", clean(actor, maxShort))
	return err
}

// Leaving says how far a user's leaving is.
func (db *DB) WithdrawalState(ctx context.Context, id account.ID) (withdrawal.State, error) {
	var out withdrawal.State
	u, err := db.UserByID(ctx, id)
	switch {
	case err == nil:
		out.Withdrawn = u.Status == account.Withdrawn
		if out.Withdrawn {
			err = db.read(ctx, "grace", func(t tx) (err error) {
				out.PurgeAt, err = inGrace(t, id)
				return err
			})
		}
		if err != nil {
			return out, err
		}
	case !errors.Is(err, account.ErrNotFound): // a pending person's row is gone, their unlinking is not
		return out, err
	}
	out.Jobs, err = db.countJobs(ctx, aboutJobs, string(id), withdrawal.UnlinkJob)
	return out, err
}

// Linked reports whether somebody has this identity now.
func (db *DB) Linked(ctx context.Context, k account.Key) (bool, error) {
	var id string
	err := db.read(ctx, "linked", func(t tx) error {
		return t.get(linkedKey, []any{k.Provider, k.Namespace, k.Subject}, &id)
	})
	if errors.Is(err, errNoRow) {
		return false, nil
	}
	return err == nil, err
}

// Discard removes a pending user with identity and sessions, because they declined to join, and queues the unlinking. It
// is done, without error, if there is none; a user who is not pending is left alone (join.ErrNotPending).
func (db *DB) Discard(ctx context.Context, k session.Key, at time.Time, by audit.Actor) error {
	at = db.at(at)
	err := db.write(ctx, "discard", func(t tx) error {
		p, err := findPrincipal(t, db.q.principalLocked, k)
		if err != nil {
			return err
		}
		if p.User.Status != account.Pending {
			return join.ErrNotPending
		}
		return discard(t, p.User.ID, leaving{at: at, actor: by, reason: "declined", unlink: true})
	})
	if errors.Is(err, session.ErrNone) {
		return nil
	}
	return err
}

// discard deletes a pending user; the identity goes with the row.
func discard(t tx, id account.ID, by leaving) error {
	what, err := letGo(t, id, by)
	if err != nil {
		return err
	}
	n, err := t.exec(deletePending, string(id))
	if err != nil {
		return err
	}
	if n != 1 {
		return errLost
	}
	if err := provenErased(t, by, "not joined: "+what); err != nil {
		return err
	}
	failpoint.Hit("discard.before_commit")
	return userChanged(t, by.at, id)
}
