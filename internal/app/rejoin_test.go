package app_test

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

const (
	returningPath = "/auth/returning"
	oneDay        = 24 * time.Hour
)

func withdrawing(rejoin string, grace time.Duration) func(*app.Config) {
	return func(c *app.Config) { c.Rejoin, c.WithdrawGrace = rejoin, grace }
}

// ask signs a withdrawn user in, up to the question.
func (b *browser) ask(persona string) answer {
	b.w.t.Helper()
	a := b.signIn(persona, "/board")
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != returningPath || b.whoami().SignedIn {
		b.w.t.Fatalf(
			"callback: %s to %q, signed in %t: %s",
			a.Status,
			a.Header.Get("Location"),
			b.whoami().SignedIn,
			a.body,
		)
	}
	return b.get(returningPath)
}

func (b *browser) reply(page answer, action string) answer {
	b.w.t.Helper()
	return b.post(returningPath, url.Values{"csrf": {hidden(b.w.t, page.body, "csrf")}, "action": {action}})
}

func pageSays(t *testing.T, a answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("the page lacks %q: %s", text, a.body)
		}
	}
}

func TestRejoin_Restore(t *testing.T) {
	t.Parallel()
	config := withdrawing("restore", 7*oneDay)
	w := newWorld(t, config)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	before := b.whoami()
	pageSays(t, b.get(withdrawPath), "undo this within 7 days")
	pageSays(t, b.withdrawAndSettle(), "You can undo this until", "Kakao is disconnected too.")
	if w.linked(kakaotest.PersonaRyan) {
		t.Error("Kakao is unlinked before the purge")
	}
	w.clock.advance(2 * oneDay)
	other := w.browser() // on another device
	page := other.ask(kakaotest.PersonaRyan)
	pageSays(t, page, "This account was closed", "You can reopen it until", "Reopen and sign in", "Keep it closed")
	a := other.reply(page, "restore")
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/board" {
		t.Fatalf("restored: %s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	after := other.whoami()
	if !after.SignedIn || after.User.ID != before.User.ID || after.Status != "active" {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if !w.linked(kakaotest.PersonaRyan) {
		t.Error("not linked at Kakao")
	}
	w.clock.advance(7 * oneDay)
	w.restart(config) // sweeps at once and runs the unlink job that was queued with the question
	other.signIn(kakaotest.PersonaRyan, "")
	if other.whoami().User.ID != before.User.ID || !w.linked(kakaotest.PersonaRyan) {
		t.Error("purged or unlinked despite the undo")
	}
	pageSays(t, other.get("/auth/account/log"), "Reopened the account")
}

func TestRejoin_DecliningTheUndoChangesNothing(t *testing.T) {
	t.Parallel()
	config := withdrawing("restore", 7*oneDay)
	w := newWorld(t, config)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	nickname, subject := *b.whoami().User.Nickname, b.whoami().Identity.Subject
	b.withdrawAndSettle()
	page := b.ask(kakaotest.PersonaRyan)
	if !w.linked(kakaotest.PersonaRyan) {
		t.Fatal("the emulator does not link by a sign-in")
	}
	if a := b.reply(page, "leave"); a.StatusCode != http.StatusSeeOther || b.whoami().SignedIn {
		t.Errorf("%s, signed in %t", a.Status, b.whoami().SignedIn)
	}
	if a := b.reply(page, "restore"); a.StatusCode != http.StatusBadRequest || b.whoami().SignedIn {
		t.Errorf("a second answer: %s", a.Status)
	}
	w.clock.advance(time.Hour)
	w.restart(config)
	eventually(t, "unlinked a second time", func() bool { return !w.linked(kakaotest.PersonaRyan) })
	w.settled() // or the job would run again after the restart, and end a later link
	// PV-02: after the grace period nothing is left.
	w.clock.advance(7 * oneDay)
	w.restart(config)
	eventually(t, "purged, and the unlink jobs done", func() bool {
		return len(w.rows("SELECT id FROM identities UNION ALL SELECT key FROM jobs WHERE payload IS NOT NULL")) == 0
	})
	w.stop()
	for _, name := range []string{"norang.db", "norang.db-wal"} {
		data, err := os.ReadFile(w.dir + "/" + name)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if strings.Contains(string(data), nickname) || strings.Contains(string(data), subject) {
			t.Errorf("%s still contains personal data", name)
		}
	}
}

func TestAL14_NewAccountWithinTheGracePeriod(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withdrawing("new", 7*oneDay))
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	before := b.whoami()
	pageSays(t, b.get(withdrawPath), "after 7 days")
	b.withdrawAndSettle()
	page := b.ask(kakaotest.PersonaRyan)
	pageSays(t, page, "You can join again", "Your earlier data does not come back.")
	if a := b.reply(page, "restore"); b.whoami().SignedIn {
		t.Errorf("a choice that was not offered: %s", a.Status)
	}
	page = b.ask(kakaotest.PersonaRyan)
	if a := b.reply(page, "new"); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/board" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	after := b.whoami()
	if !after.SignedIn || after.User.ID == before.User.ID {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if got := w.rows("SELECT status FROM users WHERE id = '" + before.User.ID +
		"' AND purge_at IS NULL AND nickname IS NULL"); len(
		got,
	) != 1 {
		t.Errorf("the previous account still exists: %v", got)
	}
	if strings.Contains(b.get("/auth/account/log").body, "The account was closed") {
		t.Error("the new account mentions the old one")
	}
}

func TestRejoin_NewPassesTheJoinPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withdrawing("new", oneDay), func(c *app.Config) { c.Age = "declare" })
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	join := func() {
		t.Helper()
		a := b.post("/auth/join", url.Values{"csrf": {hidden(t, b.get("/auth/join").body, "csrf")}, "age": {"1"}})
		if a.StatusCode != http.StatusSeeOther || b.whoami().Status != "active" {
			t.Fatalf("join: %s %+v", a.Status, b.whoami())
		}
	}
	join()
	b.withdrawAndSettle()
	if a := b.reply(b.ask(kakaotest.PersonaRyan), "new"); !strings.HasPrefix(a.Header.Get("Location"), "/auth/join") {
		t.Fatalf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	join()
	if b.whoami().User.Nickname == nil {
		t.Error("the claims of the sign-in are lost")
	}
}

func TestRejoin_Blocked(t *testing.T) {
	t.Parallel()
	config := func(c *app.Config) { c.Rejoin, c.RejoinBlock = "blocked", 30*oneDay }
	w := newWorld(t, config)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	subject := b.whoami().Identity.Subject
	pageSays(t, b.get(withdrawPath), "You can&#39;t join again for 30 days")
	b.withdrawAndSettle()
	page := b.ask(kakaotest.PersonaRyan)
	pageSays(t, page, "You can join again from", "To prevent abuse, you have to wait 30 days.")
	if page.StatusCode != http.StatusForbidden || strings.Contains(page.body, "<form class=\"actions\"") {
		t.Errorf("%s %s", page.Status, page.body)
	}
	eventually(t, "unlinked a second time", func() bool { return !w.linked(kakaotest.PersonaRyan) })
	w.settled() // or the job would run again after the restart, and end a later link
	if got := w.rows("SELECT hex(key) FROM rejoin_blocks"); len(got) != 1 || len(got[0]) != 64 ||
		strings.Contains(got[0], subject) {
		t.Errorf("blocks %v", got)
	}
	w.browser().signIn(kakaotest.PersonaApeach, "") // another user is not blocked
	w.clock.advance(29 * oneDay)
	w.restart(config) // the key is the same in another process
	b.ask(kakaotest.PersonaRyan)
	eventually(t, "unlinked again", func() bool { return !w.linked(kakaotest.PersonaRyan) })
	w.settled() // or the job would run again after the restart, and end a later link
	w.clock.advance(2 * oneDay)
	w.restart(config)
	if b.signIn(kakaotest.PersonaRyan, ""); !b.whoami().SignedIn {
		t.Error("blocked for longer than announced")
	}
	eventually(
		t,
		"the block record is deleted",
		func() bool { return len(w.rows("SELECT until FROM rejoin_blocks")) == 0 },
	)
}

func TestRejoin_QuestionIsBoundToTheBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withdrawing("restore", 7*oneDay))
	b, thief := w.browser(), w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	b.withdrawAndSettle()
	page := b.ask(kakaotest.PersonaRyan)
	form := url.Values{"csrf": {hidden(t, page.body, "csrf")}, "action": {"restore"}}
	cross := b.request("POST", returningPath, strings.NewReader(form.Encode()))
	cross.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	cross.Header.Set("Sec-Fetch-Site", "cross-site")
	for name, send := range map[string]func() answer{
		"no token":     func() answer { return b.post(returningPath, url.Values{"action": {"restore"}}) },
		"another site": func() answer { return b.do(cross) },
		"no cookie":    func() answer { return thief.post(returningPath, form) },
		"another choice": func() answer {
			return b.post(returningPath, url.Values{"csrf": form["csrf"], "action": {"x"}})
		},
	} {
		if a := send(); a.StatusCode/100 != 4 || b.whoami().SignedIn || thief.whoami().SignedIn {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
	w.clock.advance(11 * time.Minute)
	if a := b.post(returningPath, form); b.whoami().SignedIn || a.StatusCode/100 != 4 {
		t.Errorf("too late: %s", a.Status)
	}
	w.settled() // a running unlink job would end the next link
	// Two clicks have the effect of one.
	page = b.ask(kakaotest.PersonaRyan)
	cookie := b.cookie(sessionCookie + "-returning")
	form = url.Values{"csrf": {hidden(t, page.body, "csrf")}, "action": {"restore"}}
	for range 2 {
		b.setCookie(sessionCookie+"-returning", cookie)
		if a := b.post(returningPath, form); a.StatusCode != http.StatusSeeOther ||
			a.Header.Get("Location") != "/board" {
			t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
		}
	}
	if n := len(w.rows("SELECT id FROM sessions")); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

// From the day that the page names, the user can join: from its first moment, in Seoul.
func TestRejoin_BlockEndsBeforeTheDayThatThePageNames(t *testing.T) {
	t.Parallel()
	config := func(c *app.Config) { c.Rejoin, c.RejoinBlock = "blocked", 30*oneDay }
	w := newWorld(t, config)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	b.withdrawAndSettle()
	page := strings.ReplaceAll(b.ask(kakaotest.PersonaRyan).body, "\u00a0", " ")
	_, rest, _ := strings.Cut(page, "You can join again from ")
	named, _, _ := strings.Cut(rest, "<")
	day, err := time.ParseInLocation("January 2, 2006", named, time.FixedZone("KST", 9*3600))
	if err != nil {
		t.Fatalf("%v: %s", err, page)
	}
	if ends := w.clock.now().Add(30 * oneDay); day.Before(ends.Add(-time.Minute)) || day.After(ends.Add(oneDay)) {
		t.Errorf("%v is named, the block ends at %v", day, ends)
	}
	w.settled() // or the job would run again after the restart, and end a later link
	w.clock.advance(day.Add(time.Minute).Sub(w.clock.now()))
	w.restart(config)
	if a := b.signIn(kakaotest.PersonaRyan, ""); !b.whoami().SignedIn {
		t.Errorf("on %v: %s to %q", day, a.Status, a.Header.Get("Location"))
	}
}

// A callback that is loaded again asks the same question, and a browser without a question sees no form.
func TestRejoin_RepeatedCallbackAsksTheSameQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withdrawing("restore", 7*oneDay))
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	b.withdrawAndSettle()
	callback := b.toCallback(kakaotest.PersonaRyan, "/board")
	for range 2 {
		if a := b.get(callback); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != returningPath {
			t.Fatalf("%s to %q: %s", a.Status, a.Header.Get("Location"), a.body)
		}
	}
	if a := w.browser().get(returningPath); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/" {
		t.Errorf("without a question: %s to %q", a.Status, a.Header.Get("Location"))
	}
	if a := b.reply(b.get(returningPath), "restore"); a.Header.Get("Location") != "/board" || !b.whoami().SignedIn {
		t.Errorf("answered: %s to %q", a.Status, a.Header.Get("Location"))
	}
}
