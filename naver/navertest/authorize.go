package navertest

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

const sessionCookie = "nid_emulator"

var (
	mobileAgent = regexp.MustCompile(`(?i)mobile|android|iphone`)
	challenge   = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
)

// appBrowser is what the User-Agent of the Naver app contains.
const appBrowser = "NAVER(inapp; search;"

// authorize checks the request and shows the pages. A wrong client or callback URL is a page at Naver, not a redirect.
func (c browserCall) authorize(s set) answer {
	if c.r.Method != http.MethodGet && c.r.Method != http.MethodPost {
		return c.errorPage("method")
	}
	if page := c.checkClient(); page != nil {
		return *page
	}
	t := &trip{
		set: s, redirect: c.get("redirect_uri"), state: c.get("state"), challenge: c.get("code_challenge"),
		reprompt: c.get("auth_type") == "reprompt", expires: c.w.now().Add(pageLife),
	}
	switch {
	case t.state == "":
		return c.refuse(t, "invalid_request", "state is required")
	case c.get("response_type") != "code":
		return c.refuse(t, "unsupported_response_type", "response_type must be code")
	case s == oidcSet && !slices.Contains(strings.Fields(c.get("scope")), "openid"):
		return c.refuse(t, "invalid_scope", "scope must contain openid")
	case s == oidcSet && (c.form.Has("code_challenge") || c.form.Has("code_challenge_method")) &&
		(c.get("code_challenge_method") != "S256" || !challenge.MatchString(t.challenge)):
		return c.refuse(t, "invalid_request", "code_challenge must be S256")
	case s == oauthSet:
		t.challenge = "" // unknown parameters are ignored: this set has no PKCE
	}
	current := c.session()
	switch c.get("auth_type") {
	case "autologin":
		return c.autoLogin(t, current)
	case "reauthenticate":
		current = ""
	}
	if c.w.app.Auto {
		return c.automatic(t)
	}
	if current == "" {
		return c.loginPage(t)
	}
	t.account = current
	return c.proceed(t)
}

// checkClient returns the error page of a client id or callback URL that is not registered.
func (c browserCall) checkClient() *answer {
	app := c.w.app
	allowed := app.CallbackURLs
	if mobileAgent.MatchString(c.r.UserAgent()) && app.MobileCallbackURLs != nil {
		allowed = app.MobileCallbackURLs
	}
	page := answer{}
	switch {
	case c.get("client_id") != app.ClientID:
		page = c.errorPage("client")
	case !slices.Contains(allowed, c.get("redirect_uri")):
		page = c.errorPage("callback")
	default:
		return nil
	}
	return &page
}

// autoLogin is auth_type=autologin: it shows no page, and works only in the Naver app.
func (c browserCall) autoLogin(t *trip, account string) answer {
	switch {
	case !strings.Contains(c.r.UserAgent(), appBrowser):
		return c.refuse(t, "access_denied", "unsupported browser environment.")
	case account == "":
		return c.refuse(t, "access_denied", "user not logged in.")
	case c.w.links[account] == nil:
		return c.refuse(t, "access_denied", "need user consent.")
	}
	t.account = account
	return c.issue(t)
}

// automatic logs the application's AutoPersona in without pages.
func (c browserCall) automatic(t *trip) answer {
	a := c.w.account(c.w.app.AutoPersona)
	if a == nil {
		return c.errorPage("persona")
	}
	if !c.mayEnter(a.ID) {
		return c.errorPage("development")
	}
	t.account = a.ID
	if a.Cancels {
		return c.refuse(t, "access_denied", "Canceled By User")
	}
	c.agree(t, func(item string) bool { return !slices.Contains(a.Declines, item) })
	return c.issue(t)
}

// proceed goes on after the login: consent, if there is none, or the code.
func (c browserCall) proceed(t *trip) answer {
	if !c.mayEnter(t.account) {
		return c.errorPage("development")
	}
	if c.w.links[t.account] == nil || t.reprompt {
		return c.consentPage(t)
	}
	return c.issue(t)
}

