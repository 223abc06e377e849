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

	insertIdentity = `INSERT INTO identities (id, user_id, provider, app, subject, nickname, picture, email, email_state, linked_at, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`

	activateUser = `UPDATE users SET status = 'active', joined_at = $2, lang = COALESCE($3, lang) WHERE id = $1 AND status = 'pending'`

	updateProfile = `UPDATE identities SET nickname = $2, picture = $3, email = $4, email_state = $5 WHERE id = $1`

	seenIdentity = `UPDATE identities SET seen_at = $2 WHERE id = $1 AND seen_at < $2`
)

// Finish gives account.Resolve the facts and writes what it decides, all or nothing: user, identity, session, the
// attempt's result and the audit line. A refusal is an Outcome, not an error; the attempt then ends with
// its code, see login.RefusalCode. The attempt must be claimed ([ErrNotClaimed]).
//
// A pending person's profile is not written. A known person's is, on the identity; what they edited here stays.
func (db *DB) Finish(ctx context.Context, c login.Completion) (login.Outcome, error) {
	if err := checkKey(c.Key); err != nil {
		return login.Outcome{}, err
	}
	c.Profile = cleanProfile(c.Profile)
	var out login.Outcome
	err := db.write(ctx, "finish", func(t tx) (err error) {
		out, err = db.finish(t, c)
		failpoint.Hit("finish.before_commit")
		return err
	})
	if err != nil {
		return login.Outcome{}, err
	}
	failpoint.Hit("finish.after_commit")
	return out, nil
}

func (db *DB) finish(t tx, c login.Completion) (login.Outcome, error) {
	if c.Purpose == login.Link {
		return db.finishLink(t, c)
	}
	facts := account.Facts{JoinRequired: c.JoinRequired, UnderAge: c.UnderAge, Expected: c.Expect, Silent: c.Purpose == login.Silent}
	var ur userRow
	var ir identityRow
	var user account.User
	var identity account.Identity
	err := t.get(db.q.identityLocked, []any{c.Key.Provider, c.Key.Namespace, c.Key.Subject}, append(ur.dest(), ir.dest()...)...)
	switch {
	case err == nil:
		user = ur.user()
		identity = ir.identity(user.ID)
		facts.Known = &user
	case !errors.Is(err, errNoRow):
		return login.Outcome{}, err
	}
	if facts.Ticket, err = db.ticketFacts(t, c); err != nil {
		return login.Outcome{}, err
	}
	var until time.Time
	if facts.Return, until, err = returnFacts(t, c, facts.Known); err != nil {
		return login.Outcome{}, err
	}
	out := login.Outcome{Decision: account.Resolve(facts)}
	if out.Decision.Erase {
		if err := purge(t, user.ID, leaving{at: c.At, actor: audit.User(user.ID, c.Session.Client), reason: withdrawal.ReasonJoinedAgain}); err != nil {
			return login.Outcome{}, err
		}
	}
	switch out.Decision.Verdict {
	case account.Create:
		out.New = true
		user, identity, err = createUser(t, c, out.Decision.Status)
	case account.SignIn:
		user, identity, err = welcome(t, c, user, identity, out.Decision.Status)
	case account.Link:
		identity, err = addIdentity(t, c, facts.Ticket.Owner, facts.Known)
		user = *facts.Ticket.Owner
	case account.Restore:
		user, identity, err = takeUp(t, c, user, identity)
	default:
		out.Until = until
		if err := sentAway(t, c, out.Decision.Reason); err != nil {
			return login.Outcome{}, err
		}
		return out, refuse(t, c, user, out.Decision.Reason)
	}
	if err == nil && facts.Ticket != nil {
		err = spend(t, c, out.Decision, facts.Ticket.Ref, &user)
	}
	if err != nil {
		return login.Outcome{}, err
	}
	s, err := beginSession(t, c, user, identity)
	if err != nil {
		return login.Outcome{}, err
	}
	out.Principal = &session.Principal{Session: s, User: user, Identity: identity}
	return out, nil
}

// refuse closes the attempt. The session that the browser had is left alone: nobody signed in.
func refuse(t tx, c login.Completion, user account.User, reason account.Reason) error {
	if err := closeAttempt(t, c.Attempt, string(login.RefusalCode(reason))); err != nil {
		return err
	}
	if reason == account.ReasonUnderAge {
		return refuseUnderAge(t, c, user)
	}
	return record(t, audit.Event{
		At: c.At, Kind: audit.Refused, Actor: string(user.ID), UserID: string(user.ID), Reason: string(reason), Client: c.Session.Client,
	})
}

