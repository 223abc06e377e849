package app_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

const (
	kakaoTalkIOS = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) " +
		"AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 KAKAOTALK 25.4.2"
	kakaoTalkAndroid = "Mozilla/5.0 (Linux; Android 14; SM-S918N; wv) AppleWebKit/537.36 (KHTML, like Gecko) " +
		"Version/4.0 Chrome/124.0.6367.82 Mobile Safari/537.36;KAKAOTALK 2410650"
	quietCookie = sessionCookie + "-quiet"
)

// talk is a new browser in KakaoTalk, where the emulator has the automatic persona signed in: Ryan.
func (w *world) talk() *browser {
	w.t.Helper()
	b := w.browser()
	b.agent = kakaoTalkAndroid
	return b
}

// restartBrowser deletes the cookies that a browser deletes when it is closed: those without an expiry. Go's jar
// does not tell which these are.
func (b *browser) restartBrowser(keep ...string) {
	b.w.t.Helper()
	u, _ := url.Parse(b.w.srv.URL)
	old := b.jar.Cookies(u)
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.w.t.Fatal(err)
	}
	b.jar, b.http.Jar = jar, jar
	for _, c := range old {
		for _, name := range keep {
			if c.Name == name {
				b.setCookie(c.Name, c.Value)
			}
		}
	}
}

// toKakao reports whether a response redirects to Kakao with prompt=none.
func toKakao(a answer) bool {
	return a.StatusCode == http.StatusSeeOther && strings.Contains(a.Header.Get("Location"), "prompt=none")
}

// showsButton reports whether a response is the sign-in page.
func showsButton(a answer) bool {
	return a.StatusCode == http.StatusOK && strings.Contains(a.body, `class="provider provider-kakao"`)
}

// silently opens the sign-in page and follows redirects up to the response of our callback.
func (b *browser) silently(returnTo string) answer {
	b.w.t.Helper()
	a := b.get("/auth/login?return_to=" + url.QueryEscape(returnTo))
	if !toKakao(a) {
		b.w.t.Fatalf("not sent to Kakao: %s to %q", a.Status, a.Header.Get("Location"))
	}
	return b.get(b.throughKakao(a.Header.Get("Location")))
}

func TestKakaoTalk_UserIsSignedInSilently(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().signIn(kakaotest.PersonaRyan, "") // joined in another browser
	for _, agent := range []string{kakaoTalkAndroid, kakaoTalkIOS} {
		b := w.talk()
		b.agent = agent
		a := b.silently("/board?id=7")
		if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/board?id=7" || !b.in() {
			t.Errorf("%s to %q, signed in %t", a.Status, a.Header.Get("Location"), b.in())
		}
		if a := b.get("/auth/login?return_to=/board"); a.Header.Get("Location") != "/board" {
			t.Errorf("signed in, and sent to %q", a.Header.Get("Location"))
		}
	}
	// Require and the proxies redirect to this page as well.
	b := w.talk()
	a := b.get("/auth/account")
	if a = b.get(a.Header.Get("Location")); !toKakao(a) {
		t.Fatalf("opening a protected page: %s to %q", a.Status, a.Header.Get("Location"))
	}
	if a = b.get(b.throughKakao(a.Header.Get("Location"))); a.Header.Get("Location") != "/auth/account" {
		t.Errorf("returned to %q", a.Header.Get("Location"))
	}
}

// For every answer of Kakao it is tried once, and the user sees a button and no error.
func TestKakaoTalk_SilentSignInIsTriedOnce(t *testing.T) {
	t.Parallel()
	for name, scenario := range map[string]*kakaotest.Scenario{
		"consent_required":      nil, // the emulator's own response for an unlinked account
		"login_required":        {Endpoint: "oauth/authorize", Code: "login_required"},
		"interaction_required":  {Endpoint: "oauth/authorize", Code: "interaction_required"},
		"an unknown error code": {Endpoint: "oauth/authorize", Code: "auto_login"},
		"access_denied":         {Endpoint: "oauth/authorize", Code: "access_denied"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if scenario != nil {
				w.browser().signIn(kakaotest.PersonaRyan, "")
				if err := w.kakao.Script(*scenario); err != nil {
					t.Fatal(err)
				}
			}
			b := w.talk()
			users := len(w.rows("SELECT id FROM users"))
			a := b.silently("/board")
			if a.StatusCode != http.StatusSeeOther ||
				a.Header.Get("Location") != "/auth/login?return_to=%2Fboard&silent=0" {
				t.Fatalf("%s to %q", a.Status, a.Header.Get("Location"))
			}
			page := b.get(a.Header.Get("Location"))
			if !showsButton(page) || !strings.Contains(page.body, "return_to=%2Fboard") ||
				strings.Contains(page.body, "role=\"alert\"") {
				t.Errorf("not the plain page with a button: %s %s", page.Status, page.body)
			}
			for _, path := range []string{"/auth/login", "/auth/login?return_to=/board"} {
				if a := b.get(path); !showsButton(a) {
					t.Errorf("second visit: %s to %q", a.Status, a.Header.Get("Location"))
				}
			}
			if n := len(w.rows("SELECT id FROM users")); n != users || b.in() {
				t.Errorf("%d users became %d, signed in %t", users, n, b.in())
			}
			// The button still works.
			if b.signIn(kakaotest.PersonaRyan, "/board"); !b.in() {
				t.Error("the button does not work")
			}
		})
	}
}

