package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/providertoken"
)

// tokens keeps sealed provider tokens, in the table grants.
type tokens struct{ *core }

const (
	tokenColumns = `g.id, i.user_id, i.provider, i.app, i.subject, g.sealed, g.key_id, g.version, g.access_expires_at,
	g.refresh_expires_at, g.lease_until, g.retry_at, COALESCE(g.session_id, '')`

	insertTokens = `INSERT INTO grants (id, identity_id, session_id, sealed, key_id, version, access_expires_at,
	refresh_expires_at, created_at, for_unlink, client, lease_until, retry_at)
VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $10, 0, 0)`

	// The next sign-in replaces what outlived its session: it was granted as much or more. Tokens of another client of the
	// provider stay, because the link may have to be ended for each.
	replaceOffline = `DELETE FROM grants
WHERE identity_id = $1 AND client = $2 AND session_id IS NULL AND ended_at IS NULL`

	// Some providers send a refresh token at the first consent only: a later sign-in without one must not lose it.
	refreshableTokens = `SELECT id FROM grants
WHERE identity_id = $1 AND client = $2 AND session_id IS NULL AND ended_at IS NULL
	AND (refresh_expires_at IS NULL OR refresh_expires_at > $3 AND refresh_expires_at > access_expires_at) LIMIT 1`

	moveTokens = `UPDATE grants SET session_id = $2 WHERE session_id = $1`

	tokensOfSession = `SELECT ` + tokenColumns + ` FROM grants g JOIN identities i ON i.id = g.identity_id
WHERE g.session_id = $1 AND g.ended_at IS NULL ORDER BY g.created_at DESC, g.id DESC LIMIT $2`
	endHint = `DELETE FROM grants WHERE session_id = $1 AND client = '` + login.HintClient + `'`

	// A session that a program of the version before has ended left its tokens behind: they count as ended.
	usableTokens = `SELECT ` + tokenColumns + ` FROM grants g
JOIN identities i ON i.id = g.identity_id
JOIN users u ON u.id = i.user_id
WHERE i.user_id = $1 AND u.status = 'active' AND g.ended_at IS NULL AND ($4 = '' OR i.provider = $4)
	AND g.client <> '` + login.HintClient + `'
	AND (g.refresh_expires_at IS NULL OR g.refresh_expires_at > $2 OR g.access_expires_at > $2)
	AND (g.session_id IS NULL OR EXISTS (
		SELECT 1 FROM sessions s WHERE s.id = g.session_id AND s.idle_expires_at > $2` + inEpoch + `))
ORDER BY g.created_at DESC, g.id DESC LIMIT $3`

	leaseTokens = `UPDATE grants SET lease_until = $4
WHERE id = $1 AND version = $2 AND ended_at IS NULL
	AND (lease_until <= $3 OR lease_until > $5) AND (retry_at <= $3 OR retry_at > $5)`
	// Also if they have ended meanwhile: the end job then ends these tokens and not the old ones.
	saveTokens = `UPDATE grants SET sealed = $3, key_id = $4, access_expires_at = $5, refresh_expires_at = $6,
	version = version + 1, lease_until = 0, retry_at = 0
WHERE id = $1 AND version = $2`
	delayRefresh = `UPDATE grants SET lease_until = 0, retry_at = $4 WHERE id = $1 AND version = $2 AND lease_until = $3`
	dropTokens   = `DELETE FROM grants WHERE id = $1 AND version = $2`
	resealTokens = `UPDATE grants SET sealed = $3, key_id = $4 WHERE id = $1 AND sealed = $2`

	anyOfSession = `SELECT id FROM grants WHERE session_id IS NOT NULL LIMIT 1`
	endTokensOf  = `UPDATE grants SET ended_at = $2, session_id = NULL WHERE session_id = $1 AND ended_at IS NULL
RETURNING id`
	notEndedTokens = `SELECT g.id, i.user_id FROM grants g JOIN identities i ON i.id = g.identity_id
WHERE g.ended_at IS NULL AND g.for_unlink = 0 AND g.client <> '` + login.HintClient + `' ORDER BY g.id LIMIT $1`
	endTheseTokens = `UPDATE grants SET ended_at = $2, session_id = NULL WHERE id = $1 AND ended_at IS NULL`
	deleteEnded    = `DELETE FROM grants WHERE id = $1 AND ended_at IS NOT NULL`
	selectEnded    = `SELECT ` + tokenColumns + ` FROM grants g JOIN identities i ON i.id = g.identity_id
WHERE g.id = $1 AND g.ended_at IS NOT NULL`

	// One key after the other by the index, instead of all rows.
	nextKey     = `SELECT key_id FROM grants WHERE key_id > $1 ORDER BY key_id LIMIT 1`
	tokensByKey = `SELECT ` + tokenColumns +
		` FROM grants g JOIN identities i ON i.id = g.identity_id WHERE g.key_id = $1 LIMIT $2`

	deleteTokensOfUser     = `DELETE FROM grants WHERE identity_id IN (SELECT id FROM identities WHERE user_id = $1)`
	deleteTokensOfIdentity = `DELETE FROM grants WHERE identity_id = $1`
	deleteOlderTokens      = `DELETE FROM grants WHERE identity_id = $1` + beganBefore

	sweepTokens = `DELETE FROM grants WHERE id IN (
	SELECT id FROM grants WHERE refresh_expires_at < $1 AND access_expires_at < $1 ORDER BY refresh_expires_at LIMIT $2)`
)

