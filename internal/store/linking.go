package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

const (
	selectIdentitiesOf = `SELECT ` + identityColumns + ` FROM identities i WHERE i.user_id = $1 ORDER BY i.linked_at, i.id LIMIT $2`

	deleteIdentityGrants = `DELETE FROM grants WHERE identity_id = $1`
)

// IdentitiesOf lists a person's identities in the order in which they came; never more than account.MaxIdentities and one.
func (db *DB) IdentitiesOf(ctx context.Context, id account.ID) ([]account.Identity, error) {
	var all []account.Identity
	var r identityRow
	err := db.read(ctx, "identities of", func(t tx) error {
		all = nil
		return t.each(selectIdentitiesOf, []any{string(id), account.MaxIdentities + 1}, r.dest(), func() error {
			all = append(all, r.identity(id))
			return nil
		})
	})
	return all, err
}

// finishLink is finish of an attempt that was begun to add an identity. What it adds it adds to the session that began
// it, which gets a new token; no other session is made or ended.
func (db *DB) finishLink(t tx, c login.Completion) (login.Outcome, error) {
	holder, err := db.linkHolder(t, c)
	if err != nil {
		return login.Outcome{}, err
	}
	known, err := db.ownerOf(t, c.Key)
	if err != nil {
		return login.Outcome{}, err
	}
	facts := account.Facts{Known: known, Linking: &account.Linking{}}
	if holder != nil {
		facts.Linking.Holder = &holder.User
		if facts.Linking.Identities, err = countIdentities(t, holder.User.ID); err != nil {
			return login.Outcome{}, err
		}
	}
	out := login.Outcome{Decision: account.Resolve(facts)}
	if out.Decision.Verdict != account.Link {
		if out.Decision.Reason == account.ReasonOwned {
			out.Owner = known.ID
		}
		if err := sentAway(t, c, out.Decision.Reason); err != nil {
			return login.Outcome{}, err
		}
		return out, refuse(t, c, account.User{ID: c.Expect}, out.Decision.Reason)
	}
	c.Session.ID = holder.Session.ID // what follows is told of the session in hand
	i, err := addIdentity(t, c, &holder.User, known)
	if err != nil {
		return login.Outcome{}, err
	}
	if err := putGrant(t, c.Tokens, i.ID, c.Session.ID, c.At); err != nil {
		return login.Outcome{}, err
	}
	if err := renewed(t, c.At, holder, c.Session.Key); err != nil {
		return login.Outcome{}, err
	}
	n, err := t.exec(succeedAttempt, c.Attempt[:], c.Session.Key[:], flag(false))
	if err != nil {
		return login.Outcome{}, err
	}
	if n == 0 {
		return login.Outcome{}, ErrNotClaimed
	}
	out.Principal = holder
	return out, nil
}

// linkHolder is who is signed in, if the session in hand is the one that began the attempt; nil otherwise. It is the
// session and not only its person: an answer that was carried into another browser of theirs was not asked for there
// (LC-07).
func (db *DB) linkHolder(t tx, c login.Completion) (*session.Principal, error) {
	if c.Replaces == nil {
		return nil, nil
	}
	p, err := liveSession(t, db.q.principalLocked, *c.Replaces, c.At)
	if errors.Is(err, session.ErrNone) {
		return nil, nil
	}
	if err != nil || c.Expect == "" || p.User.ID != c.Expect || p.Session.ID != c.Detail {
		return nil, err
	}
	return p, nil
}

// liveSession finds a session that is within its limits; session.ErrNone otherwise.
func liveSession(t tx, query string, k session.Key, at time.Time) (*session.Principal, error) {
	p, err := findPrincipal(t, query, k)
	if err != nil {
		return nil, err
	}
	if at := stored(at); !at.Before(p.Session.ExpiresAt) || !at.Before(p.Session.IdleExpiresAt) {
		return nil, session.ErrNone
	}
	return p, nil
}

// ownerOf is the user who has an identity, locked; nil if nobody has it.
func (db *DB) ownerOf(t tx, k account.Key) (*account.User, error) {
	var ur userRow
	var ir identityRow
	err := t.get(db.q.identityLocked, []any{k.Provider, k.Namespace, k.Subject}, append(ur.dest(), ir.dest()...)...)
	if errors.Is(err, errNoRow) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	u := ur.user()
	return &u, nil
}

func countIdentities(t tx, id account.ID) (int, error) {
	var n int64
	err := t.get(otherIdentities, []any{string(id), ""}, &n)
	return int(n), err
}

