package app

import (
	"context"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/member"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/kakao"
)

// What Config.KeepKakaoTokens may say.
const (
	KeepOff     = "off"
	KeepSession = "session"
	KeepOffline = "offline"
)

// AccessToken is a token of Kakao's that works now.
type AccessToken = member.AccessToken

// What using tokens can come to, see package member.
var (
	ErrGrantsOff    = member.ErrGrantsOff
	ErrNoGrant      = member.ErrNoGrant
	ErrProviderAway = member.ErrProviderAway
)

// vault seals tokens, nil if none are kept.
func (a *App) vault(keys *seal.Keyring) *provider.Vault {
	if a.cfg.KeepKakaoTokens == KeepOff {
		return nil
	}
	return provider.NewVault(keys)
}

func (a *App) newGrants(leaver *member.Leaver, keys *seal.Keyring, kk *provider.Kakao) (*member.Grants, error) {
	return member.NewGrants(member.GrantsConfig{
		Store: a.db, Ending: a.db, Sealing: a.db, Leaver: leaver, Vault: provider.NewVault(keys), Providers: []provider.Provider{kk},
		Off: a.cfg.KeepKakaoTokens == KeepOff, Now: a.cfg.Now, Log: a.cfg.Log,
	})
}

// KakaoToken is [member.Grants.Token].
func (a *App) KakaoToken(ctx context.Context, userID string) (AccessToken, error) {
	return a.grants.Token(ctx, account.ID(userID))
}

// UseKakaoToken is [member.Grants.Use].
func (a *App) UseKakaoToken(ctx context.Context, userID string, do func(context.Context, kakao.Secret) error) error {
	return a.grants.Use(ctx, account.ID(userID), do)
}
