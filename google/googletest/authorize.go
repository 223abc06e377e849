package googletest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

const sessionCookie = "google_emulator"

// webView are the User-Agents of browsers inside apps, which Google refuses.
var webView = regexp.MustCompile(
	`KAKAOTALK|NAVER\(|DaumApps|DaumDevice|Instagram|FBAN/|FBAV/|FB_IAB| Line/|BAND/|; wv\)`)

var challengeForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// knownScopes can be asked for. All others are unknown to the emulator.
var knownScopes = []string{"openid", "email", "profile"}

// longScopes are the other spellings of scopes, as in the token endpoint's answer.
var longScopes = map[string]string{
	"email":   "https://www.googleapis.com/auth/userinfo.email",
	"profile": "https://www.googleapis.com/auth/userinfo.profile",
}

// authorize checks the request and shows the pages. Everything that is wrong with the request is a page at Google, not
// a redirect.
func (c browserCall) authorize() emulator.Answer {
	if c.R.Method != http.MethodGet && c.R.Method != http.MethodPost {
		return c.errorPage("method")
	}
	if key := c.refused(); key != "" {
		return c.errorPage(key)
	}
	t := c.newTrip()
	switch {
	case slices.Contains(t.prompts, "none"):
		return c.silent(t)
	case c.w.app.Auto:
		return c.automatic(t)
	}
	current := c.session()
	if slices.Contains(t.prompts, "select_account") || current == nil {
		return c.chooser(t)
	}
	// prompt=login is accepted and ignored: the session answers.
	if name := c.single(t, current); name != "" {
		return c.enter(t, name, current.since[name])
	}
	return c.chooser(t)
}

// refused is the text key of the page that answers an invalid request; "" for a valid one.
func (c browserCall) refused() string {
	app, scopes := c.w.app, strings.Fields(c.Get("scope"))
	method, challenge := c.Get("code_challenge_method"), c.Get("code_challenge")
	prompts := strings.Fields(c.Get("prompt"))
	odd := func(known ...string) func(string) bool {
		return func(s string) bool { return !slices.Contains(known, s) }
	}
	switch {
	case !app.WebViews && webView.MatchString(c.R.UserAgent()):
		return "disallowed_useragent"
	case c.Get("client_id") != app.ClientID:
		return "invalid_client"
	case app.Deleted:
		return "deleted_client"
	case !slices.Contains(app.RedirectURIs, c.Get("redirect_uri")):
		return "redirect_uri_mismatch"
	case c.Get("response_type") != "code":
		return "unsupported_response_type"
	case len(scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool {
		return odd(knownScopes...)(s) && s != longScopes["email"] && s != longScopes["profile"]
	}):
		return "invalid_scope"
	case slices.ContainsFunc(prompts, odd("none", "consent", "select_account", "login")),
		slices.Contains(prompts, "none") && len(prompts) > 1,
		c.Get("access_type") != "" && odd("online", "offline")(c.Get("access_type")),
		(challenge != "" || method != "") && (!challengeForm.MatchString(challenge) || odd("", "plain", "S256")(method)):
		return "invalid_request"
	}
	return ""
}

func (c browserCall) newTrip() *trip {
	t := &trip{
		redirect: c.Get("redirect_uri"), state: c.Get("state"), nonce: c.Get("nonce"),
		challenge: c.Get("code_challenge"), method: c.Get("code_challenge_method"),
		prompts: strings.Fields(c.Get("prompt")), hint: c.Get("login_hint"), hd: c.Get("hd"),
		offline: c.Get("access_type") == "offline", expires: c.w.Time().Add(pageLife),
	}
	for _, s := range strings.Fields(c.Get("scope")) {
		for short, long := range longScopes {
			if s == long {
				s = short
			}
		}
		t.scopes = append(t.scopes, s)
	}
	var claims struct {
		IDToken map[string]json.RawMessage `json:"id_token"`
	}
	if json.Unmarshal([]byte(c.Get("claims")), &claims) == nil {
		_, t.wantsAuthTime = claims.IDToken["auth_time"]
		_, t.wantsMethods = claims.IDToken["amr"]
	}
	return t
}

