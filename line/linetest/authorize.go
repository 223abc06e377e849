package linetest

import (
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

const sessionCookie = "line_emulator"

var (
	plainState = regexp.MustCompile(`^[A-Za-z0-9]+$`)
	challenge  = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
)

// Reasons for the request log.
var (
	denied   = emulator.Text{"사용자가 거절했습니다", "The resource owner denied the request."}
	oddState = emulator.Text{
		"LINE의 문서에서 state는 영문자와 숫자이지만 다른 것도 받아들입니다",
		"state must be letters and digits, as LINE documents it; others are accepted",
	}
)

var scopes = []string{"openid", "profile", "email"}

// authorize checks the request and shows the pages. A wrong client or callback URL is a page at LINE, not a redirect.
func (s web) authorize(c *emulator.Call) emulator.Answer {
	if page := s.checkClient(c); page != nil {
		return *page
	}
	t := &trip{
		redirect: c.Get("redirect_uri"), state: c.Get("state"), nonce: c.Get("nonce"), challenge: c.Get("code_challenge"),
		scope: strings.Fields(c.Get("scope")), consent: c.Get("prompt") == "consent", maxAge: -1,
		disabled: c.Get("disable_auto_login") == "true" || c.Get("prompt") == "login", bot: c.Get("bot_prompt"),
		post: c.Get("response_mode") == "form_post",
	}
	if code, why := s.refusal(c, t); code != "" {
		return s.refuse(c, t, code, why)
	}
	if seconds, err := strconv.Atoi(c.Get("max_age")); err == nil {
		t.maxAge = time.Duration(seconds) * time.Second
	}
	current, since := s.session(c.R)
	if c.Get("prompt") == "login" || t.maxAge >= 0 && s.core.Time().Sub(since) > t.maxAge {
		current = ""
	}
	switch {
	case c.Get("prompt") == "none" && current == "":
		return s.refuse(c, t, "LOGIN_REQUIRED", emulator.Text{"세션이 없습니다", "no session"})
	case c.Get("prompt") == "none" && s.asks(t, current):
		return s.refuse(c, t, "INTERACTION_REQUIRED", emulator.Text{"동의가 필요합니다", "consent is needed"})
	case c.Get("prompt") == "none":
		return s.proceed(c, t, current, since)
	case s.channel.Auto:
		return s.automatic(c, t)
	case current == "":
		return s.loginPage(c, t)
	}
	return s.proceed(c, t, current, since)
}

// checkClient returns the error page of a client id or callback URL that is not registered.
func (s web) checkClient(c *emulator.Call) *emulator.Answer {
	page := emulator.Answer{}
	switch {
	case c.Get("client_id") != s.channel.ID:
		page = s.errorPage(c, "error.client")
	case !s.registered(c.Get("redirect_uri")):
		page = c.WrongAddress(texts["banner"], texts["error.title"], texts["error.callback"], c.Get("redirect_uri"),
			s.channel.CallbackURLs, "register")
	default:
		return nil
	}
	return &page
}

// scripted is a scripted error in the browser: it goes back to the service, unless the address is not registered.
func (s web) scripted(c *emulator.Call, code string, description emulator.Text) emulator.Answer {
	t, ok := s.tables.pages.Get(c.Get("tx"))
	if !ok {
		if page := s.checkClient(c); page != nil {
			return *page
		}
		t = &trip{
			redirect: c.Get("redirect_uri"), state: c.Get("state"), post: c.Get("response_mode") == "form_post",
		}
	}
	return s.refuse(c, t, code, description)
}

// registered compares a callback URL with the registered ones, to which a request may add a query.
func (s web) registered(given string) bool {
	path, _, _ := strings.Cut(given, "?")
	return given != "" && (slices.Contains(s.channel.CallbackURLs, given) || slices.Contains(s.channel.CallbackURLs, path))
}

// refusal is what is wrong with the parameters of an authorize request.
func (s web) refusal(c *emulator.Call, t *trip) (code string, why emulator.Text) {
	unknown := func(scope string) bool { return !slices.Contains(scopes, scope) }
	email := slices.Contains(t.scope, "email")
	age, err := strconv.Atoi(c.Get("max_age"))
	switch {
	case c.Get("response_type") != "code":
		return "UNSUPPORTED_RESPONSE_TYPE", emulator.WhyType
	case t.state == "":
		return "INVALID_REQUEST", emulator.Text{"state가 없습니다", "'state' is not specified."}
	case s.channel.Strict && !plainState.MatchString(t.state):
		return "INVALID_REQUEST", emulator.Text{"state는 영문자와 숫자여야 합니다", "state must be letters and digits"}
	case len(t.scope) == 0 || slices.ContainsFunc(t.scope, unknown):
		return "INVALID_SCOPE", emulator.Text{
			"scope는 profile, openid, email 가운데서 고릅니다", "scope must be some of profile, openid, email",
		}
	case email && !slices.Contains(t.scope, "openid"):
		return "INVALID_SCOPE", emulator.Text{"email에는 openid가 필요합니다", "email needs openid"}
	case email && s.channel.NoEmail:
		return "INVALID_SCOPE", emulator.Text{
			"이메일 주소 권한을 신청하지 않았습니다", "the permission for e-mail addresses was not applied for",
		}
	case (c.Form.Has("code_challenge") || c.Form.Has("code_challenge_method")) &&
		(c.Get("code_challenge_method") != "S256" || !challenge.MatchString(t.challenge)):
		return "INVALID_REQUEST", emulator.WhyChallenge
	case !slices.Contains([]string{"", "consent", "login", "none"}, c.Get("prompt")):
		return "INVALID_REQUEST", emulator.WhyPrompt
	case c.Form.Has("max_age") && (err != nil || age < 0):
		return "INVALID_REQUEST", emulator.Text{"max_age는 초여야 합니다", "max_age must be seconds"}
	case !slices.Contains([]string{"", "query", "form_post"}, c.Get("response_mode")):
		return "INVALID_REQUEST", emulator.Text{
			"에뮬레이터의 response_mode는 query와 form_post뿐입니다",
			"the emulator has the response modes query and form_post only",
		}
	}
	return "", emulator.Text{}
}

// automatic logs the channel's AutoPersona in without pages.
func (s web) automatic(c *emulator.Call, t *trip) emulator.Answer {
	a := s.account(s.channel.AutoPersona)
	switch {
	case a == nil:
		return s.errorPage(c, "error.persona")
	case !s.mayEnter(a.ID):
		return s.errorPage(c, "error.developing")
	case a.Cancels:
		return s.refuse(c, t, "ACCESS_DENIED", denied)
	}
	t.account, t.authTime = a.ID, s.core.Time()
	if s.asks(t, a.ID) {
		s.agree(t, !a.Declines)
	}
	out := s.issue(c, t)
	s.setSession(out, a.ID)
	return out
}

// asks reports whether the consent screen is shown.
func (s web) asks(t *trip, account string) bool {
	l := s.links[account]
	return l == nil || t.consent || slices.Contains(t.scope, "email") && !l.email
}

// mayEnter reports whether an account may use a channel that is not published.
func (s web) mayEnter(account string) bool {
	return !s.channel.Developing || slices.Contains(s.channel.Members, account)
}

// proceed goes on after the login: consent, if there is none, or the code.
func (s web) proceed(c *emulator.Call, t *trip, account string, since time.Time) emulator.Answer {
	t.account, t.authTime = account, since
	switch {
	case !s.mayEnter(account):
		return s.errorPage(c, "error.developing")
	case s.asks(t, account):
		return s.consentPage(c, t)
	}
	return s.issue(c, t)
}

// agree records the consent.
func (s web) agree(t *trip, email bool) {
	l := s.links[t.account]
	if l == nil {
		l = &link{since: s.core.Time()}
		s.links[t.account] = l
	}
	if slices.Contains(t.scope, "email") {
		l.email = email
	}
}

// issue sends the browser back with a code.
func (s web) issue(c *emulator.Call, t *trip) emulator.Answer {
	c.Entry.Account = t.account
	q := url.Values{"code": {s.tables.codes.Put(t)}, "state": {t.state}}
	if a := s.account(t.account); s.channel.Bot && t.bot != "" {
		q.Set("friendship_status_changed", strconv.FormatBool(a != nil && a.Befriends))
	}
	if s.channel.BrokenAutoLogin && !t.disabled {
		q.Set("code", s.core.Random(12))
		q.Set("state", "autologin"+strings.Map(func(r rune) rune {
			if r == '-' || r == '_' {
				return -1
			}
			return r
		}, s.core.Random(16)))
	}
	out := s.back(c, t, q)
	if out.Why.IsZero() && !plainState.MatchString(t.state) {
		out.Why = oddState
	}
	return out
}

// refuse sends the browser back with an error.
func (s web) refuse(c *emulator.Call, t *trip, code string, description emulator.Text) emulator.Answer {
	q := url.Values{"error": {code}, "error_description": {description[1]}}
	if t.state != "" {
		q.Set("state", t.state)
	}
	out := s.back(c, t, q)
	if out.Why = description; out.Why.IsZero() && !plainState.MatchString(t.state) {
		out.Why = oddState
	}
	return out
}

func (s web) back(c *emulator.Call, t *trip, q url.Values) emulator.Answer {
	to := s.browser(t)
	if t.post {
		return c.FormPost(texts["banner"], to, q)
	}
	return emulator.Redirect(to, q)
}

// browser is the callback URL in the browser that the login ends in.
func (s web) browser(t *trip) string {
	if s.channel.OtherBrowser == "" {
		return t.redirect
	}
	if !t.disabled {
		s.away = !s.away
	}
	u, err := url.Parse(t.redirect)
	if err != nil || !s.away {
		return t.redirect
	}
	if u.Host = s.channel.OtherBrowser; u.Port() == "" {
		if old, err := url.Parse(t.redirect); err == nil && old.Port() != "" {
			u.Host = net.JoinHostPort(s.channel.OtherBrowser, old.Port())
		}
	}
	return u.String()
}

// session returns the account of the browser's session and when it logged in; "" if it has none.
func (s web) session(r *http.Request) (account string, since time.Time) {
	ck, err := r.Cookie(sessionCookie)
	if err != nil {
		return "", since
	}
	found, ok := s.tables.sessions.Get(ck.Value)
	if !ok || s.account(found.account) == nil {
		return "", since
	}
	return found.account, found.since
}

// setSession gives the browser a session.
func (s web) setSession(a emulator.Answer, account string) {
	id := s.tables.sessions.Put(session{account: account, since: s.core.Time()})
	a.SetCookie(sessionCookie, id, sessionLife, strings.HasPrefix(s.URL(), "https://"))
}

// login reads the form of the login page.
func (s web) login(c *emulator.Call) emulator.Answer {
	t, ok := s.tables.pages.Get(c.Get("tx"))
	switch {
	case !ok:
		return s.errorPage(c, "error.lost")
	case c.R.Method != http.MethodPost:
		return s.loginPage(c, t)
	}
	s.tables.pages.Delete(c.Get("tx"))
	if c.Get("action") == "cancel" {
		return s.refuse(c, t, "ACCESS_DENIED", denied)
	}
	a := s.account(c.Get("persona"))
	if a == nil {
		return s.errorPage(c, "error.lost")
	}
	c.Entry.Account = a.ID
	out := s.proceed(c, t, a.ID, s.core.Time())
	s.setSession(out, a.ID)
	return out
}

// consent reads the form of the consent page.
func (s web) consent(c *emulator.Call) emulator.Answer {
	t, ok := s.tables.pages.Get(c.Get("tx"))
	switch {
	case !ok || t.account == "":
		return s.errorPage(c, "error.lost")
	case c.R.Method != http.MethodPost:
		return s.consentPage(c, t)
	}
	s.tables.pages.Delete(c.Get("tx"))
	if c.Get("action") != "agree" {
		return s.refuse(c, t, "ACCESS_DENIED", denied)
	}
	s.agree(t, slices.Contains(c.Form["item"], "email"))
	return s.issue(c, t)
}
