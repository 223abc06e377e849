package operator

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/providertoken"
)

// ProviderToken returns an access token of a user at the provider of the last sign-in, refreshed if it has expired. The
// access record is written before it is returned. [providertoken.ErrOff], [providertoken.ErrNone],
// [providertoken.ErrUnavailable].
func (s *Service) ProviderToken(ctx context.Context, who Selector) (providertoken.AccessToken, error) {
	id, err := s.find(ctx, audit.UserToken, who)
	if err != nil {
		return providertoken.AccessToken{}, err
	}
	t, err := s.cfg.Tokens.Token(ctx, id)
	a := audit.Access{Kind: audit.UserToken, Outcome: audit.Done, Detail: t.Key.Provider}
	if err != nil {
		a.Outcome = audit.NotDone
	}
	if failed := s.record(ctx, a, id); failed != nil {
		return providertoken.AccessToken{}, errors.Join(failed, err)
	}
	return t, err
}
