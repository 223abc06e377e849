package providertoken

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
)

const (
	// endTries bounds the attempts to revoke an access token alone, which lives for hours. A refresh token is revoked as
	// long as it lives and the job is repeated.
	endTries = 6
	// checkTries bounds the attempts to ask about a link.
	checkTries = 12
)

// Handlers returns the job handlers of this package.
func (s *Service) Handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{EndJob: s.endTokens, CheckLinkJob: s.checkLink}
}

// endTokens handles an EndJob: it revokes the tokens at the provider and then deletes them. It deletes them unrevoked
// if that is not possible or not worth more attempts.
func (s *Service) endTokens(ctx context.Context, j jobs.Job) (string, error) {
	r, err := s.cfg.Ending.EndedTokens(ctx, j.Key)
	if err != nil {
		return "", err
	}
	if r == nil {
		return "gone", nil // deleted with the identity
	}
	outcome, err := s.endAtProvider(ctx, r, j.Attempt)
	if err != nil {
		return "", err
	}
	return outcome, s.cfg.Ending.DeleteEndedTokens(ctx, r.ID)
}

func (s *Service) endAtProvider(ctx context.Context, r *Record, attempt int64) (string, error) {
	ender, ok := provider.Capability[provider.TokenEnder](s.cfg.Providers, r.Key.Provider)
	if !ok {
		return "expires by itself", nil
	}
	t, err := s.cfg.Sealer.Open(r.Key, r.Sealed)
	if err != nil {
		return "cannot be opened", nil
	}
	t.AccessExpiresAt, t.RefreshExpiresAt = r.AccessExpiresAt, r.RefreshExpiresAt
	switch err := ender.EndTokens(ctx, t); {
	case provider.Is(err, provider.Unsupported):
		return "expires by itself", nil
	case err != nil && attempt >= endTries && !s.refreshable(t):
		return "given up: " + err.Error(), nil
	case err != nil:
		var pe *provider.Error
		if errors.As(err, &pe) && pe.RetryAfter > 0 {
			return "", jobs.After(err, pe.RetryAfter)
		}
		return "", err
	}
	return "ended", nil
}

// refreshable reports whether there is a refresh token that has not expired, as far as is known.
func (s *Service) refreshable(t provider.Tokens) bool {
	return t.Refresh != "" && (t.RefreshExpiresAt.IsZero() || s.cfg.Now().Before(t.RefreshExpiresAt))
}

// checkLink handles a CheckLinkJob. Tokens become void for several reasons, and the notice of an ended link may have
// been lost (WH-06).
func (s *Service) checkLink(ctx context.Context, j jobs.Job) (string, error) {
	var k account.Key
	if err := j.Read(&k); err != nil {
		return "", err
	}
	links, ok := provider.Capability[provider.LinkChecker](s.cfg.Providers, k.Provider)
	if !ok {
		return "nobody to ask", nil
	}
	began := s.cfg.Now().UTC()
	linked, err := links.Linked(ctx, k)
	var pe *provider.Error
	switch {
	case errors.As(err, &pe) && pe.Temporary() && j.Attempt < checkTries:
		return "", err
	case err != nil:
		return "not answered: " + err.Error(), nil // perhaps there is no admin key; a notice may still arrive
	case linked:
		return "linked", nil
	}
	return "not linked", s.cfg.LinkEnded.LinkEnded(ctx, k, began)
}
