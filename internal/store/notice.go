package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/withdrawal"
)

const (
	endProviderSession = `DELETE FROM sessions
WHERE provider_session = $1 AND (identity_id = $2 OR $2 = '')` + returningEnded
	// What began after $3 began while the clock was ahead, so before the notice.
	beganBefore      = ` AND (created_at <= $2 OR created_at > $3)`
	endOlderSessions = `DELETE FROM sessions WHERE user_id = $1` + beganBefore + returningEnded
	emailNoticed     = `SELECT email_noticed_at FROM identities WHERE id = $1`
	setEmailNoticed  = `UPDATE identities SET email_noticed_at = $2 WHERE id = $1`
	lastScope        = `SELECT at FROM consents WHERE user_id = $1 AND kind = 'scope' ORDER BY id DESC LIMIT 1`
)

// ApplyNotice does to a user what withdrawal.DecideNotice decides about a provider notice, and settles its job in the
// same transaction: it is done once, however often the notice came and through crashes.
func (db *withdrawals) ApplyNotice(ctx context.Context,
	w withdrawal.NoticeWork) (done withdrawal.NoticeResult, err error) {
	err = db.write(ctx, "apply notice", func(t tx) (err error) {
		if done, err = db.applyNotice(t, w); err != nil {
			return err
		}
		err = settle(t, jobs.Settlement{
			ID: w.Job.ID, Attempt: w.Job.Attempt, State: jobs.Done, At: w.At, Outcome: w.What + ": " + done.Outcome,
		})
		failpoint.Hit("notice.before_commit")
		return err
	})
	if err != nil {
		return withdrawal.NoticeResult{}, err
	}
	failpoint.Hit("notice.after_commit")
	return done, nil
}

func (db *withdrawals) applyNotice(t tx, w withdrawal.NoticeWork) (withdrawal.NoticeResult, error) {
	if w.Session != "" {
		return db.endOneSession(t, w)
	}
	user, identity, err := db.lockIdentity(t, w.Key)
	if errors.Is(err, account.ErrNotFound) {
		return withdrawal.NoticeResult{Outcome: withdrawal.NoticeUnknown}, nil
	}
	if err != nil {
		return withdrawal.NoticeResult{}, err
	}
	var others int64
	if err := t.get(otherIdentities, []any{string(user.ID), identity.ID}, &others); err != nil {
		return withdrawal.NoticeResult{}, err
	}
	until, ahead := w.Until(identity.SeenAt), millis(w.At.Add(withdrawal.ClockAhead))
	noticed, err := noticeEmail(t, w, identity)
	if err != nil {
		return withdrawal.NoticeResult{}, err
	}
	d := withdrawal.DecideNotice(withdrawal.NoticeFacts{
		Changes: w.Changes, Status: user.Status, SignedInSince: identity.SeenAt.After(until),
		Unconfirmed: w.Link == withdrawal.LinkUnknown && w.OccurredAt.IsZero(),
		ScopesKnown: w.Scopes != nil, OnlyIdentity: others == 0, KeepUnlinked: w.KeepUnlinked,
		EmailOutdated: noticed.After(w.Time()), EmailDoubted: withdrawal.EmailDoubted(identity, noticed),
	})
	if d.DropTokens { // without a job: the provider knows
		if err := t.put(deleteOlderTokens, identity.ID, millis(until), ahead); err != nil {
			return withdrawal.NoticeResult{}, err
		}
		if w.Link != withdrawal.LinkGone {
			if err := putLinkCheck(t, "notice "+w.Job.Key, user.ID, w.Key, w.At.Add(withdrawal.RecheckAfter)); err != nil {
				return withdrawal.NoticeResult{}, err
			}
		}
	}
	by := cause{w.At, audit.Provider(w.Key.Provider), w.What}
	state := identity.Profile.EmailState
	switch {
	case d.DoubtEmail && state == account.EmailVerified:
		state = account.EmailUnverified
	case d.TrustEmail:
		state = account.EmailVerified
	}
	if err := setEmailState(t, user.ID, identity, state, by); err != nil {
		return withdrawal.NoticeResult{}, err
	}
	outcome := d.Outcome
	switch d.Action {
	case withdrawal.SetScopes:
		outcome, err = setNoticeScopes(t, w, user, identity, by)
	case withdrawal.EraseProfile:
		err = eraseProfile(t, user.ID, identity.ID, by)
	case withdrawal.EndSessions: // a session that began since the notice was proven since
		_, err = signOut(t, by, endOlderSessions, string(user.ID), millis(until), ahead)
		if err == nil {
			err = t.put(deleteOlderConsoles, string(user.ID), millis(until), ahead)
		}
		if err == nil {
			err = userChanged(t, w.At, user.ID)
		}
	case withdrawal.DiscardUser:
		err = discard(t, user.ID, by, false)
	case withdrawal.WithdrawUser:
		err = withdraw(t, user.ID, withdrawal.EffectOn(user.Status, false, w.Policy.Grace), by, w.Policy, false)
	case withdrawal.RemoveIdentity:
		err = removeIdentity(t, user.ID, identity.ID, by, "")
	}
	if err != nil {
		return withdrawal.NoticeResult{}, err
	}
	by.reason += ": " + outcome
	return withdrawal.NoticeResult{Outcome: outcome, UserID: user.ID}, record(t, by.event(audit.ProviderNotice, user.ID))
}

