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
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

const (
	insertUser = `INSERT INTO users (id, status, created_at, joined_at) VALUES ($1, $2, $3, $4)`

	insertIdentity = `INSERT INTO identities
(id, user_id, provider, app, subject, nickname, picture, email, email_state, email_relay, scopes, linked_at, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)`

	updateProfile = `UPDATE identities SET nickname = $2, picture = $3, email = $4, email_state = $5,
	email_relay = $6
WHERE id = $1`

	touchIdentity = `UPDATE identities SET seen_at = $2 WHERE id = $1 AND (seen_at < $2 OR seen_at > $3)`
)

// Finish gives account.Resolve the facts and writes what it decides, all or nothing: user, identity, session, the
// attempt's result and the log. A refusal is an Outcome, not an error; it ends the attempt with its code, see
// login.RefusalCode. The attempt must be claimed ([ErrNotClaimed]).
//
// The profile of a pending user is not written. That of another user is, on the identity; what they edited here
// stays.
func (db *logins) Finish(ctx context.Context, c login.Completion) (login.Outcome, error) {
	if err := checkKey(c.Key); err != nil {
		return login.Outcome{}, err
	}
	c.Profile = cleanProfile(c.Profile)
	var out login.Outcome
	err := db.write(ctx, "finish", func(t tx) (err error) {
		if c.Purpose == login.Link {
			out, err = db.finishLink(t, c)
		} else {
			out, err = db.finish(t, c)
		}
		failpoint.Hit("finish.before_commit")
		return err
	})
	if err != nil {
		return login.Outcome{}, err
	}
	failpoint.Hit("finish.after_commit")
	return out, nil
}

func (db *logins) finish(t tx, c login.Completion) (out login.Outcome, err error) {
	facts := account.Facts{
		JoinRequired: c.JoinRequired, UnderAge: c.UnderAge, Expected: c.Expect, Silent: c.Purpose == login.Silent,
	}
	var user account.User
	var identity account.Identity
	switch u, i, err := db.findIdentity(t, c.Key); {
	case err == nil:
		user, identity, facts.Known = *u, *i, u
	case !errors.Is(err, account.ErrNotFound):
		return out, err
	}
	if facts.Ticket, err = db.ticketFacts(t, c); err != nil {
		return out, err
	}
	var until time.Time
	if facts.Return, until, err = returnFacts(t, c, facts.Known); err != nil {
		return out, err
	}
	out.Decision = account.Resolve(facts)
	by := userCause(c, user.ID, "")
	if out.Decision.Erase {
		by.reason = withdrawal.ReasonJoinedAgain
		if err := purge(t, user.ID, by); err != nil {
			return out, err
		}
	}
	switch out.Decision.Verdict {
	case account.Create:
		out.New = true
		user, identity, err = createUser(t, c, out.Decision.Status)
	case account.SignIn:
		err = updateUser(t, c, &user, &identity, out.Decision.Status)
	case account.Link:
		user = *facts.Ticket.Owner
		if identity, err = addIdentity(t, c, &user, facts.Known); err == nil {
			err = endOtherSessions(t, by, user.ID, session.ReasonIdentities, []byte{}) // the new one is not written yet
		}
	case account.Restore:
		err = restore(t, c, &user, &identity)
	default:
		out.Until = until
		if out.Decision.Reason != account.ReasonUnderAge {
			out.User = user.ID
		}
		c.NewLink = c.NewLink && facts.Known == nil
		return out, refuse(t, c, user, identity.ID, out.Decision.Reason)
	}
	if err == nil && facts.Ticket != nil {
		err = spendTicket(t, c, out.Decision, facts.Ticket.Ref, &user)
	}
	if err != nil {
		return out, err
	}
	s, err := beginSession(t, c, user, identity)
	out.Principal = &session.Principal{Session: s, User: user, Identity: identity}
	return out, err
}

// userCause is a sign-in as the cause of a change.
func userCause(c login.Completion, id account.ID, reason string) cause {
	return cause{c.At, audit.User(id, c.Session.Client), reason}
}

