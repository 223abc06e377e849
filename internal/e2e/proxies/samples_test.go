package proxies

import (
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/norang-login/norang/internal/cli"
	"github.com/norang-login/norang/internal/proxyconfig"
	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/internal/web/forward"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// samples are the files in examples/ and the command that prints each.
var samples = map[string]string{
	"nginx/norang.conf": "nginx", "nginx/norang-fastcgi.conf": "nginx-fastcgi", "nginx/norang-uwsgi.conf": "nginx-uwsgi",
	"caddy/Caddyfile": "caddy", "traefik/norang.yml": "traefik",
}

// print returns what a command of "norang proxy" prints.
func print(t *testing.T, args ...string) string {
	t.Helper()
	var out, errors strings.Builder
	args = append([]string{"proxy"}, args...)
	if status := cli.Run(bounded.Context(t), args, nil, strings.NewReader(""), &out, &errors); status != 0 {
		t.Fatalf("norang %s: status %d: %s", strings.Join(args, " "), status, &errors)
	}
	return out.String()
}

// With -update the examples are written again; see "go test ./internal/e2e/proxies -run Examples -update".
func TestExamplesAreWhatTheCommandPrints(t *testing.T) {
	t.Parallel()
	for file, name := range samples {
		path := filepath.Join("..", "..", "..", "examples", file)
		want := print(t, name, "--url", "https://www.example.com")
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Errorf("examples/%s is not what norang proxy %s prints (error: %v); run this test with -update", file, name, err)
		}
	}
}

// An installation with other names gets them: prefix, port, callbacks, cookies, public pages.
func TestPrintedConfigurationsHaveTheNamesOfTheInstallation(t *testing.T) {
	t.Parallel()
	for name, wants := range map[string][]string{
		"nginx": {
			"listen 8443 ssl;", "server_name app.example.kr;", "/account/verify?optional=1;",
			`|/login/done\.do$)`, "location ^~ /help/ {", "server 127.0.0.1:9000;",
		},
		"nginx-fastcgi": {"location ^~ /account/proxy-test/ {", "fastcgi_pass 10.0.0.9:5003;"},
		"nginx-uwsgi":   {"uwsgi_pass 10.0.0.9:5003;"},
		"caddy": {
			"https://app.example.kr:8443 {", "/login/done.do", "uri /account/verify?redirect=1", "path_regexp ^/help/\n",
		},
		"traefik": {
			"Path(`/login/done.do`)", "PathPrefix(`/help/`)", "PathPrefix(`/account/`)", "url: http://10.0.0.9:5003",
		},
	} {
		got := print(t, name, "--url", "https://app.example.kr:8443", "--prefix", "/account", "--listen", ":9000",
			"--cookie-domain", "example.kr", "--kakao-redirect-uri", "https://app.example.kr:8443/login/done.do",
			"--public", "/help/", "--public", "/docs/", "--echo", "10.0.0.9:5003")
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("norang proxy %s does not print %q:\n%s", name, want, got)
			}
		}
		if strings.Contains(got, "/auth/") {
			t.Errorf("norang proxy %s prints the default prefix", name)
		}
	}
}

