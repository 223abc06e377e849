package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Where a sign-out leads: the page with the choices, and return_to.

const (
	signOutPath = "/auth/signout"
	outAtKakao  = "/oauth/kakao/signout"
)

func TestSignOutPageOffersThisServiceOnlyAndTheProviderToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	for _, path := range []string{signOutPath, outAtKakao} {
		page := b.korean(path + "?return_to=/board")
		for _, want := range []string{
			`action="/auth/signout"`, `action="/oauth/kakao/signout"`, "에서만 로그아웃<", "카카오계정도 함께 로그아웃<",
			`href="/board">로그인 유지하기<`, `href="/auth/signout?lang=en&amp;return_to=%2Fboard"`,
		} {
			if strings.Count(page.body, want) != 1 {
				t.Errorf("%s: %d times %s", path, strings.Count(page.body, want), want)
			}
		}
		if n := strings.Count(page.body, `name="return_to" value="/board"`); n != 2 {
			t.Errorf("%s: %d forms keep the return URL", path, n)
		}
		if page.Header.Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s: a browser without Fetch Metadata would send Origin: null", path)
		}
	}
	if !b.in() {
		t.Fatal("looking at the page signed the user out")
	}
	form := url.Values{"csrf": {hidden(t, b.get(signOutPath).body, "csrf")}, "return_to": {"/board"}}
	if a := b.post(signOutPath, form); a.Header.Get("Location") != "/board" || b.in() {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	// Without a session there is nothing to ask.
	for query, want := range map[string]string{"": "/", "?return_to=/board": "/board", "?return_to=//evil.example": "/"} {
		if a := b.get(signOutPath + query); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != want {
			t.Errorf("signed out, %q: %s to %q, want %q", query, a.Status, a.Header.Get("Location"), want)
		}
	}
}

// signOutVia signs a user in and out with return_to as written in the corpus, and returns the last Location.
func (w *world) signOutVia(path, wire string) string {
	w.t.Helper()
	b := w.browser()
	a := b.get("/oauth/kakao?login_hint=" + kakaotest.PersonaRyan)
	b.get(w.here(b.throughKakao(a.Header.Get("Location"))))
	raw, err := url.QueryUnescape(wire)
	if err != nil {
		raw = wire
	}
	if a = b.post(path, url.Values{"return_to": {raw}}); b.in() {
		w.t.Errorf("%s, %s: still signed in", path, wire)
	}
	if path == signOutPath {
		return a.Header.Get("Location")
	}
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || to.Query().Get("state") == "" {
		w.t.Fatalf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	return b.get("/oauth/kakao/signout/callback?state=" + to.Query().Get("state")).Header.Get("Location")
}

func TestRD01_ForbiddenReturnURLsAtSignOut(t *testing.T) {
	t.Parallel()
	w := corpusWorld(t)
	for i, wire := range corpus(t, "redirects-open.txt") {
		path := []string{signOutPath, outAtKakao}[i%2]
		if loc := w.signOutVia(path, wire); !staysHere("https://login.example.test", loc) {
			t.Errorf("%s, %s: to %q", path, wire, loc)
		}
	}
}

func TestRD02_AllowedReturnURLsAtSignOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Origins = []string{"https://app.example.test"} })
	for _, path := range []string{signOutPath, outAtKakao} {
		for _, want := range []string{"/", "/board?page=2", "https://app.example.test/bye"} {
			if loc := w.signOutVia(path, want); loc != want {
				t.Errorf("%s: to %q, want %q", path, loc, want)
			}
		}
		// What is refused leads to the message, as no return URL does.
		for _, refused := range []string{"", "https://evil.example/", outAtKakao, strings.Repeat("/a", 4096)} {
			if loc := w.signOutVia(path, refused); loc != "/?notice=signed_out" {
				t.Errorf("%s, %.40q: to %q", path, refused, loc)
			}
		}
	}
}

func TestRD03_RepeatedReturnToAtSignOutIsIgnored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	a := b.post(signOutPath, url.Values{"return_to": {"/ok", "//evil.example"}})
	if a.Header.Get("Location") != "/?notice=signed_out" || b.in() {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
}

// The return URL is sealed while the user is at the provider, and checked again when they come back.
func TestRD04_ReturnURLOfASignOutIsCheckedAgainAtUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Origins = []string{"https://app.example.test"} })
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	a := b.post(outAtKakao, url.Values{"return_to": {"https://app.example.test/bye"}})
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	w.restart(func(c *app.Config) { c.Origins = nil })
	a = b.get("/oauth/kakao/signout/callback?state=" + to.Query().Get("state"))
	if a.Header.Get("Location") != "/?notice=signed_out" {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
}

func TestNotFoundPageShowsNoCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	for _, path := range []string{"/nothing", "/auth/nothing", "/oauth/nothing"} {
		page := b.korean(path)
		if page.StatusCode != http.StatusNotFound || !strings.Contains(page.body, `<a class="button" href="/">처음 화면으로<`) {
			t.Errorf("%s: %s", path, page.Status)
		}
		for _, code := range []string{"not_found", "문의 정보", "<code>"} {
			if strings.Contains(page.body, code) {
				t.Errorf("%s shows %s", path, code)
			}
		}
	}
	page := b.korean("/oauth/kakao/callback?state=x&code=y")
	fold, rest, _ := strings.Cut(page.body, "<summary>문의 정보</summary>")
	if strings.Contains(fold, "<code>") || !strings.Contains(rest, "<code>login.") || !strings.Contains(rest, "요청 번호") {
		t.Errorf("another problem: %s", page.body)
	}
}

// A user who reads that they are signed out must be. While the session cannot be read, or not be ended, the browser
// keeps it, goes nowhere, and can sign out later.
func TestFailedSignOutIsNotTakenForOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ fail, repair string }{
		"unreadable": {`ALTER TABLE sessions RENAME TO gone`, `ALTER TABLE gone RENAME TO sessions`},
		"kept": {
			`CREATE TRIGGER kept BEFORE DELETE ON sessions BEGIN SELECT RAISE(ABORT, 'kept'); END`, `DROP TRIGGER kept`,
		},
	} {
		w := newWorld(t)
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "")
		w.restart() // nothing is cached
		w.rows(c.fail)
		everywhere := url.Values{"everywhere": {"1"}}
		for _, a := range []answer{
			b.post(signOutPath, nil), b.post(signOutPath, everywhere), b.post(outAtKakao, nil),
			b.do(b.clicks(outAtKakao)),
		} {
			if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Location") != "" ||
				a.Header.Get("Clear-Site-Data") != "" {
				t.Errorf("%s: %s %s: %s to %q", name, a.Request.Method, a.Request.URL, a.Status, a.Header.Get("Location"))
			}
		}
		// The page with the choices is not shown to a user whose session cannot be read.
		if a := b.get(signOutPath); name == "unreadable" && a.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("page: %s", a.Status)
		}
		w.rows(c.repair)
		if !b.in() {
			t.Errorf("%s: the browser has lost its session", name)
		}
		if a := b.post(signOutPath, nil); a.StatusCode != http.StatusSeeOther || b.in() {
			t.Errorf("%s, afterwards: %s", name, a.Status)
		}
	}
}

// clicks is a click on a link of our own pages.
func (b *browser) clicks(path string) *http.Request {
	r := b.request("GET", path, nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Dest", "document")
	r.Header.Set("Sec-Fetch-User", "?1")
	return r
}
