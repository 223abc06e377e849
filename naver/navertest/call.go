package navertest

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
)

// endpoints is the registry, from which the router, the scenarios and docs/naver.md are made.
func (w *world) endpoints() []emulator.Endpoint {
	page := func(answer func(browserCall) emulator.Answer) func(*emulator.Call) emulator.Answer {
		return func(c *emulator.Call) emulator.Answer { return answer(browserCall{&call{c, w}}) }
	}
	api := func(answer func(*call) emulator.Answer) func(*emulator.Call) emulator.Answer {
		return func(c *emulator.Call) emulator.Answer { return answer(&call{c, w}) }
	}
	authorize := func(s set) func(*emulator.Call) emulator.Answer {
		return page(func(c browserCall) emulator.Answer { return c.authorize(s) })
	}
	token := func(s set) func(*emulator.Call) emulator.Answer {
		return api(func(c *call) emulator.Answer { return c.token(s) })
	}
	return []emulator.Endpoint{
		{Name: "oauth2.0/authorize", Path: "/oauth2.0/authorize", Page: true, Answer: authorize(oauthSet)},
		{Name: "oauth2.0/token", Path: "/oauth2.0/token", Answer: token(oauthSet)},
		{Name: "oauth2.0/revoke", Path: "/oauth2.0/revoke", Answer: api((*call).revoke)},
		{Name: "oauth2/authorize", Path: "/oauth2/authorize", Page: true, Answer: authorize(oidcSet)},
		{Name: "oauth2/token", Path: "/oauth2/token", Answer: token(oidcSet)},
		{Name: "oauth2/jwks", Path: "/oauth2/jwks", Answer: api((*call).jwks)},
		{Name: "openid-configuration", Path: "/.well-known/openid-configuration", Answer: api((*call).discovery)},
		{Name: "nid/me", Path: "/v1/nid/me", Answer: api((*call).me)},
		{Name: "nid/verify", Path: "/v1/nid/verify", Answer: api((*call).verify)},
		{Name: "login", Path: "/login", Page: true, Answer: page(browserCall.login)},
		{Name: "consent", Path: "/consent", Page: true, Answer: page(browserCall.consent)},
	}
}

// Endpoints lists the names for [Scenario.Endpoint] and [Request.Endpoint].
func Endpoints() []string {
	var names []string
	for _, e := range new(world).endpoints() {
		names = append(names, e.Name)
	}
	return names
}

// call is one request. Handlers run with the lock held.
type call struct {
	*emulator.Call
	w *world
}

// browserCall is a call of a browser, which is answered with a page or a redirect.
type browserCall struct{ *call }

// jsonAnswer is an answer without a word about caching, as Naver's.
func jsonAnswer(status int, v any) emulator.Answer {
	a := emulator.JSON(status, v)
	a.Header.Del("Cache-Control")
	return a
}

// apiError is an error of the API server in the configured form.
func (w *world) apiError(status int, code, message string) emulator.Answer {
	members := map[string]string{"resultcode": code, "message": message}
	if w.app.CommonErrors {
		members = map[string]string{"errorCode": code, "errorMessage": message}
	}
	a := jsonAnswer(status, members)
	a.Code, a.Why = code, emulator.Verbatim(message)
	return a
}

// oauthError is an error of the authorization server. why is for the log alone.
func oauthError(status int, code, description string, why emulator.Text) emulator.Answer {
	a := emulator.OAuthError(status, code, description, why)
	a.Header.Del("Cache-Control")
	return a
}

// tokenError is an error of the token endpoint.
func (c *call) tokenError(status int, code, description string, why emulator.Text) emulator.Answer {
	if c.w.app.ErrorsAsOK {
		status = http.StatusOK
	}
	return oauthError(status, code, description, why)
}

// statuses are those of the codes that Naver documents.
var statuses = map[string]int{
	"024": 401, "028": 401, "403": 403, "404": 404, "429": 429, "500": 500, "invalid_client": 401,
	"unauthorized_client": 401, "temporarily_unavailable": 503,
}

// fault is the answer to a scripted code, to a malformed body and to an unknown path.
func (w *world) fault(c *emulator.Call, status int, code string, message emulator.Text) emulator.Answer {
	if c.Scripted(code) {
		return browserCall{&call{c, w}}.scripted(code, message)
	}
	scripted := c.Scenario != nil && c.Scenario.Code == code
	switch {
	case !scripted && status == http.StatusNotFound:
		code, message = "404", emulator.Text{"없는 주소입니다", "Not Found"}
	case !scripted:
		code = strconv.Itoa(status)
	}
	status = cmp.Or(status, statuses[code], http.StatusBadRequest)
	if strings.Trim(code, "0123456789") != "" {
		return oauthError(status, code, message[1], emulator.Text{})
	}
	a := w.apiError(status, code, message[1])
	a.Why = message
	return a
}
