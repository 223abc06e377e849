package app_test

import (
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// ticket returns the path that an app gives to its user.
func (w *world) ticket(ref string) string {
	w.t.Helper()
	code, _, err := w.operator(w.t).Use.Linking.IssueTicket(w.t.Context(), ref)
	if err != nil {
		w.t.Fatal(err)
	}
	return "/auth/link/" + code.Reveal()
}

// openTicket opens a ticket and returns its form.
func (b *browser) openTicket(path string) (answer, url.Values) {
	b.w.t.Helper()
	a := b.get(path)
	if a.StatusCode != http.StatusOK {
		return a, nil
	}
	return a, url.Values{"csrf": {hidden(b.w.t, a.body, "csrf")}, "return_to": {hidden(b.w.t, a.body, "return_to")}}
}

// useTicket follows a ticket through the sign-in of a persona and returns the response of the callback.
func (b *browser) useTicket(path, persona string) answer {
	b.w.t.Helper()
	a, form := b.openTicket(path)
	if form == nil {
		return a
	}
	a = b.post(path, form)
	return b.get(b.throughKakao(withQuery(b.w.t, b.onward(a), func(q url.Values) { q.Set("login_hint", persona) })))
}

// onward returns where the button on the page after the form leads.
func (b *browser) onward(a answer) string {
	b.w.t.Helper()
	_, rest, ok := strings.Cut(a.body, `class="provider provider-kakao" href="`)
	to, _, _ := strings.Cut(rest, `"`)
	to = html.UnescapeString(to)
	if a.StatusCode != http.StatusOK || !ok || !strings.HasPrefix(to, b.w.kakao.URL()) ||
		a.Header.Get("Referrer-Policy") != "no-referrer" {
		b.w.t.Fatalf("%s to %q %v %s", a.Status, to, a.Header, a.body)
	}
	return to
}

func TestTicketForANewUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.ticket("10482")
	b := w.browser()
	page, form := b.openTicket(path + "?return_to=%2Fwelcome")
	if !strings.Contains(page.body, "10482") || page.Header.Get("Referrer-Policy") != "same-origin" ||
		page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v %s", page.Header, page.body)
	}
	// Opening a ticket changes nothing, in any browser and any number of times.
	w.browser().get(path)
	if b.whoami().SignedIn || w.calls("oauth/authorize") != 0 {
		t.Error("a GET changed something")
	}
	if form.Get("return_to") != "/welcome" {
		t.Errorf("the return URL is %q", form.Get("return_to"))
	}
	if a := b.useTicket(path+"?return_to=%2Fwelcome", kakaotest.PersonaRyan); a.StatusCode != http.StatusSeeOther ||
		a.Header.Get("Location") != "/welcome" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	if b.ref() != "10482" {
		t.Errorf("the app's number is %q", b.ref())
	}
	// A ticket works once.
	for _, c := range []*browser{b, w.browser()} {
		if a := c.get(path); a.StatusCode != http.StatusGone || !strings.Contains(a.body, "link.ticket") {
			t.Errorf("again: %s %s", a.Status, a.body)
		}
	}
	code := strings.TrimPrefix(path, "/auth/link/")
	if strings.Contains(w.log.String(), code) {
		t.Error("LI: the log contains the ticket")
	}
	if log := b.get("/auth/account/log"); !strings.Contains(
		log.body, "Connected an account to a member number of the service",
	) {
		t.Errorf("the log: %s", log.body)
	}
}

func TestTicketForAnExistingUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second, third := w.browser(), w.browser(), w.browser()
	first.useTicket(w.ticket("7"), kakaotest.PersonaRyan)
	one := first.whoami()
	second.useTicket(w.ticket("7"), kakaotest.PersonaApeach) // another Kakao account of the same user
	if two := second.whoami(); one.User.ID != two.User.ID || second.ref() != "7" {
		t.Errorf("%+v and %+v", one, two)
	}
	if first.in() {
		t.Error("AL-20: another device is signed in after an identity was added")
	}
	// An existing user without a number.
	third.signIn(kakaotest.PersonaNoEmail, "")
	before := third.whoami().User.ID
	third.useTicket(w.ticket("8"), kakaotest.PersonaNoEmail)
	if third.whoami().User.ID != before || third.ref() != "8" {
		t.Errorf("user %+v has number %q", third.whoami(), third.ref())
	}
	// A ticket changes neither a user's number nor the owner of a Kakao account.
	thief := w.browser()
	for _, ref := range []string{"7", "9"} {
		if a := thief.useTicket(w.ticket(ref), kakaotest.PersonaNoEmail); a.StatusCode != http.StatusConflict ||
			!strings.Contains(a.body, "link.ref_conflict") ||
			thief.whoami().SignedIn {
			t.Errorf("with a ticket for %s: %s %s", ref, a.Status, a.body)
		}
	}
	if third.ref() != "8" {
		t.Errorf("the number changed to %q", third.ref())
	}
	// A user signed in to another account first sees a warning.
	if a, _ := third.openTicket(w.ticket("7")); !strings.Contains(a.body, "You are signed in to another account") {
		t.Errorf("%s", a.body)
	}
}

func TestTicketForAPendingUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Age = "declare" })
	b := w.browser()
	if a := b.useTicket(w.ticket("7"), kakaotest.PersonaRyan); !strings.HasPrefix(
		a.Header.Get("Location"),
		"/auth/join",
	) {
		t.Fatalf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	b.post(
		"/auth/join",
		url.Values{"csrf": {hidden(t, b.get("/auth/join").body, "csrf")}, "age": {"on"}, "return_to": {"/"}},
	)
	if b.whoami().Status != "active" || b.ref() != "7" {
		t.Errorf("user %+v has number %q", b.whoami(), b.ref())
	}
}

func TestTicketIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.ticket("7")
	b, other := w.browser(), w.browser()
	_, form := b.openTicket(path)
	_, foreign := other.openTicket(path)
	for name, send := range map[string]func() answer{
		"no token":                func() answer { return b.post(path, url.Values{}) },
		"another browser's token": func() answer { return b.post(path, foreign) },
		"no cookie":               func() answer { return w.browser().post(path, form) },
		"another ticket's token":  func() answer { return b.post(w.ticket("8"), form) },
		"cross-site": func() answer {
			r := b.request("POST", path, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			return b.do(r)
		},
	} {
		if a := send(); a.StatusCode != http.StatusForbidden ||
			strings.Contains(a.body, `class="provider provider-kakao"`) {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
	for _, bad := range []string{"/auth/link/x", "/auth/link/" + strings.Repeat("A", 43), path + "A"} {
		if a := b.get(bad); a.StatusCode != http.StatusGone {
			t.Errorf("%s: %s", bad, a.Status)
		}
		if a := b.post(bad, form); a.StatusCode != http.StatusGone {
			t.Errorf("POST %s: %s", bad, a.Status)
		}
	}
	if a := b.do(b.request("PUT", path, nil)); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %s", a.Status)
	}
	if strings.Contains(w.log.String(), strings.TrimPrefix(path, "/auth/link/")) {
		t.Error("LI: the log contains the ticket")
	}
	// The ticket expires while the user is at Kakao.
	to := b.onward(b.post(path, form))
	w.clock.advance(account.TicketLife + time.Second)
	if a := b.get(b.throughKakao(to)); a.StatusCode != http.StatusGone || b.whoami().SignedIn {
		t.Errorf("too late: %s, signed in %t", a.Status, b.whoami().SignedIn)
	}
}

func TestAL15_TicketRestoresNoDisabledUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.useTicket(w.ticket("7"), kakaotest.PersonaRyan)
	db := w.openBeside()
	if err := db.SetDisabled(t.Context(), account.StatusChange{
		UserID:   account.ID(b.whoami().User.ID),
		Disabled: true,
		Actor:    audit.Operator("test", "", audit.Client{}),
	}); err != nil {
		t.Fatal(err)
	}
	for _, persona := range []string{kakaotest.PersonaRyan, kakaotest.PersonaApeach} {
		c := w.browser()
		if a := c.useTicket(w.ticket("7"), persona); a.StatusCode != http.StatusForbidden ||
			!strings.Contains(a.body, "login.disabled") ||
			c.whoami().SignedIn {
			t.Errorf("%s: %s %s", persona, a.Status, a.body)
		}
	}
}

