package store

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

const (
	selectIdentitiesOf = `SELECT ` + identityColumns +
		` FROM identities i WHERE i.user_id = $1 ORDER BY i.linked_at, i.id LIMIT $2`

	deleteIdentity     = `DELETE FROM identities WHERE id = $1`
	endIdentitySession = `DELETE FROM sessions WHERE user_id = $1 AND identity_id = $2` + returningEnded
	otherIdentities    = `SELECT COUNT(*) FROM identities WHERE user_id = $1 AND id <> $2`
)

// IdentitiesOf lists a user's identities, oldest first; never more than account.MaxIdentities and one.
func (db *users) IdentitiesOf(ctx context.Context, id account.ID) ([]account.Identity, error) {
	var r identityRow
	return list(ctx, db.core, "identities of", selectIdentitiesOf, []any{string(id), account.MaxIdentities + 1}, r.dest(),
		func() account.Identity { return r.identity(id) })
}

// endOtherSessions ends a user's sessions except the one with the key keep, because the ways to sign in have changed: a
// session in another person's hands must not outlive the change (AL-20), least of all one of the console.
func endOtherSessions(t tx, by cause, user account.ID, reason string, keep []byte) error {
	by.reason = reason
	if _, err := signOut(t, by, endSessions, string(user), keep); err != nil {
		return err
	}
	return t.put(deleteConsoles, string(user))
}

// finishLink is finish for an attempt that was begun to add an identity. The session that began it gets a new token;
// the user's other sessions end.
func (db *logins) finishLink(t tx, c login.Completion) (out login.Outcome, err error) {
	holder, err := db.linkHolder(t, c)
	if err != nil {
		return out, err
	}
	known, _, err := db.findIdentity(t, c.Key)
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return out, err
	}
	facts := account.Facts{Known: known, Linking: &account.Linking{}}
	if holder != nil {
		facts.Linking.Holder = &holder.User
		if facts.Linking.Identities, err = countIdentities(t, holder.User.ID); err != nil {
			return out, err
		}
	}
	out.Decision = account.Resolve(facts)
	if out.Decision.Verdict != account.Link {
		if out.Decision.Reason == account.ReasonOwned {
			out.Owner = known.ID
		}
		c.NewLink = c.NewLink && known == nil
		return out, refuse(t, c, account.User{ID: c.Expect}, "", out.Decision.Reason)
	}
	c.Session.ID = holder.Session.ID // the log names the session in hand
	i, err := addIdentity(t, c, &holder.User, known)
	if err != nil {
		return out, err
	}
	if err := keepTokens(t, c, i.ID, c.Session.ID); err != nil {
		return out, err
	}
	if err := renew(t, c.At, errLost, holder.User.ID, holder.Session.Key, c.Session.Key); err != nil {
		return out, err
	}
	by := userCause(c, holder.User.ID, "")
	if err := endOtherSessions(t, by, holder.User.ID, session.ReasonIdentities, c.Session.Key[:]); err != nil {
		return out, err
	}
	holder.Session.Key = c.Session.Key
	out.Principal = holder
	return out, execOne(t, ErrNotClaimed, succeedAttempt, c.Attempt[:], c.Session.Key[:], flag(false))
}

// linkHolder is the principal in hand, if its session is the one that began the attempt; nil otherwise. The user
// alone does not count: an answer carried into another of their browsers was not asked for there (LC-07).
func (db *logins) linkHolder(t tx, c login.Completion) (*session.Principal, error) {
	if c.Replaces == nil {
		return nil, nil
	}
	p, err := findLivePrincipal(t, db.q.principalLocked, *c.Replaces, c.At)
	if errors.Is(err, session.ErrNone) {
		return nil, nil
	}
	if err != nil || c.Expect == "" || p.User.ID != c.Expect || p.Session.ID != c.Detail {
		return nil, err
	}
	return p, nil
}

func countIdentities(t tx, id account.ID) (int, error) {
	var n int64
	err := t.get(otherIdentities, []any{string(id), ""}, &n)
	return int(n), err
}

