package kakaotest

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// authRequest is a checked authorize request.
type authRequest struct {
	app         int64
	key         Key
	redirectURI string
	state       string
	nonce       string
	challenge   string
	scope       []string // nil if absent
	hasTerms    bool     // service_terms is present
	terms       []string // its tags; empty with hasTerms means all
	channels    []string
	prompt      []string
	hint        string
}

// transaction is a login in progress, from the authorize request to the code.
type transaction struct {
	id string
	authRequest
	account  string // empty until logged in
	authTime time.Time
	expires  time.Time
}

const transactionLife = 30 * time.Minute

func (q authRequest) prompts(value string) bool { return slices.Contains(q.prompt, value) }

// authorize is GET /oauth/authorize. Invalid requests and settings end on a page; only decisions of the user and of
// prompt=none are redirected to the service.
func authorize(c browserCall) answer {
	q, a, page := c.authRequest()
	if page != nil {
		return *page
	}
	acc, authTime, cookies, ans := c.whoLogsIn(q, a)
	if ans != nil {
		return ans.setCookies(cookies)
	}
	tx := c.newTransaction(q)
	tx.account, tx.authTime = acc.ID, authTime
	c.about(a, acc.ID)
	return c.proceed(tx).setCookies(cookies)
}

// authRequest checks the parameters and the app, in the order documented in docs/emulator.md. Every failure is a
// page.
func (c browserCall) authRequest() (authRequest, *App, *answer) {
	fail := func(code string, hint emulator.Text) (authRequest, *App, *answer) {
		p := c.koePageWith(code, hint)
		return authRequest{}, nil, &p
	}
	if !c.has("client_id") {
		return fail("KOE207", wanted("client_id", "", c.w.apps.clientIDs()...))
	}
	a, key, ok := c.w.apps.find(c.get("client_id"))
	switch {
	case !ok || key.Deactivated:
		return fail("KOE101", wanted("client_id", c.get("client_id"), c.w.apps.clientIDs()...))
	case key.Type == KeyAdmin:
		return fail("KOE008", wanted("client_id", "[admin key]", a.RESTKey))
	case a.Sanctioned:
		return fail("KOE125", emulator.Text{})
	case a.LoginOff:
		return fail("KOE004", emulator.Text{})
	}
	q := authRequest{
		app:         a.AppID,
		key:         key,
		redirectURI: c.get("redirect_uri"),
		state:       c.get("state"),
		nonce:       c.get("nonce"),
		challenge:   c.get("code_challenge"),
		hint:        c.get("login_hint"),
		prompt:      splitList(c.get("prompt")),
	}
	switch kind := c.get("response_type"); {
	case q.redirectURI == "":
		return fail("KOE207", wanted("redirect_uri", "", key.RedirectURIs...))
	case !registered(key, q.redirectURI):
		p := c.redirectPage("KOE006", a, key, q.redirectURI, key.RedirectURIs)
		return authRequest{}, nil, &p
	case kind == "":
		return fail("KOE207", wanted("response_type", "", "code"))
	case kind == "token":
		return fail("KOE202", wanted("response_type", kind, "code"))
	case kind != "code":
		return fail("KOE201", wanted("response_type", kind, "code"))
	case !validPrompts(q.prompt):
		return fail("KOE204", wanted("prompt", c.get("prompt"), prompts()...))
	case !validChallenge(q.challenge, c.get("code_challenge_method")):
		return fail("KOE204", wanted("code_challenge_method", c.get("code_challenge_method"),
			"S256", "code_challenge: 43 characters"))
	}
	if c.has("scope") && strings.TrimSpace(c.get("scope")) != "" {
		q.scope = splitList(c.get("scope"))
		for _, id := range q.scope {
			if id == "openid" && !a.OIDCOff {
				continue
			}
			if it := consentItem(a, id); it.Step == StepOff || it.check(a.Type) != nil {
				return fail("KOE205", wanted("scope", id, scopes(a)...))
			}
		}
	}
	if c.has("service_terms") {
		q.hasTerms, q.terms = true, splitList(c.get("service_terms"))
	}
	q.channels = splitList(c.get("channel_public_id"))
	for _, id := range q.channels {
		if !slices.ContainsFunc(a.Channels, func(ch Channel) bool { return ch.PublicID == id }) {
			var known []string
			for _, ch := range a.Channels {
				known = append(known, ch.PublicID)
			}
			return fail("KOE102", wanted("channel_public_id", id, known...))
		}
	}
	return q, a, nil
}

// registered compares redirect URIs exactly. A native key has one of its own, which needs no registration.
func registered(k Key, uri string) bool {
	if k.Type == KeyNative {
		return uri == "kakao"+k.Value+"://oauth"
	}
	return slices.Contains(k.RedirectURIs, uri)
}

