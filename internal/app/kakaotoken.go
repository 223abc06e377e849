package app

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/kakao"
)

// The values of Config.KeepKakaoTokens.
const (
	KeepOff     = "off"
	KeepSession = "session"
	KeepOffline = "offline"
)

// AccessToken is a valid access token for Kakao.
type AccessToken struct {
	Token     kakao.Secret
	ExpiresAt time.Time
	Scope     []string
	Key       account.Key
}

// Errors of KakaoToken and UseKakaoToken, see package providertoken.
var (
	ErrTokensOff    = providertoken.ErrOff
	ErrNoTokens     = providertoken.ErrNone
	ErrProviderAway = providertoken.ErrUnavailable
)

// KakaoToken returns an access token of a user, see norang.Service.KakaoToken.
func (a *App) KakaoToken(ctx context.Context, userID string) (AccessToken, error) {
	t, err := a.tokens.Token(ctx, account.ID(userID))
	return AccessToken{Token: kakao.Secret(t.Token), ExpiresAt: t.ExpiresAt, Scope: t.Scope, Key: t.Key}, err
}

// UseKakaoToken calls do with an access token of a user, see norang.Service.UseKakaoToken.
func (a *App) UseKakaoToken(ctx context.Context, userID string, do func(context.Context, kakao.Secret) error) error {
	return a.tokens.Use(ctx, account.ID(userID), func(ctx context.Context, token provider.Secret) error {
		return do(ctx, kakao.Secret(token))
	})
}
