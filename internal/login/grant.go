package login

import (
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
)

// keep seals the provider's tokens for the database; nil if they are not to be kept. They are sealed before the
// transaction, bound to the identity's key, because its id may only be found out in it.
func (f *Flow) keep(proof *provider.Result, now time.Time) (*NewTokens, error) {
	if f.tokenSealer == nil || proof.Tokens == nil {
		return nil, nil
	}
	id, err := account.NewUUID(now, f.random)
	if err != nil {
		return nil, err
	}
	g := &NewTokens{
		ID: id, AccessExpiresAt: proof.Tokens.AccessExpiresAt, RefreshExpiresAt: proof.Tokens.RefreshExpiresAt, Offline: f.offline,
	}
	g.Sealed, g.KeyID, err = f.tokenSealer.Seal(proof.Key, *proof.Tokens)
	return g, err
}
