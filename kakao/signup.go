package kakao

import (
	"context"
	"net/http"
)

// Signup links a person by hand (수동 연결). It is needed only if automatic linking
// (자동 연결) is off; then User.HasSignedUp is No until it is called, and Kakao removes
// people who wait longer than 24 hours. properties may be nil. It gives the user id.
//
// Somebody who is linked already is ErrAlreadyLinked (-102), which may be taken for success. No second
// attempt is made: its answer could not be told from that.
// Source: Kakao, REST API, "수동 연결".
func (c *Client) Signup(ctx context.Context, accessToken Secret, properties map[string]string) (int64, error) {
	call, err := c.bearer("signup", accessToken)
	if err != nil {
		return 0, err
	}
	call.method, call.path = http.MethodPost, "/v1/user/signup"
	if len(properties) > 0 {
		call.params.Set("properties", jsonText(properties))
	}
	return c.idAnswer(ctx, call, 0)
}
