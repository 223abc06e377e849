package kakao

import (
	"context"
	"net/http"
)

// UpdateProfile stores the app's own properties of a person (사용자 프로퍼티). The keys
// must be registered ([카카오 로그인] > [고급]), or Kakao answers -201. Nothing reaches the Kakao
// account itself. It gives the user id. Setting the same twice is setting it once, so one more
// attempt is made if Kakao is briefly away.
// Source: Kakao, REST API, "사용자 정보 저장".
func (c *Client) UpdateProfile(ctx context.Context, accessToken Secret, properties map[string]string) (int64, error) {
	call, err := c.bearer("update_profile", accessToken)
	if err != nil {
		return 0, err
	}
	if len(properties) == 0 {
		return 0, invalid(call.op, "no property is named")
	}
	call.method, call.path, call.again = http.MethodPost, "/v1/user/update_profile", true
	call.params.Set("properties", jsonText(properties))
	return c.idAnswer(ctx, call, 0)
}
