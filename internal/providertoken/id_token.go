package providertoken

import (
	"context"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// maxHints is how many of a user's tokens are looked through: as many as there are sessions of a user.
const maxHints = 50

// IDToken returns the ID token that was kept for the identity of a session, as a hint for the provider's sign-out
// page; "" if there is none.
func (s *Service) IDToken(ctx context.Context, p *session.Principal) provider.Secret {
	all, err := s.cfg.Store.UsableTokens(ctx, p.User.ID, p.Identity.Key.Provider, s.cfg.Now(), maxHints)
	if err != nil {
		return ""
	}
	for _, r := range all {
		if r.Key != p.Identity.Key || r.Session != "" && r.Session != p.Session.ID {
			continue // another session's would end that one at the provider
		}
		if t, err := s.cfg.Sealer.Open(r.Key, r.Sealed); err == nil && t.ID != "" {
			return t.ID
		}
	}
	return ""
}
