package app_test

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Cases SE and SO that concern the sign-in itself.

func TestSE01_TokenChangesAtSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	old := b.cookie(sessionCookie)
	b.signIn(kakaotest.PersonaRyan, "")
	if b.cookie(sessionCookie) == old {
		t.Fatal("the token did not change")
	}
	thief := w.browser()
	thief.setCookie(sessionCookie, old)
	if thief.whoami().SignedIn || thief.get("/auth/verify").StatusCode != 401 {
		t.Error("the old token still works")
	}
}

func TestSE02_PlantedCookieIsNotAdopted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	donor := w.browser()
	donor.signIn(kakaotest.PersonaApeach, "")
	planted := donor.cookie(sessionCookie)
	donor.post("/auth/signout", nil)
	for _, value := range []string{planted, strings.Repeat("A", 48), "x"} {
		b := w.browser()
		b.setCookie(sessionCookie, value)
		b.signIn(kakaotest.PersonaRyan, "")
		if b.cookie(sessionCookie) == value || !b.whoami().SignedIn {
			t.Errorf("%q was adopted, or prevented the sign-in", value)
		}
	}
}

func TestSE04_CookieAttributes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	start := b.get("/oauth/kakao?login_hint=" + kakaotest.PersonaRyan)
	done := b.get(b.throughKakao(start.Header.Get("Location")))
	seen := 0
	for _, c := range append(start.Cookies(), done.Cookies()...) {
		seen++
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode ||
			c.Path != "/" ||
			c.Domain != "" {
			t.Errorf("%s", c.Raw)
		}
		// The rule covers session and attempt cookies; the one that remembers the last sign-in method is neither and
		// proves nothing.
		lasting := c.Name == sessionCookie+"-last" && c.Value == "kakao"
		if len(c.Raw) > 4096 || c.MaxAge > int((90*24*time.Hour).Seconds()) && !lasting {
			t.Errorf("%d bytes, Max-Age %d", len(c.Raw), c.MaxAge)
		}
		if c.Name == sessionCookie && c.MaxAge < int((89*24*time.Hour).Seconds()) {
			t.Errorf("a remembered session's cookie lives %d s", c.MaxAge)
		}
	}
	if seen < 2 {
		t.Fatalf("%d cookies", seen)
	}
	shared := w.browser().signInShared(kakaotest.PersonaRyan)
	for _, c := range shared.Cookies() {
		if c.Name == sessionCookie && c.MaxAge != 0 {
			t.Errorf("not remembered, but the cookie outlives the browser: %s", c.Raw)
		}
	}
}

func TestSE05_TwoSessionCookiesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	attacker, victim := w.browser(), w.browser()
	attacker.signIn(kakaotest.PersonaApeach, "")
	victim.signIn(kakaotest.PersonaRyan, "")
	a, v := sessionCookie+"="+attacker.cookie(sessionCookie), sessionCookie+"="+victim.cookie(sessionCookie)
	for _, header := range []string{a + "; " + v, v + "; " + a, v + "; " + v} {
		b := w.browser()
		for _, path := range []string{"/auth/session", "/auth/verify"} {
			r := b.request("GET", path, nil)
			r.Header.Set("Cookie", header)
			got := b.do(r)
			if path == "/auth/verify" && got.StatusCode != 401 || strings.Contains(got.body, `"signed_in":true`) {
				t.Errorf("%s: %s %s", path, got.Status, got.body)
			}
		}
	}
}

