package app_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// eventually waits for background jobs.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(25 * time.Millisecond) {
		if ok() {
			return
		}
		if time.Now().After(end) {
			t.Fatal("timed out waiting for: " + what)
		}
	}
}

const withdrawPath = "/auth/account/withdraw"

// withdrawForm is the form of the button on the page.
func (b *browser) withdrawForm() url.Values {
	b.w.t.Helper()
	a := b.get(withdrawPath)
	if a.StatusCode != 200 {
		b.w.t.Fatalf("withdraw page: %s %s", a.Status, a.body)
	}
	return url.Values{"csrf": {hidden(b.w.t, a.body, "csrf")}, "user": {hidden(b.w.t, a.body, "user")}}
}

// withdraw closes the account. It waits for Kakao no longer than a user would.
func (b *browser) withdraw() answer {
	b.w.t.Helper()
	a := b.post(withdrawPath, b.withdrawForm())
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/auth/left" {
		b.w.t.Fatalf("withdraw: %s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	return b.get("/auth/left")
}

// withdrawAndSettle closes the account, waits for the jobs, and returns the page that follows.
func (b *browser) withdrawAndSettle() answer {
	b.w.t.Helper()
	b.withdraw()
	b.w.settled()
	return b.get("/auth/left")
}

// linked reports whether the emulator has a link of the persona.
func (w *world) linked(persona string) bool {
	for _, l := range w.kakao.Links() {
		if l.Account == persona && l.State == "linked" {
			return true
		}
	}
	return false
}

func TestPV02_WithdrawalErasesEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, other := w.browser(), w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	other.signIn(kakaotest.PersonaRyan, "")
	who := b.whoami()
	page := b.withdrawAndSettle()
	for _, want := range []string{"Account closed", "Kakao is disconnected too."} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %q: %s", want, page.body)
		}
	}
	if b.whoami().SignedIn || other.whoami().SignedIn || b.cookie(sessionCookie) != "" {
		t.Error("a session is still valid")
	}
	if w.linked(kakaotest.PersonaRyan) {
		t.Error("the link at Kakao was not ended")
	}
	w.stop() // writes the log into the file
	for _, name := range []string{"norang.db", "norang.db-wal"} {
		data, err := os.ReadFile(filepath.Join(w.dir, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for what, secret := range map[string]string{"nickname": *who.User.Nickname, "subject": who.Identity.Subject} {
			if strings.Contains(string(data), secret) {
				t.Errorf("the %s is still in %s", what, name)
			}
		}
	}
	if strings.Contains(w.log.String(), *who.User.Nickname) || strings.Contains(w.log.String(), who.Identity.Subject) {
		t.Error("the log identifies the user")
	}
}

func TestAL14_WithdrawnUserReturnsAsANewUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	before := b.whoami()
	b.withdrawAndSettle()
	b.signIn(kakaotest.PersonaRyan, "")
	after := b.whoami()
	if !after.SignedIn || after.User.ID == before.User.ID || after.Identity.Subject != before.Identity.Subject {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestSO08_WithdrawalNeedsTheFormAndAFreshSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	form := b.withdrawForm()
	for name, send := range map[string]func() answer{
		"no token":    func() answer { return b.post(withdrawPath, url.Values{"user": form["user"]}) },
		"wrong token": func() answer { return b.post(withdrawPath, url.Values{"csrf": {"forged"}}) },
		"cross-site": func() answer {
			r := b.request("POST", withdrawPath, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			return b.do(r)
		},
	} {
		if a := send(); a.StatusCode != http.StatusForbidden || !b.whoami().SignedIn {
			t.Errorf("%s: %s, signed in %t", name, a.Status, b.whoami().SignedIn)
		}
	}
	w.clock.advance(31 * time.Minute)
	if a := b.post(withdrawPath, form); a.StatusCode != http.StatusForbidden ||
		!strings.Contains(a.body, "/auth/account/withdraw/confirm") ||
		!b.whoami().SignedIn {
		t.Fatalf("stale sign-in: %s %s", a.Status, a.body)
	}
	// The proof of another account is refused and changes nothing.
	confirm := func(persona string) answer {
		a := b.get(withdrawPath + "/confirm")
		to := withQuery(t, a.Header.Get("Location"), func(q url.Values) { q.Set("login_hint", persona) })
		return b.get(b.throughKakao(to))
	}
	before := b.whoami()
	if a := confirm(kakaotest.PersonaApeach); a.StatusCode != http.StatusForbidden ||
		!strings.Contains(a.body, "login.other_account") {
		t.Errorf("another account: %s %s", a.Status, a.body)
	}
	if after := b.whoami(); after.User.ID != before.User.ID || after.Session.ID != before.Session.ID {
		t.Errorf("another account signed in: %+v", after)
	}
	eventually(t, "the other account, which is no user here, is unlinked", func() bool {
		return !w.linked(kakaotest.PersonaApeach)
	})
	a := confirm(kakaotest.PersonaRyan)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != withdrawPath ||
		b.whoami().User.ID != before.User.ID {
		t.Fatalf("same account: %s to %q", a.Status, a.Header.Get("Location"))
	}
	w.settled()
	unlinked := w.calls("user/unlink")
	b.withdrawAndSettle()
	if n := w.calls("user/unlink") - unlinked; n != 1 || w.linked(kakaotest.PersonaRyan) {
		t.Errorf("unlink was called %d times, linked %t", n, w.linked(kakaotest.PersonaRyan))
	}
}

func TestSO09_WithdrawalWhileKakaoIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "user/unlink", Status: 503, Times: -1}); err != nil {
		t.Fatal(err)
	}
	if page := b.withdraw(); !strings.Contains(page.body, "will be disconnected automatically") {
		t.Errorf("the page does not say that the unlink is pending: %s", page.body)
	}
	if b.whoami().SignedIn {
		t.Error("signed in before the unlink")
	}
	w.kakao.ClearScenarios()
	w.clock.advance(2 * time.Hour)
	w.restart() // queued jobs survive a restart
	eventually(t, "unlinked", func() bool { return !w.linked(kakaotest.PersonaRyan) })
	eventually(
		t,
		"the page confirms the unlink",
		func() bool { return strings.Contains(b.get("/auth/left").body, "Kakao is disconnected too.") },
	)
}

