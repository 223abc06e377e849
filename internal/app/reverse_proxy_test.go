package app_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/web/forward"
	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestRP01_QueryReachesTheAppByteForByte(t *testing.T) {
	t.Parallel()
	w, _ := inFrontOf(t, nil)
	b := w.user()
	for _, target := range []string{
		"/x?a=1;b=2&c=%zz&d=%26&e=가", "/x?a=1;b=2&c=%zz&d=%26&e=%EA%B0%80", "/x?", "/x", "/x??", "/x?a=b?c=/../d", "/?q",
		"/%EA%B0%80/가?=&&", "/x?a=%00%0d%0a",
	} {
		a, _, _ := b.raw("GET " + target + " {as user}\n")
		if got := receivedBy(t, a); got.Target != target {
			t.Errorf("the app got %q, want %q", got.Target, target)
		}
	}
	// As a return URL: bytes that a Location cannot hold are encoded, as a browser does before it sends them.
	const target = "/x?a=1;b=2&c=%zz&d=%26&e=%EA%B0%80"
	stranger := w.browser()
	a, _, _ := stranger.raw("GET " + target + " {as stranger}Accept: text/html\n\n")
	in, err := url.Parse(a.Header.Get("Location"))
	if err != nil || a.StatusCode != http.StatusSeeOther || in.Path != "/auth/login" {
		t.Fatalf("stranger: %s to %q", a.Status, a.Header.Get("Location"))
	}
	back := stranger.signIn(kakaotest.PersonaRyan, in.Query().Get("return_to")).Header.Get("Location")
	a, _, _ = stranger.raw("GET " + back + " {as user}\n")
	if got := receivedBy(t, a); got.Target != target {
		t.Errorf("after the sign-in the app got %q, want %q", got.Target, target)
	}
}

func TestRP02_MethodsAndRequestForms(t *testing.T) {
	t.Parallel()
	w, e := inFrontOf(t, nil)
	b := w.user()
	for request, want := range map[string]int{
		"CONNECT /admin HTTP/1.1\nHost: {host}\n":                         405,
		"CONNECT app:443 HTTP/1.1\nHost: app:443\nContent-Length: 2\n":    405,
		"TRACE / HTTP/1.1\nHost: {host}\n":                                405,
		"trace / HTTP/1.1\nHost: {host}\n":                                405,
		"CONNECT /auth/login HTTP/1.1\nHost: {host}\n":                    405,
		"GET http://evil.example/x HTTP/1.1\nHost: {host}\n":              421,
		"GET http://evil.example/public/x HTTP/1.1\nHost: evil.example\n": 421,
		"GET /x HTTP/1.1\nHost: evil.example\n":                           421,
		"GET * HTTP/1.1\nHost: {host}\n":                                  400,
		"GET /x#y HTTP/1.1\nHost: {host}\n":                               400,
		"GET //x^y HTTP/1.1\nHost: {host}\n":                              400, // could only be sent as //x%5Ey
	} {
		a, _, _ := b.raw(request + "Cookie: {cookie}\nConnection: close\n\nab")
		if a.StatusCode != want {
			t.Errorf("%q: %s, want %d", request, a.Status, want)
		}
	}
	if all := e.requests(); len(all) > 0 {
		t.Errorf("the app got %+v", all)
	}
	// The absolute form for this service is passed on in the origin form.
	for given, want := range map[string]string{"/x?y": "/x?y", "?y": "/?y", "": "/", "//a?b": "//a?b"} {
		a, _, _ := b.raw("GET https://{host}" + given +
			" HTTP/1.1\nHost: evil.example\nCookie: {cookie}\nConnection: close\n\n")
		if got := receivedBy(t, a); got.Target != want || got.Host != w.host {
			t.Errorf("absolute form with %q: target %q, host %q", given, got.Target, got.Host)
		}
	}
}

func TestRP03_PathsAreNotCleaned(t *testing.T) {
	t.Parallel()
	w, _ := inFrontOf(t, nil)
	b := w.user()
	for _, target := range []string{
		"//api//x", "/a/../b%2Fc", "/a%20b;v=1", "//a//b", "/./x", "/a/", "/%2e%2e/x", "/a\\b", "/a|b", "/login",
		"/oauth", "/authx", "/x/../auth/login", "///", "/a\"b<>^`{}", "/Auth/login", "/static/../x",
	} {
		for _, method := range []string{"GET", "POST", "PROPFIND"} {
			a, _, _ := b.raw(method + " " + target + " {as user}Content-Length: 0\n\n")
			if got := receivedBy(t, a); got.Target != target || got.Method != method {
				t.Errorf("%s %s: the app got %s %s", method, target, got.Method, got.Target)
			}
		}
	}
}

