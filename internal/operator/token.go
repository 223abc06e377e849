package operator

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/providertoken"
)

// ProviderToken returns an access token of a user at a provider, "" for that of the last sign-in, refreshed if it has
// expired. The access record is written before it is returned. [providertoken.ErrOff], [providertoken.ErrNone],
// [providertoken.ErrUnavailable].
func (s *base) ProviderToken(ctx context.Context, who Selector, at string) (providertoken.AccessToken, error) {
	id, err := s.find(ctx, audit.UserToken, who)
	if err != nil {
		return providertoken.AccessToken{}, err
	}
	t, err := s.cfg.Tokens.Token(ctx, id, at)
	a := audit.Access{Kind: audit.UserToken, Outcome: audit.Done, Detail: t.Key.Provider}
	if err != nil {
		a.Outcome = audit.NotDone
	}
	if failed := s.record(ctx, a, id); failed != nil {
		return providertoken.AccessToken{}, errors.Join(failed, err)
	}
	return t, err
}

// UseProviderToken calls do with the token of [Service.ProviderToken] and acts on the provider's error, see
// [providertoken.Service.Use]. The access record is written before the first call of do.
func (s *base) UseProviderToken(
	ctx context.Context, who Selector, at string, do func(context.Context, provider.Secret) error,
) error {
	id, err := s.find(ctx, audit.UserToken, who)
	if err != nil {
		return err
	}
	recorded := false
	err = s.cfg.Tokens.Use(ctx, id, at, func(ctx context.Context, token provider.Secret) error {
		if !recorded {
			if err := s.record(ctx, audit.Access{Kind: audit.UserToken, Outcome: audit.Done}, id); err != nil {
				return err
			}
			recorded = true
		}
		return do(ctx, token)
	})
	if err != nil && !recorded && !errors.Is(err, ErrNotRecorded) {
		err = errors.Join(err, s.record(ctx, audit.Access{Kind: audit.UserToken, Outcome: audit.NotDone}, id))
	}
	return err
}
