package kakaotest

import "net/http"

// accessTokenInfoBody is the answer of /v1/user/access_token_info (section 6.1), with the deprecated copies that real
// answers still carry.
type accessTokenInfoBody struct {
	ID              int64 `json:"id"`
	ExpiresInMillis int64 `json:"expiresInMillis"`
	ExpiresIn       int64 `json:"expires_in"`
	AppID           int64 `json:"app_id"`
	AppIDOld        int64 `json:"appId"`
}

// accessTokenInfo answers GET /v1/user/access_token_info. It is no request for user information: the 24-hour rule goes on.
func accessTokenInfo(c apiCall) answer {
	s, fail := c.subject()
	if fail != nil {
		return *fail
	}
	left := s.token.expires.Sub(c.w.clock.now())
	return jsonAnswer(http.StatusOK, accessTokenInfoBody{ID: s.link.userID, ExpiresInMillis: left.Milliseconds(),
		ExpiresIn: int64(left.Seconds()), AppID: s.app.AppID, AppIDOld: s.app.AppID})
}