// createUser writes a new person. If somebody else writes the same one meanwhile, the unique index refuses this one and
// the transaction begins anew.
func createUser(t tx, c login.Completion, status account.Status) (account.User, account.Identity, error) {
	at := stored(c.At)
	user := account.User{ID: c.UserID, Status: status, CreatedAt: at}
	identity := account.Identity{ID: c.IdentityID, UserID: c.UserID, Key: c.Key, LinkedAt: at, SeenAt: at}
	if status != account.Pending {
		user.JoinedAt = at
		identity.Profile = c.Profile
	}
	if err := t.put(insertUser, string(user.ID), string(status), millis(at), null(millis(user.JoinedAt))); err != nil {
		return user, identity, err
	}
	p := identity.Profile
	if err := t.put(insertIdentity, identity.ID, string(user.ID), c.Key.Provider, c.Key.Namespace, c.Key.Subject,
		null(p.Nickname), null(p.Picture), null(p.Email), int64(p.EmailState), millis(at)); err != nil {
		return user, identity, err
	}
	if status == account.Pending {
		return user, identity, nil // the app hears of members only
	}
	if err := t.put(insertFirst, millis(c.At), string(events.UserCreated), string(user.ID)); err != nil {
		return user, identity, err
	}
	_, err := agreedElsewhere(t, c, &user, &identity)
	return user, identity, err
}

// welcome brings a known person's rows up to date.
func welcome(t tx, c login.Completion, user account.User, identity account.Identity, status account.Status) (account.User, account.Identity, error) {
	at := stored(c.At)
	changed, joined := false, user.Status == account.Active
	if user.Status == account.Pending && status == account.Active {
		// The operator gave up the join page. Sessions from before must not rise with their user (SE-03).
		if _, err := deleteSessions(t, c.At, endSessions, string(user.ID), []byte{}); err != nil {
			return user, identity, err
		}
		if err := activate(t, c.At, user.ID, "", "", audit.User(user.ID, c.Session.Client)); err != nil {
			return user, identity, err
		}
		user.Status, user.JoinedAt, changed = account.Active, at, true
	}
	if user.Status == account.Active && identity.Profile != c.Profile {
		if err := putProfile(t, identity.ID, c.Profile); err != nil {
			return user, identity, err
		}
		if joined {
			if err := emit(t, events.UserUpdated, c.At, user.ID, ""); err != nil {
				return user, identity, err
			}
		}
		identity.Profile, changed = c.Profile, true
	}
	if user.Status == account.Active {
		more, err := agreedElsewhere(t, c, &user, &identity)
		if err != nil {
			return user, identity, err
		}
		changed = changed || more
	}
	if at.After(identity.SeenAt) {
		if err := t.put(seenIdentity, identity.ID, millis(at)); err != nil {
			return user, identity, err
		}
		identity.SeenAt = at
	}
	if changed {
		// Other sessions of this person show the old name until their processes hear of it.
		return user, identity, userChanged(t, c.At, user.ID)
	}
	return user, identity, nil
}

// putProfile writes what the provider says now; what it no longer says is forgotten.
func putProfile(t tx, identityID string, p account.Profile) error {
	return t.put(updateProfile, identityID, null(p.Nickname), null(p.Picture), null(p.Email), int64(p.EmailState))
}

// beginSession writes the new session, ends the one before it in the same browser (SE-01), and notes both.
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
	n, err := t.exec(succeedAttempt, c.Attempt[:], s.Key[:], flag(pending))
	if err != nil {
		return s, err
	}
	if n == 0 {
		return s, ErrNotClaimed
	}
	if c.Replaces != nil {
		if err := replaceSession(t, c, user.ID); err != nil {
			return s, err
		}
	}
	if s, err = putSession(t, s); err != nil {
		return s, err
	}
	if err := putGrant(t, c.Tokens, identity.ID, s.ID, c.At); err != nil {
		return s, err
	}
	signedIn := audit.Event{
		At: c.At, Kind: audit.SignIn, Actor: string(user.ID), UserID: string(user.ID), Session: s.ID, Client: c.Session.Client,
	}
	if user.ID == c.UserID { // who is new has no other session
		created := signedIn
		created.Kind, created.Session = audit.Created, ""
		return s, record(t, created, signedIn)
	}
	if err := endOverCap(t, c.At, s); err != nil {
		return s, err
	}
	return s, record(t, signedIn)
}

// replaceSession ends the session that the browser had. The app hears of it only if it was somebody else's.
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
	return record(t, audit.Event{
		At: c.At, Kind: audit.SignOut, Actor: string(old[0].user), UserID: string(old[0].user), Session: old[0].id,
		Reason: session.ReasonReplaced, Client: c.Session.Client,
	})
}
