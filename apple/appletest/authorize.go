package appletest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
)

const sessionCookie = "apple_emulator"

// site is what browsers see of the emulator.
type site struct{ *Server }

// authorize checks the request and shows the pages. A fault of it is a page at Apple: nothing goes back to the service.
func (s site) authorize(c *emulator.Call) emulator.Answer {
	if c.R.Method != http.MethodGet {
		return s.errorPage(c, http.StatusMethodNotAllowed, "method")
	}
	t, key := s.readTrip(c)
	if key != "" {
		return s.errorPage(c, http.StatusBadRequest, key)
	}
	if s.w.team.Auto {
		return s.automatic(c, t)
	}
	if cookie, err := c.R.Cookie(sessionCookie); err == nil {
		if account, ok := s.w.sessions.Get(cookie.Value); ok && s.w.account(account) != nil {
			t.account = account
			return s.confirmPage(c, t) // the user confirms always
		}
	}
	return s.loginPage(c, t)
}

// readTrip reads an authorize request, or returns the text of an error page.
func (s site) readTrip(c *emulator.Call) (t *trip, fault string) {
	t = &trip{
		client: c.Get("client_id"), redirect: c.Get("redirect_uri"), state: c.Get("state"), nonce: c.Get("nonce"),
		mode: c.Get("response_mode"), scopes: strings.Fields(c.Get("scope")), plus: plusInScope(c.R.URL.RawQuery),
	}
	client := s.w.team.client(t.client)
	types := strings.Fields(c.Get("response_type"))
	slices.Sort(types)
	switch {
	case client == nil || client.App:
		return nil, "client"
	case !slices.Contains(client.ReturnURLs, t.redirect):
		return nil, "redirect"
	case !slices.Equal(types, []string{"code"}) && !slices.Equal(types, []string{"code", "id_token"}):
		return nil, "type"
	case slices.ContainsFunc(t.scopes, func(s string) bool { return !slices.Contains(knownScopes, s) }):
		return nil, "scope"
	}
	// openid is not documented, but clients of OpenID Connect send it, and it has no effect.
	t.scopes = slices.DeleteFunc(t.scopes, func(s string) bool { return s == "openid" })
	if t.idToken = len(types) == 2; t.mode == "" && t.idToken {
		t.mode = "fragment"
	}
	switch {
	case len(t.scopes) > 0 && t.mode != "form_post",
		!slices.Contains([]string{"", "query", "fragment", "form_post"}, t.mode),
		t.idToken && t.mode == "query":
		return nil, "mode"
	}
	if t.plus && nativeSheet(c.R.UserAgent()) {
		t.scopes = nil
	}
	return t, ""
}

var knownScopes = []string{"openid", "name", "email"}

// nativeSheet reports whether a browser answers the request with the sheet of its system instead of Apple's pages:
// Safari on iPhones, iPads and Macs. The sheet takes scopes separated by "+" for a single unknown one and ignores it.
func nativeSheet(agent string) bool {
	has := func(name string) bool { return strings.Contains(agent, name) }
	return (has("iPhone") || has("iPad") || has("Macintosh")) && has("Version/") && has("Safari/") && !has("Chrom")
}

// plusInScope reports whether the scope has a space as "+". Apple's pages read it, and documents ask for %20.
func plusInScope(query string) bool {
	for part := range strings.SplitSeq(query, "&") {
		if value, ok := strings.CutPrefix(part, "scope="); ok && strings.Contains(value, "+") {
			return true
		}
	}
	return false
}

// automatic logs the team's AutoPersona in without pages.
func (s site) automatic(c *emulator.Call, t *trip) emulator.Answer {
	a := s.w.account(s.w.team.AutoPersona)
	if a == nil {
		return s.errorPage(c, http.StatusBadRequest, "persona")
	}
	t.account = a.ID
	if a.Cancels {
		return s.back(c, t, cancelled(t))
	}
	return s.back(c, t, s.issue(c, t, a.HideEmail))
}

func cancelled(t *trip) url.Values {
	return url.Values{"error": {"user_cancelled_authorize"}, "state": {t.state}}
}

