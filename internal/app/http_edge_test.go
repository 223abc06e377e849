package app_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Security cases that concern every response of the service.

func TestFA11_UnknownHostIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	for _, path := range []string{
		"/", "/auth/login", "/oauth/kakao", "/auth/session", "/no/such/page", "/auth/static/none.css",
	} {
		r := b.request("GET", path, nil)
		r.Host = "evil.example"
		a := b.do(r)
		if a.StatusCode != http.StatusMisdirectedRequest || !strings.Contains(a.body, "host_unknown") ||
			strings.Contains(a.body, "evil.example") ||
			a.Header.Get("Location") != "" ||
			len(a.Cookies()) != 0 {
			t.Errorf("%s: %s, Location %q, cookies %v", path, a.Status, a.Header.Get("Location"), a.Cookies())
		}
	}
	for path, want := range map[string]int{"/auth/healthz": 200, "/auth/readyz": 200, "/auth/verify": 401} {
		r := b.request("GET", path, nil)
		r.Host = "10.1.2.3:8080"
		if a := b.do(r); a.StatusCode != want {
			t.Errorf("%s under another name: %s, want %d", path, a.Status, want)
		}
	}
	// Absolute form: the host of the request line counts, not the Host header.
	line := "GET https://evil.example/auth/login HTTP/1.1\r\nHost: " + strings.TrimPrefix(
		w.srv.URL,
		"https://",
	) + "\r\nConnection: close\r\n\r\n"
	if a := w.raw(strings.NewReader(line)); !strings.Contains(a, " 421 ") {
		t.Errorf("absolute form: %s", a)
	}
	if n := strings.Count(w.log.String(), "code=host_unknown"); n != 7 {
		t.Errorf("%d log lines, want one for each of 7 requests", n)
	}
}

// raw writes to the service's socket and returns what it could read back.
func (w *world) raw(r io.Reader) string {
	w.t.Helper()
	c, err := tls.Dial(
		"tcp",
		strings.TrimPrefix(w.srv.URL, "https://"),
		w.srv.Client().Transport.(*http.Transport).TLSClientConfig.Clone(),
	)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close()
	go func() { _, _ = io.Copy(c, r) }() // ends when the service closes the connection
	out, _ := bufio.NewReader(c).ReadString('\n')
	return out
}

func TestXS02_ErrorDescriptionIsNotRendered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	state := mustQuery(t, b.toCallback(kakaotest.PersonaRyan, "")).Get("state")
	for _, code := range []string{"x", "access_denied", "server_error"} {
		q := url.Values{"error": {code}, "error_description": {"<svg onload=alert(1)>"}, "state": {state}}
		a := b.get("/oauth/kakao/callback?" + q.Encode())
		if strings.Contains(a.body, "svg onload") || strings.Contains(a.body, "alert(1)") ||
			strings.Contains(a.Header.Get("Location"), "svg") {
			t.Errorf("%s: reflected: %s %q", code, a.body, a.Header.Get("Location"))
		}
	}
}

