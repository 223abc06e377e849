package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

const (
	updateAgreed = `UPDATE users SET agreed = $2 WHERE id = $1`
	updateScopes = `UPDATE identities SET scopes = $2 WHERE id = $1`

	lastConsent = `SELECT agreed, at, place FROM consents WHERE user_id = $1 AND tag = $2 AND kind NOT IN ('scope', 'reminder') ORDER BY id DESC LIMIT 1`

	selectLedger = `SELECT kind, tag, version, agreed, at, place FROM consents WHERE user_id = $1 ORDER BY id DESC LIMIT $2`

	// Only the last word counts, and only of who is still a member; a reminder puts it off as long as the consent itself.
	marketingDue = `SELECT c.user_id, c.tag, c.version, c.at FROM consents c JOIN users u ON u.id = c.user_id
WHERE c.kind = 'marketing' AND c.agreed = 1 AND c.at <= $1 AND u.status = 'active'
  AND NOT EXISTS (SELECT 1 FROM consents n WHERE n.user_id = c.user_id AND n.tag = c.tag AND n.kind <> 'scope' AND n.id > c.id
                  AND (n.kind <> 'reminder' OR n.at > $1))
ORDER BY c.at, c.id LIMIT $2`

	isDue = `SELECT c.id FROM consents c WHERE c.user_id = $1 AND c.tag = $2 AND c.kind = 'marketing' AND c.agreed = 1 AND c.at <= $3
  AND NOT EXISTS (SELECT 1 FROM consents n WHERE n.user_id = c.user_id AND n.tag = c.tag AND n.kind <> 'scope' AND n.id > c.id
                  AND (n.kind <> 'reminder' OR n.at > $3))`
)

var insertConsents = newInsert(`consents (user_id, kind, tag, version, agreed, at, place, address, user_agent, request_id)`)

// putConsent adds lines to the ledger.
func putConsent(t tx, lines ...account.Consent) error {
	args := make([]any, 0, len(lines)*insertConsents.columns)
	for _, c := range lines {
		o := cleanOrigin(c.Client)
		args = append(args, string(c.UserID), string(c.Kind), clean(c.Tag, maxShort), clean(c.Version, maxShort), flag(c.Agreed),
			millis(c.At), clean(c.Place, maxShort), null(o.Address), null(o.UserAgent), null(o.RequestID))
	}
	return insertConsents.put(t, args)
}

// putConsents adds lines to the ledger of a user and keeps its last word beside the user.
func putConsents(t tx, user *account.User, lines []account.Consent) error {
	agreed := user.Agreed
	for _, c := range lines {
		c.UserID = user.ID
		if err := putConsent(t, c); err != nil {
			return err
		}
		c.Tag, c.Version = clean(c.Tag, maxShort), clean(c.Version, maxShort)
		agreed = agreed.With(c)
	}
	if agreed == user.Agreed {
		return nil
	}
	user.Agreed = agreed
	return t.put(updateAgreed, string(user.ID), null(string(agreed)))
}

// scopeChange is what a person has agreed to at the provider, as it is known now.
type scopeChange struct {
	user     *account.User
	identity *account.Identity
	now      account.Scopes
	at       time.Time
	place    string
	actor    audit.Actor
	session  string
	// erase also forgets what the profile holds without consent. A sign-in has just read the profile anew.
	erase bool
}

