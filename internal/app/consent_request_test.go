package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/internal/web/profile"
	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Additional consent, end to end: only the missing item is asked for, the user returns to the page, and there is no
// loop.

var (
	birthday = profile.Need{Scope: "birthday", FeatureKo: "생일 쿠폰", FeatureEn: "Birthday coupons"}
	partners = profile.Need{Term: "partners"}
)

func askingConfig(c *app.Config) {
	c.Kakao.Scopes = []string{"birthday", "friends", "account_email"}
	c.Terms = []app.Term{
		{Tag: "partners", Version: "1", TitleEn: "Sharing with partners", TitleKo: "제3자 제공", URL: "/partners"},
	}
}

// asking starts a world with an app behind norang whose pages need consents.
func asking(t *testing.T, changes ...func(*app.Config)) *world {
	t.Helper()
	w := newWorld(t, append([]func(*app.Config){askingConfig}, changes...)...)
	w.consents(item("profile_nickname", kakaotest.StepRequired), item("account_email", kakaotest.StepOptional),
		item("birthday", kakaotest.StepInUse), item("friends", kakaotest.StepInUse))
	w.inside()
	return w
}

// inside mounts the app in front of norang's own routes.
func (w *world) inside() {
	own := w.app
	mux := http.NewServeMux()
	page := func(c profile.Need) http.Handler {
		return own.Consents.Require(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			p, _ := web.PrincipalFrom(r.Context())
			text := "without"
			if own.Consents.Has(p, c) {
				text = "with"
			}
			_, _ = io.WriteString(rw, text)
		}), c)
	}
	mux.Handle("/coupons", page(birthday))
	mux.Handle("/partners", page(partners))
	friends := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		err := error(&kakao.ConsentError{Required: []string{"friends"}, Allowed: []string{"profile_nickname"}})
		if r.URL.Query().Has("unknown") {
			err = &kakao.ConsentError{Required: []string{"talk_message"}}
		}
		if !own.Consents.Ask(rw, r, err) {
			http.Error(rw, "not asked", http.StatusTeapot)
		}
	})
	mux.Handle("/friends", own.Forward.Require(friends))
	mux.Handle("/friends/unguarded", friends)
	mux.Handle("/", own.Web)
	w.handler.Store(&handlerBox{own.Web.Wrap(mux)})
}

// joined returns a browser of a user who joined without the optional term.
func (w *world) joined(persona string) *browser {
	w.t.Helper()
	b := w.browser()
	if a := b.signIn(persona, "/"); strings.HasPrefix(a.Header.Get("Location"), "/auth/join") {
		page := b.get("/auth/join")
		b.post("/auth/join", url.Values{"csrf": {hidden(w.t, page.body, "csrf")}, "action": {"join"}})
	}
	if b.whoami().Status != "active" {
		w.t.Fatalf("not joined: %+v", b.whoami())
	}
	return b
}

// follow returns the page that a redirect leads to.
func (b *browser) follow(a answer) answer {
	b.w.t.Helper()
	to := a.Header.Get("Location")
	if a.StatusCode != http.StatusSeeOther || to == "" {
		b.w.t.Fatalf("%s to %q: %s", a.Status, to, a.body)
	}
	return b.get(to)
}

// link returns the first link with this prefix.
func link(t testing.TB, body, begin string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `href="`+begin)
	if !ok {
		t.Fatalf("link %q not found in %s", begin, body)
	}
	rest, _, _ = strings.Cut(rest, `"`)
	return strings.ReplaceAll(begin+rest, "&amp;", "&")
}

// later presses the second button of the page.
func (b *browser) later(page answer) answer {
	b.w.t.Helper()
	form := url.Values{"csrf": {hidden(b.w.t, page.body, "csrf")}, "action": {"later"}}
	for _, name := range []string{"scope", "term", "version", "return_to"} {
		if strings.Contains(page.body, `name="`+name+`"`) {
			form.Set(name, hidden(b.w.t, page.body, name))
		}
	}
	return b.post("/auth/consent", form)
}