// every returns one request for every kind of response.
func (b *browser) every() map[string]answer {
	b.w.t.Helper()
	out := map[string]answer{}
	for _, path := range []string{
		"/", "/login", "/auth/login", "/auth/login?lang=ko", "/oauth/kakao", "/oauth/none", "/oauth/kakao/callback",
		"/oauth/kakao/callback?code=a&state=b",
		"/auth/join", "/auth/account", "/oauth/kakao/signout", "/oauth/kakao/signout/callback", "/auth/session",
		"/auth/verify",
		"/auth/verify?redirect=1", "/auth/healthz", "/auth/readyz", "/no/such/page", "/auth/", "//auth/login",
		"/auth/%2e%2e/login",
	} {
		out["GET "+path] = b.get(path)
	}
	out["POST /auth/login"] = b.post("/auth/login", nil)
	out["POST /auth/signout cross-site"] = func() answer {
		r := b.request("POST", "/auth/signout", strings.NewReader(""))
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return b.do(r)
	}()
	out["POST /auth/signout as text"] = func() answer {
		r := b.request("POST", "/auth/signout", strings.NewReader("{}"))
		r.Header.Set("Content-Type", "text/plain")
		return b.do(r)
	}()
	out["POST /auth/signout of 1 MB"] = func() answer {
		r := b.request("POST", "/auth/signout", strings.NewReader("a="+strings.Repeat("x", 1<<20)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return b.do(r)
	}()
	return out
}

// everywhere sends them all without a session and with one.
func (w *world) everywhere(f func(name string, a answer)) {
	w.t.Helper()
	nobody, member := w.browser(), w.browser()
	member.signIn(kakaotest.PersonaRyan, "")
	for who, b := range map[string]*browser{"nobody": nobody, "member": member} {
		for name, a := range b.every() {
			f(who+": "+name, a)
		}
	}
}

func TestXS05_ContentTypesAreExact(t *testing.T) {
	t.Parallel()
	newWorld(t).everywhere(func(name string, a answer) {
		if a.Header.Get("X-Content-Type-Options") != "nosniff" &&
			!(strings.Contains(name, "verify") && a.StatusCode == 200) {
			t.Errorf("%s: nosniff is missing", name)
		}
		ct := a.Header.Get("Content-Type")
		switch {
		case a.body == "":
		case strings.HasPrefix(a.body, "{"):
			if ct != "application/json; charset=utf-8" && ct != "application/problem+json" {
				t.Errorf("%s: JSON as %q", name, ct)
			}
		case ct != "text/html; charset=utf-8":
			t.Errorf("%s: %q: %.60s", name, ct, a.body)
		}
	})
}

func TestXS06_ParametersAreNotReflected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	const evil = `"><script>alert(1)</script>`
	for _, path := range []string{
		"/auth/login?login_hint=", "/auth/login?return_to=", "/auth/login?provider=", "/auth/login?notice=",
		"/auth/login?lang=",
		"/?notice=", "/oauth/kakao?prompt=", "/oauth/kakao?scope=", "/oauth/", "/auth/",
		"/oauth/kakao/callback?error=", "/oauth/kakao/callback?state=",
	} {
		a := b.get(path + url.PathEscape(evil))
		if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, `"><script`) {
			t.Errorf("%s: %s", path, a.body)
		}
	}
}

func TestXS08_NoCORSHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	for _, origin := range []string{
		"https://evil.example", "null", "https://app.example.test.evil.example", "https://evil.example.test",
		"http://app.example.test",
	} {
		for _, method := range []string{"GET", "OPTIONS"} {
			for _, path := range []string{"/auth/session", "/auth/verify", "/auth/signout", "/auth/account"} {
				r := b.request(method, path, nil)
				r.Header.Set("Origin", origin)
				r.Header.Set("Access-Control-Request-Method", "POST")
				if a := b.do(r); a.Header.Get("Access-Control-Allow-Origin") != "" ||
					a.Header.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("%s %s for %s: %v", method, path, origin, a.Header)
				}
			}
		}
	}
}

func TestXS09_ErrorsHaveSecurityHeaders(t *testing.T) {
	t.Parallel()
	newWorld(t).everywhere(func(name string, a answer) {
		if strings.Contains(name, "verify") && a.StatusCode == 200 {
			return // goes to a proxy and has only identity headers
		}
		for h, want := range map[string]string{
			"Strict-Transport-Security": "max-age=", "X-Frame-Options": "DENY",
			"Content-Security-Policy":    "default-src 'none'",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"Cache-Control": "no-store",
		} {
			if got := a.Header.Get(h); !strings.HasPrefix(got, want) &&
				!(strings.Contains(name, "verify") && h != "Cache-Control") {
				t.Errorf("%s (%d): %s: %q", name, a.StatusCode, h, got)
			}
		}
		if rp := a.Header.Get("Referrer-Policy"); rp != "same-origin" && rp != "no-referrer" &&
			!strings.Contains(name, "verify") {
			t.Errorf("%s: Referrer-Policy %q", name, rp)
		}
	})
}

func TestSO11_NoPageCanBeFramed(t *testing.T) {
	t.Parallel()
	pages := 0
	newWorld(t).everywhere(func(name string, a answer) {
		if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			return
		}
		pages++
		if !strings.Contains(a.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") ||
			a.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s can be framed: %v", name, a.Header)
		}
	})
	if pages < 10 {
		t.Errorf("only %d pages checked", pages)
	}
}