func TestRP04_ForwardingHeadersAreReplaced(t *testing.T) {
	t.Parallel()
	w, _ := inFrontOf(t, nil)
	b := w.user()
	forged := []string{
		"X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X_Forwarded_Proto", "X-Forwarded-Port", "X-Real-IP",
		"Forwarded", "X-Forwarded-For", "x-forwarded-host", "X.Forwarded.Proto", "X-Forwarded-Scheme", "X-Forwarded-Uri",
		"X-Forwarded-Method", "X-Original-Method", "X-Forwarded", "True-Client-IP", "CF-Connecting-IP", "X-Forwarded-Ssl",
		"X-Script-Name", "X_Real_IP", "X-Original-Host", "X-Client-IP", "X-Forwarded-User", "Remote-Groups", "Remote_Groups",
	}
	kept := ""
	for symbol := range strings.SplitSeq(forward.Symbols, "") {
		for _, name := range forward.ForwardingHeaders {
			forged = append(forged, strings.ReplaceAll(name, "-", symbol))
		}
		kept += "X" + symbol + "Real" + symbol + "Estate: kept\n"
	}
	var lines strings.Builder
	for _, name := range forged {
		lines.WriteString(name + ": 203.0.113.9\n")
	}
	a, _, _ := b.raw("GET /x {as user, open}X-Other: kept\n" + kept + "Connection: close\n" + lines.String() + "\n")
	got := receivedBy(t, a)
	want := map[string]string{"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": w.host, "X-Forwarded-Proto": "https"}
	for _, name := range forged {
		values := got.get(name)
		if ours, ok := want[http.CanonicalHeaderKey(strings.ReplaceAll(cgi(name), "_", "-"))]; ok {
			if !slices.Equal(values, []string{ours}) {
				t.Errorf("%s: %q, want %q", name, values, ours)
			}
		} else if len(values) > 0 {
			t.Errorf("%s reaches the app: %q", name, values)
		}
	}
	if n := len(got.get("X-Real-Estate")); n != len(forward.Symbols) {
		t.Errorf("%d of %d headers with symbols that resemble no forwarding header", n, len(forward.Symbols))
	}
	if got.Host != w.host || got.Header.Get("X-Other") != "kept" {
		t.Errorf("host %q, header %v", got.Host, got.Header)
	}
}

func TestRP06_WebSocketFromAForeignOriginIsRefused(t *testing.T) {
	t.Parallel()
	w, e := inFrontOf(t, webSocketEcho)
	b := w.user()
	handshake := func(path, origin string) int {
		if origin != "" {
			origin = "Origin: " + origin + "\n"
		}
		a, _, _ := b.raw("GET " + path + " {as user, open}" + origin + socketHandshake)
		return a.StatusCode
	}
	for origin, want := range map[string]int{
		"":                                   101, // a program
		w.srv.URL:                            101,
		"https://app.example.test":           101,
		"https://x.apps.example.test":        403, // covered by a wildcard only
		"https://evil.example":               403,
		"null":                               403,
		"http://" + w.host:                   403,
		w.srv.URL + ".evil.example":          403,
		w.srv.URL + "\nOrigin: " + w.srv.URL: 403,
	} {
		if got := handshake("/app/socket", origin); got != want {
			t.Errorf("Origin %q: %d, want %d", origin, got, want)
		}
	}
	if got := handshake("/public/socket", "https://evil.example"); got != http.StatusForbidden {
		t.Errorf("public path: %d", got)
	}
	if len(e.requests()) > 0 {
		t.Error("a refused handshake reached the app")
	}
	stranger := w.browser()
	a, _, _ := stranger.raw("GET /app/socket HTTP/1.1\nHost: {host}\nOrigin: " + w.srv.URL + "\n" + socketHandshake)
	if a.StatusCode != http.StatusUnauthorized || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("stranger: %s", a.Status)
	}
}

