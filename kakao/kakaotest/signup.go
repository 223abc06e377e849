package kakaotest

import "net/http"

// userSignup is POST /v1/user/signup. It links a preregistered user of an app without automatic linking.
func userSignup(c apiCall) answer {
	s, fail := c.subject()
	if fail != nil {
		return *fail
	}
	if s.link.state == linkLinked {
		return c.kapiFail(-102, "already registered")
	}
	if fail := c.storeProperties(s, false); fail != nil {
		return *fail
	}
	s.link.begin(c.w.clock.now(), linkLinked)
	s.link.infoRead = true
	c.w.linked(s.app, s.link)
	return jsonAnswer(http.StatusOK, idBody{s.link.userID})
}