// addIdentity gives a user the proven identity. displaced is the pending user who had it, nil if it is new: their
// row goes, and the link at the provider, which is the user's now, stays.
func addIdentity(t tx, c login.Completion, user, displaced *account.User) (account.Identity, error) {
	at := stored(c.At)
	i := account.Identity{
		ID: c.IdentityID, UserID: user.ID, Key: c.Key, Profile: c.Profile, Scopes: grantedScopes(c), LinkedAt: at, SeenAt: at,
	}
	by := userCause(c, user.ID, "linked")
	if displaced != nil {
		if err := discard(t, displaced.ID, by, false); err != nil {
			return i, err
		}
	}
	if err := putIdentity(t, i); err != nil {
		return i, err
	}
	if err := returnTokens(t, c.Key, i.ID, c.Session.ID, c.At); err != nil {
		return i, err
	}
	c.Agreed = nil // the user has answered the terms before: only the consent items of this identity are new
	if _, err := saveProviderConsents(t, c, user, &i, true); err != nil {
		return i, err
	}
	if err := userChanged(t, c.At, user.ID); err != nil {
		return i, err
	}
	if err := emit(t, events.IdentityLinked, c.At, user.ID, i.ID); err != nil {
		return i, err
	}
	e := userCause(c, user.ID, "").event(audit.Linked, user.ID)
	e.Session, e.Detail = c.Session.ID, i.Provider
	return i, record(t, e)
}

// Unlink removes one of several identities of a user, ends the user's other sessions and queues an unlink job. If the
// session in hand began with another identity, it is returned with its new key u.Renewed.
//
// session.ErrNone if that session has ended, account.ErrNotFound if the user has no such identity,
// linking.ErrLastIdentity.
func (db *logins) Unlink(ctx context.Context, u linking.UnlinkRequest) (p *session.Principal, err error) {
	err = db.write(ctx, "unlink", func(t tx) (err error) {
		p, err = db.unlink(t, u)
		failpoint.Hit("detach.before_commit")
		return err
	})
	if err != nil {
		return nil, err
	}
	failpoint.Hit("detach.after_commit")
	return p, nil
}

func (db *logins) unlink(t tx, u linking.UnlinkRequest) (*session.Principal, error) {
	p, err := findLivePrincipal(t, db.q.principalLocked, u.Session, u.At)
	if err != nil {
		return nil, err
	}
	if p.User.Status != account.Active {
		return nil, session.ErrNone
	}
	// The user's row is locked, so that two of these cannot each leave the other's identity as the last one.
	all, err := identityKeys(t, p.User.ID)
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(all))
	var key account.Key
	for _, i := range all {
		ids = append(ids, i.id)
		if i.id == u.IdentityID {
			key = i.key
		}
	}
	if err := linking.CheckUnlink(ids, u.IdentityID); err != nil {
		return nil, err
	}
	tokens, err := unlinkTokens(t, u.IdentityID)
	if err != nil {
		return nil, err
	}
	by := cause{u.At, u.Actor, linking.ReasonUnlinked}
	// Before the sessions, with which they would end one by one: unlinking ends all tokens at once.
	if _, err := t.exec(deleteTokensOfIdentity, u.IdentityID); err != nil {
		return nil, err
	}
	if err := removeIdentity(t, p.User.ID, u.IdentityID, by, p.Session.ID); err != nil {
		return nil, err
	}
	if err := putUnlinkJob(t, u.IdentityID, p.User.ID, withdrawal.Unlink{Key: key, Tokens: tokens}, u.At); err != nil {
		return nil, err
	}
	if p.Identity.ID == u.IdentityID { // the session in hand has ended with it
		return nil, endOtherSessions(t, by, p.User.ID, session.ReasonIdentities, []byte{})
	}
	if err := renew(t, u.At, errLost, p.User.ID, p.Session.Key, u.Renewed); err != nil {
		return nil, err
	}
	if err := endOtherSessions(t, by, p.User.ID, session.ReasonIdentities, u.Renewed[:]); err != nil {
		return nil, err
	}
	p.Session.Key = u.Renewed
	return p, nil
}

// removeIdentity deletes an identity and ends its sessions. inHand is the session in which it was asked for, "" if
// none.
func removeIdentity(t tx, user account.ID, identity string, by cause, inHand string) error {
	if _, err := signOut(t, by, endIdentitySession, string(user), identity); err != nil {
		return err
	}
	if err := t.put(deleteConsoles, string(user)); err != nil { // they do not tell by which identity they began
		return err
	}
	if _, err := t.exec(deleteIdentity, identity); err != nil {
		return err
	}
	if err := userChanged(t, by.at, user); err != nil {
		return err
	}
	if err := emit(t, events.IdentityUnlinked, by.at, user, identity); err != nil {
		return err
	}
	e := by.event(audit.Unlinked, user)
	e.Session = inHand
	return record(t, e)
}
