package consent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
)

// RevokeTermJob tells a provider that a member took back here what they had agreed to there; its payload is a [RevokedTerm]
// as JSON.
const RevokeTermJob = "revoke_term"

// RevokedTerm is what a RevokeTermJob is about.
type RevokedTerm struct {
	Key    account.Key
	UserID account.ID
	Tag    string
}

// Handlers are what a job runner needs to do this package's jobs about consents.
func (c *Service) Handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{RevokeTermJob: c.revokeTerm}
}

func (c *Service) revokeTerm(ctx context.Context, j jobs.Job) (string, error) {
	var r RevokedTerm
	if err := json.Unmarshal([]byte(j.Payload), &r); err != nil {
		return "", jobs.Permanent(errors.New("payload cannot be read"))
	}
	lines, err := c.store.Ledger(ctx, r.UserID, maxLedger)
	if err != nil {
		return "", err
	}
	for _, l := range lines {
		if ledgerKey(l) == "term:"+r.Tag {
			if l.Agreed {
				return "agreed again", nil
			}
			break
		}
	}
	k, ok := provider.Capability[provider.TermRevoker](c.providers, r.Key.Provider)
	if !ok {
		return "", jobs.Permanent(fmt.Errorf("no provider %q takes terms back", r.Key.Provider))
	}
	err = k.RevokeTerm(ctx, r.Key, r.Tag)
	var pe *provider.Error
	switch {
	case err == nil:
		return "told", nil
	case errors.As(err, &pe) && !pe.Temporary():
		return "", jobs.Permanent(err)
	case pe != nil && pe.RetryAfter > 0:
		return "", jobs.After(err, pe.RetryAfter)
	}
	return "", err
}
