package providertoken

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
)

// Use calls do with an access token of an active member, and draws the conclusions from what the provider says to it: void
// (-401), the token is refreshed and do is called once more; void again, the grant is dropped; not linked (-101), the
// unlinking follows as if the provider had told of it (WH-06). do's error is returned as it is, but for the first of these.
//
// do must return the provider's error in its chain, and bear being called twice.
func (s *Service) Use(ctx context.Context, id account.ID, do func(context.Context, provider.Secret) error) error {
	var refused provider.Secret
	for {
		began := s.cfg.Now().UTC()
		t, err := s.token(ctx, id, refused)
		if err != nil {
			return err
		}
		err = do(ctx, t.Token)
		if err == nil {
			return nil
		}
		c, ok := provider.Capability[provider.CallClassifier](s.cfg.Providers, t.Key.Provider)
		if !ok {
			return err
		}
		switch c.ClassifyCall(err) {
		case provider.NotLinked:
			return s.notLinked(ctx, id, t, began, err)
		case provider.Gone:
			if refused == "" {
				refused = t.Token
				continue
			}
			return s.drop(ctx, id, t, err)
		}
		return err
	}
}

// drop deletes the grant whose fresh token is refused all the same.
func (s *Service) drop(ctx context.Context, id account.ID, t AccessToken, cause error) error {
	g, err := s.holding(ctx, id, t)
	if err != nil {
		return err
	}
	if g != nil {
		if err := s.lose(ctx, *g, "-401", s.cfg.Now().UTC()); err != errLost {
			return err
		}
	}
	return problem.Wrap(problem.GrantNone, joinGone(cause))
}

// notLinked lets the unlinking follow, which the provider has not told of or will. What the person did here since began, it
// does not concern.
func (s *Service) notLinked(ctx context.Context, id account.ID, t AccessToken, began time.Time, cause error) error {
	if err := s.cfg.LinkEnded.LinkEnded(ctx, t.Key, began); err != nil {
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	return problem.Wrap(problem.GrantNone, joinGone(cause))
}

// holding is the grant that t came from, if it has not been stored anew; nil otherwise.
func (s *Service) holding(ctx context.Context, id account.ID, t AccessToken) (*Record, error) {
	all, err := s.cfg.Store.UsableTokens(ctx, id, s.cfg.Now(), maxRecords)
	if err != nil {
		return nil, problem.Wrap(problem.StoreUnavailable, err)
	}
	for i := range all {
		has, err := s.cfg.Sealer.Open(all[i].Key, all[i].Sealed)
		if err == nil && has.Access == t.Token {
			return &all[i], nil
		}
	}
	return nil, nil
}