// putScopes notes what differs from before: in the ledger, on the identity, and in the audit log if there was a before.
func putScopes(t tx, c scopeChange) (changed bool, err error) {
	before := c.identity.Scopes
	if c.erase {
		if p := c.now.Allow(c.identity.Profile); p != c.identity.Profile {
			if err := putProfile(t, c.identity.ID, p); err != nil {
				return false, err
			}
			c.identity.Profile, changed = p, true
			if err := emit(t, events.UserUpdated, c.at, c.user.ID, ""); err != nil {
				return false, err
			}
		}
	}
	if c.now == before {
		return changed, nil
	}
	c.identity.Scopes = c.now
	if err := t.put(updateScopes, c.identity.ID, null(string(c.now))); err != nil {
		return false, err
	}
	given, withdrawn := missingFrom(before, c.now), missingFrom(c.now, before)
	for _, d := range []struct {
		items  []string
		agreed bool
		reason string
	}{{given, true, audit.ConsentGiven}, {withdrawn, false, audit.ConsentWithdrawn}} {
		lines := make([]account.Consent, 0, len(d.items))
		for _, item := range d.items {
			lines = append(lines, account.Consent{
				UserID: c.user.ID, Kind: account.ConsentScope, Tag: item, Agreed: d.agreed, At: c.at, Place: c.place,
				Client: c.actor.Client,
			})
		}
		if err := putConsent(t, lines...); err != nil {
			return false, err
		}
		if len(d.items) == 0 || before == "" {
			continue // the first that is heard of them is part of signing in
		}
		if err := recordConsent(t, c, d.reason, events.ScopeAbout(d.items)...); err != nil {
			return false, err
		}
	}
	return true, nil
}

// recordConsent tells the audit log that a member's consents changed, and the app which.
func recordConsent(t tx, c scopeChange, reason string, about ...string) error {
	for _, a := range about {
		if err := emit(t, events.ConsentChanged, c.at, c.user.ID, a); err != nil {
			return err
		}
	}
	return record(t, audit.Event{
		At: c.at, Kind: audit.ConsentChanged, Actor: c.actor.String(), UserID: string(c.user.ID), Session: c.session,
		Reason: reason, Client: c.actor.Client,
	})
}

// missingFrom lists the items of b that a lacks.
func missingFrom(a, b account.Scopes) []string {
	has := a.Items()
	return slices.DeleteFunc(b.Items(), func(item string) bool { return slices.Contains(has, item) })
}

// agreedElsewhere takes over what the provider says a member has agreed to. It says whether anything is new.
func agreedElsewhere(t tx, c login.Completion, user *account.User, identity *account.Identity) (changed bool, err error) {
	if c.Scopes != nil {
		now := *c.Scopes
		if c.Purpose == login.Consent {
			now = now.KeepOpenID(identity.Scopes)
		}
		changed, err = putScopes(t, scopeChange{
			user: user, identity: identity, now: now, at: c.At, place: account.PlaceKakao, session: c.Session.ID,
			actor: audit.User(user.ID, c.Session.Client),
		})
		if err != nil {
			return false, err
		}
	}
	lines := make([]account.Consent, 0, len(c.Agreed))
	fresh := user.JoinedAt.Equal(stored(c.At)) // became a member just now: all of it is new
	var tags []string
	reason := ""
	for _, l := range c.Agreed {
		l.Client = c.Session.Client
		news := fresh
		if !fresh {
			if news, err = newsOfTerm(t, user, l); err != nil {
				return false, err
			}
		}
		if !news {
			continue
		}
		if !l.Agreed {
			l.At = c.At
		}
		lines = append(lines, l)
		if !fresh {
			reason, tags = reasonOf(l.Agreed), append(tags, l.Tag)
		}
	}
	if err := putConsents(t, user, lines); err != nil || len(lines) == 0 {
		return changed, err
	}
	if reason != "" {
		err = recordConsent(t, scopeChange{
			user: user, at: c.At, session: c.Session.ID, actor: audit.User(user.ID, c.Session.Client),
		}, reason, tags...)
	}
	return true, err
}

func reasonOf(agreed bool) string {
	if agreed {
		return audit.ConsentGiven
	}
	return audit.ConsentWithdrawn
}

// newsOfTerm reports whether what the provider says of a term is newer than what the ledger says of it. What the person
// did here since counts; and only what they agreed to at the provider do they take back there.
func newsOfTerm(t tx, user *account.User, c account.Consent) (bool, error) {
	if c.Place != account.PlaceKakaoSync {
		return false, nil
	}
	var agreed, at int64
	var place string
	err := t.get(lastConsent, []any{string(user.ID), c.Tag}, &agreed, &at, &place)
	switch {
	case errors.Is(err, errNoRow):
		return c.Agreed, nil
	case err != nil:
		return false, err
	case c.Agreed:
		return at < millis(c.At), nil
	}
	return agreed == 1 && place == account.PlaceKakaoSync, nil
}