// mayEnter reports whether an account may use the application before its review.
func (c browserCall) mayEnter(account string) bool {
	return !c.w.app.InDevelopment || slices.Contains(c.w.app.Members, account)
}

// agree records the consent: required items, and the optional ones that the user ticked.
func (c browserCall) agree(t *trip, ticked func(string) bool) {
	l := c.w.links[t.account]
	if l == nil {
		l = &link{account: t.account, since: c.w.now()}
		c.w.links[t.account] = l
	}
	l.agreed = map[string]bool{}
	for _, it := range c.w.app.Items {
		if it.Required || ticked(it.ID) {
			l.agreed[it.ID] = true
		}
	}
}

// issue sends the browser back with a code.
func (c browserCall) issue(t *trip) answer {
	value := c.w.random(16)
	c.w.logins.codes.Put(value, &code{trip: *t, expires: c.w.now().Add(codeLife)})
	c.entry.Account = t.account
	return c.back(t, url.Values{"code": {value}, "state": {t.state}})
}

// refuse sends the browser back with an error.
func (c browserCall) refuse(t *trip, code, description string) answer {
	a := c.back(t, url.Values{"error": {code}, "error_description": {description}, "state": {t.state}})
	a.code, a.why = code, description
	return a
}

func (c browserCall) back(t *trip, q url.Values) answer {
	u, err := url.Parse(t.redirect)
	if err != nil {
		return c.errorPage("callback")
	}
	all := u.Query()
	for name, values := range q {
		all[name] = values
	}
	u.RawQuery = all.Encode()
	return answer{status: http.StatusFound, header: http.Header{
		"Location": {u.String()}, "Cache-Control": {"no-store"}, "Referrer-Policy": {"no-referrer"},
	}}
}

// session returns the account of the browser's session, "" if it has none.
func (c browserCall) session() string {
	ck, err := c.r.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	s, ok := c.w.logins.sessions.Get(ck.Value)
	if !ok || !c.w.now().Before(s.expires) || c.w.account(s.account) == nil {
		return ""
	}
	return s.account
}

// signIn gives the browser a session.
func (c browserCall) signIn(account string) *http.Cookie {
	id := c.w.random(24)
	c.w.logins.sessions.Put(id, session{account: account, expires: c.w.now().Add(sessionLife)})
	return &http.Cookie{
		Name: sessionCookie, Value: id, Path: "/", MaxAge: int(sessionLife / time.Second), HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(c.w.cfg.BrowserURL, "https://"),
	}
}

// trip returns the authorize request that a page belongs to.
func (c browserCall) trip() (*trip, bool) {
	t, ok := c.w.logins.pages.Get(c.get("tx"))
	if !ok || !c.w.now().Before(t.expires) {
		return nil, false
	}
	return t, true
}

// login reads the form of the login page.
func (c browserCall) login() answer {
	t, ok := c.trip()
	switch {
	case !ok:
		return c.errorPage("lost")
	case c.r.Method != http.MethodPost:
		return c.loginPage(t)
	case c.get("action") == "cancel":
		c.w.logins.pages.Delete(c.get("tx"))
		return c.refuse(t, "access_denied", "Canceled By User")
	}
	a := c.w.account(c.get("persona"))
	if a == nil {
		return c.errorPage("lost")
	}
	c.entry.Account, t.account = a.ID, a.ID
	c.w.logins.pages.Delete(c.get("tx"))
	out := c.proceed(t)
	out.header.Add("Set-Cookie", c.signIn(a.ID).String())
	return out
}

// consent reads the form of the consent page.
func (c browserCall) consent() answer {
	t, ok := c.trip()
	if !ok || t.account == "" {
		return c.errorPage("lost")
	}
	if c.r.Method != http.MethodPost {
		return c.consentPage(t)
	}
	c.w.logins.pages.Delete(c.get("tx"))
	if c.get("action") != "agree" {
		return c.refuse(t, "access_denied", "Canceled By User")
	}
	c.agree(t, func(item string) bool { return slices.Contains(c.form["item"], item) })
	return c.issue(t)
}