// single is the account that needs no choice: that of the hint, or the only one that is signed in.
func (c browserCall) single(t *trip, s *session) string {
	for _, name := range s.accounts {
		if a := c.w.account(name); a != nil && t.hint != "" && (t.hint == a.Email || t.hint == a.Subject) {
			return name
		}
	}
	if t.hint == "" && len(s.accounts) == 1 {
		return s.accounts[0]
	}
	return ""
}

// silent answers prompt=none without a page. The codes are those of OpenID Connect Core 3.1.2.6.
func (c browserCall) silent(t *trip) emulator.Answer {
	if c.w.app.Auto {
		if c.w.grants[c.w.app.AutoPersona] == nil {
			return c.refuse(t, "consent_required")
		}
		return c.enter(t, c.w.app.AutoPersona, c.w.Time())
	}
	s := c.session()
	if s == nil {
		return c.refuse(t, "login_required")
	}
	name := c.single(t, s)
	switch {
	case name == "":
		return c.refuse(t, "account_selection_required")
	case c.needsConsent(t, name) || c.barred(name) != "":
		return c.refuse(t, "consent_required")
	}
	return c.enter(t, name, s.since[name])
}

// automatic logs the project's AutoPersona in without pages.
func (c browserCall) automatic(t *trip) emulator.Answer {
	a := c.w.account(c.w.app.AutoPersona)
	switch {
	case a == nil:
		return c.errorPage("persona")
	case c.barred(a.ID) != "":
		return c.errorPage(c.barred(a.ID))
	case a.Cancels:
		return c.refuse(t, "access_denied")
	}
	t.account, t.authTime = a.ID, c.w.Time()
	if c.needsConsent(t, a.ID) {
		c.agree(t)
	}
	return c.issue(t)
}

// enter goes on with a signed-in account: consent, if there is none, or the code.
func (c browserCall) enter(t *trip, name string, since time.Time) emulator.Answer {
	t.account, t.authTime = name, since
	switch {
	case c.barred(name) != "":
		return c.errorPage(c.barred(name))
	case c.needsConsent(t, name):
		return c.consentPage(t)
	}
	return c.issue(t)
}

// barred is the page for an account that may not use the app; "" if it may.
func (c browserCall) barred(name string) string {
	a, app := c.w.account(name), c.w.app
	switch {
	case a == nil:
		return "lost"
	case app.Organization != "" && a.HostedDomain != app.Organization:
		return "org_internal"
	case app.Testing && !slices.Contains(app.TestUsers, name):
		return "access_denied"
	}
	return ""
}

func (c browserCall) needsConsent(t *trip, name string) bool {
	g := c.w.grants[name]
	return g == nil || slices.Contains(t.prompts, "consent") ||
		slices.ContainsFunc(t.scopes, func(s string) bool { return !g.scopes[s] })
}

// agree records the consent.
func (c browserCall) agree(t *trip) {
	g := c.w.grants[t.account]
	if g == nil {
		g = &grant{account: t.account, scopes: map[string]bool{}, since: c.w.Time()}
		c.w.grants[t.account] = g
	}
	for _, s := range t.scopes {
		g.scopes[s] = true
	}
	t.consented = true
}

// issue sends the browser back with a code and the extras that Google adds.
func (c browserCall) issue(t *trip) emulator.Answer {
	value := "4/0emu" + c.w.Random(24)
	c.w.logins.codes.Put(value, &code{trip: *t, expires: c.w.Time().Add(codeLife)})
	c.Entry.Account = t.account
	q := url.Values{
		"code": {value}, "scope": {strings.Join(spelled(t.scopes), " ")}, "authuser": {"0"}, "prompt": {"none"},
	}
	if a := c.w.account(t.account); a != nil && a.HostedDomain != "" {
		q.Set("hd", a.HostedDomain)
	}
	if t.consented {
		q.Set("prompt", "consent")
	}
	return c.back(t, q)
}

