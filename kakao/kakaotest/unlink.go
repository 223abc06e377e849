package kakaotest

import "net/http"

// idBody answers the calls that only confirm whom they concerned.
type idBody struct {
	ID int64 `json:"id"`
}

// userLogout answers POST /v1/user/logout (section 6.2). A Bearer call ends this token and its refresh token, an admin
// call all tokens of the user for the app. The Kakao account session in the browser stays.
func userLogout(c *call) answer {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	s, fail := c.subject()
	if fail != nil {
		return *fail
	}
	if s.token == nil {
		s.link.epoch++
		c.w.out.event(c.w, s.app, s.link, "tokens-revoked", nil)
	} else {
		s.token.loggedOut = true
		if rt, ok := c.w.refresh.get(s.token.refresh); ok {
			rt.dead = true
		}
		c.w.out.event(c.w, s.app, s.link, "token-revoked", nil)
	}
	return jsonAnswer(http.StatusOK, idBody{s.link.userID})
}

// userUnlink answers POST /v1/user/unlink (section 6.4). No unlink webhook follows: the service knows.
func userUnlink(c *call) answer {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	s, fail := c.subject()
	if fail != nil {
		return *fail
	}
	id := s.link.userID
	c.w.endLink(s.app, s.link)
	return jsonAnswer(http.StatusOK, idBody{id})
}

// endLink ends a link. In an app with floating user ids the next link gets another number. The caller holds the lock.
func (w *world) endLink(a *App, l *link) {
	l.end()
	l.generation++
	if !a.FloatingUserIDs {
		return
	}
	delete(w.users, userKey{l.app, l.userID})
	l.userID = w.freeUserID(a, w.accounts[l.account], l.generation)
	w.users[userKey{l.app, l.userID}] = l
}

// unlink is an unlink that the service did not ask for: the link ends first, then the webhooks go out. The caller holds
// the lock.
func (w *world) unlink(a *App, l *link, referrer string) {
	if l.state == linkNone {
		return
	}
	id := l.userID
	w.endLink(a, l)
	w.out.unlinked(w, a, id, referrer, WebhookSend{})
	w.out.eventFor(w, a, id, "user-unlinked", map[string]any{"reason": referrer}, WebhookSend{})
}

// Unlink ends the link of an account and an app as the person would, in their Kakao account or in KakaoTalk, or as Kakao
// would: the webhooks go out with referrer, default UNLINK_FROM_APPS. It says whether there was a link.
func (s *Server) Unlink(appID int64, account, referrer string) bool {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if appID == 0 {
		appID = w.appOrder0()
	}
	if referrer == "" {
		referrer = "UNLINK_FROM_APPS"
	}
	l := w.links[linkKey{appID, account}]
	if l == nil || l.state == linkNone {
		return false
	}
	w.unlink(w.apps[appID], l, referrer)
	return true
}