func TestFA20_OtherUpgradesLoseTheirHeaders(t *testing.T) {
	t.Parallel()
	w, _ := inFrontOf(t, nil)
	b := w.user()
	for _, lines := range []string{
		"Connection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\n",
		"Connection: Upgrade\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\n",
		"Connection: Upgrade\nUpgrade: h2c, websocket\n",
		"Connection: Upgrade\nUpgrade: websocket\nUpgrade: h2c\n",
		"Connection: Upgrade\nUpgrade: TLS/1.0\n",
		"Connection: Upgrade\nUpgrade: h2c\x80\n",
	} {
		a, _, _ := b.raw("GET /x {as user, open}" + lines + "\n")
		got := receivedBy(t, a)
		for _, name := range []string{"Upgrade", "HTTP2-Settings"} {
			if v := got.get(name); len(v) > 0 {
				t.Errorf("%q: the app got %s: %q", lines, name, v)
			}
		}
	}
}

func TestRP08_AuthorizationOfTheApp(t *testing.T) {
	t.Parallel()
	w, _ := inFrontOf(t, nil)
	ryan, other := w.user(), w.browser()
	other.signIn(kakaotest.PersonaApeach, "/")
	cookie, bearer, token := ryan.whoami().User.ID, other.whoami().User.ID, other.cookie(sessionCookie)
	// docs/reverse-proxy.md has this table: the user without and with Ryan's cookie.
	for _, c := range []struct{ value, alone, both string }{
		{"Token x", "", cookie},
		{"0123456789abcdef", "", cookie},
		{"Basic YTpi", "", cookie},
		{"Bearer eyJhbGciOiJub25lIn0.e30.", "", cookie},
		{"Bearer nrg", "", cookie},
		{"Bearer eyJhbGciOiJub25lIn0.nrg_s_x-nrg_s_x", "", cookie},
		{"bearer  nrg_k_0123", "", cookie},
		{"Bearer\tnrg_s_" + token, "", cookie},
		{"Bearer Bearer nrg_s_" + token, "", cookie},
		{"Bearer x, Bearer nrg_s_" + token, "", cookie},
		{"Basic YTpi,nrg_s_" + token, "", cookie},
		{`Token token="nrg_s_` + token + `"`, "", cookie},
		{"Bearer nrg_s_" + token, bearer, bearer},
		{"Bearer nrg_s_0123", "", ""},
	} {
		ours := regexp.MustCompile(`[\s,"]nrg_`).MatchString(c.value)
		for want, b := range map[string]*browser{c.alone: w.browser(), c.both + " ": ryan} {
			want = strings.TrimSpace(want)
			for path, status := range map[string]int{"/x": http.StatusUnauthorized, "/public/x": http.StatusOK} {
				r := b.request("GET", path, nil)
				r.Header.Set("Authorization", c.value)
				r.Header.Set("Sec-Fetch-Mode", "cors")
				a := b.do(r)
				if want == "" && a.StatusCode != status {
					t.Errorf("%.20s without a user: %s: %s", c.value, path, a.Status)
				}
				if a.StatusCode == http.StatusUnauthorized {
					continue
				}
				got := receivedBy(t, a)
				if values := got.get("Authorization"); len(values) > 0 == ours || !ours && values[0] != c.value {
					t.Errorf("%.20s: the app got %q", c.value, values)
				}
				if user := got.Header.Get("Remote-User"); user != want {
					t.Errorf("%.20s: %s: Remote-User %q, want %q", c.value, path, user, want)
				}
			}
		}
	}
}

