package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/withdrawal"
)

// maxUnlinkTokens bounds how many tokens go into one unlink job.
const maxUnlinkTokens = 8

// Of tokens that are revoked, also those of ended sessions whose revocation still waits for its job.
const selectUnlinkTokens = `SELECT sealed, key_id, client, access_expires_at, refresh_expires_at,
	CASE WHEN session_id IS NOT NULL OR ended_at IS NOT NULL THEN 1 ELSE 0 END
FROM grants WHERE identity_id = $1 AND (for_unlink = 1 AND ended_at IS NULL OR client = '` + login.RevokedClient + `')
ORDER BY created_at DESC, id DESC`

// unlinkTokens reads the tokens that the provider needs to end an identity's link, or that it revokes, newest first.
func unlinkTokens(t tx, identityID string) ([]withdrawal.SealedTokens, error) {
	var s withdrawal.SealedTokens
	var access, refresh, ofSession int64
	dest := []any{&s.Sealed, &s.KeyID, &s.Client, &access, &refresh, &ofSession}
	return collect(t, selectUnlinkTokens, []any{identityID}, dest, func() withdrawal.SealedTokens {
		s.AccessExpiresAt, s.RefreshExpiresAt, s.OfSession = fromMillis(access), fromMillis(refresh), ofSession == 1
		return s
	})
}

// unlinkOf is the link that a refused sign-in made at the provider, with its tokens, which are not stored.
func unlinkOf(c login.Completion) withdrawal.Unlink {
	u := withdrawal.Unlink{Key: c.Key}
	if g := c.Tokens; g != nil && (g.ForUnlink || g.Client == login.RevokedClient) {
		u.Tokens = []withdrawal.SealedTokens{{
			Sealed: g.Sealed, KeyID: g.KeyID, Client: g.Client, OfSession: !g.ForUnlink && !g.Offline,
			AccessExpiresAt: g.AccessExpiresAt, RefreshExpiresAt: g.RefreshExpiresAt,
		}}
	}
	return u
}

// putUnlinkJob queues the end of a link at the provider. key makes the job unique, about is the user, "" if there is
// none. Tokens that are revoked go into further jobs if they do not fit into one.
func putUnlinkJob(t tx, key string, about account.ID, u withdrawal.Unlink, at time.Time) error {
	all, err := unlinkPayloads(u)
	if err != nil {
		return err
	}
	for i, payload := range slices.Backward(all) { // the newest tokens last, which is the order of returnTokens
		j := jobs.New{Kind: withdrawal.UnlinkJob, Key: key, About: string(about), Payload: payload, At: at}
		if i > 0 {
			j.Key += fmt.Sprintf("#%d", i+1)
		}
		if err := putJob(t, j); err != nil {
			return err
		}
	}
	return nil
}

// unlinkPayloads returns the payloads of the jobs that end a link, at least one, with the newest tokens first. The call
// that ends a link needs tokens of one job only: the oldest of those are left out if they do not fit. So are tokens
// that do not fit into any job by themselves.
func unlinkPayloads(u withdrawal.Unlink) (all []string, err error) {
	var job []withdrawal.SealedTokens
	payload, _, err := unlinkPayload(u.Key, nil)
	for _, s := range u.Tokens {
		if err != nil {
			break
		}
		var text string
		var fits bool
		more := append(slices.Clone(job), s)
		text, fits, err = unlinkPayload(u.Key, more)
		if err == nil && !fits && s.Client == login.RevokedClient {
			more = []withdrawal.SealedTokens{s}
			if text, fits, err = unlinkPayload(u.Key, more); fits {
				all = append(all, payload)
			}
		}
		if fits {
			job, payload = more, text
		}
	}
	return append(all, payload), err
}

// unlinkPayload returns the payload of a job with tokens, and whether it fits.
func unlinkPayload(k account.Key, tokens []withdrawal.SealedTokens) (text string, fits bool, err error) {
	b, err := json.Marshal(withdrawal.Unlink{Key: k, Tokens: tokens})
	return string(b), err == nil && len(b) <= jobs.MaxPayload && len(tokens) <= maxUnlinkTokens, err
}

