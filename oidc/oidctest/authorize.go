package oidctest

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

const sessionCookie = "oidc_emulator"

var challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

var (
	knownScopes  = []string{"openid", "profile", "email", "offline_access"}
	knownPrompts = []string{"none", "login", "consent", "select_account"}
)

// cancelled is the description of a sign-in that the user cancelled.
var cancelled = emulator.Text{"사용자가 취소했습니다", "the user cancelled"}

// browserCall is a call of a browser, which is answered with a page or a redirect.
type browserCall struct {
	*emulator.Call
	w *world
}

// authorize checks the request and shows the pages. A wrong client or redirect URI is a page, not a redirect.
func (c browserCall) authorize() emulator.Answer {
	app := c.w.app
	if page := c.checkClient(); page != nil {
		return *page
	}
	t := &trip{
		redirect: c.Get("redirect_uri"), state: c.Get("state"), nonce: c.Get("nonce"), challenge: c.Get("code_challenge"),
		scopes: strings.Fields(c.Get("scope")), prompts: strings.Fields(c.Get("prompt")),
		formPost: c.Get("response_mode") == "form_post", wantsAuthTime: c.Form.Has("max_age"),
	}
	unknown := func(known []string) func(string) bool {
		return func(s string) bool { return !slices.Contains(known, s) }
	}
	switch mode := c.Get("response_mode"); {
	case c.Get("response_type") != "code":
		return c.refuse(t, "unsupported_response_type", emulator.WhyType)
	case mode != "" && mode != "query" && mode != "form_post":
		return c.refuse(t, "invalid_request", emulator.Text{"모르는 response_mode입니다", "unknown response_mode"})
	case !slices.Contains(t.scopes, "openid") || slices.ContainsFunc(t.scopes, unknown(knownScopes)):
		return c.refuse(t, "invalid_scope", emulator.Text{
			"scope에는 openid와 아는 scope만 있어야 합니다", "scope must contain openid and known scopes only",
		})
	case app.RequirePKCE && t.challenge == "":
		return c.refuse(t, "invalid_request", emulator.Text{"code_challenge가 필요합니다", "code_challenge is required"})
	case (c.Form.Has("code_challenge") || c.Form.Has("code_challenge_method")) &&
		(!challengeForm.MatchString(t.challenge) || c.Get("code_challenge_method") != "S256"):
		return c.refuse(t, "invalid_request", emulator.WhyChallenge)
	case slices.ContainsFunc(t.prompts, unknown(knownPrompts)), slices.Contains(t.prompts, "none") && len(t.prompts) > 1:
		return c.refuse(t, "invalid_request", emulator.WhyPrompt)
	}
	return c.enter(t)
}

// checkClient returns the error page of a method, client or redirect URI that is wrong.
func (c browserCall) checkClient() *emulator.Answer {
	app, page := c.w.app, emulator.Answer{}
	switch {
	case c.R.Method != http.MethodGet && c.R.Method != http.MethodPost:
		page = c.errorPage(errorMethod)
	case c.Get("client_id") != app.ClientID:
		page = c.errorPage(errorClient)
	case !slices.Contains(app.RedirectURIs, c.Get("redirect_uri")):
		page = c.WrongAddress(textBanner, textError, errorRedirect, c.Get("redirect_uri"), app.RedirectURIs,
			"register")
	default:
		return nil
	}
	return &page
}

// scripted is a scripted error in the browser: it goes back to the service, unless the address is not registered. One
// of the sign-out stays on a page.
func (c browserCall) scripted(code string, description emulator.Text) emulator.Answer {
	if c.Entry.Endpoint == "logout" {
		return c.ErrorPage(http.StatusBadRequest, textBanner, textError, emulator.Verbatim(code), description)
	}
	t, ok := c.w.pages.Get(c.Get("tx"))
	if !ok || t.signOut {
		if page := c.checkClient(); page != nil {
			return *page
		}
		t = &trip{
			redirect: c.Get("redirect_uri"), state: c.Get("state"), formPost: c.Get("response_mode") == "form_post",
		}
	}
	return c.refuse(t, code, description)
}

// enter decides between the session, a page and an error.
func (c browserCall) enter(t *trip) emulator.Answer {
	silent := slices.Contains(t.prompts, "none")
	if c.w.app.Auto {
		return c.automatic(t)
	}
	s := c.session()
	if s != nil && !c.w.app.IgnoresPrompt && (slices.Contains(t.prompts, "login") || c.tooOld(s)) {
		s = nil
	}
	switch {
	case s == nil && silent:
		return c.refuse(t, "login_required", emulator.Text{})
	case s == nil, slices.Contains(t.prompts, "select_account"):
		return c.chooser(t)
	}
	t.account, t.sid, t.authTime = s.account, s.sid, s.since
	return c.proceed(t, silent)
}