// issue makes the link, if there is none, and returns the fields of the answer.
func (s site) issue(c *emulator.Call, t *trip, hide bool) url.Values {
	fields := url.Values{"state": {t.state}}
	if user := s.join(t, hide); user != "" {
		fields.Set("user", user)
	}
	c.Entry.Account = t.account
	fields.Set("code", "c"+s.w.codes.Put(&code{trip: *t}))
	if t.idToken {
		fields.Set("id_token", s.idToken(c, s.w.account(t.account), idClaims{
			client: t.client, nonce: t.nonce, code: fields.Get("code"),
		}))
	}
	return fields
}

// join makes the link of a user with the team and returns the parameter user, which is sent only then.
func (s site) join(t *trip, hide bool) (user string) {
	a, l := s.w.account(t.account), s.w.links[t.account]
	first := l == nil
	if first {
		l = &link{hidden: hide, noEmail: true, since: s.core.Time()}
		s.w.links[t.account] = l
	}
	if l.noEmail && slices.Contains(t.scopes, "email") {
		l.noEmail, l.hidden = false, hide
	}
	if !slices.Contains(l.clients, t.client) {
		l.clients = append(l.clients, t.client)
	}
	if !first || len(t.scopes) == 0 {
		return ""
	}
	body := map[string]any{}
	if slices.Contains(t.scopes, "name") && a.FirstName+a.LastName != "" {
		body["name"] = map[string]string{"firstName": a.FirstName, "lastName": a.LastName}
	}
	if email, _ := s.w.email(a, l); email != "" {
		body["email"] = email
	}
	b, err := json.Marshal(body)
	if err != nil {
		panic("appletest: " + err.Error()) // texts alone
	}
	return string(b)
}

// back sends the browser to the service: with a form that submits itself, from this site to the service's.
func (s site) back(c *emulator.Call, t *trip, fields url.Values) emulator.Answer {
	out := emulator.Redirect(t.redirect, fields)
	switch t.mode {
	case "form_post":
		out = c.FormPost(banner, t.redirect, fields)
	case "fragment":
		out.Header.Set("Location", t.redirect+"#"+fields.Encode())
	}
	if t.plus && out.Why.IsZero() {
		out.Why = textPlus
	}
	return out
}

// scripted is a scripted error in the browser. The faults of a request are pages, everything else goes to the service.
func (s site) scripted(c *emulator.Call, code string) emulator.Answer {
	t, ok := s.w.pages.Get(c.Get("tx"))
	key := ""
	if !ok {
		t, key = s.readTrip(c)
	}
	switch {
	case key != "":
		return s.errorPage(c, http.StatusBadRequest, key)
	case slices.Contains([]string{"invalid_client", "invalid_request", "invalid_scope"}, code):
		return c.ErrorPage(http.StatusBadRequest, banner, textFailed, emulator.Verbatim(code), emulator.WhyScripted)
	}
	return s.back(c, t, url.Values{"error": {code}, "state": {t.state}})
}

// login reads the form of the login page.
func (s site) login(c *emulator.Call) emulator.Answer {
	t, ok := s.w.pages.Get(c.Get("tx"))
	switch {
	case !ok:
		return s.errorPage(c, http.StatusBadRequest, "lost")
	case c.R.Method != http.MethodPost:
		return s.loginPage(c, t)
	case c.Get("action") == "cancel":
		s.w.pages.Delete(c.Get("tx"))
		return s.back(c, t, cancelled(t))
	}
	a := s.w.account(c.Get("persona"))
	if a == nil {
		return s.errorPage(c, http.StatusBadRequest, "lost")
	}
	c.Entry.Account, t.account = a.ID, a.ID
	s.w.pages.Delete(c.Get("tx"))
	out := s.confirmPage(c, t)
	out.SetCookie(sessionCookie, s.w.sessions.Put(a.ID), sessionLife, strings.HasPrefix(s.URL(), "https://"))
	return out
}

// confirm reads the form of the page on which the user confirms.
func (s site) confirm(c *emulator.Call) emulator.Answer {
	t, ok := s.w.pages.Get(c.Get("tx"))
	switch {
	case !ok || t.account == "":
		return s.errorPage(c, http.StatusBadRequest, "lost")
	case c.R.Method != http.MethodPost:
		return s.confirmPage(c, t)
	}
	s.w.pages.Delete(c.Get("tx"))
	switch c.Get("action") {
	case "continue", "hide":
		return s.back(c, t, s.issue(c, t, c.Get("action") == "hide"))
	case "other":
		t.account = ""
		return s.loginPage(c, t)
	}
	return s.back(c, t, cancelled(t))
}
