package navertest

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
)

const sessionCookie = "nid_emulator"

var (
	mobileAgent = regexp.MustCompile(`(?i)mobile|android|iphone`)
	challenge   = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
)

// cancelled is Naver's description of a login that the user cancelled.
var cancelled = emulator.Text{"사용자가 취소했습니다", "Canceled By User"}

// appBrowser is what the User-Agent of the Naver app contains.
const appBrowser = "NAVER(inapp; search;"

// authorize checks the request and shows the pages. A wrong client or callback URL is a page at Naver, not a redirect.
func (c browserCall) authorize(s set) emulator.Answer {
	if c.R.Method != http.MethodGet && c.R.Method != http.MethodPost {
		return c.errorPage("method")
	}
	if page := c.checkClient(); page != nil {
		return *page
	}
	t := &trip{
		set: s, redirect: c.Get("redirect_uri"), state: c.Get("state"), challenge: c.Get("code_challenge"),
		nonce: c.Get("nonce"), reprompt: c.Get("auth_type") == "reprompt",
	}
	switch {
	case t.state == "" && c.w.app.Strict:
		return c.refuse(t, "invalid_request", emulator.Text{"state가 필요합니다", "state is required"})
	case c.Get("response_type") != "code":
		return c.refuse(t, "unsupported_response_type", emulator.WhyType)
	case s == oidcSet && !slices.Contains(strings.Fields(c.Get("scope")), "openid"):
		return c.refuse(t, "invalid_scope", emulator.Text{"scope에 openid가 있어야 합니다", "scope must contain openid"})
	case s == oidcSet && (c.Form.Has("code_challenge") || c.Form.Has("code_challenge_method")) &&
		(c.Get("code_challenge_method") != "S256" || !challenge.MatchString(t.challenge)):
		return c.refuse(t, "invalid_request", emulator.WhyChallenge)
	case s == oauthSet:
		t.challenge = "" // unknown parameters are ignored: this set has no PKCE
	}
	current := c.session()
	switch c.Get("auth_type") {
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
func (c browserCall) checkClient() *emulator.Answer {
	app := c.w.app
	allowed := app.CallbackURLs
	if mobileAgent.MatchString(c.R.UserAgent()) && app.MobileCallbackURLs != nil {
		allowed = app.MobileCallbackURLs
	}
	page := emulator.Answer{}
	switch {
	case c.Get("client_id") != app.ClientID:
		page = c.errorPage("client")
	case !slices.Contains(allowed, c.Get("redirect_uri")):
		page = c.errorPage("callback")
	default:
		return nil
	}
	return &page
}

// autoLogin is auth_type=autologin: it shows no page, and works only in the Naver app.
func (c browserCall) autoLogin(t *trip, account string) emulator.Answer {
	switch {
	case !strings.Contains(c.R.UserAgent(), appBrowser):
		return c.refuse(t, "access_denied", emulator.Text{"네이버 앱의 브라우저가 아닙니다", "unsupported browser environment."})
	case account == "":
		return c.refuse(t, "access_denied", emulator.Text{"로그인하지 않았습니다", "user not logged in."})
	case c.w.links[account] == nil:
		return c.refuse(t, "access_denied", emulator.Text{"동의가 필요합니다", "need user consent."})
	}
	t.account = account
	return c.issue(t)
}

// automatic logs the application's AutoPersona in without pages.
func (c browserCall) automatic(t *trip) emulator.Answer {
	a := c.w.account(c.w.app.AutoPersona)
	if a == nil {
		return c.errorPage("persona")
	}
	if !c.mayEnter(a.ID) {
		return c.errorPage("development")
	}
	t.account = a.ID
	if a.Cancels {
		return c.refuse(t, "access_denied", cancelled)
	}
	c.agree(t, func(item string) bool { return !slices.Contains(a.Declines, item) })
	return c.issue(t)
}

// proceed goes on after the login: consent, if there is none, or the code.
func (c browserCall) proceed(t *trip) emulator.Answer {
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
		l = &link{account: t.account, since: c.w.Time()}
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
func (c browserCall) issue(t *trip) emulator.Answer {
	value := c.w.Random(16)
	c.w.logins.codes.Put(value, &code{trip: *t, expires: c.w.Time().Add(codeLife)})
	c.Entry.Account = t.account
	q := url.Values{"code": {value}}
	if t.state == "" {
		a := emulator.Redirect(t.redirect, q)
		a.Why = emulator.Text{
			"네이버의 문서에서 state는 필수이지만 없어도 받아들입니다",
			"state is required by Naver's documents; its absence is accepted",
		}
		return a
	}
	q.Set("state", t.state)
	return emulator.Redirect(t.redirect, q)
}

// refuse sends the browser back with an error.
func (c browserCall) refuse(t *trip, code string, description emulator.Text) emulator.Answer {
	a := emulator.Redirect(t.redirect, url.Values{
		"error": {code}, "error_description": {description[1]}, "state": {t.state},
	})
	a.Why = description
	return a
}

// scripted is a scripted error in the browser: it goes back to the service, unless the address is not registered.
func (c browserCall) scripted(code string, description emulator.Text) emulator.Answer {
	t, ok := c.w.logins.pages.Get(c.Get("tx"))
	if !ok {
		if page := c.checkClient(); page != nil {
			return *page
		}
		t = &trip{redirect: c.Get("redirect_uri"), state: c.Get("state")}
	}
	return c.refuse(t, code, description)
}

// session returns the account of the browser's session, "" if it has none.
func (c browserCall) session() string {
	ck, err := c.R.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	account, ok := c.w.logins.sessions.Get(ck.Value)
	if !ok || c.w.account(account) == nil {
		return ""
	}
	return account
}

// login reads the form of the login page.
func (c browserCall) login() emulator.Answer {
	t, ok := c.w.logins.pages.Get(c.Get("tx"))
	switch {
	case !ok:
		return c.errorPage("lost")
	case c.R.Method != http.MethodPost:
		return c.loginPage(t)
	case c.Get("action") == "cancel":
		c.w.logins.pages.Delete(c.Get("tx"))
		return c.refuse(t, "access_denied", cancelled)
	}
	a := c.w.account(c.Get("persona"))
	if a == nil {
		return c.errorPage("lost")
	}
	c.Entry.Account, t.account = a.ID, a.ID
	c.w.logins.pages.Delete(c.Get("tx"))
	out := c.proceed(t)
	out.SetCookie(sessionCookie, c.w.logins.sessions.Put(a.ID), sessionLife, strings.HasPrefix(c.Server.URL(), "https://"))
	return out
}

// consent reads the form of the consent page.
func (c browserCall) consent() emulator.Answer {
	t, ok := c.w.logins.pages.Get(c.Get("tx"))
	if !ok || t.account == "" {
		return c.errorPage("lost")
	}
	if c.R.Method != http.MethodPost {
		return c.consentPage(t)
	}
	c.w.logins.pages.Delete(c.Get("tx"))
	if c.Get("action") != "agree" {
		return c.refuse(t, "access_denied", cancelled)
	}
	c.agree(t, func(item string) bool { return slices.Contains(c.Form["item"], item) })
	return c.issue(t)
}