// refuseUnderAge leaves nothing of a child: no row, or the one that waited for joining is deleted; the link that the
// sign-in made at the provider is ended by a job; and the audit line holds neither whom nor from where.
func refuseUnderAge(t tx, c login.Completion, user account.User) error {
	if user.Status == account.Withdrawn {
		by := leaving{at: c.At, reason: string(account.ReasonUnderAge)}
		if err := purge(t, user.ID, by); err != nil {
			return err
		}
		user.ID = ""
	}
	if user.ID != "" {
		if err := discard(t, user.ID, leaving{at: c.At, reason: string(account.ReasonUnderAge), unlink: true}); err != nil {
			return err
		}
	} else {
		payload, err := json.Marshal(c.Key)
		if err != nil {
			return err
		}
		if err := putJob(t, jobs.New{Kind: withdrawal.UnlinkJob, Key: c.IdentityID, Payload: string(payload), At: c.At}); err != nil {
			return err
		}
	}
	return record(t, audit.Event{At: c.At, Kind: audit.Refused, Reason: string(account.ReasonUnderAge)})
}

// Ledger reads what a person agreed to and took back, the newest first; at most limit lines, and never more than 500.
func (db *DB) Ledger(ctx context.Context, id account.ID, limit int) ([]account.Consent, error) {
	var all []account.Consent
	err := db.read(ctx, "ledger", func(t tx) error {
		all = nil
		var c account.Consent
		var kind string
		var agreed, at int64
		return t.each(selectLedger, []any{string(id), min(limit, maxRows)}, []any{&kind, &c.Tag, &c.Version, &agreed, &at, &c.Place}, func() error {
			c.UserID, c.Kind, c.Agreed, c.At = id, account.ConsentKind(kind), agreed == 1, fromMillis(at)
			all = append(all, c)
			return nil
		})
	})
	return all, err
}

// SaveDecisions adds a person's own decisions to the ledger: of each, only if it changes anything, so that a second click adds no
// line. session.ErrNone if their session is gone; consent.ErrNotActive if they are no member.
func (db *DB) SaveDecisions(ctx context.Context, a consent.Decisions) error {
	return db.write(ctx, "agree", func(t tx) error {
		p, err := findPrincipal(t, db.q.principalLocked, a.Session)
		if err != nil {
			return err
		}
		if p.User.Status != account.Active {
			return consent.ErrNotActive
		}
		var lines []account.Consent
		for _, l := range a.Lines {
			if _, agreed := p.User.Agreed.Version(l.Tag); l.Agreed && p.User.Agreed.Has(l.Tag, l.Version) || !l.Agreed && !agreed {
				continue
			}
			l.At, l.Client = a.At, a.Actor.Client
			lines = append(lines, l)
		}
		if len(lines) == 0 {
			return nil
		}
		if err := tellOfTerms(t, p, lines); err != nil {
			return err
		}
		if err := putConsents(t, &p.User, lines); err != nil {
			return err
		}
		for _, l := range lines {
			c := scopeChange{user: &p.User, at: a.At, session: p.Session.ID, actor: a.Actor}
			if err := recordConsent(t, c, reasonOf(l.Agreed), l.Tag); err != nil {
				return err
			}
		}
		return userChanged(t, a.At, p.User.ID)
	})
}

