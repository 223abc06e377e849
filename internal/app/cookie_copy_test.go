package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// remembering notes which cookies have a lifetime, and so survive the end of the browser.
type remembering struct {
	http.RoundTripper
	kept map[string]bool
}

func (r *remembering) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.RoundTripper.RoundTrip(req)
	if err == nil {
		for _, c := range resp.Cookies() {
			r.kept[c.Name] = c.MaxAge > 0 || !c.Expires.IsZero()
		}
	}
	return resp, err
}

// closed is the browser after it was closed and opened again: cookies without a lifetime are gone.
func (b *browser) closed(kept map[string]bool) *browser {
	b.w.t.Helper()
	again := b.w.browser()
	u, err := url.Parse(b.w.srv.URL)
	if err != nil {
		b.w.t.Fatal(err)
	}
	for _, c := range b.jar.Cookies(u) {
		if kept[c.Name] {
			again.setCookie(c.Name, c.Value)
		}
	}
	return again
}

// On a shared computer the browser is closed, and the next user loads the address of the callback from its history.
func TestSE20_ClosedBrowserBringsNoSessionBack(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]func(*app.Config){
		"sign-in":             func(*app.Config) {},
		"with the join page":  func(c *app.Config) { c.Age = "declare" },
		"after a withdrawal":  withdrawing("restore", 7*oneDay),
		"asked to join again": withdrawing("new", oneDay),
	} {
		for _, remember := range []string{"0", "1"} {
			t.Run(name+", remember="+remember, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, config)
				if name == "after a withdrawal" || name == "asked to join again" {
					first, _ := w.signedIn(kakaotest.PersonaRyan)
					first.withdrawAndSettle()
				}
				b := w.browser()
				kept := map[string]bool{}
				b.http.Transport = &remembering{b.http.Transport, kept}
				a := b.get("/oauth/kakao?remember=" + remember + "&login_hint=" + kakaotest.PersonaRyan)
				callback := b.throughKakao(a.Header.Get("Location"))
				if a := b.get(callback); a.Header.Get("Location") == returningPath {
					b.reply(b.get(returningPath), map[bool]string{true: "restore", false: "new"}[strings.Contains(name, "after")])
				}
				if !b.in() {
					t.Fatal("not signed in")
				}
				again := b.closed(kept)
				for _, path := range []string{callback, returningPath, "/auth/join"} {
					again.get(path)
				}
				if again.in() != (remember == "1") {
					t.Errorf("signed in after the browser was closed: %t", again.in())
				}
			})
		}
	}
}

// Each cookie alone, in another browser, opens no session; only the session cookie does.
func TestSE21_OnlyTheSessionCookieOpensASession(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]func(*app.Config){
		"active":      func(*app.Config) {},
		"joining":     func(c *app.Config) { c.Age = "declare" },
		"restorable":  withdrawing("restore", 7*oneDay),
		"asked again": withdrawing("new", oneDay),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, config)
			asked := name == "restorable" || name == "asked again"
			if asked {
				first, _ := w.signedIn(kakaotest.PersonaRyan)
				first.withdrawAndSettle()
			}
			b := w.browser()
			callback := b.toCallback(kakaotest.PersonaRyan, "/board")
			if a := b.get(callback); asked != (a.Header.Get("Location") == returningPath) {
				t.Fatalf("%s to %q", a.Status, a.Header.Get("Location"))
			}
			u, err := url.Parse(w.srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			w.clock.advance(time.Minute + time.Second) // no double click any more
			held := b.jar.Cookies(u)
			for _, c := range held {
				if c.Name == sessionCookie || strings.HasPrefix(c.Name, "kakaotest") {
					continue
				}
				if !(web.Cookies{}).Owns(c.Name) {
					t.Errorf("%s is not on the list of our cookies", c.Name)
				}
				thief := w.browser()
				thief.setCookie(c.Name, c.Value)
				thief.get(callback)
				if page := thief.get(returningPath); strings.Contains(page.body, `name="csrf"`) {
					for _, action := range []string{"restore", "new"} {
						thief.reply(page, action)
					}
				}
				thief.get("/auth/join")
				if thief.in() {
					t.Errorf("%s alone opened a session", c.Name)
				}
			}
			if len(held) < 2 {
				t.Fatalf("%d cookies", len(held))
			}
			// In its own browser the question can be answered.
			if asked {
				b.reply(b.get(returningPath), map[string]string{"restorable": "restore", "asked again": "new"}[name])
				if !b.in() {
					t.Error("the answer was refused in its own browser")
				}
			}
		})
	}
}