func TestRP09_FA19_CookiesBothWays(t *testing.T) {
	t.Parallel()
	ours := []string{
		"__Host-norang", "__Host-norang-a-abc", "__Host-norang-lang", "__Secure-norang", "norang-dev", "norang-dev-5000",
		"norang-dev-5000-a-abc", "__HOST-Norang", "__Host-norang-join",
	}
	large := strings.Repeat("x", 4000)
	w, _ := inFrontOf(t, func(rw http.ResponseWriter, r *http.Request) {
		h := rw.Header()
		for _, name := range ours {
			h.Add("Set-Cookie", name+"=evil; Path=/; Secure")
			h.Add("Set-Cookie", " = "+name+"=evil; Path=/; Secure")
		}
		if r.URL.Path == "/app/early" {
			h.Set("Link", "</style.css>; rel=preload")
			rw.WriteHeader(http.StatusEarlyHints)
		}
		for i := range 8 {
			h.Add("Set-Cookie", "app"+string(rune('a'+i))+"="+large+"; Path=/; Secure; HttpOnly")
		}
		h.Add("Set-Cookie", "norang=app; Path=/")
	})
	b := w.user()
	session := b.cookie(sessionCookie)
	for _, path := range []string{"/app/set", "/app/early"} {
		a := b.get(path)
		for _, c := range a.Cookies() {
			if slices.Contains(ours, c.Name) || strings.Contains(c.Value, "evil") || c.Name == "" {
				t.Errorf("%s: the browser gets %s", path, c)
			}
		}
		if n := len(a.Header["Set-Cookie"]); n != 9 {
			t.Errorf("%s: %d cookies of the app's own, want 9", path, n)
		}
	}
	if b.cookie(sessionCookie) != session {
		t.Error("the app replaced the session cookie")
	}
	b.setCookie("__Host-norang-a-abc", "attempt")
	got := receivedBy(t, b.get("/x")) // with 32 KB of the app's cookies
	line := strings.Join(got.get("Cookie"), "; ")
	if strings.Contains(strings.ToLower(line), "__host-norang") || strings.Count(line, large) != 8 ||
		!strings.Contains(line, "norang=app") {
		t.Errorf("the app got the cookies %.200q… of %d bytes", line, len(line))
	}
	a, _, _ := b.raw("GET /x {as stranger}Cookie:  a=1;b=\"2; 3\" ;{cookie} ; norang-dev=x;c\n\n")
	if got := receivedBy(t, a).get("Cookie"); !slices.Equal(got, []string{"a=1;b=\"2; 3\" ;c"}) {
		t.Errorf("cookies of the app changed: %q", got)
	}
}

func TestTooManyCookiesGetAPageThatClearsAttempts(t *testing.T) {
	t.Parallel()
	w, e := inFrontOf(t, nil)
	b := w.user()
	for i := range 13 {
		b.setCookie("app"+string(rune('a'+i)), strings.Repeat("x", 4000))
	}
	b.setCookie("__Host-norang-a-abc", "attempt")
	for _, path := range []string{"/x", "/auth/login"} {
		a := b.get(path)
		if a.StatusCode != http.StatusRequestHeaderFieldsTooLarge || !strings.Contains(a.body, "request.headers") {
			t.Errorf("%s: %s %.200s", path, a.Status, a.body)
		}
	}
	if b.cookie("__Host-norang-a-abc") != "" || len(e.requests()) > 0 {
		t.Error("the attempt was not cleared, or the app was asked")
	}
}

func TestFA01_FA24_FA31_IdentityHeadersInEverySpellingAreReplaced(t *testing.T) {
	t.Parallel()
	w, _ := inFrontOf(t, nil)
	b := w.user()
	id := b.whoami().User.ID
	var lines strings.Builder
	for _, name := range append([]string{"X-Norang-Assertion"}, forward.IdentityHeaders...) {
		for _, spelling := range []string{
			name, strings.ToUpper(name), strings.ReplaceAll(name, "-", "_"), strings.ReplaceAll(name, "-", "."),
			strings.Replace(name, "-", "_", 1),
		} {
			lines.WriteString(spelling + ": admin\n" + spelling + ": admin, root\n")
		}
		for symbol := range strings.SplitSeq(forward.Symbols, "") {
			lines.WriteString(strings.ReplaceAll(name, "-", symbol) + ": admin\n")
		}
	}
	for _, connection := range []string{"close", "close, Remote-User", "close, x-norang-status, remote_user"} {
		for path, want := range map[string]string{"/x": id, "/public/x": id} {
			a, _, _ := b.raw("GET " + path + " {as user, open}Connection: " + connection + "\n" + lines.String() + "\n")
			got := receivedBy(t, a)
			if v := got.get("Remote-User"); !slices.Equal(v, []string{want}) {
				t.Errorf("%s: Remote-User %q, want %s", path, v, want)
			}
			if v := got.get("X-Norang-Status"); !slices.Equal(v, []string{"active"}) {
				t.Errorf("%s: X-Norang-Status %q", path, v)
			}
			if strings.Contains(strings.Join(got.get("X-Norang-Assertion"), ""), "admin") {
				t.Errorf("%s: an assertion of the client's", path)
			}
		}
	}
	// Strangers, and users of whom there is nothing to say, have empty ones (FA-02).
	stranger := w.browser()
	a, _, _ := stranger.raw("GET /public/x {as stranger}" + lines.String() + "\n")
	for _, name := range forward.IdentityHeaders {
		if v := receivedBy(t, a).get(name); !slices.Equal(v, []string{""}) {
			t.Errorf("stranger: %s is %q", name, v)
		}
	}
}