// checkSealed refuses sealed text that cannot be kept.
func checkSealed(sealed, keyID string) error {
	if sealed == "" || keyID == "" || len(sealed) > provider.MaxSealed {
		return fmt.Errorf("%w: provider token without text or key", errInvalid)
	}
	return nil
}

// keepTokens keeps the tokens of a sign-in, in its transaction.
func keepTokens(t tx, c login.Completion, identityID, sessionID string) error {
	if err := putTokens(t, c.Hint, identityID, sessionID, c.At); err != nil {
		return err
	}
	return putTokens(t, c.Tokens, identityID, sessionID, c.At)
}

// putTokens keeps tokens, in the transaction of the sign-in that they come from.
func putTokens(t tx, g *login.NewTokens, identityID, sessionID string, at time.Time) error {
	if g == nil {
		return nil
	}
	if err := checkSealed(g.Sealed, g.KeyID); err != nil {
		return err
	}
	if g.AccessExpiresAt.IsZero() {
		return fmt.Errorf("%w: provider token without an end", errInvalid)
	}
	if g.AccessOnly && (g.Offline || g.ForUnlink) {
		var id string
		args := []any{identityID, g.Client, millis(at)}
		if kept, err := found(t.get(refreshableTokens, args, &id)); kept || err != nil {
			return err
		}
	}
	if err := t.put(replaceOffline, identityID, g.Client); err != nil {
		return err
	}
	if g.Offline || g.ForUnlink {
		sessionID = ""
	}
	return t.put(insertTokens, g.ID, identityID, null(sessionID), g.Sealed, g.KeyID, millis(g.AccessExpiresAt),
		null(millis(g.RefreshExpiresAt)), millis(at), flag(g.ForUnlink), g.Client)
}

// endTokens ends the tokens of ended sessions, and queues telling the provider.
func endTokens(t tx, at time.Time, gone []ended) error {
	if len(gone) == 0 {
		return nil
	}
	var id string
	if ok, err := found(t.get(anyOfSession, nil, &id)); !ok { // services that keep no tokens pay no more than this
		return err
	}
	for _, s := range gone {
		if _, err := t.exec(endHint, s.id); err != nil { // no provider has to be notified
			return err
		}
		ids, err := texts(t, endTokensOf, s.id, millis(at))
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := putEndJob(t, id, s.user, at); err != nil {
				return err
			}
		}
	}
	return nil
}

func putEndJob(t tx, id string, user account.ID, at time.Time) error {
	return putJob(t, jobs.New{Kind: providertoken.EndJob, Key: id, About: string(user), At: at})
}

// tokenRow receives tokenColumns.
type tokenRow struct {
	id, user, sealed, keyID, session       string
	key                                    account.Key
	version, access, refresh, lease, retry int64
}

func (r *tokenRow) dest() []any {
	return []any{
		&r.id, &r.user, &r.key.Provider, &r.key.Namespace,
		&r.key.Subject, &r.sealed, &r.keyID, &r.version, &r.access, &r.refresh,
		&r.lease, &r.retry, &r.session,
	}
}

func (r *tokenRow) record() providertoken.Record {
	return providertoken.Record{
		ID: r.id, UserID: account.ID(r.user), Key: r.key,
		Sealed: r.sealed, KeyID: r.keyID, Version: r.version,
		AccessExpiresAt: fromMillis(r.access), RefreshExpiresAt: fromMillis(r.refresh),
		LeaseUntil: fromMillis(r.lease), RetryAt: fromMillis(r.retry), Session: r.session,
	}
}

func (db *tokens) list(ctx context.Context, op, query string, args ...any) ([]providertoken.Record, error) {
	var r tokenRow
	return list(ctx, db.core, op, query, args, r.dest(), r.record)
}

// SessionTokens lists the tokens and sign-out hints that end with a session, newest first; at most limit, and never
// more than 500.
func (db *tokens) SessionTokens(ctx context.Context, session string, limit int) ([]providertoken.Record, error) {
	return db.list(ctx, "tokens of a session", tokensOfSession, session, bounded(limit, maxRows))
}

// UsableTokens lists the usable tokens of an active user at a provider, "" for any, newest first; at most limit, and
// never more than 500. Those of a session are usable while it is alive. Sign-out hints are not among them.
func (db *tokens) UsableTokens(ctx context.Context, id account.ID, provider string, at time.Time,
	limit int) ([]providertoken.Record, error) {
	return db.list(ctx, "usable tokens", usableTokens, string(id), millis(at), bounded(limit, maxRows),
		provider)
}

// change runs a statement and reports whether it changed a row.
func (db *tokens) change(ctx context.Context, op, query string, args ...any) (bool, error) {
	n, err := db.exec(ctx, op, query, args...)
	return err == nil && n == 1, err
}

