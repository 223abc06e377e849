package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Link components of client-side routers fetch what they link to.
func TestLC14_PrefetchingRoutersStartAndEndNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, _ := w.signedIn(kakaotest.PersonaRyan)
	stranger := w.browser()
	for _, header := range [][2]string{
		{"RSC", "1"}, {"Next-Router-Prefetch", "1"}, {"Sec-Fetch-Mode", "cors"}, {"Sec-Purpose", "prefetch"},
	} {
		send := func(b *browser, path string) answer {
			r := b.request("GET", path, nil)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.Header.Set("Sec-Fetch-User", "?1")
			r.Header.Set(header[0], header[1])
			return b.do(r)
		}
		if a := send(stranger, "/oauth/kakao"); a.StatusCode != http.StatusBadRequest || len(stranger.attempts()) != 0 ||
			a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: start: %s %s", header[0], a.Status, a.Header.Get("Content-Type"))
		}
		if a := send(b, "/oauth/kakao/signout"); a.Header.Get("Location") != "" || !b.in() {
			t.Errorf("%s: sign-out: %s to %q", header[0], a.Status, a.Header.Get("Location"))
		}
	}
}

// The sibling with or without "www." leads to the service before anything is set; every other host is refused. In
// reverse proxy mode the same holds for the app's paths, of which the app sees nothing.
func TestRD13_FA30_OtherHostsSetNoCookie(t *testing.T) {
	t.Parallel()
	for own, sibling := range map[string]string{"example.test": "www.example.test", "www.shop.test": "shop.test"} {
		named := func(c *app.Config) { c.URL = "https://" + own }
		paths := []string{"/oauth/kakao?return_to=/my", "/auth/login?lang=ko"}
		otherHosts(t, newWorld(t, named), own, sibling, paths)
		w, e := inFrontOf(t, nil, named)
		otherHosts(t, w, own, sibling, append(paths, "/my?a=1;b", "/public/x"))
		if got := e.requests(); len(got) > 0 {
			t.Errorf("the app got %v", got)
		}
	}
}

// otherHosts asks for the paths under the sibling of the service's host, and under foreign ones.
func otherHosts(t *testing.T, w *world, own, sibling string, paths []string) {
	t.Helper()
	for _, c := range []struct {
		host, method string
		status       int
	}{
		{sibling, "GET", http.StatusSeeOther},
		{sibling, "POST", http.StatusMisdirectedRequest},
		{"evil.example", "GET", http.StatusMisdirectedRequest},
		{"www." + sibling + ".evil.example", "GET", http.StatusMisdirectedRequest},
		{"login." + own, "GET", http.StatusMisdirectedRequest},
	} {
		for _, path := range paths {
			b := w.browser()
			r := b.request(c.method, path, nil)
			r.Host = c.host
			r.Header.Set("Cookie", sessionCookie+"=x; "+sessionCookie+"=y")
			resp, err := b.http.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			to := ""
			if c.status == http.StatusSeeOther {
				to = "https://" + own + path
			}
			if resp.StatusCode != c.status || resp.Header.Get("Location") != to || len(resp.Cookies()) != 0 {
				t.Errorf("%s %s%s: %s to %q, %v", c.method, c.host, path, resp.Status, resp.Header.Get("Location"),
					resp.Cookies())
			}
		}
	}
}

// The host stands for a service without a name. Other hosts are never shown.
func TestRD13_PagesShowTheHostInHangul(t *testing.T) {
	t.Parallel()
	for host, name := range map[string]string{
		"login.xn--2i0b10rutm.test": "login.로그인.test",
		"login.xn--pple-43d.test":   "login.xn--pple-43d.test",
	} {
		w := newWorld(t, func(c *app.Config) { c.URL, c.Brand.Name = "https://"+host, "" })
		b := w.browser()
		r := b.request("GET", "/auth/login", nil)
		r.Host = host
		if a := b.do(r); a.StatusCode != http.StatusOK || !strings.Contains(a.body, name) {
			t.Errorf("%s: %s without %s", host, a.Status, name)
		}
	}
}