// A broken, doubled or foreign session cookie counts as none.
func TestFA02_BrokenCookiesAreNoSession(t *testing.T) {
	t.Parallel()
	w, _ := inFrontOf(t, nil)
	b, other := w.user(), w.browser()
	other.signIn(kakaotest.PersonaApeach, "/")
	for name, cookie := range map[string]string{
		"broken":  sessionCookie + "=x",
		"foreign": sessionCookie + "=" + strings.Repeat("A", 43),
		"two":     sessionCookie + "=" + b.cookie(sessionCookie) + "; " + sessionCookie + "=" + other.cookie(sessionCookie),
		"empty":   sessionCookie + "=",
	} {
		a, _, _ := b.raw("GET /public/x {as stranger}Cookie: " + cookie + "\n\n")
		for _, header := range forward.IdentityHeaders {
			if v := receivedBy(t, a).get(header); !slices.Equal(v, []string{""}) {
				t.Errorf("%s: %s is %q", name, header, v)
			}
		}
		a, _, _ = b.raw("GET /x {as stranger}Accept: application/json\nCookie: " + cookie + "\n\n")
		if a.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: protected path: %s", name, a.Status)
		}
	}
}

func TestFA08_PathTricksAreNotPublic(t *testing.T) {
	t.Parallel()
	w, e := inFrontOf(t, nil, func(c *app.Config) { c.PublicPaths = []string{"/public/*", "/about", "/공지/*"} })
	stranger := w.browser()
	ask := func(target string) answer {
		a, _, _ := stranger.raw("GET " + target + " {as stranger}Accept: application/json\n\n")
		return a
	}
	for _, target := range []string{
		"/public/..%2fadmin/secret", "/public/%2e%2e/admin", "/public/....//admin", "/public/%2e%2e%2e%2e//admin",
		"/public/;/../admin", "/public;x/admin", "/public/x%3Bv", "/public/%252e%252e/admin", "/public/secret#/bar",
		"/public/x%23y", "/public/a%3Fb", "/public/a%2Fb", "/public/a%5Cb", "/public/a\\..\\admin", "/public/a%00b",
		"/public/./admin", "/public/../admin", "/%61dmin", "/admin", "//admin", "/public//admin", "//public/x",
		"/PUBLIC/x", "/publicx", "/public", "/admin?/public/x", "/x?path=/public/y", "/about/", "/about%20", "/about/x",
		"/about.", "/public/\xc0\xae\xc0\xae/admin", "/public/\xff", "/public/%c0%ae", "/public/．．/admin", "/public/a%0ab",
		"/public/..;/admin", "/public/…/admin", "/public/x%7f", "/public/%uff0e", "/public/%2", "/공지/../admin",
		"http://{host}/admin", "/.", "/public/..",
	} {
		if a := ask(target); a.StatusCode != http.StatusUnauthorized && a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", target, a.Status)
		}
	}
	if all := e.requests(); len(all) > 0 {
		t.Fatalf("the app got %+v", all)
	}
	for _, target := range []string{
		"/public/", "/public/x", "/public/a/b.css?v=../1", "/about", "/about?x", "/public/%70%41", "/public/a%20b",
		"/공지/1", "/%EA%B3%B5%EC%A7%80/%EB%B0%A5", "http://{host}/public/x",
	} {
		if a := ask(target); a.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", target, a.Status)
		}
	}
}

// No method, header or User-Agent makes a path public.
func TestFA09_OnlyThePathIsPublic(t *testing.T) {
	t.Parallel()
	w, e := inFrontOf(t, nil)
	stranger := w.browser()
	for _, request := range []string{
		"OPTIONS /x", "HEAD /x", "get /x", "GET /x\nUser-Agent: GoogleHC/1.0", "GET /x\nX-Forwarded-Uri: /public/x",
		"GET /x\nX-Original-URL: /public/x", "GET /x\nX-HTTP-Method-Override: OPTIONS", "GET /x\nX-Forwarded-Method: OPTIONS",
		"POST /x?_method=OPTIONS\nContent-Length: 0",
	} {
		line, more, _ := strings.Cut(request, "\n")
		a, _, _ := stranger.raw(line + " {as stranger}Accept: application/json\n" + more + "\n\n")
		if a.StatusCode != http.StatusUnauthorized && a.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %s", request, a.Status)
		}
	}
	if len(e.requests()) > 0 {
		t.Error("the app was asked")
	}
}