// LeaseTokens lets only the caller refresh until a time, on all processes. false: another process refreshes, or has
// done so, or failed a moment ago.
func (db *tokens) LeaseTokens(ctx context.Context, g providertoken.Record, now, until time.Time) (bool, error) {
	return db.change(ctx, "lease tokens", leaseTokens, g.ID, g.Version, millis(now), millis(until),
		millis(now.Add(providertoken.MaxWait)))
}

// SaveTokens stores refreshed tokens, also if the lease has run out: the first to store what follows a version has
// the better tokens, since the old ones may be dead. false: the tokens are gone, or another process was quicker.
func (db *tokens) SaveTokens(ctx context.Context, f providertoken.Refreshed) (bool, error) {
	if err := checkSealed(f.Sealed, f.KeyID); err != nil {
		return false, err
	}
	return db.change(ctx, "save tokens", saveTokens, f.ID, f.Version, f.Sealed, f.KeyID, millis(f.AccessExpiresAt),
		null(millis(f.RefreshExpiresAt)))
}

// DelayRefresh ends the caller's lease, and allows no refresh before retryAt.
func (db *tokens) DelayRefresh(ctx context.Context, g providertoken.Record, retryAt time.Time) error {
	_, err := db.exec(ctx, "delay refresh", delayRefresh, g.ID, g.Version, millis(g.LeaseUntil), millis(retryAt))
	return err
}

// DropTokens deletes tokens that the provider refused, unless they were replaced since, and writes it to the log.
func (db *tokens) DropTokens(ctx context.Context, l providertoken.Loss) (bool, error) {
	var dropped bool
	err := db.write(ctx, "drop tokens", func(t tx) error {
		n, err := t.exec(dropTokens, l.Record.ID, l.Record.Version)
		if dropped = n == 1; err != nil || !dropped {
			return err
		}
		if l.Check {
			if err := putLinkCheck(t, l.Record.ID, l.Record.UserID, l.Record.Key, l.At); err != nil {
				return err
			}
		}
		by := cause{l.At, audit.Provider(l.Record.Key.Provider), l.Reason}
		return record(t, by.event(audit.TokenLost, l.Record.UserID))
	})
	return dropped && err == nil, err
}

// putLinkCheck queues the question whether a link still exists. key makes the job unique.
func putLinkCheck(t tx, key string, about account.ID, k account.Key, at time.Time) error {
	payload, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return putJob(t, jobs.New{
		Kind: providertoken.CheckLinkJob, Key: key, About: string(about), Payload: string(payload), At: at,
	})
}

// EndedTokens finds tokens that have ended; nil if there are none with that id.
func (db *tokens) EndedTokens(ctx context.Context, id string) (*providertoken.Record, error) {
	all, err := db.list(ctx, "ended tokens", selectEnded, id)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// DeleteEndedTokens deletes tokens that have ended. It succeeds if there are none.
func (db *tokens) DeleteEndedTokens(ctx context.Context, id string) error {
	_, err := db.exec(ctx, "delete ended tokens", deleteEnded, id)
	return err
}

// maxSealingKeys bounds how many keys SealingKeys names: twice as many as a key file may hold.
const maxSealingKeys = 64

// SealingKeys names the keys that have sealed tokens, in order, at most 64.
func (db *tokens) SealingKeys(ctx context.Context) ([]string, error) {
	var all []string
	for last := ""; len(all) < maxSealingKeys; all = append(all, last) {
		if ok, err := db.get(ctx, "sealing keys", nextKey, []any{last}, &last); err != nil || !ok {
			return all, err
		}
	}
	return all, nil
}

// TokensByKey lists tokens that a key sealed, at most limit and never more than 500, in no order.
func (db *tokens) TokensByKey(ctx context.Context, keyID string, limit int) ([]providertoken.Record, error) {
	return db.list(ctx, "tokens by key", tokensByKey, keyID, bounded(limit, maxRows))
}

// ResealTokens replaces the sealed text of tokens by one with the same content. false: they were replaced since.
func (db *tokens) ResealTokens(ctx context.Context, g providertoken.Record, sealed, keyID string) (bool, error) {
	if err := checkSealed(sealed, keyID); err != nil {
		return false, err
	}
	return db.change(ctx, "reseal tokens", resealTokens, g.ID, g.Sealed, sealed, keyID)
}

// EndTokens ends at most limit tokens and queues telling the provider, for a service that no longer keeps them.
func (db *tokens) EndTokens(ctx context.Context, at time.Time, limit int) (int, error) {
	n := 0
	err := db.write(ctx, "end tokens", func(t tx) error {
		var id, user string
		all, err := collect(t, notEndedTokens, []any{bounded(limit, maxRows)}, []any{&id, &user},
			func() ended { return ended{id, account.ID(user)} })
		if err != nil {
			return err
		}
		for _, g := range all {
			if _, err := t.exec(endTheseTokens, g.id, millis(at)); err != nil {
				return err
			}
			if err := putEndJob(t, g.id, g.user, at); err != nil {
				return err
			}
		}
		n = len(all)
		return nil
	})
	return n, err
}