// While it cannot be told which of two session cookies lives, a callback leaves the code unspent: the user reloads the
// page when the database is back, and is signed in.
func TestCallbackWithTwoSessionCookiesWaitsForTheDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	dead, err := session.Mint(time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	callback := b.toCallback(kakaotest.PersonaApeach, "/board")
	again := func() answer {
		r := b.request("GET", callback, nil)
		r.Header.Set("Cookie", sessionCookie+"="+dead.Reveal()) // before those of the jar
		return b.do(r)
	}
	w.restart() // nothing is cached
	w.rows(`ALTER TABLE sessions RENAME TO gone`)
	spent := w.calls("oauth/token")
	if a := again(); a.StatusCode != http.StatusServiceUnavailable || w.calls("oauth/token") != spent {
		t.Errorf("%s, the code was spent: %t", a.Status, w.calls("oauth/token") != spent)
	}
	w.rows(`ALTER TABLE gone RENAME TO sessions`)
	if a := again(); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/board" {
		t.Errorf("afterwards: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

// Services with nested cookie domains have sessions of their own, and a browser sends both cookies to the inner one.
func TestSE19_OneLiveSessionAmongSeveralCookiesCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	live := sessionCookie + "=" + b.cookie(sessionCookie)
	other, err := session.Mint(time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	dead := sessionCookie + "=" + other.Reveal()
	for _, header := range []string{
		dead + "; " + live, live + "; " + dead, sessionCookie + "=x; " + live, live + "; " + dead + "; " + dead,
	} {
		for path, want := range map[string]int{"/auth/verify": 200, "/auth/account": 200} {
			r := w.browser().request("GET", path, nil)
			r.Header.Set("Cookie", header)
			a := b.w.browser().do(r)
			if a.StatusCode != want {
				t.Errorf("%s: %s, want %d", path, a.Status, want)
			}
			for _, c := range a.Cookies() {
				if c.Name == sessionCookie {
					t.Errorf("%s: the session cookie is changed: %s", path, c.Raw)
				}
			}
		}
	}
}

// jar keeps cookies as a browser does, by name, domain and path, among them what a sibling host has set.
type jar map[[3]string]string

func (j jar) take(own string, a answer) {
	for _, c := range a.Cookies() {
		key := [3]string{c.Name, cmp.Or(c.Domain, own), c.Path}
		if c.MaxAge < 0 {
			delete(j, key)
		} else {
			j[key] = c.Value
		}
	}
}

func (j jar) header(asked string) string {
	var all []string
	for key, value := range j {
		if path := key[2]; asked == path || strings.HasPrefix(asked, strings.TrimSuffix(path, "/")+"/") {
			all = append(all, key[0]+"="+value)
		}
	}
	return strings.Join(all, "; ")
}

func TestSE19_PlantedCookiesAreExpiredOnEveryPathAndDomain(t *testing.T) {
	t.Parallel()
	const own, name = "login.stg.shop.test", "__Secure-norang"
	w := newWorld(t, func(c *app.Config) {
		c.URL, c.CookieDomain = "https://"+own, "stg.shop.test"
		c.Kakao.RedirectURI = "https://" + own + "/oauth/kakao/callback"
	})
	signedIn := func(persona string) string {
		b := w.browser()
		for _, c := range b.get(strings.Replace(b.toCallback(persona, ""), "https://"+own, w.srv.URL, 1)).Cookies() {
			if c.Name == name && c.Value != "" {
				return c.Value
			}
		}
		t.Fatal("not signed in")
		return ""
	}
	planted, mine := signedIn(kakaotest.PersonaApeach), signedIn(kakaotest.PersonaRyan)
	for _, at := range [][2]string{
		{"shop.test", "/"}, {"stg.shop.test", "/auth"}, {"stg.shop.test", "/auth/"}, {own, "/auth/login"}, {"shop.test",
			"/auth"},
	} {
		j := jar{{name, at[0], at[1]}: planted, {name, "stg.shop.test", "/"}: mine}
		for range 2 {
			b := w.browser()
			r := b.request("GET", "/auth/login", nil)
			r.Header.Set("Cookie", j.header("/auth/login"))
			j.take(own, b.do(r))
		}
		if left := j.header("/auth/login"); left != "" {
			t.Errorf("planted at %v: still sent: %s", at, left)
		}
	}
}

// SE-06: no file of the database contains a token that could be sent as a cookie.
func TestSE06_LeakedDatabaseHasNoTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "")
	b.get(to)
	code := mustQuery(t, to).Get("code")
	token := b.cookie(sessionCookie)
	files, err := filepath.Glob(filepath.Join(w.dir, "norang.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for what, secret := range map[string]string{
			"session token":     token,
			"random part of it": token[8:40],
			"code":              code,
		} {
			if strings.Contains(string(data), secret) {
				t.Errorf("%s contains the %s", filepath.Base(f), what)
			}
		}
	}
}

func mustQuery(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

func TestSE07_IdleLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for after, alive := range map[time.Duration]bool{
		12*time.Hour - time.Minute: true,
		12*time.Hour + time.Minute: false,
	} {
		b := w.browser()
		if b.signInShared(kakaotest.PersonaRyan); !b.whoami().SignedIn {
			t.Fatal("not signed in")
		}
		w.clock.advance(after)
		if got := b.whoami().SignedIn; got != alive {
			t.Errorf("after %v: signed in %t", after, got)
		}
	}
}

