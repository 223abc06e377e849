package app_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// twin is a browser with the same cookies.
func (b *browser) twin() *browser {
	b.w.t.Helper()
	t := b.w.browser()
	u, err := url.Parse(b.w.srv.URL)
	if err != nil {
		b.w.t.Fatal(err)
	}
	t.jar.SetCookies(u, b.jar.Cookies(u))
	return t
}

// double sends a form a second time as a browser does that has not read the first answer: with the same cookies. With
// together the second is sent while the first is at work, otherwise after it. The browser keeps the cookies of the
// second answer alone.
func (b *browser) double(path string, form url.Values, together bool) (first, second answer) {
	b.w.t.Helper()
	early := b.twin()
	done := make(chan struct{})
	go func() {
		defer close(done)
		first = early.post(path, form)
	}()
	if together {
		time.Sleep(50 * time.Millisecond) // as fast as two clicks are
	} else {
		<-done
	}
	second = b.post(path, form)
	<-done
	return first, second
}

func sameAnswer(t *testing.T, first, second answer) {
	t.Helper()
	if first.StatusCode != http.StatusSeeOther || second.StatusCode != first.StatusCode ||
		second.Header.Get("Location") != first.Header.Get("Location") {
		t.Errorf("first %s to %q, second %s to %q %s", first.Status, first.Header.Get("Location"), second.Status,
			second.Header.Get("Location"), second.body)
	}
}

func TestSO13_JoiningTwiceWithASlowHook(t *testing.T) {
	t.Parallel()
	for _, together := range []bool{true, false} {
		var asked atomic.Int32
		w := newWorld(t, func(c *app.Config) {
			c.Age = "declare"
			c.JoinHook = func(ctx context.Context, _ app.JoinRequest) (app.JoinDecision, error) {
				asked.Add(1)
				select {
				case <-time.After(1200 * time.Millisecond):
				case <-ctx.Done():
				}
				return app.JoinDecision{Allow: true}, ctx.Err()
			}
		})
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/board")
		page := b.get("/auth/join?return_to=/board")
		first, second := b.double("/auth/join", url.Values{
			"csrf": {hidden(t, page.body, "csrf")}, "action": {"join"}, "age": {"1"}, "return_to": {"/board"},
		}, together)
		sameAnswer(t, first, second)
		if who := b.whoami(); who.Status != "active" || second.Header.Get("Location") != "/board" {
			t.Errorf("together %t: %+v", together, who)
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("the app was asked %d times", n)
		}
	}
}

// Every other form that acts once.
func TestSO13_SecondSubmitIsAnsweredLikeTheFirst(t *testing.T) {
	t.Parallel()
	ryan, apeach := kakaotest.PersonaRyan, kakaotest.PersonaApeach
	signedIn := func(w *world) *browser { b, _ := w.signedIn(ryan); return b }
	csrf := func(b *browser) string { return hidden(b.w.t, b.get("/auth/account").body, "csrf") }
	for name, c := range map[string]struct {
		config func(*app.Config)
		begin  func(*world) *browser
		form   func(*browser) (string, url.Values)
		in     bool // signed in afterwards
	}{
		"decline to join": {
			config: func(c *app.Config) { c.Age = "declare" }, begin: signedIn,
			form: func(b *browser) (string, url.Values) {
				page := b.get("/auth/join")
				return "/auth/join", url.Values{"csrf": {hidden(b.w.t, page.body, "csrf")}, "action": {"cancel"}}
			},
		},
		"sign out": {begin: signedIn, form: func(b *browser) (string, url.Values) {
			return "/auth/signout", url.Values{"csrf": {csrf(b)}}
		}},
		"sign out everywhere": {begin: signedIn, form: func(b *browser) (string, url.Values) {
			return "/auth/signout", url.Values{"csrf": {csrf(b)}, "everywhere": {"1"}}
		}},
		"withdraw": {begin: signedIn, form: func(b *browser) (string, url.Values) {
			return withdrawPath, b.withdrawForm()
		}},
		"end other sessions": {begin: signedIn, in: true, form: func(b *browser) (string, url.Values) {
			return "/auth/account/sessions", url.Values{"csrf": {csrf(b)}, "action": {"others"}}
		}},
		"end a session": {
			begin: func(w *world) *browser { w.signedIn(ryan); return signedIn(w) }, in: true,
			form: func(b *browser) (string, url.Values) {
				other, _ := b.w.signedIn(ryan)
				return "/auth/account/sessions",
					url.Values{"csrf": {csrf(b)}, "action": {"one"}, "id": {other.whoami().Session.ID}}
			},
		},
		"unlink": {
			begin: func(w *world) *browser {
				b := signedIn(w)
				b.addIdentity(ryan, apeach)
				b.prove(ryan)
				return b
			}, in: true,
			form: func(b *browser) (string, url.Values) { return linksPath, b.linkForm(b.w.subject(apeach)) },
		},
		"unlink the identity in use": {
			begin: func(w *world) *browser {
				b := signedIn(w)
				b.addIdentity(ryan, apeach)
				b.prove(ryan)
				return b
			},
			form: func(b *browser) (string, url.Values) { return linksPath, b.linkForm(b.w.subject(ryan)) },
		},
		"merge": {
			begin: func(w *world) *browser { b, _ := w.twoAccounts(); return b }, in: true,
			form: func(b *browser) (string, url.Values) { return mergePath, b.mergeForm() },
		},
		"restore": {
			config: withdrawing("restore", 7*oneDay),
			begin: func(w *world) *browser {
				signedIn(w).withdrawAndSettle()
				return w.browser()
			}, in: true,
			form: func(b *browser) (string, url.Values) {
				page := b.ask(ryan)
				return returningPath, url.Values{"csrf": {hidden(b.w.t, page.body, "csrf")}, "action": {"restore"}}
			},
		},
		"leave it": {
			config: withdrawing("restore", 7*oneDay),
			begin: func(w *world) *browser {
				signedIn(w).withdrawAndSettle()
				return w.browser()
			},
			form: func(b *browser) (string, url.Values) {
				page := b.ask(ryan)
				return returningPath, url.Values{"csrf": {hidden(b.w.t, page.body, "csrf")}, "action": {"leave"}}
			},
		},
	} {
		for _, together := range []bool{true, false} {
			t.Run(name+map[bool]string{true: ", together", false: ", one after the other"}[together], func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, func(cfg *app.Config) {
					if c.config != nil {
						c.config(cfg)
					}
				})
				b := c.begin(w)
				path, form := c.form(b)
				first, second := b.double(path, form, together)
				sameAnswer(t, first, second)
				if b.in() != c.in {
					t.Errorf("signed in: %t", b.in())
				}
			})
		}
	}
}

