package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/withdrawal"
)

// maxUnlinkTokens bounds how many tokens go into an unlink job.
const maxUnlinkTokens = 8

const selectUnlinkTokens = `SELECT sealed, key_id, client, access_expires_at, refresh_expires_at FROM grants
WHERE identity_id = $1 AND for_unlink = 1 AND ended_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $2`

// unlinkTokens reads the tokens that the provider needs to end an identity's link, newest first.
func unlinkTokens(t tx, identityID string) ([]withdrawal.SealedTokens, error) {
	var s withdrawal.SealedTokens
	var access, refresh int64
	args, dest := []any{identityID, maxUnlinkTokens}, []any{&s.Sealed, &s.KeyID, &s.Client, &access, &refresh}
	return collect(t, selectUnlinkTokens, args, dest, func() withdrawal.SealedTokens {
		s.AccessExpiresAt, s.RefreshExpiresAt = fromMillis(access), fromMillis(refresh)
		return s
	})
}

// unlinkOf is the link that a refused sign-in made at the provider, with its tokens, which are not stored.
func unlinkOf(c login.Completion) withdrawal.Unlink {
	u := withdrawal.Unlink{Key: c.Key}
	if g := c.Tokens; g != nil && g.ForUnlink {
		u.Tokens = []withdrawal.SealedTokens{{
			Sealed: g.Sealed, KeyID: g.KeyID, Client: g.Client,
			AccessExpiresAt: g.AccessExpiresAt, RefreshExpiresAt: g.RefreshExpiresAt,
		}}
	}
	return u
}

// putUnlinkJob queues the end of a link at the provider. key makes the job unique, about is the user, "" if there is
// none. The oldest tokens are left out if they do not fit into the job.
func putUnlinkJob(t tx, key string, about account.ID, u withdrawal.Unlink, at time.Time) error {
	payload, err := json.Marshal(u)
	for err == nil && len(payload) > jobs.MaxPayload && len(u.Tokens) > 0 {
		u.Tokens = u.Tokens[:len(u.Tokens)-1]
		payload, err = json.Marshal(u)
	}
	if err != nil {
		return err
	}
	return putJob(
		t,
		jobs.New{Kind: withdrawal.UnlinkJob, Key: key, About: string(about), Payload: string(payload), At: at},
	)
}

// unlinkKey is the key of an unlink job of an identity whose row stays for the grace period. which tells apart the
// withdrawals and refused sign-ins of one identity; [returnTokens] finds all of them.
func unlinkKey(identityID, which string) string { return identityID + "@" + which }

// A job that is done has no payload.
const (
	waitingUnlinks = `SELECT id, payload FROM jobs
WHERE kind = '` + withdrawal.UnlinkJob + `' AND key LIKE $1 AND state IN ('open', 'dead') ORDER BY id`
	// Also a job whose call is under way: it settles nothing any more, and the tokens may turn out to be dead.
	returnUnlink = `UPDATE jobs SET state = 'done', payload = NULL, ended_at = $2, outcome = '` + withdrawal.CameBack + `'
WHERE id = $1 AND state IN ('open', 'dead')`
)

// returnTokens ends the unlink jobs of an identity whose user has returned, and keeps their tokens with the identity
// next, which is the same one or replaces it. Jobs without tokens stay: they find out themselves.
func returnTokens(t tx, identityID, next string, at time.Time) error {
	var j jobs.Job
	all, err := collect(t, waitingUnlinks, []any{unlinkKey(identityID, "%")}, []any{&j.ID, &j.Payload},
		func() jobs.Job { return j })
	if err != nil {
		return err
	}
	for _, j := range all {
		var u withdrawal.Unlink
		if j.Read(&u) != nil || len(u.Tokens) == 0 {
			continue // the handler reports what cannot be read
		}
		n, err := t.exec(returnUnlink, j.ID, millis(at))
		if err != nil {
			return err
		}
		if n == 0 { // it has ended the link meanwhile
			continue
		}
		for _, s := range u.Tokens {
			if checkSealed(s.Sealed, s.KeyID) != nil { // of a build that wrote no KeyID
				continue
			}
			if err := returnToken(t, s, next, at); err != nil {
				return err
			}
		}
	}
	return nil
}

func returnToken(t tx, s withdrawal.SealedTokens, identityID string, at time.Time) error {
	id, err := account.NewUUID(at, rand.Reader)
	if err != nil {
		return err
	}
	return putTokens(t, &login.NewTokens{
		ID: id, Sealed: s.Sealed, KeyID: s.KeyID, Client: s.Client, ForUnlink: true,
		AccessExpiresAt: s.AccessExpiresAt, RefreshExpiresAt: s.RefreshExpiresAt,
		AccessOnly: s.RefreshExpiresAt.Equal(s.AccessExpiresAt),
	}, identityID, "", at)
}

const (
	unlinkJobs = `SELECT id, key, payload FROM jobs
WHERE kind = '` + withdrawal.UnlinkJob + `' AND key > $1 AND state <> 'done' ORDER BY key LIMIT $2`
	replacePayload = `UPDATE jobs SET payload = $3 WHERE id = $1 AND payload = $2`
)

var _ withdrawal.UnlinkJobs = (*DB)(nil)

// UnlinkJobs lists unlink jobs that are not done, by key.
func (db queue) UnlinkJobs(ctx context.Context, after string, limit int) (all []jobs.Job, err error) {
	err = db.read(ctx, "unlink jobs", func(t tx) error {
		var j jobs.Job
		all, err = collect(t, unlinkJobs, []any{after, min(max(limit, 0), maxRows)}, []any{&j.ID, &j.Key, &j.Payload},
			func() jobs.Job { return j })
		return err
	})
	return all, err
}

// ReplaceUnlink replaces the payload of a job by one with the same content. false: it has changed.
func (db queue) ReplaceUnlink(ctx context.Context, j jobs.Job, payload string) (bool, error) {
	n, err := db.exec(ctx, "replace payload", replacePayload, j.ID, j.Payload, payload)
	return n > 0, err
}
