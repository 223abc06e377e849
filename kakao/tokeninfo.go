package kakao

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// TokenInfo holds the claims of an ID token as decoded by Kakao.
type TokenInfo struct {
	Issuer, Subject               string
	Audience                      []string
	IssuedAt, ExpiresAt, AuthTime time.Time
	Nonce, Nickname, Picture      string
	Email                         string
}

// TokenInfo has Kakao decode an ID token. Use it for debugging only: Kakao blocks callers that use it in production,
// and it checks neither audience nor nonce. To sign in a user, use VerifyIDToken. The error for an invalid token
// (KOE400) is ErrTokenInvalid.
// Source: Kakao, REST API, "ID 토큰 정보 조회".
func (c *Client) TokenInfo(ctx context.Context, idToken Secret) (*TokenInfo, error) {
	const op = "tokeninfo"
	if !oauthclient.VisibleASCII(idToken.Reveal(), maxToken) {
		return nil, invalid(op, "ID token is empty, too long or contains unusual characters")
	}
	body, err := c.do(ctx, call{
		op: op, host: c.authServer, method: http.MethodPost, path: "/oauth/tokeninfo",
		params: url.Values{"id_token": {idToken.Reveal()}}, retry: true, secrets: []Secret{idToken},
	})
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Code == "KOE400" {
			e.kind = ErrTokenInvalid
		}
		return nil, err
	}
	cl, err := decodeClaims(body)
	if err != nil {
		return nil, malformed(op, http.StatusOK, err)
	}
	return &TokenInfo{
		Issuer: cl.Issuer, Subject: cl.Subject, Audience: cl.Audience,
		IssuedAt: cl.IssuedAt, ExpiresAt: cl.ExpiresAt, AuthTime: cl.AuthTime,
		Nonce: cl.Nonce, Nickname: cl.Nickname, Picture: cl.Picture, Email: cl.Email,
	}, nil
}