// Traefik removes exact names only. Without the program, its file is checked as YAML and against the list in the code.
func TestFA01_FA03_FA24_FA31_TraefikRemovesEverySpelling(t *testing.T) {
	t.Parallel()
	type middleware struct {
		Headers struct {
			CustomRequestHeaders map[string]string `yaml:"customRequestHeaders"`
		} `yaml:"headers"`
		ForwardAuth struct {
			Address             string   `yaml:"address"`
			AuthResponseHeaders []string `yaml:"authResponseHeaders"`
			Regexp              string   `yaml:"authResponseHeadersRegex"`
		} `yaml:"forwardAuth"`
	}
	var file struct {
		HTTP struct {
			Routers map[string]struct {
				Rule, Service string
				Middlewares   []string
				Priority      int
			}
			Middlewares map[string]middleware
			Services    map[string]any
		} `yaml:"http"`
	}
	if err := yaml.Unmarshal([]byte(print(t, "traefik", "--url", "https://www.example.com")), &file); err != nil {
		t.Fatal(err)
	}
	removed := file.HTTP.Middlewares["norang-request"].Headers.CustomRequestHeaders
	for _, name := range forward.ReservedHeaders {
		for _, spelling := range forward.Spellings(name) {
			if value, ok := removed[spelling]; !ok || value != "" {
				t.Errorf("%s is not removed", spelling)
			}
		}
	}
	for _, name := range []string{"Host", "X-Forwarded-Host"} { // not with the port that the client names (FA-11)
		if removed[name] != "www.example.com" {
			t.Errorf("%s for the app is %q", name, removed[name])
		}
	}
	for _, auth := range []string{"norang-required", "norang-optional"} {
		also, err := regexp.Compile(file.HTTP.Middlewares[auth].ForwardAuth.Regexp)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Concat(forward.ReservedHeaders, forward.ForwardingHeaders) {
			for symbol := range strings.SplitSeq(forward.Symbols, "") {
				if odd := strings.Replace(name, "-", symbol, 1); odd != name && !also.MatchString(odd) {
					t.Errorf("%s: %s is not removed", auth, odd)
				}
			}
			if also.MatchString(name) {
				t.Errorf("%s: %s matches", auth, name)
			}
		}
	}
	for name, router := range file.HTTP.Routers {
		if file.HTTP.Services[router.Service] == nil {
			t.Errorf("router %s: no service %s", name, router.Service)
		}
		for _, m := range router.Middlewares {
			if _, ok := file.HTTP.Middlewares[m]; !ok {
				t.Errorf("router %s: no middleware %s", name, m)
			}
		}
		if router.Service != "app" {
			continue
		}
		// First the visitor's headers go, then norang's come, and nothing after that touches them.
		last := router.Middlewares[len(router.Middlewares)-1]
		if router.Middlewares[0] != "norang-request" || file.HTTP.Middlewares[last].ForwardAuth.Address == "" {
			t.Errorf("router %s: %v", name, router.Middlewares)
		}
		if got := file.HTTP.Middlewares[last].ForwardAuth.AuthResponseHeaders; !slices.Equal(got, forward.ReservedHeaders) {
			t.Errorf("router %s copies %v", name, got)
		}
	}
}

// The app gets the user on public pages too; a stranger and a broken cookie are no user.
func TestPublicPagesKnowTheUser(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		id, _ := b.session()
		got := b.received(b.request("GET", "/public/a?x=%2F;y", nil))
		if !slices.Equal(got.Headers["REMOTE_USER"], []string{id}) {
			t.Errorf("signed in: %q, want %s", got.Headers["REMOTE_USER"], id)
		}
		token := b.cookie(sessionCookie)
		for name, cookies := range map[string]string{
			"none": "", "broken": sessionCookie + "=" + token[1:], "unknown": sessionCookie + "=" + strings.Repeat("A", 43),
			"several": sessionCookie + "=" + token[1:] + "; " + sessionCookie + "=x",
		} {
			stranger := w.browser()
			r := stranger.request("GET", "/public/", nil)
			r.Header.Set("Cookie", cookies)
			forged(r.Header)
			arrived := stranger.received(r)
			if got := identity(arrived); len(got) > 0 {
				t.Errorf("cookie %s: the app received %q", name, got)
			}
			// docs/integrate.md says which.
			_, present := arrived.Headers["REMOTE_USER"]
			if want := !strings.HasSuffix(t.Name(), "/nginx"); present != want {
				t.Errorf("cookie %s: an empty Remote-User is present: %t, want %t", name, present, want)
			}
		}
	})
}

// Public pages are no way to others: paths that an app may read as another one are not public, or refused.
func TestFA08_OddPathsAreNotPublic(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		for _, path := range []string{
			"/public/..%2fadmin/secret", "/public/%2e%2e/admin", "/public/../admin", "/public/....//admin",
			"/public/%2e%2e%2e%2e//admin", "/public/..;/admin", "/public/x%3B/../admin", "/public/%252e%252e/admin",
			"/public/x%23/../../admin", "/public/%2fadmin", "/public/..%5cadmin", `/public/..\admin`, "/public/a%00b",
			"/public/%3f/../../admin", "/public/./admin", "/public//admin", "/public/%c0%ae%c0%ae/admin",
			"/%70ublic/../admin", "/admin?x=/public/", "/admin#/public/", "/public%2fadmin", "/PUBLIC%2f../admin", "/PUBLIC/my",
		} {
			r := b.request("GET", "/", nil)
			r.URL = &url.URL{Scheme: "https", Host: r.URL.Host, Opaque: path}
			if a := b.do(r); a.StatusCode != http.StatusBadRequest && a.StatusCode != http.StatusSeeOther {
				t.Errorf("%s: %s %.200s", path, a.Status, a.body)
			}
		}
		if n := w.app.requests(); n != 0 {
			t.Errorf("%d requests reached the app", n)
		}
		for _, path := range []string{"/public/%EA%B0%80%20b", "/public/a-b_c.d~e", "/public/?q=%2e%2e%2f;x"} {
			r := b.request("GET", "/", nil)
			r.URL = &url.URL{Scheme: "https", Host: r.URL.Host, Opaque: path}
			if got := b.received(r); got.URI != path {
				t.Errorf("%s arrives as %s", path, got.URI)
			}
		}
	})
}

