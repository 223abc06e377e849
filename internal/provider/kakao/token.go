package kakao

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
)

var _ provider.Granter = (*Provider)(nil)

// Refresh asks Kakao, once: a refresh token in its last month is replaced by the answer, so a repetition could only lose.
func (k *Provider) Refresh(ctx context.Context, key account.Key, t provider.Tokens) (provider.Tokens, error) {
	if _, fault := k.userID(key); fault != nil {
		return provider.Tokens{}, fault
	}
	got, err := k.client.Refresh(ctx, kakao.RefreshRequest{RefreshToken: t.Refresh, Subject: key.Subject})
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
		Access: t.AccessToken, Refresh: t.RefreshToken, AccessExpiresAt: t.ExpiresAt, RefreshExpiresAt: t.RefreshTokenExpiresAt,
		Scope: t.Scope,
	}
}

// EndTokens logs the access token out, and as far as Kakao documents it the refresh token that belongs to it. The person
// stays signed in at Kakao.
func (k *Provider) EndTokens(ctx context.Context, t provider.Tokens) error {
	_, err := k.client.Logout(ctx, t.Access)
	if err == nil || errors.Is(err, kakao.ErrTokenInvalid) || errors.Is(err, kakao.ErrNotLinked) {
		return nil
	}
	return grantFailure(err)
}

// Linked asks by admin key for the list of consents, which says -101 of somebody who is not linked and nothing about the
// person otherwise.
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
		return false, &provider.Error{Kind: provider.Misconfigured, Err: err}
	}
	return false, failure(err)
}

// grantFailure is failure with what only tokens can come to.
func grantFailure(err error) *provider.Error {
	e := failure(err)
	var id *kakao.IDTokenError
	switch {
	case errors.As(err, &id): // also "token invalid", but not this one: the answer must not be believed (CI-12)
	case errors.Is(err, kakao.ErrRefreshTokenInvalid), errors.Is(err, kakao.ErrTokenInvalid):
		e.Kind = provider.Gone
	case errors.Is(err, kakao.ErrNotLinked):
		e.Kind = provider.NotLinked
	case errors.Is(err, kakao.ErrForeignToken):
		e.Kind = provider.InvalidAnswer
	}
	return e
}

// WhatFailed reads the errors of package kakao: -401 and -101.
func (k *Provider) WhatFailed(err error) provider.Kind {
	var id *kakao.IDTokenError
	switch {
	case errors.As(err, &id): // of some ID token, not of ours
	case errors.Is(err, kakao.ErrTokenInvalid):
		return provider.Gone
	case errors.Is(err, kakao.ErrNotLinked):
		return provider.NotLinked
	}
	return provider.Unknown
}
