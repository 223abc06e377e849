package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestSecondSignInFindsTheSameUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	a := b.signIn(kakaotest.PersonaRyan, "/board/42?page=2")
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/board/42?page=2" {
		t.Fatalf("callback: %s to %q", a.Status, a.Header.Get("Location"))
	}
	first := b.whoami()
	if !first.SignedIn || first.Status != "active" || *first.User.Nickname != "라이언" && *first.User.Nickname == "" {
		t.Fatalf("session: %+v", first)
	}
	other := w.browser()
	other.signIn(kakaotest.PersonaRyan, "")
	second := other.whoami()
	if second.User.ID != first.User.ID || second.Session.ID == first.Session.ID {
		t.Errorf(
			"second sign-in: user %s session %s, first: %s %s",
			second.User.ID,
			second.Session.ID,
			first.User.ID,
			first.Session.ID,
		)
	}
}

// Every browser in which a user has signed in names the provider later, also one that did not see them join. One whose
// user has yet to join does not.
func TestEveryBrowserOfAUserNamesTheProviderUsedLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member(kakaotest.PersonaRyan)
	named := func(b *browser, persona string) bool {
		b.signIn(persona, "")
		b.post(signOutPath, nil)
		return strings.Contains(b.get("/auth/login").body, "You used Kakao last time")
	}
	if !named(w.browser(), kakaotest.PersonaRyan) {
		t.Error("the user's second browser does not name the provider")
	}
	w.restart(func(c *app.Config) { c.Age = "declare" })
	if named(w.browser(), kakaotest.PersonaApeach) {
		t.Error("the browser of a pending user names the provider")
	}
}

func TestSessionWithoutAUserIsA200(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.browser().get("/auth/session")
	if a.StatusCode != 200 || strings.TrimSpace(a.body) != `{"signed_in":false,"login_url":"/auth/login"}` {
		t.Errorf("%s %s", a.Status, a.body)
	}
}

// A user can sign in with any combination of optional claims.
func TestEveryAllowedPersonaSignsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	users := map[string]string{}
	for _, p := range []string{
		kakaotest.PersonaRyan, kakaotest.PersonaNoEmail, kakaotest.PersonaUnverifiedEmail,
		kakaotest.PersonaInvalidEmail,
		kakaotest.PersonaNoAccount, kakaotest.PersonaDefaultNickname, kakaotest.PersonaEmojiNickname,
		kakaotest.PersonaLongNickname, kakaotest.PersonaBigID, kakaotest.PersonaSameNickname,
		kakaotest.PersonaSameEmail,
	} {
		b := w.browser()
		if a := b.signIn(p, ""); a.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %s %s", p, a.Status, a.body)
			continue
		}
		who := b.whoami()
		if !who.SignedIn || users[who.User.ID] != "" {
			t.Errorf("%s: %+v (user of %q)", p, who, users[who.User.ID])
		}
		users[who.User.ID] = p
		switch p {
		case kakaotest.PersonaBigID:
			if who.Identity.Subject != "9007199254740993001" {
				t.Errorf("AL-13: subject %s", who.Identity.Subject)
			}
		case kakaotest.PersonaNoEmail, kakaotest.PersonaInvalidEmail, kakaotest.PersonaNoAccount:
			if who.User.Email != nil || who.User.EmailUnverified != nil {
				t.Errorf("%s has an email: %+v", p, who.User)
			}
		case kakaotest.PersonaUnverifiedEmail:
			if who.User.Email != nil || who.User.EmailUnverified == nil {
				t.Errorf("%s: %+v", p, who.User)
			}
		case kakaotest.PersonaDefaultNickname:
			if who.User.Nickname != nil {
				t.Errorf("the placeholder became a name: %q", *who.User.Nickname)
			}
		}
	}
}

func TestPF12_CancelledSignInReturns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	a := b.signIn(kakaotest.PersonaDeclines, "/board")
	if a.StatusCode != http.StatusSeeOther ||
		a.Header.Get("Location") != "/auth/login?notice=cancelled&return_to=%2Fboard" {
		t.Fatalf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	page := b.get(a.Header.Get("Location"))
	if page.StatusCode != 200 || !strings.Contains(page.body, "Sign-in cancelled. You can carry on where you were.") {
		t.Errorf("%s %s", page.Status, page.body)
	}
	if n := w.calls("oauth/token"); n != 0 {
		t.Errorf("%d token requests", n)
	}
	if a := b.signIn(kakaotest.PersonaDeclines, ""); a.Header.Get("Location") != "/?notice=cancelled" {
		t.Errorf("from the home page: to %q", a.Header.Get("Location"))
	}
}

func TestCallbackPathIsConfigurable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Kakao.RedirectURI = c.URL + "/legacy/auth/kakao/return" })
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "/x")
	if !strings.HasPrefix(to, w.srv.URL+"/legacy/auth/kakao/return?") {
		t.Fatalf("Kakao sends to %s", to)
	}
	if a := b.get(to); a.Header.Get("Location") != "/x" || !b.whoami().SignedIn {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if a := b.get("/oauth/kakao/callback"); a.StatusCode != 404 {
		t.Errorf("the default callback is served as well: %s", a.Status)
	}
}

func TestJoinPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) {
		c.Age = "declare"
		c.Terms = []app.Term{
			{
				Tag:      "service",
				Version:  "2026-01",
				TitleKo:  "이용약관",
				TitleEn:  "Terms of service",
				URL:      "/terms",
				Required: true,
			},
			{Tag: "news", Version: "1", TitleKo: "혜택 소식을 받을게요", TitleEn: "Send me news", Marketing: true},
		}
	})
	b := w.browser()
	a := b.signIn(kakaotest.PersonaRyan, "/board")
	if a.Header.Get("Location") != "/auth/join?return_to=%2Fboard" {
		t.Fatalf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	pending := b.cookie(sessionCookie)
	who := b.whoami()
	if who.Status != "pending" || who.Next == nil || *who.Next != "/auth/join" || who.User.Nickname != nil {
		t.Errorf("pending: %+v", who)
	}
	if a := b.get("/auth/account"); a.StatusCode != http.StatusSeeOther ||
		!strings.HasPrefix(a.Header.Get("Location"), "/auth/join") {
		t.Errorf("the account page of a pending user: %s %q", a.Status, a.Header.Get("Location"))
	}
	if a := b.get("/auth/verify"); a.StatusCode != 403 || a.Header.Get("X-Norang-Status") != "pending" {
		t.Errorf("verify of a pending user: %s %q", a.Status, a.Header.Get("X-Norang-Status"))
	}
	if !strings.Contains(w.metrics(), "\nnorang_members_joined_total 0\n") {
		t.Error("a pending user is counted as joined")
	}
	page := b.get("/auth/join?return_to=%2Fboard")
	form := url.Values{"csrf": {hidden(t, page.body, "csrf")}, "return_to": {"/board"}, "action": {"join"}}
	if a := b.post("/auth/join", form); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("nothing ticked: %s", a.Status)
	}
	form.Set("age", "1")
	form.Set("term.service", "2025-01") // yesterday's version
	if a := b.post("/auth/join", form); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an old version ticked: %s", a.Status)
	}
	form.Set("term.service", "2026-01")
	without := url.Values{"age": {"1"}, "term.service": {"2026-01"}, "action": {"join"}}
	if a := b.post("/auth/join", without); a.StatusCode != http.StatusForbidden {
		t.Errorf("without the CSRF token: %s", a.Status)
	}
	a = b.post("/auth/join", form)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/board" {
		t.Fatalf("join: %s %s", a.Status, a.body)
	}
	who = b.whoami()
	if who.Status != "active" || who.User.Nickname == nil || who.User.Email == nil {
		t.Errorf("joined: %+v", who)
	}
	if b.cookie(sessionCookie) == pending {
		t.Error("SE-03: joining did not change the session token")
	}
	old := w.browser()
	old.setCookie(sessionCookie, pending)
	if old.whoami().SignedIn {
		t.Error("SE-03: the pending session's token still works")
	}
	again := w.browser()
	if a := again.signIn(kakaotest.PersonaRyan, "/board"); a.Header.Get("Location") != "/board" {
		t.Errorf("the second sign-in asks again: %q", a.Header.Get("Location"))
	}
}

func TestDecliningToJoinLeavesNoData(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Age = "declare" })
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "/board")
	id := b.whoami().User.ID
	page := b.get("/auth/join")
	a := b.post("/auth/join", url.Values{"csrf": {hidden(t, page.body, "csrf")}, "action": {"cancel"}})
	if a.StatusCode != http.StatusSeeOther || b.whoami().SignedIn || b.cookie(sessionCookie) != "" {
		t.Errorf("%s %s", a.Status, a.body)
	}
	w.settled() // a running unlink job would end the next link
	b.signIn(kakaotest.PersonaRyan, "/board")
	if again := b.whoami().User.ID; again == id || again == "" {
		t.Errorf("AL-14: the discarded user was restored: %q", again)
	}
}

// 100 concurrent first logins of one Kakao user create one user (ST-02 through the whole service), who is then
// signed in on as many devices as the limit allows (SE-13).
func TestST02_ConcurrentFirstLoginsCreateOneUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = 100
	browsers := make([]*browser, n)
	var wg sync.WaitGroup
	for i := range n {
		browsers[i] = w.browser()
		wg.Go(func() {
			a := patiently(func() answer { return browsers[i].signIn(kakaotest.PersonaBigID, "") })
			if a.StatusCode != http.StatusSeeOther {
				t.Errorf("%s %s", a.Status, a.body)
			}
		})
	}
	wg.Wait()
	devices := map[string]int{}
	for _, b := range browsers {
		if who := b.whoami(); who.SignedIn {
			devices[who.User.ID]++
		}
	}
	if len(devices) != 1 {
		t.Fatalf("users %v", devices)
	}
	for id, n := range devices {
		if id == "" || n != session.MaxPerUser {
			t.Errorf("user %q on %d devices", id, n)
		}
	}
}

// patiently repeats what a limit in time refuses on a busy machine; a user tries again too, as the page says.
func patiently(do func() answer) answer {
	a := do()
	for tries := 0; a.StatusCode == http.StatusServiceUnavailable && tries < 20; tries++ {
		a = do()
	}
	return a
}

// hidden returns the value of a hidden field of a form.
func hidden(t testing.TB, body, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `name="`+name+`" value="`)
	if !ok {
		t.Fatalf("no field %q in %s", name, body)
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// A callback whose first request was interrupted responds at once instead of waiting for it.
func TestCallbackOfAnInterruptedRequestDoesNotWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, givesUp)
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "oauth/token", Hang: true}); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "/board")
	first := make(chan answer)
	go func() { first <- b.get(to) }()
	for w.calls("oauth/token") == 0 && len(w.kakao.Scenarios()) > 0 {
		time.Sleep(5 * time.Millisecond) // until the first callback waits for Kakao
	}
	w.clock.advance(time.Minute) // as if it never returned
	a := b.get(to)
	if a.StatusCode != 400 || !strings.Contains(a.body, "login.already_used") {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if a := <-first; a.StatusCode != 503 || !strings.Contains(a.body, "provider.unavailable") {
		t.Errorf("PF-02: the callback that hung: %s %s", a.Status, a.body)
	}
}
