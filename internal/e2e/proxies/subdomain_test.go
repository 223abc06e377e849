package proxies

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// atOtherHost is an address of the second app.
func (w *world) atOtherHost(path string) string {
	return "https://" + net.JoinHostPort(otherHost, w.port) + path
}

// startBoth runs one proxy for both apps: the printed configurations, changed as docs/integrate says.
func (w *world) startBoth(name string) {
	w.t.Helper()
	domain := []string{"--cookie-domain", "example.test"}
	w.public = domain
	first := w.printed(name)
	second := print(w.t, append([]string{
		name, "--url", w.atOtherHost(""), "--listen", w.norang.Listener.Addr().String(),
		"--app-address", w.app.Listener.Addr().String(),
	}, domain...)...)
	without := func(begin string) {
		before, rest, ok := strings.Cut(second, "\n"+begin+" {\n")
		_, after, closed := strings.Cut(rest, "\n}\n")
		if !ok || !closed {
			w.t.Fatalf("norang proxy %s does not print %q", name, begin)
		}
		second = before + "\n" + after
	}
	cert, key := w.path("cert.pem"), w.path("key.pem")
	if name == "caddy" {
		without("(norang_request)")
		without("https://:" + w.port)
		second = strings.ReplaceAll(second, "norang_app", "shop_app")
		tls := " {\n\ttls " + cert + " " + key
		w.caddy(strings.NewReplacer(
			"\n"+w.url("")+" {", "\n"+w.url("")+tls, "\n"+w.atOtherHost("")+" {", "\n"+w.atOtherHost("")+tls,
		).Replace(first + second))
		return
	}
	without("upstream norang")
	second = strings.NewReplacer("upstream app {", "upstream shop {", "http://app;", "http://shop;").Replace(second)
	w.nginx(strings.NewReplacer(
		"listen "+w.port+" ssl;", "listen 127.0.0.1:"+w.port+" ssl;",
		"/etc/ssl/"+host+".crt", cert, "/etc/ssl/"+host+".key", key,
		"/etc/ssl/"+otherHost+".crt", cert, "/etc/ssl/"+otherHost+".key", key,
	).Replace(first + second))
}

// Two apps on subdomains share one session: a visitor of the second one signs in at norang and returns there, is
// signed in at both, and a script of the second one signs out of both.
func TestAppsOnTwoSubdomainsShareASession(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"nginx", "caddy"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *norang.Config) {
				c.CookieDomain = "example.test"
				c.Origins = []string{strings.Replace(c.URL, host, otherHost, 1)}
			})
			w.startBoth(name)
			shareASession(t, w)
		})
	}
}

func shareASession(t *testing.T, w *world) {
	b := w.browser()
	page := w.atOtherHost("/orders/7?tab=open")
	toSignIn := func(when string) {
		t.Helper()
		want := w.url("/auth/login?" + url.Values{"return_to": {page}}.Encode())
		if a := b.get(page); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != want {
			t.Errorf("%s: %s, to %q, want %q", when, a.Status, a.Header.Get("Location"), want)
		}
		put := b.request("PUT", page, strings.NewReader("x"))
		put.Header.Set("Sec-Fetch-Mode", "cors")
		put.Header.Set("Sec-Fetch-Dest", "empty")
		if a := b.do(put); a.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: a PUT gets %s", when, a.Status)
		}
	}
	toSignIn("before the sign-in")
	if n := w.app.requests(); n != 0 {
		t.Errorf("%d requests reached the apps before the sign-in", n)
	}
	if end := b.signIn(kakaotest.PersonaRyan, page); end != page {
		t.Errorf("the sign-in ends at %s", end)
	}
	id, _ := b.session()
	for _, app := range []string{w.url("/"), page} {
		got := b.received(b.request("GET", app, nil))
		if user := got.Headers["REMOTE_USER"]; id == "" || len(user) != 1 || user[0] != id {
			t.Errorf("%s: user %q, want %q", app, user, id)
		}
		if cookie := strings.Join(got.Headers["COOKIE"], ""); cookie != "" {
			t.Errorf("%s: the app gets the cookie %q", app, cookie)
		}
		if head := b.do(b.request("HEAD", app, nil)); head.StatusCode != http.StatusOK {
			t.Errorf("%s: HEAD gets %s", app, head.Status)
		}
	}
	if a := b.get(w.atOtherHost("/auth/session")); a.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("norang's paths at the second app: %s, want 421", a.Status)
	}

	signOut := func(header string) answer {
		r := b.request("POST", w.url("/auth/signout"), nil)
		r.Header.Set("Origin", w.atOtherHost(""))
		r.Header.Set("Sec-Fetch-Site", "same-site")
		if header != "" {
			r.Header.Set("Sec-Fetch-Mode", "cors")
			r.Header.Set("Sec-Fetch-Dest", "empty")
			r.Header.Set(header, "1")
		}
		return b.do(r)
	}
	if a := signOut(""); a.StatusCode != http.StatusForbidden {
		t.Errorf("a form of the second app: %s, want 403", a.Status)
	}
	if a := signOut("X-Norang-CSRF"); a.StatusCode != http.StatusNoContent {
		t.Errorf("a script of the second app: %s %.300s", a.Status, a.body)
	}
	toSignIn("after the sign-out")
	if a := b.get("/"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("the first app after the sign-out: %s", a.Status)
	}
}
