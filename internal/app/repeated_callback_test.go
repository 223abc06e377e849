package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/figures"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// A callback that the browser loads again, from its history or by a reload, is no double click: the session that it set
// may have ended. It brings no dead session cookie back in place of the one that the browser has now, nor a session
// that was signed out.
func TestSO13_RepeatedCallbackLeavesALaterSessionAlone(t *testing.T) {
	t.Parallel()
	ryan, apeach := kakaotest.PersonaRyan, kakaotest.PersonaApeach
	signOut := func(b *browser) {
		b.post("/auth/signout", url.Values{"csrf": {hidden(b.w.t, b.get("/auth/account").body, "csrf")}})
	}
	for name, c := range map[string]struct {
		config func(*app.Config)
		then   func(*browser) // after the first callback
		user   bool           // signed in afterwards, as before the repeated callback
	}{
		"another user": {then: func(b *browser) { b.signIn(apeach, "/board") }, user: true},
		"same user":    {then: func(b *browser) { b.signIn(ryan, "/board") }, user: true},
		"joined": {config: func(c *app.Config) { c.Age = "declare" }, then: func(b *browser) {
			page := b.get("/auth/join?return_to=/board")
			b.post("/auth/join", url.Values{
				"csrf": {hidden(b.w.t, page.body, "csrf")}, "action": {"join"}, "age": {"1"}, "return_to": {"/board"},
			})
		}, user: true},
		"signed out": {then: signOut},
		"signed out, and in again": {
			then: func(b *browser) { signOut(b); b.signIn(apeach, "/board") }, user: true,
		},
	} {
		for _, later := range []time.Duration{0, 5 * time.Second, 15 * time.Second} {
			t.Run(name+" after "+later.String(), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, func(cfg *app.Config) {
					if c.config != nil {
						c.config(cfg)
					}
				})
				b := w.browser()
				callback := b.toCallback(ryan, "/board")
				if a := b.get(callback); a.StatusCode != http.StatusSeeOther {
					t.Fatalf("%s %s", a.Status, a.body)
				}
				c.then(b)
				before := b.whoami()
				if before.SignedIn != c.user {
					t.Fatalf("before: %+v", before)
				}
				w.clock.advance(later)
				a := b.get(callback)
				for _, cookie := range a.Cookies() {
					if cookie.Name == sessionCookie {
						t.Errorf("%s sets a session cookie of %d bytes", a.Status, len(cookie.Value))
					}
				}
				after := b.whoami()
				if after.SignedIn != before.SignedIn || after.User.ID != before.User.ID || after.Status != before.Status {
					t.Errorf("%s to %q: %+v, before %+v", a.Status, a.Header.Get("Location"), after, before)
				}
			})
		}
	}
}

// A reload while the session lives is answered like the first callback.
func TestSO13_RepeatedCallbackOfALiveSessionIsAnsweredAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaApeach, "/")
	callback := b.toCallback(kakaotest.PersonaRyan, "/board")
	early := b.twin() // with the session that the callback replaces
	first := b.get(callback)
	sameAnswer(t, first, b.get(callback))
	sameAnswer(t, first, early.get(callback))
	if who := early.whoami(); !who.SignedIn || who.User.ID != b.whoami().User.ID {
		t.Errorf("the copy: %+v", who)
	}
}

// Reloads of a callback are not counted as sign-ins, and those of a new user not as users who joined.
func TestRepeatedCallbackIsCountedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.stop()
	b := w.browser()
	callback := b.toCallback(kakaotest.PersonaRyan, "/board")
	for range 3 {
		if a := b.get(callback); a.StatusCode != http.StatusSeeOther || !b.in() {
			t.Fatalf("%s %s", a.Status, a.body)
		}
		w.clock.advance(15 * time.Second) // the answer is no longer in memory
	}
	if body := w.metrics(); !strings.Contains(body, "\nnorang_members_joined_total 1\n") {
		t.Error("one user joined, norang_members_joined_total is not 1")
	}
	w.stop()
	if n := w.figures(figures.SignIns)["kakao"]; n != 1 {
		t.Errorf("one sign-in is counted %d times", n)
	}
}
