package kakao

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// AccessTokenInfo is what Kakao knows about an access token.
type AccessTokenInfo struct {
	UserID    int64
	AppID     int64         // the app that the token was made for
	ExpiresIn time.Duration // what is left
}

// AccessTokenInfo asks about an access token. It does not compare AppID: see VerifyAccessToken.
//
// Errors: ErrTokenInvalid (-401, -2), ErrUnavailable. Kakao's -1 is ErrUnavailable
// and must not end a session.
// Source: Kakao, REST API, "액세스 토큰 정보 조회".
func (c *Client) AccessTokenInfo(ctx context.Context, accessToken Secret) (*AccessTokenInfo, error) {
	const op = "access_token_info"
	call, err := c.bearer(op, accessToken)
	if err != nil {
		return nil, err
	}
	call.method, call.path, call.again = http.MethodGet, "/v1/user/access_token_info", true
	body, err := c.do(ctx, call)
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Code == "-2" && e.kind == nil {
			e.kind = ErrTokenInvalid // here the token is the only parameter
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
			info.ExpiresIn = p.seconds()
		default: // expiresInMillis and appId are deprecated copies
			p.skip()
		}
	}
	if err := checkID(op, p.done(), info.UserID, 0); err != nil {
		return nil, err
	}
	if info.AppID <= 0 {
		return nil, malformed(op, http.StatusOK, errors.New("no app_id"))
	}
	return &info, nil
}

// VerifyAccessToken proves that an access token from outside, such as a mobile app, was made for
// this app, and gives whose it is. Without this check anybody who runs some other Kakao app
// could sign in here as the people of that app: /v2/user/me answers for
// every good token. Then call UserMe and require the same id.
//
// Errors: ErrForeignToken for a token of another app; ErrTokenInvalid; ErrUnavailable,
// which must refuse the login as well; ErrInvalidInput if Config.AppID is unknown.
func (c *Client) VerifyAccessToken(ctx context.Context, accessToken Secret) (*AccessTokenInfo, error) {
	const op = "access_token_info"
	if c.cfg.AppID == 0 {
		return nil, invalid(op, "Config.AppID is unknown, so no token can be told from another app's")
	}
	info, err := c.AccessTokenInfo(ctx, accessToken)
	if err != nil {
		return nil, err
	}
	if info.AppID != c.cfg.AppID {
		return nil, &Error{Op: op, Status: http.StatusOK, kind: ErrForeignToken, cause: errors.New("made for another app")}
	}
	return info, nil
}