func TestKakaoTalk_JoiningIsNeverSilent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().signIn(kakaotest.PersonaRyan, "")
	// Linked at Kakao but unknown here: a service that moved, or another one of the same app.
	empty := func(c *app.Config) {
		c.Database, c.Keys = filepath.Join(w.dir, "other.db"), filepath.Join(w.dir, "norang.keys")
		c.NewDatabase = true
	}
	w.restart(empty)
	w.clock.advance(time.Minute) // else the link would seem to be of this round trip, and end
	b := w.talk()
	if a := b.silently("/"); b.in() || !strings.HasPrefix(a.Header.Get("Location"), "/auth/login") ||
		!showsButton(b.get(a.Header.Get("Location"))) {
		t.Errorf("%s to %q, signed in %t", a.Status, a.Header.Get("Location"), b.in())
	}
	// Nor does a pending user.
	declare := func(c *app.Config) { empty(c); c.Age = "declare" }
	w.restart(declare)
	joining := w.talk()
	joining.signIn(kakaotest.PersonaRyan, "")
	if joining.whoami().Status != "pending" {
		t.Fatalf("%+v", joining.whoami())
	}
	b = w.talk()
	if a := b.silently("/"); strings.Contains(a.Header.Get("Location"), "/join") || b.in() {
		t.Errorf("%s to %q, signed in %t", a.Status, a.Header.Get("Location"), b.in())
	}
	if !joining.in() {
		t.Error("the pending user lost their session")
	}
}

