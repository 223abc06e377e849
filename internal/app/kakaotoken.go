package app

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/provider"
	kakaoprovider "github.com/norang-login/norang/internal/provider/kakao"
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
	tokens, err := a.Tokens(AppActor)
	if err != nil {
		return AccessToken{}, err
	}
	t, err := tokens.Of(ctx, operator.Selector{ID: account.ID(userID)}, kakaoprovider.Name)
	if err != nil {
		return AccessToken{}, noTokens(err)
	}
	return AccessToken{Token: kakao.Secret(t.Token), ExpiresAt: t.ExpiresAt, Scope: t.Scope, Key: t.Key}, nil
}

// UseKakaoToken calls do with an access token of a user, see norang.Service.UseKakaoToken.
func (a *App) UseKakaoToken(ctx context.Context, userID string, do func(context.Context, kakao.Secret) error) error {
	tokens, err := a.Tokens(AppActor)
	if err != nil {
		return err
	}
	who := operator.Selector{ID: account.ID(userID)}
	with := func(ctx context.Context, token provider.Secret) error { return do(ctx, kakao.Secret(token)) }
	return noTokens(tokens.Use(ctx, who, kakaoprovider.Name, with))
}

// noTokens adds ErrNoTokens to the error for an unknown user.
func noTokens(err error) error {
	if errors.Is(err, operator.ErrNoSuchUser) {
		return errors.Join(ErrNoTokens, err)
	}
	return err
}