func TestSO09_WrongAdminKeyRaisesAnAlarm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Kakao.AdminKeys = []string{"emu0000000000000000000000000000f"} })
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	b.withdraw()
	eventually(t, "the log has an alarm", func() bool { return strings.Contains(w.log.String(), "job given up") })
	if page := b.get("/auth/left"); !strings.Contains(page.body, "Kakao is not disconnected yet.") {
		t.Errorf("the page promises an unlink that will not happen: %s", page.body)
	}
	w.restart() // with the right key
	eventually(t, "unlinked", func() bool { return !w.linked(kakaotest.PersonaRyan) })
}

func TestSO10_SecondWithdrawalClickIsHarmless(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	form, token := b.withdrawForm(), b.cookie(sessionCookie)
	// The link at Kakao has ended already: -101 counts as success.
	w.kakao.Unlink(0, kakaotest.PersonaRyan, "UNLINK_FROM_APPS")
	for i := range 2 {
		b.setCookie(sessionCookie, token) // the second request was sent before the first response
		a := b.post(withdrawPath, form)
		if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/auth/left" {
			t.Fatalf("click %d: %s to %q", i+1, a.Status, a.Header.Get("Location"))
		}
	}
	w.settled()
	if page := b.get("/auth/left"); !strings.Contains(page.body, "Kakao is disconnected too.") {
		t.Errorf("%s", page.body)
	}
	// A session that ended in another way is not a withdrawal.
	c := w.browser()
	c.signIn(kakaotest.PersonaApeach, "")
	form, token = c.withdrawForm(), c.cookie(sessionCookie)
	c.post("/auth/signout", url.Values{})
	c.setCookie(sessionCookie, token)
	if a := c.post(withdrawPath, form); a.Header.Get("Location") == "/auth/left" {
		t.Error("a user who signed out was shown the withdrawal page")
	}
	// Another tab's callback replaced the session while this request was at work: the page asks again.
	d := w.browser()
	d.signIn(kakaotest.PersonaFull, "")
	form = d.withdrawForm()
	w.rows("DELETE FROM sessions") // not seen by the cache
	if a := d.post(withdrawPath, form); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != withdrawPath {
		t.Errorf("a replaced session: %s to %q", a.Status, a.Header.Get("Location"))
	}
	if a := w.browser().get("/auth/left"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("the withdrawal page without a withdrawal: %s", a.Status)
	}
}

func TestPendingUsersAreUnlinked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Age = "declare" })
	declined, late := w.browser(), w.browser()
	declined.signIn(kakaotest.PersonaRyan, "")
	late.signIn(kakaotest.PersonaApeach, "")
	declined.post(
		"/auth/join",
		url.Values{"csrf": {hidden(t, declined.get("/auth/join").body, "csrf")}, "action": {"cancel"}},
	)
	eventually(t, "the user who declined is unlinked", func() bool { return !w.linked(kakaotest.PersonaRyan) })
	w.clock.advance(25 * time.Hour)
	w.restart(func(c *app.Config) { c.Age = "declare" }) // sweeps at once
	eventually(t, "the user who did not join is unlinked", func() bool { return !w.linked(kakaotest.PersonaApeach) })
}