func TestOP09_ErrorPagesRevealNothing(t *testing.T) {
	t.Parallel()
	inside := regexp.MustCompile(
		`(?i)goroutine|\.go:\d|runtime error|sqlite|SELECT |internal/|go1\.\d|norang/\d|panic`,
	)
	failures := 0
	newWorld(t).everywhere(func(name string, a answer) {
		if a.StatusCode < 400 {
			return
		}
		failures++
		if m := inside.FindString(a.body); m != "" {
			t.Errorf("%s (%d) shows %q", name, a.StatusCode, m)
		}
		if a.Header.Get("Server") != "" || a.Header.Get("X-Powered-By") != "" {
			t.Errorf("%s reveals its software: %v", name, a.Header)
		}
	})
	if failures < 15 {
		t.Errorf("only %d failures checked", failures)
	}
}

func TestOP08_NoDebugEndpoints(t *testing.T) {
	t.Parallel()
	b := newWorld(t).browser()
	for _, path := range []string{
		"/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/metrics", "/trace", "/admin/", "/auth/metrics",
		"/auth/admin/", "/auth/debug/pprof/",
		"/healthz", "/.env", "/.git/config",
	} {
		if a := b.get(path); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
}

// OP-10: no redirect URL contains a secret, and no Referer passes one on.
func TestOP10_NoSecretsInURLs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "/board")
	code := mustQuery(t, to).Get("code")
	a := b.get(to)
	secrets := map[string]string{
		"client secret": w.kakao.App().ClientSecret, "admin key": w.kakao.App().AdminKey, "code": code,
		"session": b.cookie(sessionCookie),
	}
	if a.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("the callback, whose URL contains the code: Referrer-Policy %q", a.Header.Get("Referrer-Policy"))
	}
	check := func(name string, a answer) {
		for what, secret := range secrets {
			if strings.Contains(a.Header.Get("Location"), secret) || strings.Contains(a.body, secret) {
				t.Errorf("%s contains the %s", name, what)
			}
		}
	}
	check("callback", a)
	for name, a := range b.every() {
		check(name, a)
	}
}

func TestOP14_HealthEndpoints(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	for path, want := range map[string]string{
		"/auth/healthz": `{"status":"ok"}`,
		"/auth/readyz":  `{"status":"ready"}`,
	} {
		if a := b.get(path); a.StatusCode != 200 || strings.TrimSpace(a.body) != want || len(a.Cookies()) != 0 {
			t.Errorf("%s: %s %s", path, a.Status, a.body)
		}
		if a := b.post(path, nil); a.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %s", path, a.Status)
		}
	}
	if a := b.get("/auth/account"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("after the probes, the account page without a session: %s", a.Status)
	}
}

func TestDO03_LargeBodiesAndHeadersAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Limits = app.Limits{} })
	host := "Host: " + strings.TrimPrefix(w.srv.URL, "https://") + "\r\n"
	for name, tc := range map[string]struct {
		request io.Reader
		want    string
	}{
		"a header of 2 MB": {
			strings.NewReader("GET /auth/login HTTP/1.1\r\n" + host + "X-Big: " + strings.Repeat("x", 2<<20) +
				"\r\n\r\n"),
			" 431 ",
		},
		"100,000 headers": {
			strings.NewReader("GET /auth/login HTTP/1.1\r\n" + host +
				strings.Repeat("X-Many: 1234567890\r\n", 100_000) + "\r\n"),
			" 431 ",
		},
		"a body of 100 MB": {io.MultiReader(strings.NewReader("POST /auth/signout HTTP/1.1\r\n"+host+
			"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 104857600\r\n\r\na="), endless{}),
			" 413 "},
		"an endless body": {io.MultiReader(strings.NewReader("POST /auth/signout HTTP/1.1\r\n"+host+
			"Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"), endlessChunks()),
			" 413 "},
	} {
		if got := w.raw(tc.request); !strings.Contains(got, tc.want) {
			t.Errorf("%s: %q, want %s", name, got, tc.want)
		}
	}
}

// endless is an endless body of one letter.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func endlessChunks() io.Reader {
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 4096, strings.Repeat("y", 4096))
	return strings.NewReader(strings.Repeat(chunk, 1000))
}

func TestFA22_ResponsesOfVerifyAreNotCached(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.browser()
	in.signIn(kakaotest.PersonaRyan, "")
	for name, a := range map[string]answer{
		"signed in": in.get("/auth/verify"), "signed out": w.browser().get("/auth/verify"),
		"redirected": w.browser().get("/auth/verify?redirect=1"),
	} {
		if got := a.Header.Values("Vary"); len(got) != 1 || got[0] != "*" {
			t.Errorf("%s: Vary %q", name, got)
		}
		if got := a.Header.Values("Cache-Control"); len(got) != 1 || got[0] != "no-store" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
	}
}
