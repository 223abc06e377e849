package kakao

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
)

var (
	_ provider.Refresher      = (*Provider)(nil)
	_ provider.TokenEnder     = (*Provider)(nil)
	_ provider.LinkChecker    = (*Provider)(nil)
	_ provider.CallClassifier = (*Provider)(nil)
)

// Refresh calls Kakao once and never retries: in its last month the refresh token is replaced by the answer.
func (k *Provider) Refresh(ctx context.Context, key account.Key, t provider.Tokens) (provider.Tokens, error) {
	if _, fault := k.userID(key); fault != nil {
		return provider.Tokens{}, fault
	}
	got, err := k.client.Refresh(ctx, kakao.RefreshRequest{RefreshToken: kakao.Secret(t.Refresh), Subject: key.Subject})
	if err != nil {
		return provider.Tokens{}, grantFailure(err)
	}
	next := tokensOf(got)
	if next.RefreshExpiresAt.IsZero() && !got.Rotated {
		next.RefreshExpiresAt = t.RefreshExpiresAt
	}
	if next.Scope == nil {
		next.Scope = t.Scope
	}
	return next, nil
}

func tokensOf(t *kakao.Token) provider.Tokens {
	return provider.Tokens{
		Access: provider.Secret(t.AccessToken), Refresh: provider.Secret(t.RefreshToken),
		AccessExpiresAt: t.ExpiresAt, RefreshExpiresAt: t.RefreshTokenExpiresAt, Scope: t.Scope,
	}
}

// EndTokens logs the access token out, and with it its refresh token. The user stays signed in at Kakao. Kakao has no
// such call for the refresh token alone.
func (k *Provider) EndTokens(ctx context.Context, t provider.Tokens) error {
	if !t.AccessExpiresAt.IsZero() && !k.now().Before(t.AccessExpiresAt) {
		return nil
	}
	_, err := k.client.Logout(ctx, kakao.Secret(t.Access))
	if err == nil || errors.Is(err, kakao.ErrTokenInvalid) || errors.Is(err, kakao.ErrNotLinked) {
		return nil
	}
	return grantFailure(err)
}

// Linked asks with the admin key for the list of consents, which fails with -101 for a user without a link.
func (k *Provider) Linked(ctx context.Context, key account.Key) (bool, error) {
	id, fault := k.userID(key)
	if fault != nil {
		return false, fault
	}
	_, err := k.client.ScopesAsAdmin(ctx, id)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, kakao.ErrNotLinked):
		return false, nil
	case errors.Is(err, kakao.ErrInvalidInput): // no admin key
		return false, newError(provider.Misconfigured, err)
	}
	return false, failure(err)
}

// grantFailure is failure, with the kinds that concern tokens.
func grantFailure(err error) *provider.Error {
	e := failure(err)
	var id *kakao.IDTokenError
	switch {
	case errors.As(err, &id): // an ID token that failed verification, not a void access token (CI-12)
	case errors.Is(err, kakao.ErrRefreshTokenInvalid), errors.Is(err, kakao.ErrTokenInvalid):
		e.Kind = provider.Gone
	case errors.Is(err, kakao.ErrNotLinked):
		e.Kind = provider.NotLinked
	case errors.Is(err, kakao.ErrForeignToken):
		e.Kind = provider.InvalidAnswer
	}
	return e
}

// ClassifyCall reads the errors of package kakao: -401 and -101.
func (k *Provider) ClassifyCall(err error) provider.Kind {
	var id *kakao.IDTokenError
	switch {
	case errors.As(err, &id): // about an ID token, not about the access token
	case errors.Is(err, kakao.ErrTokenInvalid):
		return provider.Gone
	case errors.Is(err, kakao.ErrNotLinked):
		return provider.NotLinked
	}
	return provider.Unknown
}
