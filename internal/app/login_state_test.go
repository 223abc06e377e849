package app_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// Cases LC: login CSRF, state and the attempt.

// refused checks that a callback failed: an error page with this status, no call of the token endpoint, no session.
func refused(t *testing.T, b *browser, a answer, status int) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("%s instead of %d: %s", a.Status, status, a.body)
	}
	if n := b.w.calls("oauth/token"); n != 0 {
		t.Errorf("%d token requests", n)
	}
	if c := b.cookie(sessionCookie); c != "" {
		t.Error("a session cookie was set")
	}
	if loc := a.Header.Get("Location"); loc != "" {
		t.Errorf("redirected to %q", loc)
	}
}

func TestLC01_MissingStateIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "")
	refused(t, b, b.get(withQuery(t, to, func(q url.Values) { q.Del("state") })), 400)
	refused(t, b, b.get(withQuery(t, to, func(q url.Values) { q.Set("state", "") })), 400)
}

func TestLC02_StateWrongByOneCharacterIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "")
	refused(t, b, b.get(withQuery(t, to, func(q url.Values) {
		s := q.Get("state")
		last := byte('A')
		if s[len(s)-1] == 'A' {
			last = 'E'
		}
		q.Set("state", s[:len(s)-1]+string(last))
	})), 400)
}

func TestLC03_CallbackOfAnotherBrowserIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	attacker, victim := w.browser(), w.browser()
	to := attacker.toCallback(kakaotest.PersonaApeach, "")
	a := victim.get(to)
	refused(t, victim, a, 400)
	if !strings.Contains(a.body, "login.other_browser") || !strings.Contains(a.body, "continued here</h1>") ||
		!strings.Contains(a.body, "blocking cookies") {
		t.Errorf("the page does not say why: %s", a.body)
	}
	victim.toCallback(kakaotest.PersonaRyan, "")
	if a := victim.get(to); !strings.Contains(a.body, "started again in another tab</h1>") ||
		!strings.Contains(a.body, "Continue there") {
		t.Errorf("title and text of a browser with another attempt: %s", a.body)
	}
	// That did not use up the attacker's own attempt.
	if a := attacker.get(to); a.StatusCode != http.StatusSeeOther {
		t.Errorf("the browser it was started in: %s", a.Status)
	}
}

func TestLC04_ReplayedStateIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "/board")
	b.get(to)
	token, who := b.cookie(sessionCookie), b.whoami()
	a := b.get(to)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/board" {
		t.Errorf("replay: %s to %q", a.Status, a.Header.Get("Location"))
	}
	if n := w.calls("oauth/token"); n != 1 {
		t.Errorf("%d token requests", n)
	}
	if again := b.whoami(); b.cookie(sessionCookie) != token || again.Session != who.Session {
		t.Errorf("the session changed: %+v, before %+v", again.Session, who.Session)
	}
	// After signing out, the same URL does not sign in again.
	b.post("/auth/signout", nil)
	if a := b.get(to); a.StatusCode != 400 || b.whoami().SignedIn {
		t.Errorf("replay after sign-out: %s, signed in %t", a.Status, b.whoami().SignedIn)
	}
}

func TestLC05_ExpiredAttemptIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "/board")
	w.clock.advance(20*time.Minute + time.Second)
	a := b.get(to)
	refused(t, b, a, 400)
	if !strings.Contains(a.body, "Sign-in timed out") ||
		!strings.Contains(a.body, "return_to=%2Fboard") && !strings.Contains(a.body, "/oauth/kakao") &&
			!strings.Contains(a.body, "/auth/login") {
		t.Errorf("no link to start again: %s", a.body)
	}
}

func TestLC06_TwoTabsBothSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	first := b.toCallback(kakaotest.PersonaRyan, "/a")
	second := b.toCallback(kakaotest.PersonaRyan, "/b")
	if a := b.get(first); a.Header.Get("Location") != "/a" {
		t.Errorf("first tab: %s to %q", a.Status, a.Header.Get("Location"))
	}
	if a := b.get(second); a.Header.Get("Location") != "/b" {
		t.Errorf("second tab: %s to %q", a.Status, a.Header.Get("Location"))
	}
	if n := w.calls("oauth/token"); n != 2 {
		t.Errorf("%d token requests", n)
	}
}