// endOneSession ends the sessions here that began in one session at the provider: several if the user signed in with
// several browsers of one device. A notice without a subject names nothing else. Its time does not matter: a key names
// one session at the provider (OpenID Connect Back-Channel Logout 1.0 section 2.4), and one that has ended has no later
// sessions here to spare. Sessions of the console do not tell where they began, and outlive the one here: all end.
func (db *withdrawals) endOneSession(t tx, w withdrawal.NoticeWork) (withdrawal.NoticeResult, error) {
	var user account.ID
	identity := ""
	if w.Key.Subject != "" {
		holder, found, err := db.lockIdentity(t, w.Key)
		if errors.Is(err, account.ErrNotFound) {
			return withdrawal.NoticeResult{Outcome: withdrawal.NoticeUnknown}, nil
		}
		if err != nil {
			return withdrawal.NoticeResult{}, err
		}
		user, identity = holder.ID, found.ID
	}
	by := cause{w.At, audit.Provider(w.Key.Provider), w.What}
	ended, err := signOut(t, by, endProviderSession, w.Session, identity)
	if err != nil {
		return withdrawal.NoticeResult{}, err
	}
	if len(ended) > 0 {
		user = ended[0].user
	}
	consoles, err := t.exec(deleteOlderConsoles, string(user), millis(w.ReceivedAt),
		millis(w.At.Add(withdrawal.ClockAhead)))
	if err != nil || len(ended) == 0 && consoles == 0 {
		return withdrawal.NoticeResult{Outcome: withdrawal.NoticeUnknown}, err
	}
	by.reason += ": " + withdrawal.NoticeSessions
	if err := userChanged(t, w.At, user); err != nil {
		return withdrawal.NoticeResult{}, err
	}
	return withdrawal.NoticeResult{Outcome: withdrawal.NoticeSessions, UserID: user},
		record(t, by.event(audit.ProviderNotice, user))
}

func setNoticeScopes(t tx, w withdrawal.NoticeWork, user *account.User, identity *account.Identity,
	by cause) (string, error) {
	var last int64
	if _, err := found(t.get(lastScope, []any{string(user.ID)}, &last)); err != nil {
		return "", err
	}
	now := w.Scopes.KeepOpenID(identity.Scopes)
	if err := withdrawal.CheckScopes(identity.Scopes, now, fromMillis(last), stored(w.At)); err != nil {
		return "", err
	}
	changed, err := putScopes(t, scopeChange{
		user: user, identity: identity, now: now, at: w.At, place: account.PlaceAt(identity.Provider), actor: by.actor,
		erase: true,
	})
	if err != nil || !changed {
		return withdrawal.NoticeLeftAlone, err
	}
	return withdrawal.NoticeConsents, userChanged(t, w.At, user.ID)
}

// noticeEmail writes that a notice is about the e-mail address of an identity, and returns the time of the newest one
// before; zero if there was none. It writes nothing about an address that no notice made unverified: of that one, a
// later notice must not make a verified one.
func noticeEmail(t tx, w withdrawal.NoticeWork, i *account.Identity) (noticed time.Time, err error) {
	if !slices.ContainsFunc(w.Changes, provider.Change.AboutEmail) {
		return noticed, nil
	}
	var at int64
	if err := t.get(emailNoticed, []any{i.ID}, &at); err != nil {
		return noticed, err
	}
	noticed = fromMillis(at)
	if noticed.After(w.Time()) ||
		i.Profile.EmailState != account.EmailVerified && !withdrawal.EmailDoubted(i, noticed) {
		return noticed, nil
	}
	return noticed, t.put(setEmailNoticed, i.ID, millis(w.Time()))
}

// setEmailState makes the provider's e-mail address a verified or an unverified one.
func setEmailState(t tx, user account.ID, identity *account.Identity, state account.EmailState, by cause) error {
	p := identity.Profile
	if p.EmailState == state {
		return nil
	}
	p.EmailState = state
	if err := putProfile(t, identity.ID, p); err != nil {
		return err
	}
	if err := emit(t, events.UserUpdated, by.at, user, ""); err != nil {
		return err
	}
	return userChanged(t, by.at, user)
}

// eraseProfile erases what the provider said about a user, and what they granted there.
func eraseProfile(t tx, user account.ID, identity string, by cause) error {
	if err := putProfile(t, identity, account.Profile{}); err != nil {
		return err
	}
	if err := emit(t, events.UserUpdated, by.at, user, ""); err != nil {
		return err
	}
	if err := t.put(updateScopes, identity, nil); err != nil {
		return err
	}
	return userChanged(t, by.at, user)
}
