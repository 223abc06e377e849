package kakaotest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// The emulator's cookies have a prefix of their own, because cookies are shared between the ports of a host and the
// emulator often runs on the service's host.
const (
	sessionCookie = "kakaotest-session" // the Kakao account session
	browserCookie = "kakaotest-browser" // the accounts used in this browser
)

// A Kakao account session lasts 24 hours from login, or one month with "로그인 상태 유지". Use does not extend it.
const (
	sessionLife     = 24 * time.Hour
	longSessionLife = 30 * 24 * time.Hour
	maxKnown        = 20 // accounts remembered for one browser
)

// browser is the state of a browser.
type browser struct {
	id      string
	known   []string // account ids, latest first
	session *kakaoSession
}

// kakaoSession is a session of a Kakao account. All apps share it.
type kakaoSession struct {
	id       string
	account  string
	authTime time.Time
	expires  time.Time
	stay     bool
}

// browser returns the browser of a call, or nil. The session counts only with its own cookie, which browsers drop
// earlier than the other. The caller holds the lock.
func (c browserCall) browser() *browser {
	ck, err := c.r.Cookie(browserCookie)
	if err != nil {
		return nil
	}
	b, ok := c.w.logins.browsers.Get(ck.Value)
	if !ok {
		return nil
	}
	if s := b.session; s != nil && !c.w.clock.now().Before(s.expires) {
		b.session = nil
	}
	view := *b
	if s, err := c.r.Cookie(sessionCookie); err != nil || b.session == nil || s.Value != b.session.id {
		view.session = nil
	}
	return &view
}

// signIn gives the browser a session and returns its cookies. The caller holds the lock.
func (c browserCall) signIn(acc *Account, stay bool) (*kakaoSession, []*http.Cookie) {
	w, now := c.w, c.w.clock.now()
	var b *browser
	if ck, err := c.r.Cookie(browserCookie); err == nil {
		b, _ = w.logins.browsers.Get(ck.Value)
	}
	if b == nil {
		b = &browser{id: w.random(24)}
		w.logins.browsers.Put(b.id, b)
	}
	b.known = append([]string{acc.ID}, slices.DeleteFunc(b.known, func(id string) bool { return id == acc.ID })...)
	b.known = b.known[:min(len(b.known), maxKnown)]
	life := sessionLife
	if stay {
		life = longSessionLife
	}
	b.session = &kakaoSession{id: w.random(24), account: acc.ID, authTime: now, expires: now.Add(life), stay: stay}
	return b.session, []*http.Cookie{
		c.cookie(browserCookie, b.id, 365*24*time.Hour),
		c.cookie(sessionCookie, b.session.id, life),
	}
}

// signOut ends the browser's session. The caller holds the lock.
func (c browserCall) signOut() []*http.Cookie {
	if ck, err := c.r.Cookie(browserCookie); err == nil {
		if b, ok := c.w.logins.browsers.Get(ck.Value); ok {
			b.session = nil
		}
	}
	return []*http.Cookie{c.cookie(sessionCookie, "", -1)}
}

// cookie is SameSite=Lax because authorize is reached from the service's site, and Secure only on https because
// Safari drops Secure cookies on http://localhost.
func (c browserCall) cookie(name, value string, life time.Duration) *http.Cookie {
	age := int(life / time.Second)
	if life < 0 {
		age = -1
	}
	return &http.Cookie{
		Name:     name,
		Value:    value,
		Path:     "/",
		MaxAge:   age,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
		Secure:   strings.HasPrefix(c.w.cfg.BrowserURL, "https://"),
	}
}

// setCookies adds cookies to an answer.
func (a answer) setCookies(cookies []*http.Cookie) answer {
	for _, ck := range cookies {
		a.header.Add("Set-Cookie", ck.String())
	}
	return a
}

// inKakaoTalk reports whether the browser is KakaoTalk's, where the user is always signed in.
func (c browserCall) inKakaoTalk() bool { return strings.Contains(c.r.UserAgent(), "KAKAOTALK") }
