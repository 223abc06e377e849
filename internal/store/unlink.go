package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/withdrawal"
)

// maxUnlinkTokens bounds how many tokens go into an unlink job.
const maxUnlinkTokens = 8

const selectUnlinkTokens = `SELECT sealed, access_expires_at, refresh_expires_at FROM grants
WHERE identity_id = $1 AND for_unlink = 1 AND ended_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $2`

// unlinkTokens reads the tokens that the provider needs to end an identity's link, newest first.
func unlinkTokens(t tx, identityID string) ([]withdrawal.SealedTokens, error) {
	var sealed string
	var access, refresh int64
	args, dest := []any{identityID, maxUnlinkTokens}, []any{&sealed, &access, &refresh}
	return collect(t, selectUnlinkTokens, args, dest, func() withdrawal.SealedTokens {
		return withdrawal.SealedTokens{
			Sealed: sealed, AccessExpiresAt: fromMillis(access), RefreshExpiresAt: fromMillis(refresh),
		}
	})
}

// unlinkOf is the link that a refused sign-in made at the provider, with its tokens, which are not stored.
func unlinkOf(c login.Completion) withdrawal.Unlink {
	u := withdrawal.Unlink{Key: c.Key}
	if g := c.Tokens; g != nil && g.ForUnlink {
		u.Tokens = []withdrawal.SealedTokens{{
			Sealed: g.Sealed, AccessExpiresAt: g.AccessExpiresAt, RefreshExpiresAt: g.RefreshExpiresAt,
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
