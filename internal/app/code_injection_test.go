package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Cases CI: the authorization code, PKCE and replay.

func TestCI01_PKCEIsAlwaysSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	seen := map[string]bool{}
	for range 1000 {
		u, _ := url.Parse(w.browser().get("/oauth/kakao").Header.Get("Location"))
		q := u.Query()
		if c := q.Get("code_challenge"); !form.MatchString(c) || q.Get("code_challenge_method") != "S256" || seen[c] {
			t.Fatalf("challenge %q, method %q, seen %t", c, q.Get("code_challenge_method"), seen[c])
		}
		seen[q.Get("code_challenge")] = true
	}
	// The emulator checks the verifier, so a successful login has sent it.
	if a := w.browser().signIn(kakaotest.PersonaRyan, ""); a.StatusCode != http.StatusSeeOther {
		t.Errorf("%s", a.Status)
	}
}

func TestCI02_InjectedCodeIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	victim, attacker := w.browser(), w.browser()
	stolen, _ := url.Parse(victim.toCallback(kakaotest.PersonaRyan, ""))
	own := attacker.toCallback(kakaotest.PersonaApeach, "")
	a := attacker.get(withQuery(t, own, func(q url.Values) { q.Set("code", stolen.Query().Get("code")) }))
	if a.StatusCode < 400 || attacker.whoami().SignedIn {
		t.Errorf("%s, signed in %t", a.Status, attacker.whoami().SignedIn)
	}
	if strings.Contains(a.body, stolen.Query().Get("code")) {
		t.Error("the page contains the code")
	}
}

func TestCI03_RepeatedCallbackExchangesOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "/board")
	for range 2 {
		if a := b.get(to); a.Header.Get("Location") != "/board" {
			t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
		}
	}
	if n := w.calls("oauth/token"); n != 1 {
		t.Errorf("%d token requests", n)
	}
}

// 100 callbacks of one attempt at once: one token request, one user, one session, and the same response to all.
func TestCI04_ConcurrentCallbacksExchangeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.kakao.Script(kakaotest.Scenario{
		Endpoint: "oauth/token",
		Delay:    kakaotest.Duration(300 * time.Millisecond),
	}); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "/board")
	cookies := b.attempts()
	var mu sync.Mutex
	tokens := map[string]int{}
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			c := w.browser() // the cookies of the same browser on a connection of its own
			for name, value := range cookies {
				c.setCookie(name, value)
			}
			a := patiently(func() answer { return c.get(to) })
			if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/board" {
				t.Errorf("%s to %q: %s", a.Status, a.Header.Get("Location"), a.body)
			}
			mu.Lock()
			tokens[c.cookie(sessionCookie)]++
			mu.Unlock()
		})
	}
	wg.Wait()
	if n := w.calls("oauth/token"); n != 1 {
		t.Errorf("%d token requests", n)
	}
	if len(tokens) != 1 || tokens[""] != 0 {
		t.Errorf("%d different sessions, %d without one", len(tokens), tokens[""])
	}
}

