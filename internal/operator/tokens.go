package operator

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/providertoken"
)

// Tokens hands out provider tokens. Only a running service has them: it refreshes the expired ones.
type Tokens struct {
	caller  *Caller
	service *providertoken.Service
}

// NewTokens returns Tokens for a caller.
func NewTokens(c *Caller, s *providertoken.Service) *Tokens { return &Tokens{c, s} }

// Of returns an access token of a user at a provider, "" for that of the last sign-in, refreshed if it has
// expired. The access record is written before it is returned. [providertoken.ErrOff], [providertoken.ErrNone],
// [providertoken.ErrUnavailable].
func (t *Tokens) Of(ctx context.Context, who Selector, at string) (providertoken.AccessToken, error) {
	id, err := t.caller.find(ctx, audit.UserToken, who)
	if err != nil {
		return providertoken.AccessToken{}, err
	}
	token, err := t.service.Token(ctx, id, at)
	a := audit.Access{Kind: audit.UserToken, Outcome: audit.Done, Detail: token.Key.Provider}
	if err != nil {
		a.Outcome = audit.NotDone
	}
	if failed := t.caller.record(ctx, a, id); failed != nil {
		return providertoken.AccessToken{}, errors.Join(failed, err)
	}
	return token, err
}

// Use calls do with the token of [Tokens.Of] and acts on the provider's error, see
// [providertoken.Service.Use]. The access record is written before the first call of do.
func (t *Tokens) Use(
	ctx context.Context, who Selector, at string, do func(context.Context, provider.Secret) error,
) error {
	id, err := t.caller.find(ctx, audit.UserToken, who)
	if err != nil {
		return err
	}
	recorded := false
	err = t.service.Use(ctx, id, at, func(ctx context.Context, token provider.Secret) error {
		if !recorded {
			if err := t.caller.record(ctx, audit.Access{Kind: audit.UserToken, Outcome: audit.Done}, id); err != nil {
				return err
			}
			recorded = true
		}
		return do(ctx, token)
	})
	if err != nil && !recorded && !errors.Is(err, ErrNotRecorded) {
		err = errors.Join(err, t.caller.record(ctx, audit.Access{Kind: audit.UserToken, Outcome: audit.NotDone}, id))
	}
	return err
}
