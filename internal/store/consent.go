package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
)

// consents stores the consent ledger, what each user has agreed to by its last lines, and the consent items of
// identities.
type consents struct{ *core }

const (
	updateAgreed = `UPDATE users SET agreed = $2 WHERE id = $1`
	updateScopes = `UPDATE identities SET scopes = $2 WHERE id = $1`

	selectLedger = `SELECT kind, tag, version, agreed, at, place FROM consents WHERE user_id = $1 ORDER BY id DESC
LIMIT $2`
	lastConsent = `SELECT agreed, at, place FROM consents
WHERE user_id = $1 AND tag = $2 AND kind NOT IN ('scope', 'reminder') ORDER BY id DESC LIMIT 1`

	// Only the last line about a term counts. After a reminder the next one is due as long after as after a consent.
	dueMarketing = ` c.kind = 'marketing' AND c.agreed = 1 AND c.at <= $1
  AND NOT EXISTS (SELECT 1 FROM consents n WHERE n.user_id = c.user_id AND n.tag = c.tag 
                  AND n.kind <> 'scope' AND n.id > c.id AND (n.kind <> 'reminder' OR n.at > $1)) `
	marketingDue = `SELECT c.user_id, c.tag, c.version, c.at FROM consents c JOIN users u ON u.id = c.user_id
WHERE u.status = 'active' AND` + dueMarketing + `ORDER BY c.at, c.id LIMIT $2`
	isDue = `SELECT c.id FROM consents c WHERE c.user_id = $2 AND c.tag = $3 AND` + dueMarketing
)

var insertConsents = newInsert(
	`consents (user_id, kind, tag, version, agreed, at, place, address, user_agent, request_id)`)

// putLedger adds lines to the ledger.
func putLedger(t tx, lines ...account.Consent) error {
	args := make([]any, 0, len(lines)*insertConsents.columns)
	for _, c := range lines {
		o := cleanClient(c.Client)
		args = append(args, string(c.UserID), string(c.Kind), clean(c.Tag, maxShort), clean(c.Version, maxShort),
			flag(c.Agreed), millis(c.At), clean(c.Place, maxShort), null(o.Address), null(o.UserAgent), null(o.RequestID))
	}
	return insertConsents.put(t, args)
}

