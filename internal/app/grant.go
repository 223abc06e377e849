package app

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
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

// AccessToken is an access token of Kakao that works now.
type AccessToken struct {
	Token     kakao.Secret
	ExpiresAt time.Time
	Scope     []string
	Key       account.Key
}

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

func (a *App) newProviderTokens(leaver *withdrawal.Service, keys *seal.Keyring) (*providertoken.Service, error) {
	return providertoken.New(providertoken.Config{
		Store: a.db, Ending: a.db, Sealing: a.db, LinkEnded: leaver, Sealer: provider.NewTokenSealer(keys),
		Providers: a.providers,
		Off:       a.cfg.KeepKakaoTokens == KeepOff, Now: a.cfg.Now, Log: a.cfg.Log,
	})
}

// KakaoToken is [providertoken.Service.Token].
func (a *App) KakaoToken(ctx context.Context, userID string) (AccessToken, error) {
	t, err := a.providerTokens.Token(ctx, account.ID(userID))
	return AccessToken{Token: kakao.Secret(t.Token), ExpiresAt: t.ExpiresAt, Scope: t.Scope, Key: t.Key}, err
}

// UseKakaoToken is [providertoken.Service.Use].
func (a *App) UseKakaoToken(ctx context.Context, userID string, do func(context.Context, kakao.Secret) error) error {
	return a.providerTokens.Use(ctx, account.ID(userID), func(ctx context.Context, token provider.Secret) error {
		return do(ctx, kakao.Secret(token))
	})
}