// spelled lists scopes as Google's answers do.
func spelled(scopes []string) (all []string) {
	for _, s := range scopes {
		if long := longScopes[s]; long != "" {
			s = long
		}
		all = append(all, s)
	}
	return all
}

// refuse sends the browser back with an error.
func (c browserCall) refuse(t *trip, code string) emulator.Answer {
	return c.back(t, url.Values{"error": {code}})
}

// scripted is a scripted error in the browser: a page, or a redirect if it is none of those that stay at Google.
func (c browserCall) scripted(code string) emulator.Answer {
	t, ok := c.trip()
	switch {
	case slices.Contains(pages, code):
		return c.errorPage(code)
	case !ok && c.refused() != "":
		return c.errorPage(c.refused())
	case !ok:
		t = c.newTrip()
	}
	return c.refuse(t, code)
}

func (c browserCall) back(t *trip, q url.Values) emulator.Answer {
	if t.state != "" {
		q.Set("state", t.state)
	}
	if c.w.app.CallbackIssuer {
		q.Set("iss", c.w.URL())
	}
	return emulator.Redirect(t.redirect, q)
}

// session returns the browser's session, nil if it has none.
func (c browserCall) session() *session {
	ck, err := c.R.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	s, ok := c.w.logins.sessions.Get(ck.Value)
	if !ok || !c.w.Time().Before(s.expires) || len(s.accounts) == 0 {
		return nil
	}
	return s
}

// signIn adds an account to the browser's session and returns the cookie of the session.
func (c browserCall) signIn(account string) (id string) {
	s := c.session()
	if s != nil {
		ck, _ := c.R.Cookie(sessionCookie) // session has read it
		id = ck.Value
	} else {
		id, s = c.w.Random(24), &session{since: map[string]time.Time{}}
		c.w.logins.sessions.Put(id, s)
	}
	s.expires = c.w.Time().Add(sessionLife)
	if !slices.Contains(s.accounts, account) {
		s.accounts = append(s.accounts, account)
	}
	s.since[account] = c.w.Time()
	return id
}

// trip returns the authorize request that a page belongs to.
func (c browserCall) trip() (*trip, bool) {
	t, ok := c.w.logins.pages.Get(c.Get("tx"))
	if !ok || !c.w.Time().Before(t.expires) {
		return nil, false
	}
	return t, true
}

// login reads the form of the account chooser.
func (c browserCall) login() emulator.Answer {
	t, ok := c.trip()
	switch {
	case !ok:
		return c.errorPage("lost")
	case c.R.Method != http.MethodPost:
		return c.chooser(t)
	case c.Get("action") == "cancel":
		c.w.logins.pages.Delete(c.Get("tx"))
		return c.refuse(t, "access_denied")
	}
	a := c.w.account(c.Get("persona"))
	if a == nil {
		return c.errorPage("lost")
	}
	c.Entry.Account = a.ID
	c.w.logins.pages.Delete(c.Get("tx"))
	// A session of the account answers without a password.
	since, s := c.w.Time(), c.session()
	if s != nil && !s.since[a.ID].IsZero() {
		return c.enter(t, a.ID, s.since[a.ID])
	}
	cookie := c.signIn(a.ID)
	out := c.enter(t, a.ID, since)
	out.SetCookie(sessionCookie, cookie, sessionLife, strings.HasPrefix(c.w.URL(), "https://"))
	return out
}

// consent reads the form of the consent page.
func (c browserCall) consent() emulator.Answer {
	t, ok := c.trip()
	if !ok || t.account == "" {
		return c.errorPage("lost")
	}
	if c.R.Method != http.MethodPost {
		return c.consentPage(t)
	}
	c.w.logins.pages.Delete(c.Get("tx"))
	if c.Get("action") != "agree" {
		return c.refuse(t, "access_denied")
	}
	c.agree(t)
	return c.issue(t)
}
