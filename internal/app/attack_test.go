package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// The second of two clicks on "withdraw" arrives without a session and is shown the progress of the withdrawal. This
// must not reveal the progress of another user's withdrawal.
func TestSE11_WithdrawalOfAnotherUserIsNotRevealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.WithdrawGrace = 7 * 24 * time.Hour })
	victim := w.browser()
	victim.signIn(kakaotest.PersonaRyan, "")
	id := victim.whoami().User.ID
	theirs := victim.withdrawForm()
	victim.withdraw()
	b := w.browser()
	b.signIn(kakaotest.PersonaApeach, "")
	form, token := b.withdrawForm(), b.cookie(sessionCookie)
	b.post("/auth/signout", url.Values{})
	for name, user := range map[string]string{"by user id": id, "by their form": theirs.Get("user")} {
		b.setCookie(sessionCookie, token) // the session has ended, but the form is still valid
		form.Set("user", user)
		if a := b.post(withdrawPath, form); a.Header.Get("Location") == "/auth/left" {
			t.Errorf("%s: redirected to the page about another user's withdrawal: %s", name, b.get("/auth/left").body)
		}
	}
}

// forget deletes a cookie, as if the response that set it had been lost.
func (b *browser) forget(name string) {
	u, _ := url.Parse(b.w.srv.URL)
	b.jar.SetCookies(u, []*http.Cookie{{Name: name, Path: "/", Secure: true, MaxAge: -1}})
}

// After signing out no URL in the browser's history signs in again, including callback URLs whose attempt cookie
// still holds a token.
func TestSE09_SignOutEndsAttemptsInEveryTab(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	signedOut := func(b *browser, addresses ...string) {
		t.Helper()
		if a := b.post("/auth/signout", url.Values{}); a.StatusCode != http.StatusSeeOther {
			t.Fatal(a.Status)
		}
		for i, address := range addresses {
			b.get(address)
			if b.whoami().SignedIn {
				t.Errorf("signed in again by the callback URL of tab %d", i+1)
				b.forget(sessionCookie)
			}
		}
	}
	// Two tabs come back at the same time, as when a browser restores its pages. Each gets a session, and the
	// browser keeps the token of the last response.
	b := w.browser()
	one, two := b.toCallback(kakaotest.PersonaRyan, "/a"), b.toCallback(kakaotest.PersonaRyan, "/b")
	b.get(one)
	b.forget(sessionCookie) // the second request was sent before the first response
	b.get(two)
	if !b.whoami().SignedIn {
		t.Fatal("not signed in")
	}
	signedOut(b, one, two)
	// Linking an identity changes the token while the user signs out in another tab with the old one.
	c := w.browser()
	c.signIn(kakaotest.PersonaApeach, "")
	c.prove(kakaotest.PersonaApeach)
	to, old := c.roundTo(linksPath+"/add", kakaotest.PersonaFull), c.cookie(sessionCookie)
	c.get(to)
	c.setCookie(sessionCookie, old)
	signedOut(c, to)
}

// The URL of a link ticket is a secret in any spelling: requests that are not routed as written are logged too.
func TestLI02_TicketInUnroutedURLIsNotLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const code = "nK3T3m5E9xk0cVq8a2b1c4d7e6f5A0B9C8D7E6F5G4H"
	for _, path := range []string{
		"/auth/link/" + code, "//auth/link/" + code, "/auth//link/" + code, "/auth/./link/" + code,
		"/auth/x/../link/" + code, "/auth/link/" + code + "/", "/auth/link/x/" + code,
	} {
		r := w.browser().request("GET", w.srv.URL, nil)
		r.URL.Path = path
		w.browser().do(r)
	}
	if log := w.log.String(); strings.Contains(log, code) {
		for line := range strings.Lines(log) {
			if strings.Contains(line, code) {
				t.Error(line)
			}
		}
	}
}

