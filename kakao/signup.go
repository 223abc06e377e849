package kakao

import (
	"context"
	"net/http"
)

// Signup links a user manually (수동 연결) and returns the user id. It is required only if automatic linking (자동
// 연결) is disabled: then User.HasSignedUp is No until Signup is called, and Kakao removes the user after 24 hours
// without it. properties may be nil.
//
// The error is ErrAlreadyLinked (-102) if the user is already linked, which can be treated as success. The call is not
// retried, because the response to a retry would look the same.
// Source: Kakao, REST API, "수동 연결".
func (c *Client) Signup(ctx context.Context, accessToken Secret, properties map[string]string) (int64, error) {
	call := c.bearer("signup", accessToken)
	call.method, call.path = http.MethodPost, "/v1/user/signup"
	if len(properties) > 0 {
		call.params.Set("properties", jsonText(properties))
	}
	return c.callForID(ctx, call)
}
