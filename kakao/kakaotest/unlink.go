package kakaotest

import "net/http"

// idBody is the response of calls that only confirm the user.
type idBody struct {
	ID int64 `json:"id"`
}

// userLogout is POST /v1/user/logout. With a token it ends that token and its refresh token, with an admin
// key all tokens of the user for the app. The Kakao account session in the browser stays.
func userLogout(c apiCall) answer {
	s, fail := c.subject()
	if fail != nil {
		return *fail
	}
	if s.token == nil {
		s.link.tokens.epoch++
		c.w.out.event(c.w, s.app, s.link, "tokens-revoked", nil)
	} else {
		s.token.loggedOut = true
		if rt, ok := c.w.tokens.refresh.Get(s.token.refresh); ok {
			rt.dead = true
		}
		c.w.out.event(c.w, s.app, s.link, "token-revoked", nil)
	}
	return jsonAnswer(http.StatusOK, idBody{s.link.userID})
}

// userUnlink is POST /v1/user/unlink. No unlink webhook follows, because the service asked for it.
func userUnlink(c apiCall) answer {
	s, fail := c.subject()
	if fail != nil {
		return *fail
	}
	id := s.link.userID
	c.w.endLink(s.app, s.link)
	return jsonAnswer(http.StatusOK, idBody{id})
}