// addIdentity makes the proven identity one more of a member's. displaced is who had it without having joined, nil if
// nobody had: their row goes, and the link at the provider, which is the member's now, stays.
func addIdentity(t tx, c login.Completion, user, displaced *account.User) (account.Identity, error) {
	at := stored(c.At)
	i := account.Identity{ID: c.IdentityID, UserID: user.ID, Key: c.Key, Profile: c.Profile, LinkedAt: at, SeenAt: at}
	by := leaving{at: c.At, actor: audit.User(user.ID, c.Session.Client), reason: "linked"}
	if displaced != nil {
		if err := discard(t, displaced.ID, by); err != nil {
			return i, err
		}
	}
	p := i.Profile
	if err := t.put(insertIdentity, i.ID, string(user.ID), c.Key.Provider, c.Key.Namespace, c.Key.Subject,
		null(p.Nickname), null(p.Picture), null(p.Email), int64(p.EmailState), millis(at)); err != nil {
		return i, err
	}
	// Terms at the provider's consent screen were agreed to by a member already: only the items of this identity are new.
	c.Agreed = nil
	if _, err := agreedElsewhere(t, c, user, &i); err != nil {
		return i, err
	}
	if err := userChanged(t, c.At, user.ID); err != nil {
		return i, err
	}
	if err := emit(t, events.IdentityLinked, c.At, user.ID, i.ID); err != nil {
		return i, err
	}
	return i, record(t, audit.Event{
		At: c.At, Kind: audit.Linked, Actor: string(user.ID), UserID: string(user.ID), Session: c.Session.ID, Client: c.Session.Client,
	})
}

// renewed gives a session another token, because the person's rights have changed (SE-03). The old one is dead with the
// transaction; everything else about the session stays.
func renewed(t tx, at time.Time, p *session.Principal, next session.Key) error {
	n, err := t.exec(renewSession, string(p.User.ID), p.Session.Key[:], next[:])
	if err != nil {
		return err
	}
	if n != 1 {
		return errLost
	}
	if err := sessionChanged(t, at, p.Session.Key); err != nil {
		return err
	}
	p.Session.Key = next
	return nil
}

// Unlink takes one of several identities from a member: its sessions end, and a job to end the link at the provider is
// queued with it. The session in hand lives on under u.Renewed if it began with another identity, which the answer says.
//
// session.ErrNone if that session is gone, account.ErrNotFound if the person has no such identity, linking.ErrLastIdentity
// if it is their only one (AL-12).
func (db *DB) Unlink(ctx context.Context, u linking.UnlinkRequest) (*session.Principal, error) {
	var p *session.Principal
	err := db.write(ctx, "unlink", func(t tx) (err error) {
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

func (db *DB) unlink(t tx, u linking.UnlinkRequest) (*session.Principal, error) {
	p, err := liveSession(t, db.q.principalLocked, u.Session, u.At)
	if err != nil {
		return nil, err
	}
	if p.User.Status != account.Active {
		return nil, session.ErrNone
	}
	// The user's row is locked, so two of these cannot each leave the other's identity as the last one.
	var k account.Key
	count, found := 0, false
	var id string
	var row account.Key
	if err := t.each(userIdentities, []any{string(p.User.ID)}, []any{&id, &row.Provider, &row.Namespace, &row.Subject}, func() error {
		count++
		if id == u.IdentityID {
			k, found = row, true
		}
		return nil
	}); err != nil {
		return nil, err
	}
	switch {
	case !found:
		return nil, account.ErrNotFound
	case count == 1:
		return nil, linking.ErrLastIdentity
	}
	by := leaving{at: u.At, actor: u.Actor, reason: linking.ReasonUnlinked}
	if err := dropIdentity(t, p.User.ID, u.IdentityID, k, by); err != nil {
		return nil, err
	}
	if err := record(t, audit.Event{
		At: u.At, Kind: audit.Unlinked, Actor: by.actor.String(), UserID: string(p.User.ID), Session: p.Session.ID, Reason: by.reason,
		Client: by.actor.Client,
	}); err != nil {
		return nil, err
	}
	if p.Identity.ID == u.IdentityID {
		return nil, nil // its session has ended with it
	}
	return p, renewed(t, u.At, p, u.Renewed)
}

// dropIdentity deletes an identity, ends what was signed in by it, and queues the end of the link at the provider.
func dropIdentity(t tx, user account.ID, identity string, k account.Key, by leaving) error {
	// Before the sessions, with which they would end one by one: unlinking ends all tokens at once.
	if _, err := t.exec(deleteIdentityGrants, identity); err != nil {
		return err
	}
	gone, err := deleteSessions(t, by.at, endIdentity, string(user), identity)
	if err != nil {
		return err
	}
	for _, s := range gone {
		if err := record(t, audit.Event{
			At: by.at, Kind: audit.SignOut, Actor: by.actor.String(), UserID: string(user), Session: s.id, Reason: by.reason,
			Client: by.actor.Client,
		}); err != nil {
			return err
		}
	}
	if _, err := t.exec(deleteIdentity, identity); err != nil {
		return err
	}
	if err := emit(t, events.IdentityUnlinked, by.at, user, identity); err != nil {
		return err
	}
	payload, err := json.Marshal(k)
	if err != nil {
		return err
	}
	if err := putJob(t, jobs.New{Kind: withdrawal.UnlinkJob, Key: identity, About: string(user), Payload: string(payload), At: by.at}); err != nil {
		return err
	}
	return userChanged(t, by.at, user)
}
