package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/providertoken"
)

const (
	grantColumns = `g.id, i.user_id, i.provider, i.app, i.subject, g.sealed, g.key_id, g.version, g.access_expires_at, g.refresh_expires_at, g.lease_until, g.retry_at`

	insertGrant = `INSERT INTO grants (id, identity_id, session_id, sealed, key_id, version, access_expires_at, refresh_expires_at, created_at, lease_until, retry_at)
VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, 0, 0)`

	// What outlived its session is replaced by the next sign-in, which has agreed to as much or more.
	replaceOffline = `DELETE FROM grants WHERE identity_id = $1 AND session_id IS NULL AND ended_at IS NULL`

	moveGrant = `UPDATE grants SET session_id = $2 WHERE session_id = $1`

	// A session that a program of the version before has ended left its grant behind: it is as good as ended.
	usableGrants = `SELECT ` + grantColumns + ` FROM grants g
JOIN identities i ON i.id = g.identity_id
JOIN users u ON u.id = i.user_id
WHERE i.user_id = $1 AND u.status = 'active' AND g.ended_at IS NULL
	AND (g.refresh_expires_at IS NULL OR g.refresh_expires_at > $2 OR g.access_expires_at > $2)
	AND (g.session_id IS NULL OR EXISTS (SELECT 1 FROM sessions s WHERE s.id = g.session_id AND s.idle_expires_at > $2))
ORDER BY g.created_at DESC, g.id DESC LIMIT $3`

	leaseGrant = `UPDATE grants SET lease_until = $4 WHERE id = $1 AND version = $2 AND lease_until <= $3 AND retry_at <= $3 AND ended_at IS NULL`
	// Also of a grant that has ended meanwhile: the provider is then told to end these tokens and not those before.
	storeGrant = `UPDATE grants SET sealed = $3, key_id = $4, access_expires_at = $5, refresh_expires_at = $6, version = version + 1, lease_until = 0, retry_at = 0
WHERE id = $1 AND version = $2`
	delayGrant  = `UPDATE grants SET lease_until = 0, retry_at = $4 WHERE id = $1 AND version = $2 AND lease_until = $3`
	loseGrant   = `DELETE FROM grants WHERE id = $1 AND version = $2`
	resealGrant = `UPDATE grants SET sealed = $3, key_id = $4 WHERE id = $1 AND sealed = $2`

	boundGrants = `SELECT id FROM grants WHERE session_id IS NOT NULL LIMIT 1`
	endGrant    = `UPDATE grants SET ended_at = $2, session_id = NULL WHERE session_id = $1 AND ended_at IS NULL RETURNING id`

	anyGrants = `SELECT g.id, i.user_id FROM grants g JOIN identities i ON i.id = g.identity_id WHERE g.ended_at IS NULL ORDER BY g.id LIMIT $1`
	endThis   = `UPDATE grants SET ended_at = $2, session_id = NULL WHERE id = $1 AND ended_at IS NULL`

	endedGrant  = `SELECT ` + grantColumns + ` FROM grants g JOIN identities i ON i.id = g.identity_id WHERE g.id = $1 AND g.ended_at IS NOT NULL`
	forgetGrant = `DELETE FROM grants WHERE id = $1 AND ended_at IS NOT NULL`

	// One key after the other by the index, instead of all rows.
	firstKey    = `SELECT key_id FROM grants WHERE key_id > $1 ORDER BY key_id LIMIT 1`
	grantsByKey = `SELECT ` + grantColumns + ` FROM grants g JOIN identities i ON i.id = g.identity_id WHERE g.key_id = $1 LIMIT $2`

	deleteGrantsOf = `DELETE FROM grants WHERE identity_id IN (SELECT id FROM identities WHERE user_id = $1)`
	deleteOldGrant = `DELETE FROM grants WHERE identity_id = $1 AND created_at <= $2`

	sweepGrants = `DELETE FROM grants WHERE id IN (
	SELECT id FROM grants WHERE refresh_expires_at < $1 AND access_expires_at < $1 ORDER BY refresh_expires_at LIMIT $2)`
)