// refuse ends the attempt, and the link that it made of a provider's user who is none here. The session that the
// browser had stays. identityID is the user's identity, "" if there is none.
func refuse(t tx, c login.Completion, user account.User, identityID string, reason account.Reason) error {
	if wait, ok := login.UnlinkAfterRefusal(reason); ok || c.NewLink {
		key := c.IdentityID
		if identityID != "" {
			key = unlinkKey(identityID, key)
		}
		if err := putUnlinkJob(t, key, "", unlinkOf(c), c.At.Add(wait)); err != nil {
			return err
		}
	}
	if err := closeAttempt(t, c.Attempt, string(login.RefusalCode(reason))); err != nil {
		return err
	}
	if reason == account.ReasonUnderAge {
		return refuseUnderAge(t, c, user)
	}
	refused := userCause(c, user.ID, string(reason)).event(audit.Refused, user.ID)
	refused.Detail = c.Key.Provider
	return record(t, refused)
}

// refuseUnderAge keeps no data of a child: the row of a pending user is deleted, the link that the sign-in made at
// the provider ends, and the log does not say who it was or from where.
func refuseUnderAge(t tx, c login.Completion, user account.User) (err error) {
	by := cause{at: c.At, reason: string(account.ReasonUnderAge)}
	switch {
	case user.Status == account.Pending:
		err = discard(t, user.ID, by, true)
	case user.Status == account.Withdrawn:
		err = purge(t, user.ID, by)
	}
	if err == nil && user.Status != account.Pending {
		err = putUnlinkJob(t, c.IdentityID, "", unlinkOf(c), c.At)
	}
	if err != nil {
		return err
	}
	return record(t, by.event(audit.Refused, ""))
}

// createUser writes a new user. If another transaction writes the same one meanwhile, the unique index refuses this
// one and the transaction starts over.
func createUser(t tx, c login.Completion, status account.Status) (account.User, account.Identity, error) {
	at := stored(c.At)
	user := account.User{ID: c.UserID, Status: status, CreatedAt: at}
	identity := account.Identity{ID: c.IdentityID, UserID: c.UserID, Key: c.Key, LinkedAt: at, SeenAt: at}
	if status != account.Pending {
		user.JoinedAt = at
		identity.Profile = c.Profile
		identity.Scopes = grantedScopes(c)
	}
	if err := t.put(insertUser, string(user.ID), string(status), millis(at), null(millis(user.JoinedAt))); err != nil {
		return user, identity, err
	}
	if err := putIdentity(t, identity); err != nil {
		return user, identity, err
	}
	if err := returnTokens(t, c.Key, identity.ID, c.Session.ID, c.At); err != nil || status == account.Pending {
		return user, identity, err // the app gets events about joined users only
	}
	if err := t.put(insertFirst, millis(c.At), string(events.UserCreated), string(user.ID)); err != nil {
		return user, identity, err
	}
	_, err := saveProviderConsents(t, c, &user, &identity, true)
	return user, identity, err
}

// grantedScopes are the scopes of an identity that a sign-in creates; "" if the provider does not say.
func grantedScopes(c login.Completion) account.Scopes {
	if c.Scopes == nil {
		return ""
	}
	return *c.Scopes
}

func putIdentity(t tx, i account.Identity) error {
	p := i.Profile
	return t.put(insertIdentity, i.ID, string(i.UserID), i.Provider, i.Namespace, i.Subject,
		null(p.Nickname), null(p.Picture), null(p.Email), int64(p.EmailState), flag(p.EmailRelay), null(string(i.Scopes)),
		millis(i.LinkedAt))
}