func TestFA16_WhoGetsARedirect(t *testing.T) {
	t.Parallel()
	w, e := inFrontOf(t, nil)
	const page, none = http.StatusSeeOther, http.StatusUnauthorized
	for name, c := range map[string]struct {
		header string
		want   int
	}{
		"navigation":         {"Sec-Fetch-Mode: navigate\nSec-Fetch-Dest: document\nAccept: text/html", page},
		"old browser":        {"Accept: text/html,*/*;q=0.8", page},
		"iframe":             {"Sec-Fetch-Mode: navigate\nSec-Fetch-Dest: iframe\nAccept: text/html", none},
		"fetch":              {"Sec-Fetch-Mode: cors\nSec-Fetch-Dest: empty\nAccept: */*", none},
		"fetch of a page":    {"Sec-Fetch-Mode: same-origin\nSec-Fetch-Dest: empty\nAccept: text/html", none},
		"image":              {"Sec-Fetch-Mode: no-cors\nSec-Fetch-Dest: image\nAccept: image/*", none},
		"EventSource":        {"Sec-Fetch-Mode: cors\nAccept: text/event-stream", none},
		"prefetch":           {"Sec-Purpose: prefetch\nSec-Fetch-Mode: navigate\nAccept: text/html", none},
		"router":             {"RSC: 1\nAccept: text/html", none},
		"prefetching router": {"Next-Router-Prefetch: 1\nAccept: text/html", none},
		"XMLHttpRequest":     {"X-Requested-With: XMLHttpRequest\nAccept: text/html", none},
		"JSON":               {"Accept: application/json", none},
		"curl":               {"Accept: */*", none},
		"WebSocket":          {"Upgrade: websocket\nConnection: Upgrade", none},
	} {
		a, _, _ := w.browser().raw("GET /x?a=1;b {as stranger}" + c.header + "\n\n")
		if a.StatusCode != c.want {
			t.Errorf("%s: %s, want %d", name, a.Status, c.want)
		}
		if c.want == page && a.Header.Get("Location") != "/auth/login?return_to=%2Fx%3Fa%3D1%3Bb" {
			t.Errorf("%s: to %q", name, a.Header.Get("Location"))
		}
		if a.Header.Get("Cache-Control") != "no-store" || len(a.Cookies()) > 0 {
			t.Errorf("%s: %v", name, a.Header)
		}
	}
	if len(e.requests()) > 0 {
		t.Error("the app was asked")
	}
}

func TestFA28_ExpiredFormGetsAPageThatSaysNotSent(t *testing.T) {
	t.Parallel()
	w, e := inFrontOf(t, nil)
	b := w.user()
	b.post("/auth/signout", nil)
	a := b.post("/board", url.Values{"text": {"a long letter"}})
	if a.StatusCode != http.StatusUnauthorized || a.Header.Get("Location") != "" ||
		!strings.Contains(a.body, "session.not_sent") || !strings.Contains(a.body, `target="_blank"`) {
		t.Errorf("%s: %.2000s", a.Status, a.body)
	}
	r := b.request("POST", "/board", strings.NewReader("{}"))
	r.Header.Set("Sec-Fetch-Mode", "cors")
	if a := b.do(r); a.StatusCode != http.StatusUnauthorized || !strings.Contains(a.body, `"code":"session.none"`) {
		t.Errorf("fetch: %s %s", a.Status, a.body)
	}
	if len(e.requests()) > 0 {
		t.Error("the app was asked")
	}
}