// Many users sign in at once while Kakao's latency varies: each gets their own session.
func TestCI05_ConcurrentLoginsShareNoState(t *testing.T) {
	t.Parallel()
	const users = 100
	w := newWorld(t, func(c *app.Config) { c.MaxLogins = users })
	personas := []string{
		kakaotest.PersonaRyan,
		kakaotest.PersonaApeach,
		kakaotest.PersonaBigID,
		kakaotest.PersonaNoEmail,
		kakaotest.PersonaSameNickname,
	}
	subjects := map[string]string{}
	for _, p := range personas {
		b := w.browser()
		b.signIn(p, "")
		subjects[p] = b.whoami().Identity.Subject
	}
	for _, endpoint := range []string{"oauth/token", "user/me"} {
		for i, p := range personas {
			delay := kakaotest.Duration(time.Duration(i*17%60) * time.Millisecond)
			if err := w.kakao.Script(kakaotest.Scenario{
				Endpoint: endpoint,
				Account:  p,
				Times:    -1,
				Delay:    delay,
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	var wg sync.WaitGroup
	for i := range users {
		wg.Go(func() {
			p := personas[i%len(personas)]
			b := w.browser()
			to := fmt.Sprintf("/of/%d", i)
			a := patiently(func() answer { return b.signIn(p, to) })
			if a.Header.Get("Location") != to {
				t.Errorf("%s to %q: %s", a.Status, a.Header.Get("Location"), a.body)
				return
			}
			if got := b.whoami().Identity.Subject; got != subjects[p] {
				t.Errorf("%s is signed in as %s", p, got)
			}
		})
	}
	wg.Wait()
}

func TestCI06_RedirectURIIsIdenticalInBothRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	foreign := b.request("GET", "/oauth/kakao?login_hint="+kakaotest.PersonaRyan, nil)
	foreign.Host = "evil.example"
	if a := b.do(foreign); a.StatusCode != http.StatusMisdirectedRequest || a.Header.Get("Location") != "" ||
		len(a.Cookies()) != 0 {
		t.Errorf("under another Host: %s to %q", a.Status, a.Header.Get("Location"))
	}
	r := b.request("GET", "/oauth/kakao?login_hint="+kakaotest.PersonaRyan, nil)
	r.Header.Set("X-Forwarded-Host", "evil.example")
	r.Header.Set("X-Forwarded-Proto", "http")
	r.Header.Set("Forwarded", "host=evil.example")
	loc := b.do(r).Header.Get("Location")
	u, _ := url.Parse(loc)
	want := w.srv.URL + "/oauth/kakao/callback"
	if got := u.Query().Get("redirect_uri"); got != want {
		t.Fatalf("redirect_uri %q, want %q", got, want)
	}
	b.get(b.throughKakao(loc))
	for _, req := range w.kakao.Requests() {
		if req.Endpoint == "oauth/token" && req.Params["redirect_uri"] != want {
			t.Errorf("the exchange sent redirect_uri %q", req.Params["redirect_uri"])
		}
	}
	if !b.whoami().SignedIn {
		t.Error("not signed in")
	}
}

func TestCI07_TokensInTheFrontChannelAreIgnored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "")
	u, _ := url.Parse(to)
	refused(t, b, b.get("/oauth/kakao/callback?access_token=X&id_token=Y&state="+u.Query().Get("state")), 400)
	refused(t, b, b.get(withQuery(t, to, func(q url.Values) { q.Set("id_token", "Y") })), 400)
}

func TestCI08_CallbackNeverRendersAPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.browser().signIn(kakaotest.PersonaRyan, "/board")
	if a.StatusCode != http.StatusSeeOther || a.body != "" || a.Header.Get("Cache-Control") != "no-store" ||
		a.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%s, %q, body %q", a.Status, a.Header, a.body)
	}
}

func TestCI09_CodeInjectsNoParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, code := range []string{"abc&grant_type=refresh_token&x=1", "\x00\r\n", "a=b&code=c"} {
		b := w.browser()
		to := withQuery(t, b.toCallback(kakaotest.PersonaRyan, ""), func(q url.Values) { q.Set("code", code) })
		if a := b.get(to); a.StatusCode < 400 || b.whoami().SignedIn {
			t.Errorf("%q: %s", code, a.Status)
		}
	}
	for _, r := range w.kakao.Requests() {
		if r.Endpoint == "oauth/token" && (r.Params["grant_type"] != "authorization_code" || r.Params["x"] != "") {
			t.Errorf("the token request has %v", r.Params)
		}
	}
}

func TestCI10_OverlongCodeIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"code", "state", "error", "error_description"} {
		b := w.browser()
		to := withQuery(t, b.toCallback(kakaotest.PersonaRyan, ""), func(q url.Values) {
			if name == "error" {
				q.Del("code")
			}
			q.Set(name, strings.Repeat("x", 5000))
		})
		refused(t, b, b.get(to), 400)
	}
}

func TestCI11_UnexpectedTokenResponseIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		s  kakaotest.Scenario
		ok bool
	}{
		"without access_token": {
			kakaotest.Scenario{Endpoint: "oauth/token", RemoveJSON: []string{"access_token"}},
			false,
		},
		"token_type mac": {
			kakaotest.Scenario{Endpoint: "oauth/token", SetJSON: map[string]any{"token_type": "mac"}},
			false,
		},
		"token_type BEARER": {
			kakaotest.Scenario{Endpoint: "oauth/token", SetJSON: map[string]any{"token_type": "BEARER"}},
			true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if err := w.kakao.Script(c.s); err != nil {
				t.Fatal(err)
			}
			b := w.browser()
			a := b.signIn(kakaotest.PersonaRyan, "")
			if got := b.whoami().SignedIn; got != c.ok {
				t.Errorf("signed in %t: %s %s", got, a.Status, a.body)
			}
		})
	}
}
