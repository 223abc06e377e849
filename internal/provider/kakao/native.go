package kakao

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
)

var _ provider.NativeVerifier = (*Provider)(nil)

// VerifyNative verifies an ID token by its signature, issuer, audience (a key of this app) and nonce, and an access
// token by Kakao's token information, because user information would accept the token of any app.
func (k *Provider) VerifyNative(ctx context.Context, t provider.NativeTokens) (*provider.Result, error) {
	var id *kakao.IDToken
	if t.ID != "" {
		var err error
		// The nonce is compared here, to tell a missing one.
		id, err = k.client.VerifyIDToken(ctx, kakao.Secret(t.ID), kakao.IDTokenOptions{
			SkipNonce: true, AccessToken: kakao.Secret(t.Access),
		})
		switch {
		case err != nil:
			return nil, nativeFailure(err)
		case id.Nonce == "":
			return nil, newError(provider.NonceMissing, errors.New("ID token without nonce"))
		case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(t.Nonce)) != 1:
			return nil, newError(provider.Gone, errors.New("ID token with another nonce"))
		}
		if t.Access == "" {
			return &provider.Result{
				Key: k.key(id.Subject), Profile: profileOf(k, id), Partial: true, AuthTime: id.AuthTime,
			}, nil
		}
	}
	info, err := k.client.VerifyAccessToken(ctx, kakao.Secret(t.Access))
	if err != nil {
		return nil, nativeFailure(err)
	}
	authTime := time.Time{}
	if id != nil {
		if id.UserID != info.UserID {
			return nil, newError(provider.Gone, errors.New("ID token and access token of different users"))
		}
		authTime = id.AuthTime
	}
	user, err := k.client.UserMe(ctx, kakao.Secret(t.Access), kakao.UserMeOptions{
		SecureResource: true, WantID: info.UserID,
	})
	if err != nil {
		return nil, nativeFailure(err)
	}
	proof := resultOf(ctx, k, kakao.Secret(t.Access), user)
	proof.AuthTime = authTime
	return proof, nil
}

// profileOf is the part of the profile that an ID token has. Kakao puts only verified addresses into it.
func profileOf(k *Provider, id *kakao.IDToken) account.Profile {
	p := account.Profile{Nickname: id.Nickname, Picture: k.picture(id.Picture)}
	if id.Email != "" {
		p.Email, p.EmailState = id.Email, account.EmailVerified
	}
	return p
}

// nativeFailure is grantFailure for tokens that came from outside: those that are not valid are the caller's fault.
// An app may send a token that has expired; one from the future says that the clock of this machine is behind.
func nativeFailure(err error) *provider.Error {
	e := grantFailure(err)
	var id *kakao.IDTokenError
	switch {
	case errors.As(err, &id) && id.Audience:
		e.Kind = provider.OtherAudience
	case errors.As(err, &id) && !id.Early, errors.Is(err, kakao.ErrForeignToken), e.Kind == provider.NotLinked:
		e.Kind = provider.Gone
	case errors.Is(err, kakao.ErrInvalidInput):
		e.Kind = provider.BadRequest // nothing was sent
	}
	return e
}
