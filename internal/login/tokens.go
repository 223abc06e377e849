package login

import (
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
)

// keep seals the provider's tokens for the database, those that are to be kept. They are bound to the identity's key,
// because its id is only known inside the transaction. The ID token for the sign-out page is stored apart from the
// others, which may outlive its session.
func (f *Flow) keep(c *Completion, claims *provider.Result) (err error) {
	if f.cfg.TokenSealer == nil || claims.Tokens == nil {
		return nil
	}
	info, _ := f.providers.Info(claims.Key.Provider)
	tokens := *claims.Tokens
	if info.SignOutHint && tokens.ID != "" {
		// For as long as any session may live.
		hint := provider.Tokens{ID: tokens.ID, AccessExpiresAt: c.At.Add(f.cfg.Sessions.Limits(true).Life)}
		if c.Hint, err = f.sealed(c, hint); err != nil {
			return err
		}
		c.Hint.Client, tokens.ID = HintClient, ""
	}
	if !f.cfg.KeepTokens && !info.UnlinkNeedsToken {
		return nil
	}
	if c.Tokens, err = f.sealed(c, tokens); err != nil {
		return err
	}
	c.Tokens.Client, c.Tokens.Offline, c.Tokens.ForUnlink = tokens.ClientID, f.cfg.Offline, info.UnlinkNeedsToken
	if provider.RevokesOnly(f.providers, claims.Key.Provider) {
		c.Tokens.Client = RevokedClient
	}
	return nil
}

func (f *Flow) sealed(c *Completion, t provider.Tokens) (*NewTokens, error) {
	id, err := account.NewUUID(c.At, f.cfg.Random)
	if err != nil {
		return nil, err
	}
	g := &NewTokens{ID: id, AccessExpiresAt: t.AccessExpiresAt, RefreshExpiresAt: t.RefreshExpiresAt}
	if t.Refresh == "" {
		g.AccessOnly, g.RefreshExpiresAt = true, g.AccessExpiresAt
	}
	g.Sealed, g.KeyID, err = f.cfg.TokenSealer.Seal(c.Key, t)
	return g, err
}
