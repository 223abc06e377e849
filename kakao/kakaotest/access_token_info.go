package kakaotest

import "net/http"

// accessTokenInfoBody is the response of /v1/user/access_token_info, with the deprecated members that
// Kakao still sends.
type accessTokenInfoBody struct {
	ID              int64 `json:"id"`
	ExpiresInMillis int64 `json:"expiresInMillis"`
	ExpiresIn       int64 `json:"expires_in"`
	AppID           int64 `json:"app_id"`
	AppIDOld        int64 `json:"appId"`
}

// accessTokenInfo is GET /v1/user/access_token_info. It does not count as a request for user information.
func accessTokenInfo(c apiCall) answer {
	s, fail := c.subject()
	if fail != nil {
		return *fail
	}
	left := s.token.expires.Sub(c.w.clock.now())
	return jsonAnswer(http.StatusOK, accessTokenInfoBody{ID: s.link.userID, ExpiresInMillis: left.Milliseconds(),
		ExpiresIn: int64(left.Seconds()), AppID: s.app.AppID, AppIDOld: s.app.AppID})
}