// putGrant keeps the tokens of a sign-in, in its transaction.
func putGrant(t tx, g *login.NewTokens, identityID, sessionID string, at time.Time) error {
	if g == nil {
		return nil
	}
	if g.Sealed == "" || g.KeyID == "" || len(g.Sealed) > provider.MaxSealed || g.AccessExpiresAt.IsZero() {
		return fmt.Errorf("%w: grant without tokens, key or end", errInvalid)
	}
	if err := t.put(replaceOffline, identityID); err != nil {
		return err
	}
	if g.Offline {
		sessionID = ""
	}
	return t.put(insertGrant, g.ID, identityID, null(sessionID), g.Sealed, g.KeyID, millis(g.AccessExpiresAt),
		null(millis(g.RefreshExpiresAt)), millis(at))
}

// endGrants ends the tokens that belong to ended sessions, and queues the telling of the provider.
func endGrants(t tx, at time.Time, gone []ended) error {
	if len(gone) == 0 {
		return nil
	}
	var id string
	err := t.get(boundGrants, nil, &id) // services that keep none pay no more than this
	if errors.Is(err, errNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, s := range gone {
		var ids []string
		if err := t.each(endGrant, []any{s.id, millis(at)}, []any{&id}, func() error {
			ids = append(ids, id)
			return nil
		}); err != nil {
			return err
		}
		for _, id := range ids {
			if err := putEndOfGrant(t, id, s.user, at); err != nil {
				return err
			}
		}
	}
	return nil
}

func putEndOfGrant(t tx, id string, user account.ID, at time.Time) error {
	return putJob(t, jobs.New{Kind: providertoken.EndJob, Key: id, About: string(user), At: at})
}

// grantRow receives grantColumns.
type grantRow struct {
	id, user, provider, app, subject, sealed, keyID string
	version, access, refresh, lease, retry          int64
}

func (r *grantRow) dest() []any {
	return []any{&r.id, &r.user, &r.provider, &r.app, &r.subject, &r.sealed, &r.keyID, &r.version, &r.access, &r.refresh, &r.lease, &r.retry}
}

func (r *grantRow) grant() providertoken.Record {
	return providertoken.Record{
		ID: r.id, UserID: account.ID(r.user), Key: account.Key{Provider: r.provider, Namespace: r.app, Subject: r.subject},
		Sealed: r.sealed, KeyID: r.keyID, Version: r.version,
		AccessExpiresAt: fromMillis(r.access), RefreshExpiresAt: fromMillis(r.refresh),
		LeaseUntil: fromMillis(r.lease), RetryAt: fromMillis(r.retry),
	}
}

func (db *DB) grants(ctx context.Context, op, query string, args ...any) ([]providertoken.Record, error) {
	var all []providertoken.Record
	var r grantRow
	err := db.read(ctx, op, func(t tx) error {
		all = nil
		return t.each(query, args, r.dest(), func() error {
			all = append(all, r.grant())
			return nil
		})
	})
	return all, err
}

// GrantsOf lists the usable grants of an active user, the newest first; at most limit, and never more than 500. Those of a
// session are usable while it lives.
func (db *DB) UsableTokens(ctx context.Context, id account.ID, at time.Time, limit int) ([]providertoken.Record, error) {
	return db.grants(ctx, "grants of", usableGrants, string(id), millis(at), min(max(limit, 0), maxRows))
}

// changes of one row, which report whether there was one to change.
func (db *DB) oneGrant(ctx context.Context, op, query string, args ...any) (bool, error) {
	var n int64
	err := db.write(ctx, op, func(t tx) (err error) {
		n, err = t.exec(query, args...)
		return err
	})
	return err == nil && n == 1, err
}

// LeaseGrant makes the caller the one who refreshes until a time, whatever other processes do. false: somebody else is, or
// has done it, or it failed a moment ago.
func (db *DB) LeaseTokens(ctx context.Context, g providertoken.Record, now, until time.Time) (bool, error) {
	return db.oneGrant(ctx, "lease grant", leaseGrant, g.ID, g.Version, millis(now), millis(until))
}

// StoreGrant stores refreshed tokens, also if the lease has run out meanwhile: who comes first with what follows the
// version has the better tokens, since the old ones may be dead. false: the grant is gone, or somebody else was quicker.
func (db *DB) SaveTokens(ctx context.Context, f providertoken.Refreshed) (bool, error) {
	if f.Sealed == "" || len(f.Sealed) > provider.MaxSealed {
		return false, fmt.Errorf("%w: grant without tokens", errInvalid)
	}
	return db.oneGrant(ctx, "store grant", storeGrant, f.ID, f.Version, f.Sealed, f.KeyID, millis(f.AccessExpiresAt), null(millis(f.RefreshExpiresAt)))
}

// DelayGrant ends the caller's lease, and lets nobody refresh before retryAt.
func (db *DB) DelayRefresh(ctx context.Context, g providertoken.Record, retryAt time.Time) error {
	_, err := db.oneGrant(ctx, "delay grant", delayGrant, g.ID, g.Version, millis(g.LeaseUntil), millis(retryAt))
	return err
}

// LoseGrant deletes a grant that the provider refused, unless it has been stored anew since, and notes it in the log.
func (db *DB) DropTokens(ctx context.Context, l providertoken.Loss) (bool, error) {
	payload, err := json.Marshal(l.Record.Key)
	if err != nil {
		return false, err
	}
	var lost bool
	err = db.write(ctx, "lose grant", func(t tx) error {
		n, err := t.exec(loseGrant, l.Record.ID, l.Record.Version)
		if lost = n == 1; err != nil || !lost {
			return err
		}
		if l.Check {
			// One at a time for an identity is enough, whatever becomes of how many of its grants.
			if err := putJob(t, jobs.New{Kind: providertoken.CheckLinkJob, Key: l.Record.ID, About: string(l.Record.UserID), Payload: string(payload), At: l.At}); err != nil {
				return err
			}
		}
		return record(t, audit.Event{
			At: l.At, Kind: audit.TokenLost, Actor: audit.Provider(l.Record.Key.Provider).String(), UserID: string(l.Record.UserID), Reason: l.Reason,
		})
	})
	return lost && err == nil, err
}

// EndedGrant finds a grant that has ended; nil if there is none of that id.
func (db *DB) EndedTokens(ctx context.Context, id string) (*providertoken.Record, error) {
	all, err := db.grants(ctx, "ended grant", endedGrant, id)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// ForgetGrant deletes a grant that has ended; it is done, without error, if there is none.
func (db *DB) DeleteEndedTokens(ctx context.Context, id string) error {
	_, err := db.oneGrant(ctx, "forget grant", forgetGrant, id)
	return err
}

// maxGrantKeys bounds how many keys GrantKeys names: more than a key file may hold, twice over.
const maxGrantKeys = 64

// GrantKeys names the keys that have sealed grants, in order, at most 64.
func (db *DB) SealingKeys(ctx context.Context) ([]string, error) {
	var all []string
	for last := ""; len(all) < maxGrantKeys; all = append(all, last) {
		err := db.read(ctx, "grant keys", func(t tx) error { return t.get(firstKey, []any{last}, &last) })
		if errors.Is(err, errNoRow) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// GrantsByKey lists grants that a key sealed, at most limit and never more than 500, in no order.
func (db *DB) TokensByKey(ctx context.Context, keyID string, limit int) ([]providertoken.Record, error) {
	return db.grants(ctx, "grants by key", grantsByKey, keyID, min(max(limit, 0), maxRows))
}

// ResealGrant exchanges the sealed text of a grant for one that holds the same. false: it has been stored anew since.
func (db *DB) ResealTokens(ctx context.Context, g providertoken.Record, sealed, keyID string) (bool, error) {
	if sealed == "" || len(sealed) > provider.MaxSealed {
		return false, fmt.Errorf("%w: grant without tokens", errInvalid)
	}
	return db.oneGrant(ctx, "reseal grant", resealGrant, g.ID, g.Sealed, sealed, keyID)
}

// EndGrants ends at most limit grants and queues the telling of the provider; for a service that stops keeping them.
func (db *DB) EndTokens(ctx context.Context, at time.Time, limit int) (int, error) {
	type one struct {
		id   string
		user account.ID
	}
	n := 0
	err := db.write(ctx, "end grants", func(t tx) error {
		n = 0
		var all []one
		var id, user string
		if err := t.each(anyGrants, []any{min(max(limit, 0), maxRows)}, []any{&id, &user}, func() error {
			all = append(all, one{id, account.ID(user)})
			return nil
		}); err != nil {
			return err
		}
		for _, g := range all {
			if _, err := t.exec(endThis, g.id, millis(at)); err != nil {
				return err
			}
			if err := putEndOfGrant(t, g.id, g.user, at); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}
