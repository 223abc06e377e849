package login

import (
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
)

// keep seals the provider's tokens for the database; nil if they are not to be kept. They are bound to the identity's
// key, because its id is only known inside the transaction.
func (f *Flow) keep(proof *provider.Result, now time.Time) (*NewTokens, error) {
	var info provider.Info
	if p, ok := f.providers.Get(proof.Key.Provider); ok {
		info = p.Info()
	}
	forUnlink, hint := info.UnlinkNeedsToken, info.SignOutHint
	if f.cfg.TokenSealer == nil || proof.Tokens == nil || !f.cfg.KeepTokens && !forUnlink && !hint {
		return nil, nil
	}
	if !f.cfg.KeepTokens && !forUnlink { // the hint alone, for as long as any session may live
		proof.Tokens = &provider.Tokens{
			ID: proof.Tokens.ID, AccessExpiresAt: now.Add(f.cfg.Sessions.Limits(true).Life), ClientID: HintClient,
		}
	}
	id, err := account.NewUUID(now, f.cfg.Random)
	if err != nil {
		return nil, err
	}
	g := &NewTokens{
		ID: id, AccessExpiresAt: proof.Tokens.AccessExpiresAt, RefreshExpiresAt: proof.Tokens.RefreshExpiresAt,
		Client: proof.Tokens.ClientID, Offline: f.cfg.Offline && proof.Tokens.ClientID != HintClient, ForUnlink: forUnlink,
	}
	if proof.Tokens.Refresh == "" {
		g.AccessOnly, g.RefreshExpiresAt = true, g.AccessExpiresAt
	}
	g.Sealed, g.KeyID, err = f.cfg.TokenSealer.Seal(proof.Key, *proof.Tokens)
	return g, err
}