// unlinkKey is the key of an unlink job of an identity whose row stays for the grace period. which tells apart the
// withdrawals and refused sign-ins of one identity.
func unlinkKey(identityID, which string) string { return identityID + "@" + which }

const (
	// Only unlink jobs with tokens have a link, and none that are done, whose payload is gone.
	waitingUnlinks = `SELECT id, payload, created_at FROM jobs WHERE link = $1 ORDER BY id`
	// Also a job whose call is under way: it settles nothing any more, and the tokens may turn out to be dead.
	returnUnlink = `UPDATE jobs SET state = 'done', payload = NULL, ended_at = $2, outcome = '` + withdrawal.CameBack + `'
WHERE id = $1 AND state IN ('open', 'dead')`
)

// returnTokens ends the unlink jobs of a key that a user has again, see [withdrawal.KeepLink], and keeps their tokens
// with that identity, or with the session if they were of one. Jobs without tokens stay: their handler finds out that
// the link is in use. Call it before the tokens of the sign-in are kept, which are newer.
func returnTokens(t tx, k account.Key, identityID, sessionID string, at time.Time) error {
	payload, err := json.Marshal(withdrawal.Unlink{Key: k})
	if err != nil {
		return err
	}
	link, _ := strings.CutSuffix(string(payload), "}") // the generated column ends before
	var j jobs.Job
	var created int64
	all, err := collect(t, waitingUnlinks, []any{link}, []any{&j.ID, &j.Payload, &created}, func() jobs.Job {
		j.CreatedAt = fromMillis(created)
		return j
	})
	if err != nil {
		return err
	}
	for _, j := range all {
		var u withdrawal.Unlink
		if j.Read(&u) != nil || u.Key != k || len(u.Tokens) == 0 {
			continue // the handler reports what cannot be read
		}
		n, err := t.exec(returnUnlink, j.ID, millis(at))
		if err != nil {
			return err
		}
		if n == 0 { // it has run meanwhile
			continue
		}
		if j.CreatedAt.After(at) { // queued for later
			j.CreatedAt = at
		}
		for _, s := range slices.Backward(u.Tokens) { // the newest last, which replaces the others
			if checkSealed(s.Sealed, s.KeyID) != nil { // of a build that wrote no KeyID
				continue
			}
			if err := returnToken(t, s, identityID, sessionID, j.CreatedAt); err != nil {
				return err
			}
		}
	}
	return nil
}

func returnToken(t tx, s withdrawal.SealedTokens, identityID, sessionID string, at time.Time) error {
	id, err := account.NewUUID(at, rand.Reader)
	if err != nil {
		return err
	}
	return putTokens(t, &login.NewTokens{
		ID: id, Sealed: s.Sealed, KeyID: s.KeyID, Client: s.Client,
		ForUnlink: s.Client != login.RevokedClient, Offline: !s.OfSession,
		AccessExpiresAt: s.AccessExpiresAt, RefreshExpiresAt: s.RefreshExpiresAt,
		AccessOnly: s.RefreshExpiresAt.Equal(s.AccessExpiresAt),
	}, identityID, sessionID, at)
}

const (
	unlinkJobs = `SELECT id, key, payload FROM jobs
WHERE kind = '` + withdrawal.UnlinkJob + `' AND key > $1 AND state <> 'done' ORDER BY key LIMIT $2`
	replacePayload = `UPDATE jobs SET payload = $3 WHERE id = $1 AND payload = $2`
)

var _ withdrawal.UnlinkJobs = (*DB)(nil)

// UnlinkJobs lists unlink jobs that are not done, by key.
func (db *queue) UnlinkJobs(ctx context.Context, after string, limit int) (all []jobs.Job, err error) {
	err = db.read(ctx, "unlink jobs", func(t tx) error {
		var j jobs.Job
		all, err = collect(t, unlinkJobs, []any{after, bounded(limit, maxRows)}, []any{&j.ID, &j.Key, &j.Payload},
			func() jobs.Job { return j })
		return err
	})
	return all, err
}

// ReplaceUnlink replaces the payload of a job by one with the same content. false: it has changed.
func (db *queue) ReplaceUnlink(ctx context.Context, j jobs.Job, payload string) (bool, error) {
	n, err := db.exec(ctx, "replace payload", replacePayload, j.ID, j.Payload, payload)
	return n > 0, err
}
