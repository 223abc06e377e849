package app_test

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// sendFrom sends a form as the page at referer does.
func (b *browser) sendFrom(referer, target string, form url.Values) answer {
	b.w.t.Helper()
	r := b.request("POST", target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Referer", referer)
	return b.do(r)
}

func TestFA28_OurOwnFormsSentWithoutASessionAreNotRedirected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	forms := 0
	for _, row := range w.app.Web.Routes() {
		target := strings.Replace(row.Path, "{prefix}", "/auth", 1)
		if row.Kind != web.Form || row.Access == web.Open && target != withdrawPath {
			continue
		}
		forms++
		for from, to := range map[string]string{
			w.srv.URL + target + "?a=1": target + "?a=1", "https://evil.example/": "/", "": "/",
			w.srv.URL + "/oauth/kakao?prompt=login": "/",
		} {
			a := w.browser().sendFrom(from, target, url.Values{"csrf": {"of the session that ended"}})
			if a.StatusCode != http.StatusUnauthorized || !strings.Contains(a.body, "session.not_sent") ||
				to != "/" && !strings.Contains(a.body, "return_to="+url.QueryEscape(to)) ||
				to == "/" && strings.Contains(a.body, "return_to=%2Fo") || strings.Contains(a.body, "evil") {
				t.Errorf("%s from %q: %s %s", target, from, a.Status, a.body)
			}
		}
	}
	if forms < 8 {
		t.Errorf("%d forms", forms)
	}
}

// The page says to sign in in a new tab and to send the form again, so that has to work.
func TestFA28_FormIsSentAgainAfterSigningIn(t *testing.T) {
	t.Parallel()
	w := asking(t)
	b := w.joined(kakaotest.PersonaRyan)
	const asks = "/auth/consent?scope=birthday&return_to=%2Fboard"
	form := url.Values{"csrf": {hidden(t, b.get(asks).body, "csrf")}, "scope": {"birthday"}, "action": {"later"}}
	b.forget(sessionCookie)
	a := b.sendFrom(w.srv.URL+asks, "/auth/consent", form)
	back := mustQuery(t, link(t, a.body, "/auth/login?")).Get("return_to")
	if to := b.signIn(kakaotest.PersonaRyan, back).Header.Get("Location"); to != asks {
		t.Fatalf("signed in by the page that says so: to %q, %s", to, a.body)
	}
	if to := b.later(b.get(asks)).Header.Get("Location"); to != "/board?norang_consent=declined" {
		t.Errorf("sent again: to %q", to)
	}
}

// A step acts, so no return URL names it (RD-11). The page above it does: it has the link, and its own return URL.
func TestStepWithoutASessionLeadsBackToItsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Age = "declare" })
	pending := w.browser()
	pending.signIn(kakaotest.PersonaApeach, "")
	const query = "?scope=birthday&return_to=%2Fcoupons"
	steps := 0
	for _, row := range w.app.Web.Routes() {
		if row.Kind != web.Step || row.Access == web.Open {
			continue
		}
		steps++
		at := strings.Replace(row.Path, "{prefix}", "/auth", 1)
		want := url.QueryEscape(path.Dir(at) + query)
		if to := w.browser().get(at + query).Header.Get("Location"); to != "/auth/login?return_to="+want {
			t.Errorf("%s without a session to %q", at, to)
		}
		if to := pending.get(at + query).Header.Get("Location"); to != "/auth/join?return_to="+want {
			t.Errorf("%s before joining to %q", at, to)
		}
	}
	if steps < 5 {
		t.Errorf("%d steps", steps)
	}
}
