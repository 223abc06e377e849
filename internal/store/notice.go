package store

import (
	"context"
	"errors"
	"slices"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/withdrawal"
)

const (
	endOlderSessions = `DELETE FROM sessions WHERE user_id = $1 AND created_at <= $2 RETURNING id, user_id`
	endIdentity      = `DELETE FROM sessions WHERE user_id = $1 AND identity_id = $2 RETURNING id, user_id`
	deleteIdentity   = `DELETE FROM identities WHERE id = $1`
	lastScope        = `SELECT at FROM consents WHERE user_id = $1 AND kind = 'scope' ORDER BY id DESC LIMIT 1`
	otherIdentities  = `SELECT COUNT(*) FROM identities WHERE user_id = $1 AND id <> $2`
)

// ApplyNotice does what a provider's message asks of the person whom it names, and settles its job in the same
// transaction: it is done once, however often the message came and whoever died in between.
func (db *DB) ApplyNotice(ctx context.Context, w withdrawal.NoticeWork) (withdrawal.NoticeResult, error) {
	var done withdrawal.NoticeResult
	err := db.write(ctx, "apply notice", func(t tx) (err error) {
		if done, err = db.applyNotice(t, w); err != nil {
			return err
		}
		err = settle(t, jobs.Settlement{ID: w.Job.ID, Attempt: w.Job.Attempt, State: jobs.Done, At: w.At, Outcome: w.What + ": " + done.Outcome})
		failpoint.Hit("notice.before_commit")
		return err
	})
	if err != nil {
		return withdrawal.NoticeResult{}, err
	}
	failpoint.Hit("notice.after_commit")
	return done, nil
}

func (db *DB) applyNotice(t tx, w withdrawal.NoticeWork) (withdrawal.NoticeResult, error) {
	var ur userRow
	var ir identityRow
	err := db.lockIdentity(t, w.Key, &ur, &ir)
	if errors.Is(err, errNoRow) {
		return withdrawal.NoticeResult{Outcome: withdrawal.NoticeUnknown}, nil
	}
	if err != nil {
		return withdrawal.NoticeResult{}, err
	}
	user := ur.user()
	n := notice{w, user, ir.identity(user.ID), leaving{at: w.At, actor: audit.Provider(w.Key.Provider), reason: w.What, parting: w.Policy}}
	outcome, err := n.apply(t)
	if err != nil {
		return withdrawal.NoticeResult{}, err
	}
	return withdrawal.NoticeResult{Outcome: outcome, UserID: user.ID}, record(t, audit.Event{
		At: w.At, Kind: audit.ProviderNotice, Actor: n.by.actor.String(), UserID: string(user.ID), Reason: w.What + ": " + outcome,
	})
}

// lockIdentity reads an identity and whose it is, and keeps others from both; errNoRow if nobody has it.
//
// PostgreSQL, when it has waited for a row, looks whether the new row still fits the old one that it was joined with: an
// identity that a merge has just given to another account does not, and for that statement there is none. So it looks
// twice. A sign-in need not: it would write the identity, and begins anew at the unique index.
func (db *DB) lockIdentity(t tx, k account.Key, ur *userRow, ir *identityRow) (err error) {
	for range 2 {
		err = t.get(db.q.identityLocked, []any{k.Provider, k.Namespace, k.Subject}, append(ur.dest(), ir.dest()...)...)
		if !errors.Is(err, errNoRow) {
			break
		}
	}
	return err
}

// notice is a message with whom it is about.
type notice struct {
	withdrawal.NoticeWork
	user     account.User
	identity account.Identity
	by       leaving
}

