package googletest

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/norang-login/norang/internal/emulator"
)

// endpoints is the registry, from which the router, the scenarios and docs/google.md are made.
func (w *world) endpoints() []emulator.Endpoint {
	browser := func(answer func(browserCall) emulator.Answer) func(*emulator.Call) emulator.Answer {
		return func(c *emulator.Call) emulator.Answer { return answer(browserCall{&call{c, w}}) }
	}
	server := func(answer func(*call) emulator.Answer) func(*emulator.Call) emulator.Answer {
		return func(c *emulator.Call) emulator.Answer { return answer(&call{c, w}) }
	}
	return append(w.formerEndpoints(browser, server), []emulator.Endpoint{
		{Name: "auth", Path: "/o/oauth2/v2/auth", Page: true, Answer: browser(browserCall.authorize)},
		{Name: "token", Path: "/token", Answer: server((*call).token)},
		{Name: "revoke", Path: "/revoke", Answer: server((*call).revoke)},
		{Name: "userinfo", Path: "/v1/userinfo", Answer: server((*call).userinfo)},
		{Name: "certs", Path: "/oauth2/v3/certs", Answer: server((*call).certs)},
		{Name: "openid-configuration", Path: "/.well-known/openid-configuration", Answer: server((*call).discovery)},
		{Name: "risc-configuration", Path: "/.well-known/risc-configuration", Answer: server((*call).riscConfiguration)},
		{Name: "login", Path: "/login", Page: true, Answer: browser(browserCall.login)},
		{Name: "consent", Path: "/consent", Page: true, Answer: browser(browserCall.consent)},
	}...)
}

// Endpoints lists the names for [Scenario.Endpoint] and [Request.Endpoint].
func Endpoints() []string {
	var names []string
	for _, e := range new(world).endpoints() {
		if !slices.Contains(names, e.Name) {
			names = append(names, e.Name)
		}
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

// jsonAnswer leaves caching to the caller.
func jsonAnswer(status int, v any) emulator.Answer {
	a := emulator.JSON(status, v)
	a.Header.Del("Cache-Control")
	return a
}

// oauthError is an error of an endpoint. why is for the log alone.
func oauthError(status int, code, description string, why emulator.Text) emulator.Answer {
	a := emulator.OAuthError(status, code, description, why)
	a.Header.Del("Cache-Control")
	return a
}

// statuses are those of the codes that can be scripted.
var statuses = map[string]int{
	"invalid_client": 401, "deleted_client": 401, "unauthorized_client": 401, "rate_limit_exceeded": 403,
	"internal_failure": 500, "server_error": 500, "temporarily_unavailable": 503,
}

// pages are the errors that end on a page at Google. Any other one that is scripted goes back to the service.
var pages = []string{
	"redirect_uri_mismatch", "invalid_client", "deleted_client", "disallowed_useragent", "org_internal",
	"admin_policy_enforced", "origin_mismatch", "unsupported_response_type", "invalid_scope", "invalid_request",
}

// fault is the answer to a scripted code, to a malformed body and to an unknown path.
func (w *world) fault(c *emulator.Call, status int, code string, message emulator.Text) emulator.Answer {
	if c.Scripted(code) {
		return browserCall{&call{c, w}}.scripted(code)
	}
	if c.Scenario != nil && c.Scenario.Code == code {
		return oauthError(cmp.Or(status, statuses[code], http.StatusBadRequest), code, message[1], emulator.Text{})
	}
	if status == http.StatusNotFound {
		return oauthError(status, code, "Not Found", emulator.Text{"Google에 없는 경로입니다", "Google has nothing at this path"})
	}
	return oauthError(status, code, "Bad Request", message)
}
