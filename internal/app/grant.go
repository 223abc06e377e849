package app

import (
	"context"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	kakaoprovider "github.com/norang-login/norang/internal/provider/kakao"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/withdrawal"
	"github.com/norang-login/norang/kakao"
)

// What Config.KeepKakaoTokens may say.
const (
	KeepOff     = "off"
	KeepSession = "session"
	KeepOffline = "offline"
)

// AccessToken is a token of Kakao's that works now.
type AccessToken = providertoken.AccessToken

// What using tokens can come to, see package member.
var (
	ErrTokensOff    = providertoken.ErrOff
	ErrNoTokens     = providertoken.ErrNone
	ErrProviderAway = providertoken.ErrUnavailable
)

// vault seals tokens, nil if none are kept.
func (a *App) tokenSealer(keys *seal.Keyring) *provider.TokenSealer {
	if a.cfg.KeepKakaoTokens == KeepOff {
		return nil
	}
	return provider.NewTokenSealer(keys)
}

func (a *App) newProviderTokens(leaver *withdrawal.Service, keys *seal.Keyring, kk *kakaoprovider.Provider) (*providertoken.Service, error) {
	return providertoken.New(providertoken.Config{
		Store: a.db, Ending: a.db, Sealing: a.db, LinkEnded: leaver, Sealer: provider.NewTokenSealer(keys), Providers: []provider.Provider{kk},
		Off: a.cfg.KeepKakaoTokens == KeepOff, Now: a.cfg.Now, Log: a.cfg.Log,
	})
}

// KakaoToken is [providertoken.Service.Token].
func (a *App) KakaoToken(ctx context.Context, userID string) (AccessToken, error) {
	return a.providerTokens.Token(ctx, account.ID(userID))
}

// UseKakaoToken is [providertoken.Service.Use].
func (a *App) UseKakaoToken(ctx context.Context, userID string, do func(context.Context, kakao.Secret) error) error {
	return a.providerTokens.Use(ctx, account.ID(userID), do)
}