func TestOnlyTheMissingConsentIsAskedFor(t *testing.T) {
	t.Parallel()
	w := asking(t)
	b := w.joined(kakaotest.PersonaRyan)
	before, id := b.cookie(sessionCookie), b.whoami().User.ID
	page := b.follow(b.get("/coupons?page=2"))
	for _, want := range []string{
		"Birthday coupons</bdi> needs one more item", "<li>Birthday</li>", "Kakao will ask for this item only.",
	} {
		if page.StatusCode != 200 || !strings.Contains(page.body, want) {
			t.Fatalf("the page lacks %q: %s %s", want, page.Status, page.body)
		}
	}
	start := b.get(link(t, page.body, "/auth/consent/start?"))
	if to := start.Header.Get("Location"); !strings.Contains(to, "scope=birthday%2Copenid") &&
		!strings.Contains(to, "scope=birthday+openid") &&
		!strings.Contains(to, "scope=birthday,openid") {
		t.Errorf("Kakao is asked with %s", to)
	}
	back := b.get(b.throughKakao(start.Header.Get("Location")))
	if back.Header.Get("Location") != "/coupons?page=2" {
		t.Fatalf("%s to %q: %s", back.Status, back.Header.Get("Location"), back.body)
	}
	if a := b.get("/coupons?page=2"); a.body != "with" {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if b.cookie(sessionCookie) == before {
		t.Error("SE-03: the round trip to Kakao did not change the token")
	}
	if got := w.ledger(id); !slices.Contains(got, "+birthday @kakao") {
		t.Errorf("ledger %q", got)
	}
	if a := b.get("/auth/consent?scope=birthday&return_to=/coupons"); a.Header.Get("Location") != "/coupons" {
		t.Errorf("asked for a consent that exists: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

// The three ways to decline: "later" here, cancel at Kakao, and an unticked box at Kakao.
func TestPV01_DeclinedConsentIsNotAskedInALoop(t *testing.T) {
	t.Parallel()
	for name, no := range map[string]func(*world, *browser, answer) answer{
		"later": func(w *world, b *browser, page answer) answer { return b.later(page) },
		"cancelled at Kakao": func(w *world, b *browser, page answer) answer {
			w.changed(kakaotest.PersonaRyan, func(a *kakaotest.Account) { a.Cancels = true })
			return b.get(b.throughKakao(b.get(link(w.t, page.body, "/auth/consent/start?")).Header.Get("Location")))
		},
		"not ticked at Kakao": func(w *world, b *browser, page answer) answer {
			w.changed(kakaotest.PersonaRyan, func(a *kakaotest.Account) { a.Declines = []string{"*"} })
			return b.get(b.throughKakao(b.get(link(w.t, page.body, "/auth/consent/start?")).Header.Get("Location")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := asking(t)
			b := w.joined(kakaotest.PersonaRyan)
			page := b.follow(b.get("/coupons"))
			a := no(w, b, page)
			if a.Header.Get("Location") != "/coupons?norang_consent=declined" {
				t.Fatalf("%s to %q: %s", a.Status, a.Header.Get("Location"), a.body)
			}
			for range 3 {
				if a := b.get("/coupons"); a.body != "without" {
					t.Errorf("asked again: %s to %q", a.Status, a.Header.Get("Location"))
				}
			}
			// An app that is not written in Go always redirects users.
			if a := b.get("/auth/consent?scope=birthday&return_to=/coupons%3Fa=1"); a.Header.Get(
				"Location",
			) != "/coupons?a=1&norang_consent=declined" {
				t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
			}
			// The user's own click asks again, another item is a new question, and a new session starts over.
			if a := b.get("/auth/consent?again=1&scope=birthday&return_to=/coupons"); a.StatusCode != 200 {
				t.Errorf("again: %s", a.Status)
			}
			if a := b.get("/auth/consent?scope=birthday,friends&return_to=/"); a.StatusCode != 200 {
				t.Errorf("another item: %s", a.Status)
			}
			if !b.in() {
				t.Fatal("the user was signed out")
			}
			b.post("/auth/signout", url.Values{})
			if b.cookie("__Host-norang-declined") != "" {
				t.Error("the refusal outlives the session")
			}
		})
	}
}

func TestDeclinedConsentCanBeGivenLater(t *testing.T) {
	t.Parallel()
	w := asking(t)
	b := w.joined(kakaotest.PersonaRyan)
	b.later(b.follow(b.get("/coupons")))
	page := b.get("/auth/consent?again=1&scope=birthday&return_to=/coupons%3Fnorang_consent=declined")
	a := b.get(b.throughKakao(b.get(link(t, page.body, "/auth/consent/start?")).Header.Get("Location")))
	if a.Header.Get("Location") != "/coupons" || b.get("/coupons").body != "with" {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	if b.cookie("__Host-norang-declined") != "" {
		t.Error("the refusal is remembered")
	}
}

func TestConsentToOneOfOurTerms(t *testing.T) {
	t.Parallel()
	w := asking(t)
	b := w.joined(kakaotest.PersonaRyan)
	page := b.follow(b.get("/partners"))
	if !strings.Contains(page.body, "Sharing with partners") || !strings.Contains(page.body, `href="/partners"`) ||
		strings.Contains(page.body, "/auth/consent/start") {
		t.Fatalf("%s %s", page.Status, page.body)
	}
	form := url.Values{
		"csrf":      {hidden(t, page.body, "csrf")},
		"action":    {"agree"},
		"term":      {"partners"},
		"version":   {"0"},
		"return_to": {"/partners"},
	}
	if a := b.post("/auth/consent", form); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a version that is not current: %s", a.Status)
	}
	form.Set("version", "1")
	noToken := url.Values{"action": {"agree"}, "term": {"partners"}, "version": {"1"}}
	if a := b.post("/auth/consent", noToken); a.StatusCode != http.StatusForbidden {
		t.Errorf("without the CSRF token: %s", a.Status)
	}
	if a := b.post("/auth/consent", form); a.Header.Get("Location") != "/partners" {
		t.Fatalf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	if a := b.get("/partners"); a.body != "with" {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if got := w.ledger(b.whoami().User.ID); !slices.Contains(got, "+partners 1@consent") {
		t.Errorf("ledger %q", got)
	}
	// A new version needs a new agreement.
	w.restart(askingConfig, func(c *app.Config) { c.Terms[0].Version = "2" })
	w.inside()
	if a := b.get("/partners"); !strings.HasPrefix(a.Header.Get("Location"), "/auth/consent?") {
		t.Errorf("%s %s", a.Status, a.body)
	}
	a := b.later(b.follow(b.get("/partners")))
	if a.Header.Get("Location") != "/partners?norang_consent=declined" || b.get("/partners").body != "without" {
		t.Errorf("later: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

// A link that another account had before the round trip is not this service's to end.
func TestConsentAnsweredByAnAccountLinkedElsewhereKeepsItsLink(t *testing.T) {
	t.Parallel()
	w := asking(t)
	b := w.joined(kakaotest.PersonaRyan)
	// Another service of the Kakao app signs the account in.
	k := w.kakao.App()
	approved, err := w.kakao.Approve(kakaotest.Approval{Account: kakaotest.PersonaApeach})
	if err != nil {
		t.Fatal(err)
	}
	token, err := http.PostForm(w.kakao.URL()+"/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {k.RESTKey}, "client_secret": {k.ClientSecret},
		"redirect_uri": {k.RedirectURIs[0]}, "code": {approved.Code},
	})
	if err != nil {
		t.Fatal(err)
	}
	token.Body.Close()
	if !w.linked(kakaotest.PersonaApeach) {
		t.Fatal("not linked")
	}
	w.clock.advance(2 * time.Second)
	to := b.get(link(t, b.follow(b.get("/coupons")).body, "/auth/consent/start?")).Header.Get("Location")
	a := b.get(b.throughKakao(withQuery(t, to, func(q url.Values) { q.Set("login_hint", kakaotest.PersonaApeach) })))
	if a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "login.other_account") {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	w.settled()
	if n := w.count("SELECT COUNT(*) FROM jobs WHERE kind = 'unlink'"); n != 0 || !w.linked(kakaotest.PersonaApeach) {
		t.Errorf("%d jobs, linked %t", n, w.linked(kakaotest.PersonaApeach))
	}
}

// LC-07, AL: the answer of another Kakao account changes neither user.
func TestConsentAnsweredByAnotherAccountChangesNothing(t *testing.T) {
	t.Parallel()
	w := asking(t)
	b := w.joined(kakaotest.PersonaRyan)
	before := b.whoami()
	page := b.follow(b.get("/coupons"))
	to := b.get(link(t, page.body, "/auth/consent/start?")).Header.Get("Location")
	other := withQuery(
		t,
		to,
		func(q url.Values) { q.Set("login_hint", kakaotest.PersonaApeach); q.Set("prompt", "login") },
	)
	a := b.get(b.throughKakao(other))
	if a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "login.other_account") {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	if now := b.whoami(); now.User.ID != before.User.ID || now.Session.ID != before.Session.ID {
		t.Errorf("%+v", now)
	}
	eventually(t, "the other account is unlinked", func() bool { return !w.linked(kakaotest.PersonaApeach) })
	if a := b.get("/coupons"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if slices.Contains(w.ledger(before.User.ID), "+birthday @kakao") {
		t.Error("the consent of another account is in the ledger")
	}

	// The page leads to the choice of accounts, because Kakao would answer with the account of its own session again.
	to = b.get(link(t, a.body, "/auth/consent/start?")).Header.Get("Location")
	if !strings.Contains(to, "prompt=select_account") || !strings.Contains(to, "scope=birthday") {
		t.Fatalf("the page leads to %s", to)
	}
	own := withQuery(t, to, func(q url.Values) { q.Set("login_hint", kakaotest.PersonaRyan) })
	if a := b.get(b.throughKakao(own)); a.Header.Get("Location") != "/coupons" {
		t.Errorf("after choosing the own account: %s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	if !slices.Contains(w.ledger(before.User.ID), "+birthday @kakao") {
		t.Errorf("ledger %q", w.ledger(before.User.ID))
	}
}

func TestConsentRequestIgnoresUnconfiguredItems(t *testing.T) {
	t.Parallel()
	w := asking(t)
	b := w.joined(kakaotest.PersonaRyan)
	for _, query := range []string{
		"", "scope=gender", "scope=birthday,gender", "scope=openid", "term=other", "scope=birthday&term=partners",
		"scope=birthday&scope=friends",
		"scope=%3Cscript%3E", "scope=" + strings.Repeat("a", 4000),
	} {
		for _, path := range []string{"/auth/consent?", "/auth/consent/start?"} {
			if a := b.get(path + query); a.StatusCode != http.StatusBadRequest ||
				strings.Count(a.body, "<script>") != 1 { // that of page.js
				t.Errorf("%s%.60s: %s", path, query, a.Status)
			}
		}
	}
	if a := b.get("/auth/consent?scope=birthday&return_to=https://evil.example/"); strings.Contains(
		a.body,
		"evil.example",
	) {
		t.Error("RD-01: the return link leaves the service")
	}
	if a := b.get("/auth/consent?scope=birthday&feature=Free+money"); strings.Contains(a.body, "money") {
		t.Error("text from the URL is on the page")
	}
	out := w.browser()
	if a := out.get("/auth/consent?scope=birthday&return_to=/coupons"); !strings.HasPrefix(
		a.Header.Get("Location"),
		"/auth/login",
	) {
		t.Errorf("without a session: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

func TestProblemNamesTheMissingConsent(t *testing.T) {
	t.Parallel()
	w := asking(t)
	b := w.joined(kakaotest.PersonaRyan)
	r := b.request("GET", "/coupons", nil)
	r.Header = http.Header{"Accept": {"application/json"}}
	a := b.do(r)
	var body struct{ Code, Location string }
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || a.StatusCode != http.StatusForbidden ||
		body.Code != "consent.required" ||
		!strings.HasPrefix(body.Location, "/auth/consent?") ||
		!strings.Contains(body.Location, "scope=birthday") {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if a := b.post("/coupons", url.Values{"x": {"1"}}); a.StatusCode != http.StatusForbidden ||
		!strings.Contains(a.body, "consent.required") {
		t.Errorf("a form: %s %s", a.Status, a.body)
	}
}

// Error -402 of Kakao's API leads to the same page, or after a refusal to an error page.
func TestErrorMinus402LeadsToTheConsentPage(t *testing.T) {
	t.Parallel()
	w := asking(t)
	b := w.joined(kakaotest.PersonaRyan)
	page := b.follow(b.get("/friends"))
	if !strings.Contains(page.body, "<li>Kakao friends</li>") {
		t.Fatalf("%s %s", page.Status, page.body)
	}
	a := b.later(page)
	declined := b.follow(a)
	if declined.StatusCode != http.StatusForbidden || !strings.Contains(declined.body, "consent.declined") {
		t.Fatalf("%s %s", declined.Status, declined.body)
	}
	again := b.get(link(t, declined.body, "/auth/consent?"))
	if again.StatusCode != 200 || !strings.Contains(again.body, "Kakao friends") {
		t.Errorf("%s to %q", again.Status, again.Header.Get("Location"))
	}
	if a := b.get("/friends?unknown"); a.StatusCode != http.StatusBadGateway ||
		!strings.Contains(w.log.String(), "is not among the configured scopes") {
		t.Errorf("an unconfigured item: %s", a.Status)
	}
	// A handler that finds the user by itself, without Require. The sign-in page would send the user back in a loop.
	unguarded := b.get("/friends/unguarded?unknown")
	if unguarded.StatusCode != http.StatusBadGateway {
		t.Errorf("without a guard: %s to %q", unguarded.Status, unguarded.Header.Get("Location"))
	}
	if a := w.browser().get("/friends/unguarded"); !strings.HasPrefix(a.Header.Get("Location"), "/auth/login?") {
		t.Errorf("nobody is signed in: %s to %q", a.Status, a.Header.Get("Location"))
	}
	pending := w.browser()
	pending.signIn(kakaotest.PersonaApeach, "/")
	if a := pending.get("/friends/unguarded"); !strings.HasPrefix(a.Header.Get("Location"), "/auth/join") {
		t.Errorf("a user who has not joined: %s to %q", a.Status, a.Header.Get("Location"))
	}
	// Other errors are not handled.
	rec := httptest.NewRecorder()
	if w.app.Consents.Ask(rec, httptest.NewRequest("GET", "/", nil), io.EOF) {
		t.Error("handled another error")
	}
}

func TestUnconfiguredConsentFailsAtStart(t *testing.T) {
	t.Parallel()
	w := asking(t)
	for _, c := range []profile.Need{{}, {Scope: "gender"}, {Term: "other"}, {Scope: "birthday", Term: "partners"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is accepted", c)
				}
			}()
			w.app.Consents.Require(http.NotFoundHandler(), c)
		}()
	}
}

// A user agreed at Kakao before consents were recorded here: norang asks Kakao, and the user sees no page.
func TestEarlierConsentAtKakaoIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	w := asking(t)
	if err := w.kakao.Script(kakaotest.Scenario{
		Endpoint:   "oauth/token",
		RemoveJSON: []string{"scope"},
		Times:      -1,
	}); err != nil {
		t.Fatal(err)
	}
	b := w.joined(kakaotest.PersonaRyan)
	if _, err := w.kakao.Approve(kakaotest.Approval{
		Account: kakaotest.PersonaRyan,
		Params:  map[string]string{"scope": "birthday,openid"},
	}); err != nil {
		t.Fatal(err)
	}
	if a := b.follow(b.get("/coupons")); a.Header.Get("Location") != "/coupons" || b.get("/coupons").body != "with" {
		t.Errorf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	if n := w.calls("user/scopes"); n != 1 {
		t.Errorf("Kakao was asked %d times", n)
	}
	if page := b.follow(b.get("/friends")); page.StatusCode != 200 || w.calls("user/scopes") != 1 {
		t.Errorf("%s, Kakao was asked %d times", page.Status, w.calls("user/scopes"))
	}
	// If Kakao does not answer, the page is shown.
	other := w.joined(kakaotest.PersonaApeach)
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "user/scopes", Status: 503, Times: -1}); err != nil {
		t.Fatal(err)
	}
	if page := other.follow(other.get("/coupons")); page.StatusCode != 200 {
		t.Errorf("%s %s", page.Status, page.body)
	}
}