func TestSE08_AbsoluteLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	for day := range 89 {
		w.clock.advance(24 * time.Hour)
		if b.get("/auth/verify").StatusCode != 200 {
			t.Fatalf("ended on day %d although it was used every day", day+1)
		}
	}
	w.clock.advance(24*time.Hour + time.Minute)
	if got := b.get("/auth/verify").StatusCode; got != 401 {
		t.Errorf("after 90 days: %d", got)
	}
}

func TestSE09_SignOutEndsTheSessionOnTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	old := b.cookie(sessionCookie)
	a := b.post("/auth/signout", nil)
	if a.StatusCode != http.StatusSeeOther || b.cookie(sessionCookie) != "" {
		t.Errorf("%s, cookie %q", a.Status, b.cookie(sessionCookie))
	}
	if got := a.Header.Get("Clear-Site-Data"); got != `"cache"` {
		t.Errorf("SO-12: Clear-Site-Data %q", got)
	}
	thief := w.browser()
	thief.setCookie(sessionCookie, old)
	if thief.get("/auth/verify").StatusCode != 401 || thief.whoami().SignedIn {
		t.Error("the ended session still works")
	}
}

func TestSE10_SignOutEverywhereEndsAllSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second, other := w.browser(), w.browser(), w.browser()
	first.signIn(kakaotest.PersonaRyan, "")
	second.signIn(kakaotest.PersonaRyan, "")
	other.signIn(kakaotest.PersonaApeach, "")
	first.post("/auth/signout", url.Values{"everywhere": {"1"}})
	if first.whoami().SignedIn || second.whoami().SignedIn || !other.whoami().SignedIn {
		t.Error("not all own sessions ended, or one of another user did")
	}
}

func TestSE15_PersonalResponsesAreNotCached(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	for _, path := range []string{
		"/", "/auth/account", "/auth/session", "/auth/verify", "/auth/login", "/oauth/kakao", "/nowhere",
	} {
		if a := b.get(path); a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: Cache-Control %q", path, a.Header.Get("Cache-Control"))
		}
	}
}

