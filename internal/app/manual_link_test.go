package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// newManualWorld is a service of a Kakao app without automatic linking (자동 연결).
func newManualWorld(t *testing.T, changes ...func(*app.Config)) *world {
	t.Helper()
	w := hooked(t, changes...)
	if err := w.kakao.UpdateApp(0, func(a *kakaotest.App) { a.ManualLink = true }); err != nil {
		t.Fatal(err)
	}
	return w
}

// aDayLater lets Kakao unlink users whose sign-up is incomplete, and waits for the webhooks.
func (w *world) aDayLater() {
	w.t.Helper()
	w.clock.advance(25 * time.Hour)
	w.kakao.Advance(0)
	if err := w.kakao.WaitWebhooks(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.settled()
}

func TestManualLinkUserWithoutJoinPageIsSignedUp(t *testing.T) {
	t.Parallel()
	w := newManualWorld(t)
	for range 2 {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		if b.whoami().Status != "active" {
			t.Fatalf("%+v", b.whoami())
		}
	}
	if n := w.calls("user/signup"); n != 1 {
		t.Errorf("%d calls of signup", n)
	}
	log := w.log.String()
	if strings.Count(log, "자동 연결") == 0 || strings.Count(log, "automatic linking") != 1 {
		t.Errorf("the warning about the console's setting is missing or repeated: %s", log)
	}
	w.aDayLater()
	if !w.linked(kakaotest.PersonaRyan) {
		t.Errorf("links: %+v", w.kakao.Links())
	}
}

func TestManualLinkUserIsSignedUpWhenTheyJoin(t *testing.T) {
	t.Parallel()
	w := newManualWorld(t, func(c *app.Config) { c.Age = "declare" })
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "/")
	page := b.get("/auth/join")
	if n := w.calls("user/signup"); n != 0 || b.whoami().Status != "pending" {
		t.Fatalf("%d calls of signup before the user has joined", n)
	}
	form := url.Values{"csrf": {hidden(t, page.body, "csrf")}, "action": {"join"}}
	if a := b.post("/auth/join", form); a.StatusCode != http.StatusUnprocessableEntity || w.calls("user/signup") != 0 {
		t.Fatalf("incomplete form: %s, %d calls of signup", a.Status, w.calls("user/signup"))
	}
	form.Set("age", "on")
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "user/signup", Status: 503}); err != nil {
		t.Fatal(err)
	}
	if a := b.post("/auth/join", form); a.StatusCode != http.StatusServiceUnavailable || b.whoami().Status != "pending" {
		t.Fatalf("Kakao is down: %s, %s", a.Status, b.whoami().Status)
	}
	w.kakao.ClearScenarios()
	if a := b.post("/auth/join", form); a.StatusCode != http.StatusSeeOther || b.whoami().Status != "active" {
		t.Fatalf("%s, %s", a.Status, a.body)
	}
	if strings.Contains(page.body, "access_token") || w.calls("user/signup") != 2 {
		t.Errorf("%d calls of signup", w.calls("user/signup"))
	}
	id := b.whoami().User.ID
	w.aDayLater()
	again := w.browser()
	again.signIn(kakaotest.PersonaRyan, "/")
	if who := again.whoami(); who.User.ID != id || !w.linked(kakaotest.PersonaRyan) {
		t.Errorf("a day later: %+v, %+v", who, w.kakao.Links())
	}
}

// Until the user joins, Kakao's unlink of an incomplete sign-up means what it says.
func TestManualLinkUserWhoNeverJoinsIsDiscarded(t *testing.T) {
	t.Parallel()
	w := newManualWorld(t, func(c *app.Config) { c.Age = "declare" })
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "/")
	w.aDayLater()
	if n := w.calls("user/signup"); n != 0 {
		t.Errorf("%d calls of signup", n)
	}
	if rows := w.rows("SELECT id FROM users"); len(rows) != 0 {
		t.Errorf("users: %v", rows)
	}
}

func TestManualLinkUserWhoseSignUpFailedIsSignedUpByTheNextSignIn(t *testing.T) {
	t.Parallel()
	w := newManualWorld(t)
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "user/signup", Status: 500, Times: -1}); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "/")
	if b.whoami().Status != "active" || !strings.Contains(w.log.String(), "link not completed") {
		t.Fatalf("%+v\n%s", b.whoami(), w.log.String())
	}
	w.kakao.ClearScenarios()
	w.browser().signIn(kakaotest.PersonaRyan, "/")
	before := w.calls("user/signup")
	w.browser().signIn(kakaotest.PersonaRyan, "/")
	if n := w.calls("user/signup"); n != before {
		t.Errorf("signed up again, %d calls", n)
	}
}