// Two consents are withdrawn concurrently in two tabs. Neither response may restore the other consent, least of all
// in the ledger.
func TestPV07_TwoConsentsWithdrawnConcurrently(t *testing.T) {
	t.Parallel()
	w := listing(t)
	w.consents(
		item("profile_nickname", kakaotest.StepRequired),
		item("profile_image", kakaotest.StepOptional),
		item("account_email", kakaotest.StepOptional),
	)
	b := w.listed(kakaotest.PersonaRyan)
	page := b.get(consentsPath)
	items := []string{"account_email", "profile_image"}
	for _, item := range items {
		if !strings.Contains(page.body, `name="scope" value="`+item+`"`) {
			t.Fatalf("%s cannot be withdrawn: %s", item, page.body)
		}
	}
	// Kakao is slow, so that both requests overlap.
	if err := w.kakao.Script(kakaotest.Scenario{
		Endpoint: "user/revoke/scopes",
		Delay:    kakaotest.Duration(500 * time.Millisecond),
		Times:    2,
	}); err != nil {
		t.Fatal(err)
	}
	var tabs sync.WaitGroup
	for _, item := range items {
		tabs.Go(func() { b.change(page, url.Values{"action": {"take"}, "scope": {item}}) })
	}
	tabs.Wait()
	for _, line := range w.ledger(b.whoami().User.ID) {
		if strings.HasPrefix(line, "+") && strings.HasSuffix(line, "@account") {
			t.Errorf("the ledger records an agreement on the page where the consent was withdrawn: %q", line)
		}
	}
	after := b.get(consentsPath)
	for _, item := range items {
		if strings.Contains(after.body, `name="scope" value="`+item+`"`) {
			t.Errorf("%s is still shown as agreed", item)
		}
	}
}

// A withdrawn user in the grace period proves that account while signed in to another one, to link it there. It is
// not linked, and the link at Kakao, which that round trip created, is ended again.
func TestAL15_LinkOfWithdrawnUserIsEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.WithdrawGrace = 7 * 24 * time.Hour })
	left := w.browser()
	left.signIn(kakaotest.PersonaRyan, "")
	left.withdrawAndSettle()
	if w.linked(kakaotest.PersonaRyan) {
		t.Fatal("still linked")
	}
	b := w.browser()
	b.signIn(kakaotest.PersonaApeach, "")
	unlinked := w.calls("user/unlink")
	if a := b.addIdentity(kakaotest.PersonaApeach, kakaotest.PersonaRyan); a.StatusCode != http.StatusForbidden {
		t.Errorf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	w.settled()
	if w.linked(kakaotest.PersonaRyan) {
		t.Error("the link at Kakao was not ended")
	}
	if n := w.calls("user/unlink") - unlinked; n != 1 {
		t.Errorf("%d unlink calls", n)
	}
}

// The grace period ends and the account is purged while the user reads the question. Undoing is no longer possible,
// and choosing it must not create a new user.
func TestAL14_UndoAfterPurgeCreatesNoUser(t *testing.T) {
	t.Parallel()
	config := withdrawing("restore", 7*oneDay)
	w := newWorld(t, config)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	before := b.whoami()
	b.withdrawAndSettle()
	w.clock.advance(7*oneDay - 3*time.Minute)
	page := b.ask(kakaotest.PersonaRyan)
	w.clock.advance(5 * time.Minute)
	w.restart(config) // sweeps at once
	eventually(t, "purged", func() bool { return len(w.rows("SELECT id FROM identities")) == 0 })
	if a := b.reply(page, "restore"); a.Header.Get("Location") != returningPath || b.whoami().SignedIn {
		t.Fatalf("%s to %q, %+v", a.Status, a.Header.Get("Location"), b.whoami())
	}
	anew := b.get(returningPath)
	pageSays(t, anew, "You can join again")
	if a := b.reply(anew, "new"); a.Header.Get("Location") != "/board" || b.whoami().User.ID == before.User.ID ||
		b.whoami().Status != "active" {
		t.Errorf("%s to %q, %+v", a.Status, a.Header.Get("Location"), b.whoami())
	}
}