// tooOld reports whether max_age wants a new sign-in.
func (c browserCall) tooOld(s *session) bool {
	seconds, err := strconv.Atoi(c.Get("max_age"))
	return err == nil && c.Server.Time().Sub(s.since) > time.Duration(seconds)*time.Second
}

// automatic signs the client's AutoPersona in without pages.
func (c browserCall) automatic(t *trip) emulator.Answer {
	a := c.w.account(c.w.app.AutoPersona)
	switch {
	case a == nil:
		return c.errorPage(errorPersona)
	case a.Cancels:
		return c.refuse(t, "access_denied", cancelled)
	}
	t.account, t.sid, t.authTime = a.ID, c.Server.Random(12), c.Server.Time()
	if !a.Refused {
		c.agree(t)
	}
	return c.proceed(t, slices.Contains(t.prompts, "none"))
}

// proceed goes on with a signed-in account: consent, if there is none, or the code.
func (c browserCall) proceed(t *trip, silent bool) emulator.Answer {
	a := c.w.account(t.account)
	switch {
	case a == nil:
		return c.errorPage(errorLost)
	case a.Refused:
		return c.refuse(t, "access_denied", emulator.Text{
			"사용자가 클라이언트에 배정되지 않았습니다", "the user is not assigned to the client",
		})
	case !c.needsConsent(t):
		return c.issue(t)
	case silent:
		return c.refuse(t, "consent_required", emulator.Text{})
	}
	return c.consentPage(t)
}

func (c browserCall) needsConsent(t *trip) bool {
	given, asked := c.w.consents[t.account]
	return !asked || slices.Contains(t.prompts, "consent") && !c.w.app.Auto ||
		slices.ContainsFunc(t.scopes, func(s string) bool { return !slices.Contains(given, s) })
}

func (c browserCall) agree(t *trip) {
	given := c.w.consents[t.account]
	for _, s := range t.scopes {
		if !slices.Contains(given, s) {
			given = append(given, s)
		}
	}
	c.w.consents[t.account] = given
}

// issue sends the browser back with a code.
func (c browserCall) issue(t *trip) emulator.Answer {
	c.Entry.Account = t.account
	return c.back(t, values("code", c.w.codes.Put(&code{trip: *t})))
}

// refuse sends the browser back with an error.
func (c browserCall) refuse(t *trip, code string, description emulator.Text) emulator.Answer {
	a := c.back(t, values("error", code, "error_description", description[1]))
	a.Why = description
	return a
}

func (c browserCall) back(t *trip, q url.Values) emulator.Answer {
	if t.state != "" {
		q.Set("state", t.state)
	}
	if t.sid != "" {
		q.Set("session_state", t.sid+".x") // session management, which clients ignore
	}
	if c.w.app.ResponseIssuer {
		q.Set("iss", c.w.issuer(c.w.account(t.account)))
	}
	if t.formPost {
		return c.FormPost(textBanner, t.redirect, q)
	}
	return emulator.Redirect(t.redirect, q)
}

// session returns the browser's session, nil if it has none.
func (c browserCall) session() *session {
	ck, err := c.R.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	s, ok := c.w.sessions.Get(ck.Value)
	if !ok || c.w.account(s.account) == nil {
		return nil
	}
	return s
}

// login reads the form of the account chooser.
func (c browserCall) login() emulator.Answer {
	t, ok := c.w.pages.Get(c.Get("tx"))
	switch {
	case !ok || t.signOut:
		return c.errorPage(errorLost)
	case c.R.Method != http.MethodPost:
		return c.chooser(t)
	case c.Get("action") == "cancel":
		c.w.pages.Delete(c.Get("tx"))
		return c.refuse(t, "access_denied", cancelled)
	}
	a := c.w.account(c.Get("persona"))
	if a == nil {
		return c.errorPage(errorLost)
	}
	c.w.pages.Delete(c.Get("tx"))
	c.Entry.Account = a.ID
	s := &session{account: a.ID, sid: c.Server.Random(12), since: c.Server.Time()}
	if old := c.session(); old != nil && old.account == a.ID {
		s.sid = old.sid // the same session, authenticated again
	}
	t.account, t.sid, t.authTime = a.ID, s.sid, s.since
	out := c.proceed(t, false)
	out.SetCookie(sessionCookie, c.w.sessions.Put(s), sessionLife, strings.HasPrefix(c.Server.URL(), "https://"))
	return out
}

// consent reads the form of the consent page.
func (c browserCall) consent() emulator.Answer {
	t, ok := c.w.pages.Get(c.Get("tx"))
	if !ok || t.account == "" || t.signOut {
		return c.errorPage(errorLost)
	}
	if c.R.Method != http.MethodPost {
		return c.consentPage(t)
	}
	c.w.pages.Delete(c.Get("tx"))
	if c.Get("action") != "agree" {
		return c.refuse(t, "access_denied", emulator.Text{
			"사용자가 동의하지 않았습니다", "the user refused the consent",
		})
	}
	c.agree(t)
	return c.issue(t)
}
