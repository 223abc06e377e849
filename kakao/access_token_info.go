package kakao

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// AccessTokenInfo describes an access token.
type AccessTokenInfo struct {
	UserID    int64
	AppID     int64         // app that the token was issued to
	ExpiresIn time.Duration // remaining lifetime
}

// AccessTokenInfo returns Kakao's information about an access token. It does not check AppID; VerifyAccessToken does.
//
// Errors: ErrTokenInvalid (-401, -2), ErrUnavailable. Kakao's temporary error -1 is ErrUnavailable and must not end a
// session.
// Source: Kakao, REST API, "액세스 토큰 정보 조회".
func (c *Client) AccessTokenInfo(ctx context.Context, accessToken Secret) (*AccessTokenInfo, error) {
	const op = "access_token_info"
	call := c.bearer(op, accessToken)
	call.method, call.path, call.retry = http.MethodGet, "/v1/user/access_token_info", true
	body, err := c.do(ctx, call)
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Code == "-2" && e.kind == nil {
			e.kind = ErrTokenInvalid // the token is the only parameter
		}
		return nil, err
	}
	var info AccessTokenInfo
	p := parser{b: body}
	for o := p.object(); o.next(); {
		switch string(o.key) {
		case "id":
			info.UserID = p.int()
		case "app_id":
			info.AppID = p.int()
		case "expires_in":
			info.ExpiresIn = seconds(&p)
		default: // expiresInMillis and appId are deprecated copies
			p.skip()
		}
	}
	if err := call.check(p.done(), info.UserID); err != nil {
		return nil, err
	}
	if info.AppID <= 0 {
		return nil, malformed(op, http.StatusOK, errors.New("missing app_id"))
	}
	return &info, nil
}

// VerifyAccessToken checks that an access token received from a client, such as a mobile app, was issued to this app,
// and returns the user it belongs to. /v2/user/me accepts a token of any app, so without this check the operator of
// another Kakao app could sign in here as that app's users. Call UserMe afterwards with the same user id as WantID.
//
// Errors: ErrForeignToken for a token of another app; ErrTokenInvalid; ErrUnavailable, which must refuse the sign-in
// too; ErrInvalidInput if Config.AppID is not set.
func (c *Client) VerifyAccessToken(ctx context.Context, accessToken Secret) (*AccessTokenInfo, error) {
	const op = "access_token_info"
	if c.cfg.AppID == 0 {
		return nil, invalid(op, "Config.AppID is not set")
	}
	info, err := c.AccessTokenInfo(ctx, accessToken)
	if err != nil {
		return nil, err
	}
	if info.AppID != c.cfg.AppID {
		return nil, foreign(op, "issued to another app")
	}
	return info, nil
}
