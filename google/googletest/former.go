package googletest

import (
	"net/http"

	"github.com/norang-login/norang/internal/emulator"
)

// formerEndpoints are addresses that Google's documents no longer name and that widely used clients still call, among
// them golang.org/x/oauth2, goth and Google's own library for Node.js.
func (w *world) formerEndpoints(
	browser func(func(browserCall) emulator.Answer) func(*emulator.Call) emulator.Answer,
	server func(func(*call) emulator.Answer) func(*emulator.Call) emulator.Answer,
) []emulator.Endpoint {
	return []emulator.Endpoint{
		{Name: "auth", Path: "/o/oauth2/auth", Page: true, Answer: browser(browserCall.authorize)},
		{Name: "certs", Path: "/oauth2/v1/certs", Answer: server((*call).certificates)},
		{Name: "userinfo", Path: "/oauth2/v3/userinfo", Answer: server((*call).userinfo)},
		{Name: "userinfo", Path: "/oauth2/v2/userinfo", Answer: server((*call).formerUserinfo)},
		{Name: "userinfo", Path: "/oauth2/v1/userinfo", Answer: server((*call).formerUserinfo)},
	}
}

// formerUserinfo is the user information before OpenID Connect: id and verified_email instead of sub and
// email_verified. The access token may be a parameter.
func (c *call) formerUserinfo() emulator.Answer {
	value := c.Bearer()
	if value == "" {
		value = c.Get("access_token")
	}
	t, refused := c.live(value)
	if refused != nil {
		return *refused
	}
	claims := c.w.account(t.account).claims(set(t.scopes), c.w.picture(t.account))
	for name, former := range map[string]string{"sub": "id", "email_verified": "verified_email"} {
		if value, ok := claims[name]; ok {
			claims[former] = value
			delete(claims, name)
		}
	}
	return jsonAnswer(http.StatusOK, claims)
}

// live returns an access token, or the answer that refuses it.
func (c *call) live(value string) (*token, *emulator.Answer) {
	t, ok := c.w.logins.access.Get(value)
	if !ok || t.dead || !c.w.Time().Before(t.expires) {
		a := oauthError(http.StatusUnauthorized, "invalid_request", "Invalid Credentials", emulator.Text{
			"살아 있는 액세스 토큰이 없습니다", "no live access token",
		})
		a.Header.Set("WWW-Authenticate", `Bearer realm="https://accounts.google.com/", error="invalid_token"`)
		return nil, &a
	}
	c.Entry.Account = t.account
	return t, nil
}

// certificates are both keys as X.509 certificates, by kid.
func (c *call) certificates() emulator.Answer {
	all := map[string]string{}
	for _, k := range c.w.keys() {
		all[k.ID] = k.Certificate("googletest")
	}
	a := jsonAnswer(http.StatusOK, all)
	a.Header.Set("Cache-Control", certsCaching)
	return a
}