func TestPreflightsOfListedOriginsAreAnswered(t *testing.T) {
	t.Parallel()
	w, e := inFrontOf(t, nil)
	ask := func(origin, more string) answer {
		a, _, _ := w.browser().raw("OPTIONS /x {as stranger}Origin: " + origin + "\n" + more + "\n")
		return a
	}
	const wanted = "Access-Control-Request-Method: PATCH\nAccess-Control-Request-Headers: content-type, x-a\n"
	a := ask("https://app.example.test", wanted)
	h := a.Header
	if a.StatusCode != http.StatusNoContent || h.Get("Access-Control-Allow-Origin") != "https://app.example.test" ||
		h.Get("Access-Control-Allow-Methods") != "PATCH" || h.Get("Access-Control-Allow-Headers") != "content-type, x-a" ||
		h.Get("Access-Control-Allow-Credentials") != "true" || !strings.Contains(strings.Join(h["Vary"], ","), "Origin") {
		t.Errorf("listed origin: %s %v", a.Status, h)
	}
	for name, a := range map[string]answer{
		"foreign origin": ask("https://evil.example", wanted),
		"no preflight":   ask("https://app.example.test", ""),
		"with a body":    ask("https://app.example.test", wanted+"Content-Length: 1\n\nx"),
	} {
		if a.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
	// A script of a listed origin may read why it was refused.
	a, _, _ = w.browser().raw("GET /x {as stranger}Sec-Fetch-Mode: cors\nOrigin: https://app.example.test\n\n")
	if a.StatusCode != http.StatusUnauthorized || a.Header.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("refusal: %s %v", a.Status, a.Header)
	}
	if len(e.requests()) > 0 {
		t.Error("the app was asked")
	}
}

func TestAppThatIsDownGetsAPage(t *testing.T) {
	t.Parallel()
	w, e := inFrontOf(t, nil)
	b := w.user()
	e.Close()
	for lang, text := range map[string]string{"ko": "서비스가 잠시 응답하지 않아요", "en": "The service isn"} {
		r := b.request("GET", "/x", nil)
		r.Header.Set("Accept-Language", lang)
		a := b.do(r)
		if a.StatusCode != http.StatusBadGateway || a.Header.Get("Retry-After") == "" || !strings.Contains(a.body, text) {
			t.Errorf("%s: %s %.500s", lang, a.Status, a.body)
		}
	}
	if !b.whoami().SignedIn {
		t.Error("norang's own routes stopped")
	}
	if n := strings.Count(w.log.String(), "code=app.unavailable"); n != 2 {
		t.Errorf("%d lines", n)
	}
}

// RD-01 and RD-02 through this mode: the app's page is asked for with the corpora's addresses as return URLs, and the
// requests that norang itself turns into return URLs.
func TestRD01_RD02_CorporaThroughTheReverseProxy(t *testing.T) {
	t.Parallel()
	w, _ := inFrontOf(t, nil, func(c *app.Config) {
		c.URL = "https://login.example.test"
		c.Kakao.RedirectURI = "https://login.example.test/oauth/kakao/callback"
		c.Kakao.SignoutRedirectURI = "https://login.example.test/oauth/kakao/signout/callback"
	})
	own := "https://login.example.test"
	for _, wire := range corpus(t, "redirects-open.txt") {
		if a := finish(w, wire); a.StatusCode != http.StatusSeeOther || !staysHere(own, a.Header.Get("Location")) {
			t.Errorf("%s: %s to %q", wire, a.Status, a.Header.Get("Location"))
		}
		if !strings.HasPrefix(wire, "/") {
			continue
		}
		a, _, _ := w.browser().raw("GET " + wire +
			" HTTP/1.1\nHost: login.example.test\nAccept: text/html\nConnection: close\n\n")
		if loc := a.Header.Get("Location"); loc != "" {
			in, err := url.Parse(loc)
			if err != nil || !staysHere(own, loc) || !staysHere(own, in.Query().Get("return_to")) {
				t.Errorf("GET %s: to %q", wire, loc)
			}
		}
	}
	for _, wire := range corpus(t, "redirects-allowed.txt") {
		want, err := url.QueryUnescape(wire)
		if err != nil || !strings.HasPrefix(want, "/") {
			continue
		}
		if a := finish(w, wire); a.Header.Get("Location") == "/" && want != "/" {
			t.Errorf("%s was dropped", wire)
		}
	}
}