// updateUser brings the rows of a known user up to date.
func updateUser(t tx, c login.Completion, user *account.User, identity *account.Identity, status account.Status) error {
	at := stored(c.At)
	changed, joined := false, user.Status == account.Active
	if c.NameOnce && c.Profile.Nickname == "" {
		c.Profile.Nickname = identity.Profile.Nickname
	}
	if user.Status == account.Pending && status == account.Active {
		// The operator no longer requires joining. Sessions from before must not gain the user's new rights (SE-03).
		if _, err := deleteSessions(t, c.At, endSessions, string(user.ID), []byte{}); err != nil {
			return err
		}
		if err := activate(t, userCause(c, user.ID, ""), user.ID, "", ""); err != nil {
			return err
		}
		user.Status, user.JoinedAt, changed = account.Active, at, true
	}
	replaces := !c.Partial || identity.Profile == account.Profile{}
	if user.Status == account.Active && replaces && identity.Profile != c.Profile {
		if identity.Profile.EmailReplaced(c.Profile) {
			if err := endOtherSessions(t, userCause(c, user.ID, ""), user.ID, session.ReasonEmail, []byte{}); err != nil {
				return err
			}
		}
		if err := putProfile(t, identity.ID, c.Profile); err != nil {
			return err
		}
		if joined {
			if err := emit(t, events.UserUpdated, c.At, user.ID, ""); err != nil {
				return err
			}
		}
		identity.Profile, changed = c.Profile, true
	}
	if user.Status == account.Active {
		more, err := saveProviderConsents(t, c, user, identity, false)
		if err != nil {
			return err
		}
		changed = changed || more
	}
	if ahead := at.Add(withdrawal.ClockAhead); at.After(identity.SeenAt) || identity.SeenAt.After(ahead) {
		if err := t.put(touchIdentity, identity.ID, millis(at), millis(ahead)); err != nil {
			return err
		}
		identity.SeenAt = at
	}
	if changed {
		return userChanged(t, c.At, user.ID) // other processes show the old name until they read the change
	}
	return nil
}

// putProfile writes what the provider says now; what it no longer says is erased.
func putProfile(t tx, identityID string, p account.Profile) error {
	return t.put(updateProfile, identityID, null(p.Nickname), null(p.Picture), null(p.Email), int64(p.EmailState),
		flag(p.EmailRelay))
}

// beginSession writes the new session, ends the one before it in the same browser (SE-01), and records both.
func beginSession(t tx, c login.Completion, user account.User, identity account.Identity) (session.Session, error) {
	s := c.Session
	s.UserID, s.IdentityID = user.ID, identity.ID
	pending := user.Status == account.Pending
	if pending {
		if c.PendingUntil.IsZero() {
			return s, fmt.Errorf("%w: pending session without an end", errInvalid)
		}
		s.IdleExpiresAt, s.ExpiresAt = c.PendingUntil, c.PendingUntil
	}
	if err := execOne(t, ErrNotClaimed, succeedAttempt, c.Attempt[:], s.Key[:], flag(pending)); err != nil {
		return s, err
	}
	if c.Replaces != nil {
		if err := replaceSession(t, c, user.ID); err != nil {
			return s, err
		}
	}
	s, err := putSession(t, s, ofSignIn)
	if err != nil {
		return s, err
	}
	if err := putProviderSession(t, s.Key, c.ProviderSession); err != nil {
		return s, err
	}
	if err := keepTokens(t, c, identity.ID, s.ID); err != nil {
		return s, err
	}
	signedIn := userCause(c, user.ID, "").event(audit.SignIn, user.ID)
	signedIn.Session, signedIn.Detail = s.ID, identity.Provider
	if user.ID == c.UserID { // a new user has no other session
		return s, record(t, userCause(c, user.ID, "").event(audit.Created, user.ID), signedIn)
	}
	if err := endOverCap(t, cause{c.At, audit.Actor{Client: s.Client}, session.ReasonCap}, s); err != nil {
		return s, err
	}
	return s, record(t, signedIn)
}

// replaceSession ends the session that the browser had. The app gets an event only if it was another user's.
func replaceSession(t tx, c login.Completion, next account.ID) error {
	old, err := deleteQuietly(t, c.At, endSession, c.Replaces[:])
	if err != nil || len(old) == 0 {
		return err
	}
	if old[0].user != next {
		if err := emit(t, events.SessionRevoked, c.At, old[0].user, old[0].id); err != nil {
			return err
		}
	}
	if err := sessionChanged(t, c.At, *c.Replaces); err != nil {
		return err
	}
	return record(t, userCause(c, old[0].user, session.ReasonReplaced).signOut(old[0]))
}