// norang judges by headers of a bounded size and reads no body. Proxies copy the visitor's request into their question.
func TestFA25_LargeCookiesAndUploadsAreVerifiedAsUsual(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		r := b.request("GET", "/", nil)
		for _, name := range []string{"a", "b", "c"} {
			r.Header.Add("Cookie", name+"="+strings.Repeat(name, 7000))
		}
		if got := identity(b.received(r)); len(got["REMOTE_USER"]) != 1 {
			t.Errorf("three cookies of 7 KB: %q", got)
		}
		upload := strings.Repeat("0123456789abcdef", 2<<20/16)
		stranger := w.browser()
		a := stranger.do(stranger.request("POST", "/upload", strings.NewReader(upload)))
		if a.StatusCode != http.StatusUnauthorized {
			t.Errorf("2 MB by a stranger: %s %.300s", a.Status, a.body)
		}
		b.received(b.request("POST", "/upload", strings.NewReader(upload)))
		if got := len(w.app.lastBody()); got != min(len(upload), 1<<20) {
			t.Errorf("2 MB: the app read %d bytes", got)
		}
	})
}

// A form that is sent without a session is neither passed nor turned into a GET.
func TestFA28_FormWithoutASessionIsNotRedirected(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		r := b.request("POST", "/order", strings.NewReader("item=3"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept-Language", "en")
		a := b.do(r)
		if a.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") ||
			!strings.Contains(a.body, "Not sent yet") {
			t.Errorf("form: %s, %s %.300s", a.Status, a.Header.Get("Content-Type"), a.body)
		}
		if n := w.app.requests(); n != 0 {
			t.Errorf("%d requests reached the app", n)
		}
	})
}

// The kind of client decides about the answer to a request without a session.
func TestFA16_AnswerWithoutASessionFollowsFetchMetadata(t *testing.T) {
	t.Parallel()
	const html = "text/html,application/xhtml+xml,*/*;q=0.8"
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		for name, c := range map[string]struct {
			mode, dest, accept string
			more               http.Header
			status             int
		}{
			"navigation":     {"navigate", "document", html, nil, 303},
			"iframe":         {"navigate", "iframe", html, nil, 401},
			"fetch":          {"cors", "empty", "*/*", nil, 401},
			"fetch of HTML":  {"cors", "empty", html, nil, 401},
			"image":          {"no-cors", "image", "image/webp,*/*", nil, 401},
			"EventSource":    {"cors", "empty", "text/event-stream", nil, 401},
			"WebSocket":      {"websocket", "empty", "*/*", nil, 401},
			"older browser":  {"", "", html, nil, 303},
			"curl":           {"", "", "*/*", nil, 401},
			"XMLHttpRequest": {"", "", html, http.Header{"X-Requested-With": {"XMLHttpRequest"}}, 401},
			"prefetch":       {"navigate", "document", html, http.Header{"Sec-Purpose": {"prefetch"}}, 401},
			"router":         {"cors", "empty", html, http.Header{"Next-Router-Prefetch": {"1"}}, 401},
			"router without": {"", "", html, http.Header{"Rsc": {"1"}}, 401},
		} {
			r := b.request("GET", "/my", nil)
			for header, value := range map[string]string{
				"Sec-Fetch-Mode": c.mode, "Sec-Fetch-Dest": c.dest, "Accept": c.accept,
			} {
				r.Header.Del(header)
				if value != "" {
					r.Header.Set(header, value)
				}
			}
			for header, values := range c.more {
				r.Header[header] = values
			}
			if a := b.do(r); a.StatusCode != c.status {
				t.Errorf("%s: %s %.200s", name, a.Status, a.body)
			}
		}
	})
}

// A request for another host, on a connection that the browser reuses, is answered by norang's page.
func TestFA30_AnotherHostGets421(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		token := b.cookie(sessionCookie)
		for _, path := range []string{"/", "/public/", "/auth/session"} {
			r := b.request("GET", path, nil)
			r.Host = "other.example.test"
			r.Header.Set("Cookie", sessionCookie+"="+token)
			a := b.do(r)
			if a.StatusCode != http.StatusMisdirectedRequest || !strings.Contains(a.body, `href="`+w.url("/")+`"`) {
				t.Errorf("%s: %s %.500s", path, a.Status, a.body)
			}
			if cookies := a.Header.Values("Set-Cookie"); len(cookies) > 0 {
				t.Errorf("%s sets cookies: %q", path, cookies)
			}
		}
		if n := w.app.requests(); n != 0 {
			t.Errorf("%d requests reached the app", n)
		}
	})
}

