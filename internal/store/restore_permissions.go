package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
)

// A backup also brings back what users and operators permitted for a time and have withdrawn since: preview origins,
// consents, ways to sign in. Link tickets and claims of attempts are short-lived, and used once.
const (
	heldOrigins  = `SELECT origin FROM preview_origins`
	originNamed  = `SELECT origin FROM preview_origins WHERE id = $1 OR origin = $1`
	clearTickets = `DELETE FROM link_tickets`

	// A claim says that an attempt, a nonce or a code was used. It must hold as long as that is valid.
	liveClaims = `SELECT key, progress, COALESCE(code, ''), COALESCE(session_key, x''), pending, claimed_at, expires_at
FROM attempts WHERE expires_at > $1`
	putClaim = `INSERT INTO attempts (key, progress, code, session_key, pending, claimed_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (key) DO NOTHING`

	// The last word of each user on a term, if it is no.
	lastWithdrawals = `SELECT c.user_id, c.kind, c.tag, c.version, c.at, c.place, COALESCE(c.address, ''),
	COALESCE(c.user_agent, ''), COALESCE(c.request_id, '')
FROM consents c WHERE c.agreed = 0 AND c.kind NOT IN ('scope', 'reminder') AND NOT EXISTS (SELECT 1 FROM consents n
	WHERE n.user_id = c.user_id AND n.tag = c.tag AND n.kind NOT IN ('scope', 'reminder') AND n.id > c.id)`

	unlinkedUsers = `SELECT id FROM users WHERE status = 'active' AND id IN (
	SELECT user_id FROM audit_log WHERE kind = $1 AND user_id IS NOT NULL)`
)

// permissions is what was withdrawn or used in the replaced database.
type permissions struct {
	removed, origins []string // preview origins, by id or origin, and those that are there
	claims           []claimRow
	withdrawn        []account.Consent
	kept             map[account.ID][]account.Key // the identities of users who have unlinked one
}

type claimRow struct {
	key, session                         []byte
	code                                 string
	progress, pending, claimed, expiring int64
}

// readPermissions reads each list by itself, as [readRevoked] does.
func readPermissions(ctx context.Context, db *DB) (p permissions, err error) {
	for _, read := range []func(tx) error{
		func(t tx) (err error) {
			p.removed, err = texts(t, revokedDetails, string(audit.OriginRemove))
			return err
		},
		func(t tx) (err error) { p.origins, err = texts(t, heldOrigins); return err },
		func(t tx) (err error) {
			var c claimRow
			p.claims, err = collect(t, liveClaims, []any{millis(db.cfg.Now())},
				[]any{&c.key, &c.progress, &c.code, &c.session, &c.pending, &c.claimed, &c.expiring}, func() claimRow {
					one := c
					one.key, one.session = slices.Clone(c.key), slices.Clone(c.session)
					return one
				})
			return err
		},
		func(t tx) (err error) { p.withdrawn, err = withdrawnConsents(t); return err },
		func(t tx) (err error) { p.kept, err = keptIdentities(t); return err },
	} {
		err = errors.Join(err, db.read(ctx, "read permissions", read))
	}
	return p, err
}

func withdrawnConsents(t tx) ([]account.Consent, error) {
	var user, kind string
	var at int64
	var c account.Consent
	dest := []any{
		&user, &kind, &c.Tag, &c.Version, &at, &c.Place, &c.Client.Address, &c.Client.UserAgent, &c.Client.RequestID,
	}
	return collect(t, lastWithdrawals, nil, dest, func() account.Consent {
		one := c
		one.UserID, one.Kind, one.At = account.ID(user), account.ConsentKind(kind), fromMillis(at)
		return one
	})
}

// keptIdentities are the identities of the users who have unlinked one.
func keptIdentities(t tx) (map[account.ID][]account.Key, error) {
	users, err := texts(t, unlinkedUsers, string(audit.Unlinked))
	if err != nil {
		return nil, err
	}
	kept := map[account.ID][]account.Key{}
	for _, id := range users {
		all, err := identityKeys(t, account.ID(id))
		if err != nil {
			return nil, err
		}
		for _, i := range all {
			kept[account.ID(id)] = append(kept[account.ID(id)], i.key)
		}
	}
	return kept, nil
}