// A new Kakao app gives every user a new number. Existing accounts stay, and users return to them with a link ticket
// of the app, as docs/app-changed.md tells operators.
func TestUsersReturnAfterANewKakaoApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ryan, apeach, elsewhere := w.browser(), w.browser(), w.browser()
	ryan.signIn(kakaotest.PersonaRyan, "")
	apeach.useTicket(w.ticket("7"), kakaotest.PersonaApeach)
	old := ryan.whoami()

	next, err := w.kakao.AddApp(kakaotest.App{
		AppID: w.kakao.App().AppID + 1, Auto: true, TokenLimitOff: true,
		RedirectURIs: []string{w.srv.URL + "/oauth/kakao/callback"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.restart(toApp(next), func(c *app.Config) { c.Kakao.FormerAppIDs = []string{strconv.FormatInt(next.AppID-1, 10)} })

	// Sessions stay valid. A plain sign-in creates a new user, because the number is new.
	if got := ryan.whoami(); got.User.ID != old.User.ID || got.Identity != old.Identity {
		t.Errorf("the session from before is %+v", got)
	}
	elsewhere.signIn(kakaotest.PersonaNoEmail, "")
	if got := elsewhere.whoami(); got.Identity.App != strconv.FormatInt(next.AppID, 10) {
		t.Errorf("the app is %q", got.Identity.App)
	}
	// A ticket brings the user back to their account.
	c, before := w.browser(), apeach.whoami()
	c.useTicket(w.ticket("7"), kakaotest.PersonaApeach)
	if c.ref() != "7" || c.whoami().User.ID != before.User.ID || c.whoami().Identity.App == before.Identity.App {
		t.Errorf("with a ticket: %+v", c.whoami())
	}
	// A user still signed in by the old app cannot prove its number, and by default linking stops there.
	if a := ryan.round(linksPath+"/confirm", kakaotest.PersonaRyan); a.StatusCode != http.StatusForbidden {
		t.Errorf("the proof of the old number is still accepted: %s", a.Status)
	}
	eventually(t, "the link that the refused proof made has ended", func() bool {
		return w.count("SELECT COUNT(*) FROM jobs WHERE state = 'open'") == 0
	})
	if a := ryan.get(linksPath + "/add"); a.Header.Get("Location") != linksPath {
		t.Errorf("AL-09: %s to %q", a.Status, a.Header.Get("Location"))
	}
	// If the operator configures the previous app, users can link the new number once.
	w.restart(toApp(next), func(c *app.Config) { c.Kakao.OldAppID = next.AppID - 1 })
	if page := ryan.get(linksPath); !strings.Contains(page.body, linksPath+"/add") ||
		strings.Contains(page.body, linksPath+"/confirm") {
		t.Errorf("the list: %s", page.body)
	}
	if a := ryan.round(linksPath+"/add", kakaotest.PersonaRyan); a.Header.Get(
		"Location",
	) != linksPath+"?notice=link_added" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	if a := ryan.get(linksPath + "/add"); a.Header.Get("Location") != linksPath {
		t.Errorf("AL-09: a second one: %s to %q", a.Status, a.Header.Get("Location"))
	}
	again := w.browser()
	again.signIn(kakaotest.PersonaRyan, "")
	if got := again.whoami(); got.User.ID != old.User.ID || got.Identity.App == old.Identity.App {
		t.Errorf("with the new number: %+v", got)
	}
	// Nothing changes for users of the new app.
	if a := elsewhere.get(linksPath + "/add"); a.Header.Get("Location") != linksPath {
		t.Errorf("AL-09: a user of the new app: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

// toApp configures the service for another Kakao app.
func toApp(k kakaotest.App) func(*app.Config) {
	return func(c *app.Config) {
		c.Kakao.ClientID, c.Kakao.ClientSecret, c.Kakao.AppID = k.RESTKey, k.ClientSecret, k.AppID
		c.Kakao.AdminKeys = []string{k.AdminKey}
	}
}