// The same as in reverse proxy mode. nginx refuses both methods by itself.
func TestRP02_TraceAndConnectDoNotReachTheApp(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		authority := net.JoinHostPort(host, w.port)
		for _, line := range []string{
			"TRACE /orders", "TRACE /public/", "trace /orders", "TRACE " + w.url("/orders"),
			"CONNECT " + authority, "CONNECT /orders", "connect /public/",
		} {
			a, _ := b.raw(line + " HTTP/1.1\nHost: " + authority + "\nCookie: " + sessionCookie + "=" + b.cookie(sessionCookie) +
				"\nConnection: close\n\n")
			if a.StatusCode != http.StatusMethodNotAllowed && a.StatusCode != http.StatusBadRequest {
				t.Errorf("%s: %s", line, a.Status)
			}
			if strings.HasSuffix(t.Name(), "/Caddy") && a.Header.Get("Allow") == "" {
				t.Errorf("%s: %s without Allow", line, a.Status)
			}
		}
		if n := w.app.requests(); n != 0 {
			t.Errorf("%d requests reached the app", n)
		}
	})
}

// Without norang the proxy says that the service is unavailable, on every page of the app.
func TestFA15_WithoutNorangTheProxyAnswers503(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		w.norang.Close()
		for _, path := range []string{"/", "/public/"} {
			a := w.browser().get(path)
			if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
				t.Errorf("%s: %s, Retry-After %q", path, a.Status, a.Header.Get("Retry-After"))
			}
		}
		if n := w.app.requests(); n != 0 {
			t.Errorf("%d requests reached the app", n)
		}
	})
}

// A callback at an address of its own and a prefix of its own reach norang.
func TestOwnPathsReachNorang(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		for path, want := range map[string]string{
			"/auth/session": `"signed_in":false`, "/auth": "", "/oauth/kakao": "", "/oauth/kakao/signout": "",
		} {
			a := w.browser().get(path)
			if !strings.Contains(a.body, want) || a.Header.Get("X-Content-Type-Options") != "nosniff" && a.StatusCode != 303 {
				t.Errorf("%s: %s %.200s", path, a.Status, a.body)
			}
		}
		if n := w.app.requests(); n != 0 {
			t.Errorf("%d requests reached the app", n)
		}
	})
}

// The providers of the environment get their paths, as those of a file do, and so do the keys of norang's tokens.
// Secrets are not needed.
func TestPrintedConfigurationsHaveThePathsOfTheEnvironment(t *testing.T) {
	t.Parallel()
	environ := []string{
		"NORANG_URL=https://www.example.com", "KAKAO_REST_API_KEY=k", "NAVER_CLIENT_ID=n", "GOOGLE_CLIENT_ID=g",
		"LINE_CHANNEL_ID=1", "APPLE_SERVICES_ID=com.example.web", "OIDC_COMPANY_ISSUER=https://id.example.com",
		"OIDC_COMPANY_CLIENT_ID=o", "NAVER_REDIRECT_URI=https://www.example.com/login/naver.do",
		"NORANG_AUDIENCES=https://api.example.com", "NORANG_LOG_KEEP=unreadable",
	}
	for _, name := range proxyconfig.Names {
		var out, errors strings.Builder
		status := cli.Run(bounded.Context(t), []string{"proxy", name}, environ, strings.NewReader(""), &out, &errors)
		if status != 0 {
			t.Errorf("norang proxy %s: status %d: %s", name, status, &errors)
		}
		text := strings.ReplaceAll(out.String(), `\`, "")
		for _, want := range []string{
			"/oauth/kakao", "/oauth/naver", "/oauth/google", "/oauth/line", "/oauth/apple", "/oauth/company",
			"/login/naver.do", "/.well-known/",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("norang proxy %s does not print %s", name, want)
			}
		}
	}
	got := print(t, "caddy", "--url", "https://www.example.com", "--naver-client-id", "n", "--audiences", "a")
	if !strings.Contains(got, "/oauth/naver") || !strings.Contains(got, "/.well-known/") {
		t.Errorf("with flags:\n%s", got)
	}
}