func TestSO01_SignOutByGETNeedsAClick(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	click := map[string]string{
		"Sec-Fetch-Site": "same-origin",
		"Sec-Fetch-Mode": "navigate",
		"Sec-Fetch-Dest": "document",
		"Sec-Fetch-User": "?1",
	}
	for name, change := range map[string]map[string]string{
		"image":          {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
		"another site":   {"Sec-Fetch-Site": "cross-site"},
		"sub-domain":     {"Sec-Fetch-Site": "same-site"},
		"no click":       {"Sec-Fetch-User": ""},
		"prefetch":       {"Sec-Purpose": "prefetch"},
		"old prefetch":   {"Purpose": "prefetch"},
		"other purpose":  {"Sec-Purpose": "preview"},
		"iframe":         {"Sec-Fetch-Dest": "iframe"},
		"no mode":        {"Sec-Fetch-Mode": ""},
		"no information": {"Sec-Fetch-Site": "", "Sec-Fetch-Mode": "", "Sec-Fetch-Dest": "", "Sec-Fetch-User": ""},
	} {
		r := b.request("GET", "/oauth/kakao/signout", nil)
		for _, h := range []map[string]string{click, change} {
			for k, v := range h {
				r.Header.Set(k, v)
				if v == "" {
					r.Header.Del(k)
				}
			}
		}
		a := b.do(r)
		if a.StatusCode != 200 || !b.whoami().SignedIn {
			t.Errorf("%s: %s, signed in %t", name, a.Status, b.whoami().SignedIn)
		}
	}
	r := b.request("GET", "/oauth/kakao/signout", nil)
	for k, v := range click {
		r.Header.Set(k, v)
	}
	if a := b.do(r); a.StatusCode != http.StatusSeeOther ||
		!strings.HasPrefix(a.Header.Get("Location"), w.kakao.URL()+"/oauth/logout?") ||
		b.whoami().SignedIn {
		t.Errorf("the user's own click: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

func TestSO02_SO03_SO04_WhoMaySignOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		header map[string]string
		status int
	}{
		"cross-site":         {map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"same-site":          {map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		"foreign origin":     {map[string]string{"Origin": "https://evil.example"}, 403},
		"null origin":        {map[string]string{"Origin": "null"}, 403},
		"neither header":     {nil, 403},
		"site before origin": {map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": w.srv.URL}, 403},
		"own origin":         {map[string]string{"Origin": w.srv.URL}, 303},
		"same-origin":        {map[string]string{"Sec-Fetch-Site": "same-origin"}, 303},
	} {
		for _, path := range []string{"/auth/signout", "/oauth/kakao/signout"} {
			b := w.browser()
			b.signIn(kakaotest.PersonaRyan, "")
			r := b.request("POST", path, strings.NewReader(""))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for k, v := range c.header {
				r.Header.Set(k, v)
			}
			if a := b.do(r); a.StatusCode != c.status || b.whoami().SignedIn == (c.status == 303) {
				t.Errorf("%s at %s: %s, signed in %t", name, path, a.Status, b.whoami().SignedIn)
			}
		}
	}
	// Without either header the CSRF token of our form decides.
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	token := hidden(t, b.get("/auth/account").body, "csrf")
	r := b.request("POST", "/auth/signout", strings.NewReader(url.Values{"csrf": {token}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a := b.do(r); a.StatusCode != http.StatusSeeOther || b.whoami().SignedIn {
		t.Errorf("with the CSRF token: %s", a.Status)
	}
}

func TestSO05_MethodOverrideIsIgnored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	r := b.request("GET", "/auth/signout?_method=POST", nil)
	r.Header.Set("X-HTTP-Method-Override", "POST")
	if a := b.do(r); a.StatusCode != http.StatusOK || !strings.Contains(a.body, "Sign out of") || !b.whoami().SignedIn {
		t.Errorf("%s, signed in %t", a.Status, b.whoami().SignedIn)
	}
}

func TestSO06_SimpleRequestsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, ct := range []string{"text/plain", "multipart/form-data; boundary=x", "application/json", ""} {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "")
		r := b.request("POST", "/auth/signout", strings.NewReader(`{"a":"b"}`))
		if ct != "" {
			r.Header.Set("Content-Type", ct)
		}
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if a := b.do(r); a.StatusCode != http.StatusUnsupportedMediaType || !b.whoami().SignedIn {
			t.Errorf("%q: %s", ct, a.Status)
		}
	}
}

func TestSO07_ReturnFromProviderSignOutNeedsItsState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	for _, q := range []string{"", "?state=forged", "?state=a&state=b"} {
		if a := b.get("/oauth/kakao/signout/callback" + q); a.Header.Get("Location") != "/" || !b.whoami().SignedIn {
			t.Errorf("%q: %s to %q, signed in %t", q, a.Status, a.Header.Get("Location"), b.whoami().SignedIn)
		}
	}
}

func TestSignOutByFetchReturnsTheNextURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	r := b.request("POST", "/oauth/kakao/signout", strings.NewReader(""))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "cors")
	r.Header.Set("Accept", "application/json")
	a := b.do(r)
	if a.StatusCode != 200 || !strings.HasPrefix(a.body, `{"kakao_logout_url":"`+w.kakao.URL()) ||
		b.whoami().SignedIn {
		t.Errorf("%s %s", a.Status, a.body)
	}
}

func TestFetchOfASignInIsToldToNavigate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	for name, header := range map[string]map[string]string{
		"fetch":      {"Sec-Fetch-Mode": "cors"},
		"old XHR":    {"Sec-Fetch-Mode": "", "X-Requested-With": "XMLHttpRequest"},
		"axios":      {"Sec-Fetch-Mode": "", "Accept": "application/json, text/plain, */*"},
		"prefetched": {"Sec-Purpose": "prefetch;prerender"},
	} {
		r := b.request("GET", "/oauth/kakao?return_to=/x", nil)
		for k, v := range header {
			r.Header.Set(k, v)
			if v == "" {
				r.Header.Del(k)
			}
		}
		a := b.do(r)
		if a.StatusCode != 400 || a.Header.Get("Location") != "" || len(a.Cookies()) != 0 {
			t.Errorf("%s: %s", name, a.Status)
		}
		if name != "prefetched" && (a.Header.Get("Content-Type") != "application/problem+json" ||
			!strings.Contains(a.body, `"code":"login.navigate"`) ||
			!strings.Contains(a.body, `"location":"/oauth/kakao?return_to=/x"`)) {
			t.Errorf("%s: %s %s", name, a.Header.Get("Content-Type"), a.body)
		}
	}
}