func TestResponsesAreNotChanged(t *testing.T) {
	t.Parallel()
	const etag = `W/"0a"`
	w, _ := inFrontOf(t, func(rw http.ResponseWriter, r *http.Request) {
		h := rw.Header()
		switch r.URL.Path {
		case "/app/etag":
			h.Set("ETag", etag)
			if r.Header.Get("If-None-Match") == etag {
				rw.WriteHeader(http.StatusNotModified)
				return
			}
			h.Set("X-Got-Encoding", r.Header.Get("Accept-Encoding"))
			h["Content-Type"] = nil
			_, _ = io.WriteString(rw, "<html>plain")
		case "/app/hints":
			h.Set("Link", "</a.css>; rel=preload")
			rw.WriteHeader(http.StatusEarlyHints)
			rw.WriteHeader(http.StatusOK)
		case "/app/trailers":
			h.Set("Trailer", "X-Sum")
			body, _ := io.ReadAll(r.Body)
			_, _ = rw.Write(body)
			h.Set("X-Sum", r.Trailer.Get("X-Sum")+"|"+r.Trailer.Get("Remote-User")+"|"+r.Trailer.Get("X_Norang_Status")+
				r.Trailer.Get("Remote~User")+r.Trailer.Get("X'Real-Ip"))
		}
	})
	b := w.user()
	a, _, _ := b.raw("GET /app/etag {as user}\n")
	if a.Header.Get("ETag") != etag || a.Header.Get("X-Got-Encoding") != "" || a.Header.Get("Content-Type") != "" ||
		a.Header.Get("Content-Encoding") != "" || a.body != "<html>plain" || a.ContentLength != 11 {
		t.Errorf("ETag: %v %q", a.Header, a.body)
	}
	a, _, _ = b.raw("GET /app/etag {as user, open}If-None-Match: " + etag + "\nConnection: close\n\n")
	if a.StatusCode != http.StatusNotModified {
		t.Errorf("revalidation: %s", a.Status)
	}
	a, _, _ = b.raw("GET /app/hints {as user, open}\n")
	if a.StatusCode != http.StatusEarlyHints || a.Header.Get("Link") == "" {
		t.Errorf("early hints: %s %v", a.Status, a.Header)
	}
	a, _, _ = b.raw("POST /app/trailers {as user}Transfer-Encoding: chunked\n" +
		"Trailer: X-Sum, Remote-User, X_Norang_Status, Remote~User, X'Real-Ip\n\n" +
		"3\nabc\n0\nX-Sum: 7\nRemote-User: admin\nX_Norang_Status: active\nRemote~User: admin\nX'Real-Ip: ::1\n\n")
	if a.body != "abc" || a.Trailer.Get("X-Sum") != "7||" {
		t.Errorf("trailers: %q %v", a.body, a.Trailer)
	}
}

// "/" is the app's, so messages are shown on norang's sign-in page.
func TestNoticesReachAPageInFrontOfAnApp(t *testing.T) {
	t.Parallel()
	w, _ := inFrontOf(t, nil)
	b := w.user()
	for name, a := range map[string]answer{
		"signed_out": b.post("/auth/signout", nil),
		"cancelled":  w.browser().cancel(),
	} {
		to := a.Header.Get("Location")
		if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/auth/login?") ||
			!strings.Contains(to, "notice="+name) {
			t.Errorf("%s: %s to %q", name, a.Status, to)
			continue
		}
		page := w.browser().get(to)
		if page.StatusCode != http.StatusOK || !strings.Contains(page.body, `role="status"`) {
			t.Errorf("%s: %s shows no message: %.300s", name, page.Status, page.body)
		}
	}
}

// cancel starts a sign-in and returns from the provider as a user who pressed cancel.
func (b *browser) cancel() answer {
	b.w.t.Helper()
	a := b.get("/oauth/kakao?login_hint=" + kakaotest.PersonaDeclines)
	return b.get(b.throughKakao(a.Header.Get("Location")))
}

func TestFA30_AnotherHostOnOurConnectionIsMisdirected(t *testing.T) {
	t.Parallel()
	w, e := inFrontOf(t, nil)
	b := w.user()
	for _, path := range []string{"/x", "/public/x", "/auth/login", "/oauth/kakao"} {
		a, _, _ := b.raw("GET " + path + " HTTP/1.1\nHost: neighbour.example.test\nAccept: text/html\n" +
			"Cookie: {cookie}\nConnection: close\n\n")
		if a.StatusCode != http.StatusMisdirectedRequest || len(a.Cookies()) > 0 ||
			!strings.Contains(a.body, `href="`+w.srv.URL+`/"`) {
			t.Errorf("%s: %s %v %.300s", path, a.Status, a.Cookies(), a.body)
		}
	}
	if len(e.requests()) > 0 {
		t.Error("the app was asked")
	}
}