// splitList splits at commas, which the documents use, and at blanks, which the SDKs use.
func splitList(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

func prompts() []string { return []string{"login", "none", "create", "select_account", "cert"} }

func validPrompts(ps []string) bool {
	for _, p := range ps {
		if !slices.Contains(prompts(), p) {
			return false
		}
	}
	return !(slices.Contains(ps, "none") && len(ps) > 1)
}

// validChallenge accepts S256 only, with the length of a SHA-256 in base64url.
func validChallenge(challenge, method string) bool {
	if challenge == "" {
		return method == "" || method == "S256"
	}
	return method == "S256" && len(challenge) == 43
}

func (c browserCall) newTransaction(q authRequest) *transaction {
	tx := &transaction{id: c.w.random(24), authRequest: q, expires: c.w.clock.now().Add(transactionLife)}
	c.w.logins.transactions.Put(tx.id, tx)
	return tx
}

// whoLogsIn finds the account, or answers with the login page or login_required.
func (c browserCall) whoLogsIn(
	q authRequest,
	a *App,
) (acc *Account, authTime time.Time, cookies []*http.Cookie, ans *answer) {
	w := c.w
	hinted := w.accounts.byID[q.hint] // a login_hint with a persona id selects that persona
	var session *kakaoSession
	if b := c.browser(); b != nil {
		session = b.session
	}
	if session == nil && c.inKakaoTalk() {
		acc = w.accounts.byID[a.AutoPersona]
		if hinted != nil {
			acc = hinted
		}
		if acc != nil {
			session, cookies = c.signIn(acc, false)
		}
	}
	// KakaoTalk's browser does not support prompt=login.
	fresh := q.prompts("create") || q.prompts("select_account") || q.prompts("login") && !c.inKakaoTalk()
	switch {
	case a.Auto && hinted != nil && !q.prompts("none") && (session == nil || session.account != hinted.ID || fresh),
		a.Auto && hinted == nil && !q.prompts("none") && session == nil:
		acc = hinted
		if acc == nil {
			acc = w.accounts.byID[a.AutoPersona]
		}
		if acc == nil {
			break
		}
		session, cookies = c.signIn(acc, false)
	case a.Auto && fresh && session != nil:
		session, cookies = c.signIn(w.accounts.byID[session.account], session.stay)
	case session != nil && !fresh:
	case q.prompts("none"):
		r := c.redirectError(q, "login_required", "user authentication required.")
		return nil, time.Time{}, cookies, &r
	default:
		session = nil
	}
	if session == nil || w.accounts.byID[session.account] == nil {
		tx := c.newTransaction(q)
		r := redirect("/login?tx=" + tx.id + c.langQuery())
		return nil, time.Time{}, cookies, &r
	}
	return w.accounts.byID[session.account], session.authTime, cookies, nil
}

// proceed continues to the consent page or to the code. The caller holds the lock.
func (c browserCall) proceed(tx *transaction) answer {
	w := c.w
	a, acc := w.apps.byID[tx.app], w.accounts.byID[tx.account]
	if a == nil || acc == nil {
		return c.koePage("KOE001")
	}
	if refused := c.refuses(tx, a, acc); refused != nil {
		return *refused
	}
	offer := w.consentOffer(tx, a, acc)
	none := tx.prompts("none")
	switch {
	case none && (acc.Blocked || offer.collects):
		return c.redirectError(
			tx.authRequest,
			"interaction_required",
			"need to collect additional personal information.",
		)
	case offer.empty():
		return c.issueCode(tx, offer, nil)
	case none:
		return c.redirectError(tx.authRequest, "consent_required", "user consent required.")
	case a.Auto && acc.Cancels:
		return c.redirectError(tx.authRequest, "access_denied", "User denied access")
	case a.Auto:
		return c.issueCode(tx, offer, offer.automatic(acc))
	}
	return redirect("/oauth/consent?tx=" + tx.id + c.langQuery())
}

// refuses rejects accounts that may not log in to the app.
func (c browserCall) refuses(tx *transaction, a *App, acc *Account) *answer {
	if acc.NotMember || a.Type == AppTest && !slices.Contains(a.Members, acc.ID) {
		p := c.koePageWith("KOE005", wanted("account", acc.ID, a.Members...))
		return &p
	}
	if acc.Under14 && a.RefuseUnder14 {
		r := c.redirectError(tx.authRequest, "access_denied", "Not allowed under age 14")
		return &r
	}
	return nil
}

// redirectError sends the browser back with an error.
func (c browserCall) redirectError(q authRequest, oauth, description string) answer {
	a := redirect(withQuery(q.redirectURI, "error", oauth, "error_description", description, "state", q.state))
	a.code, a.message = oauth, description
	return a
}
