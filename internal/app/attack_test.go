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

// The second of two clicks on "leave" comes without a session, and is told how far the leaving is. That must not tell
// anybody how far somebody else's is: whether they left, when they are erased, and what became of their link at Kakao.
func TestSE11_LeavingOfSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.WithdrawGrace = 7 * 24 * time.Hour })
	victim := w.browser()
	victim.signIn(kakaotest.PersonaRyan, "")
	id := victim.whoami().User.ID
	theirs := victim.withdrawForm()
	victim.leave()
	b := w.browser()
	b.signIn(kakaotest.PersonaApeach, "")
	form, token := b.withdrawForm(), b.cookie(sessionCookie)
	b.post("/auth/signout", url.Values{})
	for name, user := range map[string]string{"by its id": id, "by the form of theirs": theirs.Get("user")} {
		b.setCookie(sessionCookie, token) // of a session that has ended: the form is still ours
		form.Set("user", user)
		if a := b.post(withdrawPath, form); a.Header.Get("Location") == "/auth/left" {
			t.Errorf("%s: led to the page about somebody else's leaving: %s", name, b.get("/auth/left").body)
		}
	}
}

// forget deletes a cookie, as if the answer that set it had never come.
func (b *browser) forget(name string) {
	u, _ := url.Parse(b.w.srv.URL)
	b.jar.SetCookies(u, []*http.Cookie{{Name: name, Path: "/", Secure: true, MaxAge: -1}})
}

// After signing out nothing in that browser signs in any more: no address that Kakao had led back to, which the browser
// still has in its history, and for which it has a token in the cookie of the attempt.
func TestSE09_SignOutReachesEveryTab(t *testing.T) {
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
				t.Errorf("signed in again by the address of tab %d", i+1)
				b.forget(sessionCookie)
			}
		}
	}
	// Two tabs come back at the same moment, as when a browser opens yesterday's pages again: each gets a session, and
	// the browser keeps the token of the one that was answered last.
	b := w.browser()
	one, two := b.toCallback(kakaotest.PersonaRyan, "/a"), b.toCallback(kakaotest.PersonaRyan, "/b")
	b.get(one)
	b.forget(sessionCookie) // the second left before the first was answered
	b.get(two)
	if !b.whoami().SignedIn {
		t.Fatal("not signed in")
	}
	signedOut(b, one, two)
	// An identity is added, which changes the token, while the person signs out in another tab with the old one.
	c := w.browser()
	c.signIn(kakaotest.PersonaApeach, "")
	c.prove(kakaotest.PersonaApeach)
	to, old := c.roundTo(linksPath+"/add", kakaotest.PersonaFull), c.cookie(sessionCookie)
	c.get(to)
	c.setCookie(sessionCookie, old)
	signedOut(c, to)
}

// The address of a link ticket is a secret, however somebody has written it: what is not served as it was written is logged
// as well.
func TestLI02_TicketInAnAddressThatIsNotServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const code = "nK3T3m5E9xk0cVq8a2b1c4d7e6f5A0B9C8D7E6F5G4H"
	for _, path := range []string{"/auth/link/" + code, "//auth/link/" + code, "/auth//link/" + code, "/auth/./link/" + code, "/auth/x/../link/" + code, "/auth/link/" + code + "/", "/auth/link/x/" + code} {
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

// Two consents are taken back at the same moment, in two tabs. Both are taken back: neither answer may bring back what the
// other one took, least of all into the ledger, which would then say that the person agreed.
func TestPV07_TwoConsentsTakenBackAtOnce(t *testing.T) {
	t.Parallel()
	w := listing(t)
	w.consents(item("profile_nickname", kakaotest.StepRequired), item("profile_image", kakaotest.StepOptional), item("account_email", kakaotest.StepOptional))
	b := w.listed(kakaotest.PersonaRyan)
	page := b.get(consentsPath)
	items := []string{"account_email", "profile_image"}
	for _, item := range items {
		if !strings.Contains(page.body, `name="scope" value="`+item+`"`) {
			t.Fatalf("%s cannot be taken back: %s", item, page.body)
		}
	}
	// Kakao is slow, so that both are under way before either has come to its end.
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "user/revoke/scopes", Delay: kakaotest.Duration(500 * time.Millisecond), Times: 2}); err != nil {
		t.Fatal(err)
	}
	var tabs sync.WaitGroup
	for _, item := range items {
		tabs.Go(func() { b.change(page, url.Values{"action": {"take"}, "scope": {item}}) })
	}
	tabs.Wait()
	for _, line := range w.ledger(b.whoami().User.ID) {
		if strings.HasPrefix(line, "+") && strings.HasSuffix(line, "@account") {
			t.Errorf("the ledger says that they agreed, on the page where they took it back: %q", line)
		}
	}
	after := b.get(consentsPath)
	for _, item := range items {
		if strings.Contains(after.body, `name="scope" value="`+item+`"`) {
			t.Errorf("%s is said to be agreed to", item)
		}
	}
}

// Who left and may still come back proves that account while another one is signed in, to add it there. It is not added, and
// the link at Kakao, which that round made anew, does not stay behind with nobody here to whom it belongs.
func TestAL15_LinkOfWhoLeftDoesNotStayBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.WithdrawGrace = 7 * 24 * time.Hour })
	left := w.browser()
	left.signIn(kakaotest.PersonaRyan, "")
	left.gone()
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
		t.Error("the link at Kakao stays behind")
	}
	if n := w.calls("user/unlink") - unlinked; n != 1 {
		t.Errorf("unlinked %d times", n)
	}
}

// The grace period ends, and the account is purged, while its person reads the question. Undoing is not possible any more;
// that they said so makes nobody a new member, any more than it does a minute earlier, when the row is still there.
func TestAL14_UndoneTooLate(t *testing.T) {
	t.Parallel()
	config := leavingBy("restore", 7*oneDay)
	w := newWorld(t, config)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	before := b.whoami()
	b.gone()
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
	if a := b.reply(anew, "new"); a.Header.Get("Location") != "/board" || b.whoami().User.ID == before.User.ID || b.whoami().Status != "active" {
		t.Errorf("%s to %q, %+v", a.Status, a.Header.Get("Location"), b.whoami())
	}
}