// The oldest of more than three attempts is dropped; the others work.
func TestLC06_OldestOfFourAttemptsIsDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	var to []string
	for range 4 {
		to = append(to, b.toCallback(kakaotest.PersonaRyan, "/"))
		w.clock.advance(time.Second)
	}
	if n := len(b.attempts()); n != 3 {
		t.Errorf("%d attempt cookies", n)
	}
	if a := b.get(to[0]); a.StatusCode != 400 {
		t.Errorf("the oldest: %s", a.Status)
	}
	for _, address := range to[1:] {
		if a := b.get(address); a.StatusCode != http.StatusSeeOther {
			t.Errorf("%s", a.Status)
		}
	}
}

// LC-07: an attempt started for one user proves nothing for another. This one proves a user's identity again; for
// linking see account_linking_test.go.
func TestLC07_AttemptOfAnotherUserProvesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	attacker, victim := w.browser(), w.browser()
	attacker.signIn(kakaotest.PersonaApeach, "")
	victim.signIn(kakaotest.PersonaRyan, "")
	before := victim.whoami()
	tokens := w.calls("oauth/token")
	a := attacker.get("/auth/account/withdraw/confirm")
	if a.StatusCode != http.StatusSeeOther {
		t.Fatalf("confirm: %s %s", a.Status, a.body)
	}
	to := attacker.throughKakao(a.Header.Get("Location"))
	if a := victim.get(to); a.StatusCode != 400 || w.calls("oauth/token") != tokens {
		t.Errorf("in the victim's browser: %s, %d token requests", a.Status, w.calls("oauth/token")-tokens)
	}
	if after := victim.whoami(); after.User.ID != before.User.ID || after.Session.ID != before.Session.ID {
		t.Errorf("the victim is %+v, before %+v", after, before)
	}
	// Nor can another Kakao account finish it in the browser where it was started.
	a = attacker.get("/auth/account/withdraw/confirm")
	address := withQuery(t, a.Header.Get("Location"), func(q url.Values) {
		q.Set("login_hint", kakaotest.PersonaRyan)
		q.Set("prompt", "login")
	})
	if a := attacker.get(attacker.throughKakao(address)); a.StatusCode != http.StatusForbidden ||
		!strings.Contains(a.body, "login.other_account") {
		t.Errorf("proof of another user: %s %s", a.Status, a.body)
	}
}

func TestLC08_CodeWithErrorIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "")
	refused(t, b, b.get(withQuery(t, to, func(q url.Values) { q.Set("error", "access_denied") })), 400)
}

func TestLC09_ForgedErrorDoesNotEndTheAttempt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "/board")
	forged := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	refused(t, b, b.get("/oauth/kakao/callback?error=access_denied&state="+forged), 400)
	if a := b.get(to); a.Header.Get("Location") != "/board" || !b.whoami().SignedIn {
		t.Errorf("the login in progress failed: %s", a.Status)
	}
}

func TestLC10_StateNonceAndChallengeAreRandom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = 2000 // URLs, each with a state, a nonce and a challenge
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range n / 8 {
				loc := w.browser().get("/oauth/kakao").Header.Get("Location")
				u, err := url.Parse(loc)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, name := range []string{"state", "nonce", "code_challenge"} {
					v := u.Query().Get(name)
					raw, err := base64.RawURLEncoding.DecodeString(v)
					if err != nil || len(raw) != 32 || seen[v] {
						t.Errorf("%s %q: %v, seen %t", name, v, err, seen[v])
					}
					seen[v] = true
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 3*n {
		t.Errorf("%d different values of %d", len(seen), 3*n)
	}
}

func TestLC11_StateCarriesNoData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "")
	for _, state := range []string{
		base64.URLEncoding.EncodeToString([]byte(`{"next":"//evil.example","provider":"x"}`)),
		base64.RawURLEncoding.EncodeToString(
			[]byte(`{"next":"//evil.example/","p":1}`),
		), // 32 bytes, like a real state
		"//evil.example", "../../x", strings.Repeat("A", 5000), "\x00",
	} {
		a := b.get(withQuery(t, to, func(q url.Values) { q.Set("state", state) }))
		refused(t, b, a, 400)
		if strings.Contains(a.body, "evil.example") {
			t.Errorf("the page contains state %q", state)
		}
	}
}

func TestLC12_HeadDoesNotUseUpTheCallback(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "/board")
	refused(t, b, b.do(b.request("HEAD", to, nil)), http.StatusMethodNotAllowed)
	if a := b.get(to); a.Header.Get("Location") != "/board" || !b.whoami().SignedIn {
		t.Errorf("the browser's own GET: %s", a.Status)
	}
}