// Consent given, taken and given again within seconds is no repetition.
func TestSO13_ChangingBackIsNoRepetition(t *testing.T) {
	t.Parallel()
	w := listing(t)
	b := w.listed(kakaotest.PersonaRyan)
	page := b.get(consentsPath)
	send := func(action string) answer {
		return b.change(page, url.Values{"term": {"partners"}, "version": {"1"}, "action": {action}})
	}
	for _, action := range []string{"give", "take", "give", "take"} {
		if a := send(action); a.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %s", action, a.Status)
		}
		first, second := b.double(consentsPath, url.Values{
			"term": {"partners"}, "version": {"1"}, "action": {action}, "csrf": {hidden(t, page.body, "csrf")},
		}, false)
		sameAnswer(t, first, second)
		want := map[string]string{"give": "1", "take": "0"}[action]
		got := w.rows("SELECT agreed FROM consents WHERE tag = 'partners' ORDER BY id DESC LIMIT 1")
		if strings.Join(got, "") != want {
			t.Errorf("after %s: %v", action, got)
		}
	}
}

// Without a join page the callback asks the app, which replaces the session of the attempt.
func TestSO13_CallbackTwiceWithASlowHookAndNoJoinPage(t *testing.T) {
	t.Parallel()
	for _, refuse := range []bool{false, true} {
		var asked atomic.Int32
		w := newWorld(t, func(c *app.Config) {
			c.JoinHook = func(context.Context, app.JoinRequest) (app.JoinDecision, error) {
				asked.Add(1)
				time.Sleep(500 * time.Millisecond)
				return app.JoinDecision{Allow: !refuse}, nil
			}
		})
		b := w.browser()
		callback := b.toCallback(kakaotest.PersonaRyan, "/board")
		early := b.twin()
		first := make(chan answer, 1)
		go func() { first <- early.get(callback) }()
		eventually(t, "the app is asked", func() bool { return asked.Load() == 1 })
		second := b.get(callback)
		if a := <-first; a.StatusCode != second.StatusCode || a.Header.Get("Location") != second.Header.Get("Location") {
			t.Errorf("refused %t: first %s to %q, second %s to %q", refuse, a.Status, a.Header.Get("Location"),
				second.Status, second.Header.Get("Location"))
		}
		if who := b.whoami(); refuse == (who.Status == "active") || refuse == (second.Header.Get("Location") == "/board") {
			t.Errorf("refused %t: %s, %+v", refuse, second.Status, who)
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("the app was asked %d times", n)
		}
	}
}
