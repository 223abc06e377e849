package kakao

import (
	"context"
	"net/http"
)

// UpdateProfile stores user properties of the app (사용자 프로퍼티) and returns the user id. It does not change the
// Kakao account. The keys must be registered ([카카오 로그인] > [고급]), or Kakao answers -201. The call is
// idempotent and retried once.
// Source: Kakao, REST API, "사용자 정보 저장".
func (c *Client) UpdateProfile(ctx context.Context, accessToken Secret, properties map[string]string) (int64, error) {
	call := c.bearer("update_profile", accessToken)
	if len(properties) == 0 {
		return 0, invalid(call.op, "no properties")
	}
	call.method, call.path, call.retry = http.MethodPost, "/v1/user/update_profile", true
	call.params.Set("properties", jsonText(properties))
	return c.callForID(ctx, call)
}
