package store

import (
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