func TestKakaoTalk_NoSilentSignInAfterSigningOut(t *testing.T) {
	t.Parallel()
	for name, out := range map[string]func(b *browser) []string{
		"here": func(b *browser) []string { return setCookies(b.post("/auth/signout", url.Values{})) },
		"everywhere": func(b *browser) []string {
			return setCookies(b.post("/auth/signout", url.Values{"everywhere": {"1"}}))
		},
		"with Kakao": func(b *browser) []string { return setCookies(b.post("/oauth/kakao/signout", url.Values{})) },
		"leaving":    func(b *browser) []string { return setCookies(b.post(withdrawPath, b.withdrawForm())) },
		"from another device": func(b *browser) []string {
			other := b.w.browser()
			other.signIn(kakaotest.PersonaRyan, "")
			other.post("/auth/signout", url.Values{"everywhere": {"1"}})
			return setCookies(b.get("/auth/login"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.browser().signIn(kakaotest.PersonaRyan, "")
			b := w.talk()
			b.silently("/")
			if !b.in() {
				t.Fatal("not signed in")
			}
			kept := ""
			for _, line := range out(b) {
				if strings.HasPrefix(line, quietCookie+"=") {
					kept = line
				}
			}
			if !strings.Contains(kept, "Max-Age=31536000") ||
				!strings.Contains(kept, "HttpOnly; Secure; SameSite=Lax") {
				t.Errorf("the cookie is missing: %q", kept)
			}
			for range 2 {
				if a := b.get("/auth/login?return_to=/board"); !showsButton(a) || b.in() {
					t.Fatalf("after signing out: %s to %q", a.Status, a.Header.Get("Location"))
				}
				b.restartBrowser(quietCookie)
			}
			b.signIn(kakaotest.PersonaRyan, "/") // with the button
			if b.cookie(quietCookie) != "" || !b.in() {
				t.Errorf("after pressing the button: cookie %q, signed in %t", b.cookie(quietCookie), b.in())
			}
			b.restartBrowser()
			if b.silently("/board"); !b.in() {
				t.Error("no silent sign-in, although the user pressed the button since")
			}
		})
	}
}

// A silent sign-in is tried once, also if it succeeded: a browser that loses its session is not sent to Kakao again.
func TestKakaoTalk_SilentSignInIsNotRepeatedAfterASuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().signIn(kakaotest.PersonaRyan, "")
	b := w.talk()
	if b.silently("/board"); !b.in() {
		t.Fatal("not signed in")
	}
	b.restartBrowser(quietCookie)
	if a := b.get("/auth/login?return_to=/board"); !showsButton(a) {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
}

func setCookies(a answer) []string { return a.Header.Values("Set-Cookie") }

func TestKakaoTalk_OnlyForNavigationsInKakaoTalk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().signIn(kakaotest.PersonaRyan, "")
	for name, change := range map[string]func(*http.Request){
		"another browser": func(r *http.Request) { r.Header.Set("User-Agent", "Mozilla/5.0 (iPhone) Safari/604.1") },
		"link preview": func(r *http.Request) {
			r.Header.Set("User-Agent", "facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/")
		},
		"HEAD":         func(r *http.Request) { r.Method = "HEAD" },
		"guessing":     func(r *http.Request) { r.Header.Set("Sec-Purpose", "prefetch;prerender") },
		"a script":     func(r *http.Request) { r.Header.Set("Sec-Fetch-Mode", "cors") },
		"a frame":      func(r *http.Request) { r.Header.Set("Sec-Fetch-Dest", "iframe") },
		"with notice":  func(r *http.Request) { r.URL.RawQuery = "notice=signed_out" },
		"tried before": func(r *http.Request) { r.URL.RawQuery = "silent=0" },
		"two cookies": func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: quietCookie, Value: "a"})
			r.AddCookie(&http.Cookie{Name: quietCookie, Value: "b"})
		},
	} {
		b := w.talk()
		r := b.request("GET", "/auth/login", nil)
		change(r)
		if a := b.do(r); a.StatusCode != http.StatusOK {
			t.Errorf("%s: %s to %q", name, a.Status, a.Header.Get("Location"))
		}
	}
	// Old Android versions send no Sec-Fetch headers, and name the app where scripts name themselves.
	b := w.talk()
	r := b.request("GET", "/auth/login", nil)
	r.Header.Del("Sec-Fetch-Mode")
	r.Header.Del("Sec-Fetch-Dest")
	r.Header.Set("X-Requested-With", "com.kakao.talk")
	if a := b.do(r); !toKakao(a) {
		t.Errorf("an old Android: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

// A browser that keeps no cookies, or only those with an expiry, does not loop.
func TestKakaoTalk_NoLoopWithoutCookies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	none := w.talk()
	none.http.Jar = nil
	a := none.get("/auth/login")
	if a = none.get(none.throughKakao(a.Header.Get("Location"))); a.StatusCode != http.StatusBadRequest {
		t.Errorf("without cookies: %s to %q", a.Status, a.Header.Get("Location"))
	}
	b := w.talk()
	a = b.get("/auth/login")
	var attempt string
	for name := range b.attempts() {
		attempt = name
	}
	b.restartBrowser(attempt)
	if a = b.get(b.throughKakao(a.Header.Get("Location"))); !showsButton(b.get(a.Header.Get("Location"))) {
		t.Errorf("without the cookie of the attempt: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

func TestKakaoTalk_FailureShowsTheButton(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Limits.Starts = app.Rate{PerMinute: 1, Burst: 2} })
	w.browser().signIn(kakaotest.PersonaRyan, "")
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "oauth/token", Status: 503}); err != nil {
		t.Fatal(err)
	}
	b := w.talk()
	a := b.silently("/board")
	if !showsButton(b.get(a.Header.Get("Location"))) {
		t.Errorf("Kakao is down: %s to %q", a.Status, a.Header.Get("Location"))
	}
	if !strings.Contains(w.log.String(), "silent sign-in failed") {
		t.Error("the log has no message")
	}
	if a := w.talk().get("/auth/login"); !showsButton(a) { // too many starts from this address
		t.Errorf("too many: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

// The response to a silent attempt answers no other question, and vice versa (LC-07).
func TestLC08_SilentResponseWithCodeAndErrorIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().signIn(kakaotest.PersonaRyan, "")
	b := w.talk()
	a := b.get("/auth/login?return_to=/board")
	to := withQuery(
		t,
		b.throughKakao(a.Header.Get("Location")),
		func(q url.Values) { q.Set("error", "login_required") },
	)
	before := w.calls("oauth/token")
	a = b.get(to)
	if b.in() || w.calls("oauth/token") != before || !strings.HasPrefix(a.Header.Get("Location"), "/auth/login?") {
		t.Errorf("code and error together: %s to %q, signed in %t", a.Status, a.Header.Get("Location"), b.in())
	}
}
