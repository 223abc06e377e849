package consent

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

const (
	// openID is not a consent item: it asks for ID tokens.
	openID = "openid"
	// listTimeout bounds the provider's answer while a page waits for it, revokeTimeout each half of a revocation.
	listTimeout   = 2 * time.Second
	revokeTimeout = 5 * time.Second
)

// CanRequest reports whether a provider may be asked for a consent item.
func (s *Service) CanRequest(provider, scope string) bool {
	return scope != openID && slices.Contains(s.scopes[provider], scope)
}

// Requestable reports whether any provider may be asked for a consent item.
func (s *Service) Requestable(scope string) bool {
	for provider := range s.scopes {
		if s.CanRequest(provider, scope) {
			return true
		}
	}
	return false
}

// consenter is a provider that can be asked for consents, with the credential for it.
func (s *Service) consenter(name string) (provider.Consenter, bool) {
	p, ok := provider.Capability[provider.Consenter](s.providers, name)
	if !ok {
		return nil, false
	}
	configured, _ := s.providers.Get(name)
	return p, !configured.Info().ByHand
}

// MissingScopes returns the consent items in scopes that the user has not agreed to.
func (s *Service) MissingScopes(p *session.Principal, scopes []string) []string {
	var missing []string
	for _, scope := range scopes {
		if !p.Identity.Scopes.Has(scope) {
			missing = append(missing, scope)
		}
	}
	return missing
}

// LoadScopes asks the provider for the user's consent items if none are stored, as with users from before they were
// stored. It reports whether they changed; the session then has to be looked up again.
func (s *Service) LoadScopes(ctx context.Context, p *session.Principal) bool {
	c, ok := s.consenter(p.Identity.Provider)
	if !ok || p.Identity.Scopes != "" {
		return false
	}
	asked, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	items, err := c.ConsentItems(asked, p.Identity.Key)
	granted := provider.Granted(items)
	if err != nil || granted == "" {
		return false
	}
	return s.changed(p, s.store.SetScopes(ctx, ScopesUpdate{
		Key: p.Identity.Key, Scopes: granted, At: s.now().UTC(), Place: account.PlaceAt(p.Identity.Provider),
		Actor: audit.User(p.User.ID, audit.Client{}),
	})) == nil
}

// RevokeScope revokes a consent item at the provider and deletes the data that it covered. It does nothing if the user
// has not agreed to the item. [ErrRequired], [ErrNotRevocable], *provider.Error.
func (s *Service) RevokeScope(ctx context.Context, p *session.Principal, scope string, by audit.Actor) error {
	c, ok := s.consenter(p.Identity.Provider)
	if !ok {
		return ErrNotRevocable
	}
	if scope == openID || !p.Identity.Scopes.Has(scope) {
		return nil
	}
	asked, cancel := context.WithTimeout(ctx, revokeTimeout)
	defer cancel()
	if _, err := c.RevokeConsent(asked, p.Identity.Key, scope); err != nil {
		var pe *provider.Error
		if errors.As(err, &pe) && pe.Kind == provider.Required {
			return ErrRequired
		}
		return err
	}
	// The provider has revoked it, so it has to be stored even if the browser does not wait.
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), revokeTimeout)
	defer done()
	return s.changed(p, s.store.SetScopes(ctx, ScopesUpdate{
		Key: p.Identity.Key, Revoked: scope, At: s.now().UTC(), Place: account.PlaceAccount,
		SessionID: p.Session.ID, Actor: by,
	}))
}
