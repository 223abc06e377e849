package withdrawal

import (
	"context"
	"encoding/json"

	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
)

// UnlinkJobs is what [ResealUnlinks] needs of the database.
type UnlinkJobs interface {
	// UnlinkJobs returns at most limit unlink jobs that are not done, with Key and Payload, in the order of their keys,
	// beginning after a key.
	UnlinkJobs(ctx context.Context, after string, limit int) ([]jobs.Job, error)
	// ReplaceUnlink replaces the payload of a job; false if it has changed.
	ReplaceUnlink(ctx context.Context, j jobs.Job, payload string) (bool, error)
}

// resealBatch is how many jobs are read at once.
const resealBatch = 100

// ResealUnlinks seals the tokens in unlink jobs under the current key, dead jobs included, and returns how many jobs it
// changed. Tokens that no key of the ring opens stay as they are.
func ResealUnlinks(ctx context.Context, st UnlinkJobs, sealer *provider.TokenSealer) (done int, err error) {
	for after := ""; ; {
		all, err := st.UnlinkJobs(ctx, after, resealBatch)
		if err != nil {
			return done, err
		}
		for _, j := range all {
			after = j.Key
			payload, changed := resealed(j, sealer)
			if !changed {
				continue
			}
			ok, err := st.ReplaceUnlink(ctx, j, payload)
			if err != nil {
				return done, err
			}
			if ok { // otherwise it is done by now
				done++
			}
		}
		if len(all) < resealBatch {
			return done, nil
		}
	}
}

// resealed returns the payload of a job with its tokens under the current key; false if they are already.
func resealed(j jobs.Job, sealer *provider.TokenSealer) (payload string, changed bool) {
	var u Unlink
	if j.Read(&u) != nil {
		return "", false // the handler reports it
	}
	for i, t := range u.Tokens {
		if sealer.Current(t.Sealed) {
			continue
		}
		if text, keyID, err := sealer.Reseal(u.Key, t.Sealed); err == nil {
			u.Tokens[i].Sealed, u.Tokens[i].KeyID, changed = text, keyID, true
		}
	}
	b, err := json.Marshal(u)
	return string(b), changed && err == nil
}