// withdrawPermissions takes away again what the copy brought back. by is the record of the restore.
func (r *Restored) withdrawPermissions(t tx, db *DB, was permissions, by audit.Event) error {
	r.Origins, r.Consents, r.Unlinked = 0, 0, 0
	if _, err := t.exec(clearTickets); err != nil {
		return err
	}
	for _, c := range was.claims {
		var code, session any // NULL unless the attempt failed, or succeeded
		if c.code != "" {
			code = c.code
		}
		if len(c.session) > 0 {
			session = c.session
		}
		if _, err := t.exec(putClaim, c.key, c.progress, code, session, c.pending, c.claimed, c.expiring); err != nil {
			return err
		}
	}
	if err := r.removeOrigins(t, was, by); err != nil {
		return err
	}
	for _, c := range was.withdrawn {
		if err := r.withdrawConsent(t, db, c, by); err != nil {
			return err
		}
	}
	for user, keys := range was.kept {
		if err := r.unlinkAgain(t, db, user, keys, by); err != nil {
			return err
		}
	}
	return nil
}

// removeOrigins removes the preview origins that were removed and not added again.
func (r *Restored) removeOrigins(t tx, was permissions, by audit.Event) error {
	for _, detail := range was.removed {
		which, origin := strings.TrimPrefix(detail, "origin="), ""
		if ok, err := found(t.get(originNamed, []any{which}, &origin)); !ok || slices.Contains(was.origins, origin) {
			if err != nil {
				return err
			}
			continue
		}
		if _, err := t.exec(deleteOrigin, origin, origin); err != nil {
			return err
		}
		r.Origins++
		if err := record(t, restored(by, audit.OriginRemove, "", "origin="+origin)); err != nil {
			return err
		}
	}
	return nil
}

// withdrawConsent adds a withdrawal of consent that is newer than what the copy has.
func (r *Restored) withdrawConsent(t tx, db *DB, c account.Consent, by audit.Event) error {
	user, err := findUser(t, db.q.userLocked, string(c.UserID))
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	if err != nil || user.Status == account.Withdrawn {
		return err
	}
	last, err := lastLine(t, user.ID, c.Tag)
	if err != nil || last == nil || !last.Agreed || !last.At.Before(c.At) {
		return err
	}
	if err := putConsents(t, user, []account.Consent{c}); err != nil {
		return err
	}
	r.Consents++
	if err := emit(t, events.ConsentChanged, by.At, user.ID, c.Tag); err != nil {
		return err
	}
	return record(t, restored(by, audit.ConsentChanged, string(user.ID), c.Tag))
}

// unlinkAgain removes the identities of a user that are not among keys, unless the user would have none left.
func (r *Restored) unlinkAgain(t tx, db *DB, id account.ID, keys []account.Key, by audit.Event) error {
	user, err := findUser(t, db.q.userLocked, string(id))
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	if err != nil || user.Status == account.Withdrawn {
		return err
	}
	all, err := identityKeys(t, id)
	if err != nil {
		return err
	}
	gone := func(i identityKey) bool { return !slices.Contains(keys, i.key) }
	if !slices.ContainsFunc(all, func(i identityKey) bool { return !gone(i) }) {
		return nil
	}
	for _, i := range slices.DeleteFunc(all, func(i identityKey) bool { return !gone(i) }) {
		if _, err := t.exec(deleteTokensOfIdentity, i.id); err != nil {
			return err
		}
		if _, err := t.exec(deleteIdentity, i.id); err != nil {
			return err
		}
		r.Unlinked++
		if err := emit(t, events.IdentityUnlinked, by.At, id, i.id); err != nil {
			return err
		}
		if err := record(t, restored(by, audit.Unlinked, string(id), i.key.Provider)); err != nil {
			return err
		}
	}
	return nil
}