// tellOfTerms queues a job for each term that is taken back here and was agreed to at the provider. Call it before the
// lines are written.
func tellOfTerms(t tx, p *session.Principal, lines []account.Consent) error {
	for _, l := range lines {
		if l.Agreed {
			continue
		}
		var agreed, at int64
		var place string
		if err := t.get(lastConsent, []any{string(p.User.ID), l.Tag}, &agreed, &at, &place); err != nil && !errors.Is(err, errNoRow) {
			return err
		}
		if place != account.PlaceKakaoSync {
			continue
		}
		payload, err := json.Marshal(consent.RevokedTerm{Key: p.Identity.Key, UserID: p.User.ID, Tag: l.Tag})
		if err != nil {
			return err
		}
		if err := putJob(t, jobs.New{
			Kind: consent.RevokeTermJob, Key: p.Identity.ID + " " + l.Tag + " " + strconv.FormatInt(millis(l.At), 10),
			About: string(p.User.ID), Payload: string(payload), At: l.At,
		}); err != nil {
			return err
		}
	}
	return nil
}

// SetScopes notes what a person has agreed to at the provider, and forgets what is not covered by it any more. It is done,
// without error, if nobody has the identity or they have not joined.
func (db *DB) SetScopes(ctx context.Context, s consent.ScopesUpdate) error {
	return db.write(ctx, "set scopes", func(t tx) error {
		var ur userRow
		var ir identityRow
		err := db.lockIdentity(t, s.Key, &ur, &ir)
		if errors.Is(err, errNoRow) {
			return nil
		}
		if err != nil {
			return err
		}
		user := ur.user()
		if user.Status != account.Active {
			return nil
		}
		identity := ir.identity(user.ID)
		now := s.Scopes.KeepOpenID(identity.Scopes)
		if s.Revoked != "" {
			now = account.NewScopes(slices.DeleteFunc(strings.Fields(string(identity.Scopes)), func(item string) bool { return item == s.Revoked }))
		}
		changed, err := putScopes(t, scopeChange{
			user: &user, identity: &identity, now: now, at: s.At, place: s.Place,
			session: s.SessionID, actor: s.Actor, erase: true,
		})
		if err != nil || !changed {
			return err
		}
		return userChanged(t, s.At, user.ID)
	})
}

// MarketingDue lists who agreed to advertising at or before a time, has said nothing about it since and was not reminded of
// it since either, the longest ago first; at most limit, and never more than 500.
func (db *DB) MarketingDue(ctx context.Context, before time.Time, limit int) ([]account.Consent, error) {
	var all []account.Consent
	err := db.read(ctx, "marketing due", func(t tx) error {
		all = nil
		var c account.Consent
		var user string
		var at int64
		return t.each(marketingDue, []any{millis(before), min(limit, maxRows)}, []any{&user, &c.Tag, &c.Version, &at}, func() error {
			c.UserID, c.Kind, c.Agreed, c.At = account.ID(user), account.ConsentMarketing, true, fromMillis(at)
			all = append(all, c)
			return nil
		})
	})
	return all, err
}

// RemindOfMarketing tells the app of those whom MarketingDue lists for before, and notes it at a time: of each once, also
// where several replicas do it at the same moment. It reports how many there were.
func (db *DB) QueueMarketingReminders(ctx context.Context, before, at time.Time, limit int) (int, error) {
	due, err := db.MarketingDue(ctx, before, limit)
	if err != nil {
		return 0, err
	}
	for i, c := range due {
		err := db.write(ctx, "remind", func(t tx) error {
			var ur userRow
			err := t.get(db.q.userLocked, []any{string(c.UserID)}, ur.dest()...)
			if err == nil {
				var id int64 // another replica may have been quicker, or the person
				err = t.get(isDue, []any{string(c.UserID), c.Tag, millis(before)}, &id)
			}
			if errors.Is(err, errNoRow) || err == nil && ur.user().Status != account.Active {
				return nil
			}
			if err != nil {
				return err
			}
			if err := putConsent(t, account.Consent{
				UserID: c.UserID, Kind: account.ConsentReminder, Tag: c.Tag, Version: c.Version, Agreed: true, At: at, Place: "event",
			}); err != nil {
				return err
			}
			return emit(t, events.ConsentReconfirmDue, at, c.UserID, c.Tag)
		})
		if err != nil {
			return i, err
		}
	}
	return len(due), nil
}
