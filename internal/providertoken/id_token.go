package providertoken

import (
	"context"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// maxHints is how many tokens of a session are looked through: it may have some for each identity linked in it.
const maxHints = 50

// IDToken returns the ID token of the sign-in that a session began with, as a hint for the provider's sign-out page; ""
// if it was not kept. That of another session would end the other one at the provider.
func (s *Service) IDToken(ctx context.Context, p *session.Principal) provider.Secret {
	all, err := s.cfg.Hints.SessionTokens(ctx, p.Session.ID, maxHints)
	if err != nil {
		return ""
	}
	for _, r := range all {
		if r.Key != p.Identity.Key {
			continue
		}
		if t, err := s.cfg.Sealer.Open(r.Key, r.Sealed); err == nil && t.ID != "" {
			return t.ID
		}
	}
	return ""
}
