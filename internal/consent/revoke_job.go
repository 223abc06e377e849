package consent

import (
	"context"
	"fmt"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
)

// RevokeTermJob revokes at the provider a term that the user agreed to there and revoked here. Its payload is a
// [RevokedTerm] as JSON.
const RevokeTermJob = "revoke_term"

// RevokedTerm is the payload of a RevokeTermJob.
type RevokedTerm struct {
	Key    account.Key
	UserID account.ID
	Tag    string
}

// Handlers returns the job handlers of this package.
func (s *Service) Handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{RevokeTermJob: s.revokeTerm}
}

func (s *Service) revokeTerm(ctx context.Context, j jobs.Job) (string, error) {
	var r RevokedTerm
	if err := j.Read(&r); err != nil {
		return "", err
	}
	last, err := s.lastAnswerToTerm(ctx, r.UserID, r.Tag)
	if err != nil {
		return "", err
	}
	if last != nil && last.Agreed {
		return "agreed again", nil
	}
	revoker, ok := provider.Capability[provider.TermRevoker](s.providers, r.Key.Provider)
	if !ok {
		return "", jobs.Permanent(fmt.Errorf("provider %q cannot revoke terms", r.Key.Provider))
	}
	if err := revoker.RevokeTerm(ctx, r.Key, r.Tag); err != nil {
		return "", jobs.Failed(err)
	}
	return "told", nil
}