// apply is the policy (korea.md 6), as a table: what the provider says against where the person stands.
func (n notice) apply(t tx) (string, error) {
	if err := n.endGrants(t); err != nil {
		return "", err
	}
	has := func(c provider.Change) bool { return slices.Contains(n.Changes, c) }
	pending := n.user.Status == account.Pending
	about := len(n.Changes) == 1 && (has(provider.ConsentWithdrawn) || has(provider.ConsentGiven))
	switch {
	case n.user.Status == account.Withdrawn:
		return withdrawal.NoticeLeftAlone, nil // they left already, and that is often what the provider tells of
	case about && n.Scopes != nil && n.user.Status == account.Active:
		return n.consents(t) // what the provider says now holds, however old the message is
	case about && has(provider.ConsentGiven):
		return withdrawal.NoticeLeftAlone, nil // the next sign-in brings it
	case has(provider.NeverJoined) && !pending && !has(provider.LinkEnded):
		return withdrawal.NoticeLeftAlone, nil // whoever has joined did sign up, whatever the provider thinks
	case n.identity.SeenAt.After(n.Before()) && len(n.Changes) == 1 && has(provider.ConsentWithdrawn):
		return withdrawal.NoticeLeftAlone, nil // that sign-in brought what is agreed to now
	case n.identity.SeenAt.After(n.Before()):
		return withdrawal.NoticeOutdated, n.endSessions(t)
	case pending && (has(provider.NeverJoined) || has(provider.LinkEnded)):
		return withdrawal.NoticeDiscarded, discard(t, n.user.ID, n.by)
	case has(provider.LinkEnded) && n.user.Status == account.Disabled:
		// To erase them would let them come back as somebody new (AL-15).
		return withdrawal.NoticeDisabled, n.endSessions(t)
	case has(provider.LinkEnded) && !n.KeepUnlinked:
		return n.endLink(t)
	case len(n.Changes) == 1 && has(provider.ConsentWithdrawn):
		// Of what, nobody says: all of it goes, and the next sign-in brings what is still agreed to (PV-07).
		if err := putProfile(t, n.identity.ID, account.Profile{}); err != nil {
			return "", err
		}
		if err := emit(t, events.UserUpdated, n.At, n.user.ID, ""); err != nil {
			return "", err
		}
		if err := t.put(updateScopes, n.identity.ID, nil); err != nil {
			return "", err
		}
		return withdrawal.NoticeForgotten, userChanged(t, n.At, n.user.ID)
	}
	return withdrawal.NoticeSessions, n.endSessions(t)
}

// consents takes over what is agreed to now. Two messages about one person may be worked off at once, and the older answer
// of the provider's come last: it is not noted (withdrawal.ErrStale).
func (n notice) consents(t tx) (string, error) {
	var last int64
	if err := t.get(lastScope, []any{string(n.user.ID)}, &last); err != nil && !errors.Is(err, errNoRow) {
		return "", err
	}
	now := n.Scopes.KeepOpenID(n.identity.Scopes)
	if now != n.identity.Scopes && last >= millis(n.At) {
		return "", withdrawal.ErrStale
	}
	changed, err := putScopes(t, scopeChange{
		user: &n.user, identity: &n.identity, now: now, at: n.At, place: account.PlaceKakao,
		actor: n.by.actor, erase: true,
	})
	if err != nil || !changed {
		return withdrawal.NoticeLeftAlone, err
	}
	return withdrawal.NoticeConsents, userChanged(t, n.At, n.user.ID)
}

// endGrants deletes the tokens of before a link that ended: they are void whatever else follows. The provider need not be
// told.
func (n notice) endGrants(t tx) error {
	if !slices.ContainsFunc(n.Changes, func(c provider.Change) bool {
		return c == provider.LinkEnded || c == provider.NeverJoined || c == provider.EndedByProvider
	}) {
		return nil
	}
	return t.put(deleteOldGrant, n.identity.ID, millis(n.Before()))
}

// endSessions ends what began before the message. A session that began since was proven since.
func (n notice) endSessions(t tx) error {
	gone, err := deleteSessions(t, n.At, endOlderSessions, string(n.user.ID), millis(n.Before()))
	if err != nil {
		return err
	}
	return n.ended(t, gone)
}

func (n notice) ended(t tx, gone []ended) error {
	for _, s := range gone {
		if err := record(t, audit.Event{
			At: n.At, Kind: audit.SignOut, Actor: n.by.actor.String(), UserID: string(n.user.ID), Session: s.id, Reason: n.What,
		}); err != nil {
			return err
		}
	}
	return userChanged(t, n.At, n.user.ID)
}

// endLink withdraws a member who has no other way in, and takes this identity from one who has.
func (n notice) endLink(t tx) (string, error) {
	var others int64
	if err := t.get(otherIdentities, []any{string(n.user.ID), n.identity.ID}, &others); err != nil {
		return "", err
	}
	if others == 0 {
		return withdrawal.NoticeWithdrawn, leave(t, n.user, n.by)
	}
	gone, err := deleteSessions(t, n.At, endIdentity, string(n.user.ID), n.identity.ID)
	if err != nil {
		return "", err
	}
	if _, err := t.exec(deleteIdentity, n.identity.ID); err != nil {
		return "", err
	}
	if err := n.ended(t, gone); err != nil {
		return "", err
	}
	if err := emit(t, events.IdentityUnlinked, n.At, n.user.ID, n.identity.ID); err != nil {
		return "", err
	}
	return withdrawal.NoticeDetached, record(t, audit.Event{
		At: n.At, Kind: audit.Unlinked, Actor: n.by.actor.String(), UserID: string(n.user.ID), Reason: n.What,
	})
}