// putConsents adds lines to the ledger of a user, and updates what the user's row says is agreed to.
func putConsents(t tx, user *account.User, lines []account.Consent) error {
	agreed := user.Agreed
	for _, c := range lines {
		c.UserID = user.ID
		if err := putLedger(t, c); err != nil {
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

// scopeChange is what a user has granted at the provider, as it is known now.
type scopeChange struct {
	user     *account.User
	identity *account.Identity
	now      account.Scopes
	at       time.Time
	place    string
	actor    audit.Actor
	session  string
	// erase also erases the parts of the profile that are no longer granted. A sign-in has just read the profile.
	erase bool
	// created is true if the identity is new and has been written with its scopes.
	created bool
}

// putScopes writes what differs from before to the ledger, the identity and, if there was a before, the log.
func putScopes(t tx, c scopeChange) (changed bool, err error) {
	before := c.identity.Scopes
	if c.created {
		before = ""
	}
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
	if !c.created {
		if err := t.put(updateScopes, c.identity.ID, null(string(c.now))); err != nil {
			return false, err
		}
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
		if err := putLedger(t, lines...); err != nil {
			return false, err
		}
		if len(d.items) == 0 || before == "" {
			continue // the first ones are part of signing in
		}
		if err := recordConsent(t, c, d.reason, events.ScopeAbout(d.items)...); err != nil {
			return false, err
		}
	}
	return true, nil
}

// recordConsent writes the events for the app and the audit event of a change of consents.
func recordConsent(t tx, c scopeChange, reason string, about ...string) error {
	for _, a := range about {
		if err := emit(t, events.ConsentChanged, c.at, c.user.ID, a); err != nil {
			return err
		}
	}
	e := cause{c.at, c.actor, reason}.event(audit.ConsentChanged, c.user.ID)
	e.Session = c.session
	return record(t, e)
}

// missingFrom lists the items of b that a lacks.
func missingFrom(a, b account.Scopes) []string {
	has := a.Items()
	return slices.DeleteFunc(b.Items(), func(item string) bool { return slices.Contains(has, item) })
}

// saveProviderConsents stores what the provider says a user has agreed to, and reports whether anything is new. created
// is true if the identity is new and has been written with its scopes.
func saveProviderConsents(t tx, c login.Completion, user *account.User, identity *account.Identity, created bool) (
	changed bool, err error) {
	change := scopeChange{
		user: user, identity: identity, at: c.At, place: account.PlaceAt(identity.Provider), session: c.Session.ID,
		actor: audit.User(user.ID, c.Session.Client), created: created,
	}
	if c.Scopes != nil {
		change.now = *c.Scopes
		if c.Purpose == login.Consent {
			change.now = change.now.KeepOpenID(identity.Scopes)
		}
		if changed, err = putScopes(t, change); err != nil {
			return false, err
		}
	}
	lines := make([]account.Consent, 0, len(c.Agreed))
	joinedNow := user.JoinedAt.Equal(stored(c.At)) // then every line is new
	var tags []string
	reason := ""
	for _, l := range c.Agreed {
		if !joinedNow {
			last, err := lastLine(t, user.ID, l.Tag)
			if err != nil {
				return false, err
			}
			told := l
			told.At = stored(l.At)
			if !consent.Supersedes(told, last) {
				continue
			}
			reason, tags = reasonOf(l.Agreed), append(tags, l.Tag)
		}
		l.Client = c.Session.Client
		if !l.Agreed {
			l.At = c.At
		}
		lines = append(lines, l)
	}
	if err := putConsents(t, user, lines); err != nil || len(lines) == 0 {
		return changed, err
	}
	if reason != "" {
		err = recordConsent(t, change, reason, tags...)
	}
	return true, err
}

func reasonOf(agreed bool) string {
	if agreed {
		return audit.ConsentGiven
	}
	return audit.ConsentWithdrawn
}

// lastLine is the last line of the ledger about a term, nil if there is none.
func lastLine(t tx, user account.ID, tag string) (*account.Consent, error) {
	var agreed, at int64
	c := account.Consent{UserID: user, Tag: tag}
	if ok, err := found(t.get(lastConsent, []any{string(user), tag}, &agreed, &at, &c.Place)); !ok {
		return nil, err
	}
	c.Agreed, c.At = agreed == 1, fromMillis(at)
	return &c, nil
}

// Ledger reads a user's consents and withdrawals of consent, newest first; at most limit lines, and never more than
// 500.
func (db *consents) Ledger(ctx context.Context, id account.ID, limit int) ([]account.Consent, error) {
	var kind, tag, version, place string
	var agreed, at int64
	args, dest := []any{string(id), bounded(limit, maxRows)}, []any{&kind, &tag, &version, &agreed, &at, &place}
	return list(ctx, db.core, "ledger", selectLedger, args, dest, func() account.Consent {
		return account.Consent{
			UserID: id, Kind: account.ConsentKind(kind), Tag: tag, Version: version, Agreed: agreed == 1, At: fromMillis(at),
			Place: place,
		}
	})
}

// SaveDecisions adds a user's own decisions to the ledger, those that change anything. session.ErrNone if the session
// has ended; consent.ErrNotActive if the user is not active.
func (db *consents) SaveDecisions(ctx context.Context, d consent.Decisions) error {
	return db.write(ctx, "save decisions", func(t tx) error {
		p, err := findPrincipal(t, db.q.principalLocked, d.Session)
		if err != nil {
			return err
		}
		if p.User.Status != account.Active {
			return consent.ErrNotActive
		}
		lines := d.Changes(p.User.Agreed)
		if len(lines) == 0 {
			return nil
		}
		for _, l := range lines {
			if err := revokeAtProvider(t, p, l); err != nil {
				return err
			}
		}
		if err := putConsents(t, &p.User, lines); err != nil {
			return err
		}
		for _, l := range lines {
			c := scopeChange{user: &p.User, at: d.At, session: p.Session.ID, actor: d.Actor}
			if err := recordConsent(t, c, reasonOf(l.Agreed), l.Tag); err != nil {
				return err
			}
		}
		return userChanged(t, d.At, p.User.ID)
	})
}

// revokeAtProvider queues a job if a decision must be passed on to the provider. Call it before the line is written.
func revokeAtProvider(t tx, p *session.Principal, l account.Consent) error {
	last, err := lastLine(t, p.User.ID, l.Tag)
	if err != nil || !consent.RevokesAtProvider(l, last) {
		return err
	}
	payload, err := json.Marshal(consent.RevokedTerm{Key: p.Identity.Key, UserID: p.User.ID, Tag: l.Tag})
	if err != nil {
		return err
	}
	return putJob(t, jobs.New{
		Kind: consent.RevokeTermJob, Key: p.Identity.ID + " " + l.Tag + " " + strconv.FormatInt(millis(l.At), 10),
		About: string(p.User.ID), Payload: string(payload), At: l.At,
	})
}

// SetScopes writes what a user has granted at the provider, and erases what is no longer covered by it. It succeeds
// if there is no such identity or its user is not active.
func (db *consents) SetScopes(ctx context.Context, s consent.ScopesUpdate) error {
	return db.write(ctx, "set scopes", func(t tx) error {
		user, identity, err := db.lockIdentity(t, s.Key)
		if errors.Is(err, account.ErrNotFound) {
			return nil
		}
		if err != nil || user.Status != account.Active {
			return err
		}
		changed, err := putScopes(t, scopeChange{
			user: user, identity: identity, now: s.Apply(identity.Scopes), at: s.At, place: s.Place, session: s.SessionID,
			actor: s.Actor, erase: true,
		})
		if err != nil || !changed {
			return err
		}
		return userChanged(t, s.At, user.ID)
	})
}

// MarketingDue lists the marketing consents given at or before a time after which the user has neither said anything
// about them nor been reminded, oldest first; at most limit, and never more than 500.
func (db *consents) MarketingDue(ctx context.Context, before time.Time, limit int) ([]account.Consent, error) {
	var user, tag, version string
	var at int64
	args, dest := []any{millis(before), bounded(limit, maxRows)}, []any{&user, &tag, &version, &at}
	return list(ctx, db.core, "marketing due", marketingDue, args, dest, func() account.Consent {
		return account.Consent{
			UserID: account.ID(user), Kind: account.ConsentMarketing, Tag: tag, Version: version, Agreed: true,
			At: fromMillis(at),
		}
	})
}

// QueueMarketingReminders queues an event and records a reminder for each consent that MarketingDue lists for before,
// once even if several replicas do it at the same moment. It returns how many there were.
func (db *consents) QueueMarketingReminders(ctx context.Context, before, at time.Time, limit int) (int, error) {
	due, err := db.MarketingDue(ctx, before, limit)
	if err != nil {
		return 0, err
	}
	for i, c := range due {
		err := db.write(ctx, "remind", func(t tx) error {
			user, err := findUser(t, db.q.userLocked, string(c.UserID))
			if errors.Is(err, account.ErrNotFound) {
				return nil
			}
			if err != nil || user.Status != account.Active {
				return err
			}
			var id int64 // another replica, or the user, may have been quicker
			if ok, err := found(t.get(isDue, []any{millis(before), string(c.UserID), c.Tag}, &id)); !ok {
				return err
			}
			if err := putLedger(t, account.Consent{
				UserID: c.UserID, Kind: account.ConsentReminder, Tag: c.Tag, Version: c.Version, Agreed: true, At: at,
				Place: "event",
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
