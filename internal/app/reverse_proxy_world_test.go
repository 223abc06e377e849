package app_test

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// echo is an app behind the reverse proxy. It answers with the request that it received.
type echo struct {
	*httptest.Server
	mu   sync.Mutex
	seen []received
	more http.HandlerFunc // for paths that begin with /app/
}

// received is a request as the app sees it, its header names folded as CGI and WSGI do.
type received struct {
	Method, Target, Host, Body string
	Header, Trailer            http.Header
}

func (r received) get(name string) []string {
	var all []string
	for n, values := range r.Header {
		if cgi(n) == cgi(name) {
			all = append(all, values...)
		}
	}
	return all
}

func cgi(name string) string {
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			return c
		}
		return '_'
	}, strings.ToUpper(name))
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e.more != nil && strings.HasPrefix(r.URL.Path, "/app/") {
		e.more(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	got := received{r.Method, r.RequestURI, r.Host, string(body), r.Header, r.Trailer}
	e.mu.Lock()
	e.seen = append(e.seen, got)
	e.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(got)
}

// requests are those that reached the app.
func (e *echo) requests() []received {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.seen)
}

// inFrontOf starts a world in reverse proxy mode. more answers paths of the app that begin with /app/.
func inFrontOf(t *testing.T, more http.HandlerFunc, changes ...func(*app.Config)) (*world, *echo) {
	t.Helper()
	e := &echo{more: more}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	w := newWorld(t, append([]func(*app.Config){func(c *app.Config) {
		c.Upstream = e.URL
		c.PublicPaths = []string{"/", "/public/*"}
	}}, changes...)...)
	return w, e
}

// user is a browser that is signed in as Ryan.
func (w *world) user() *browser {
	w.t.Helper()
	b := w.browser()
	if a := b.signIn(kakaotest.PersonaRyan, "/"); a.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("sign-in: %s %s", a.Status, a.body)
	}
	return b
}

// inRaw are abbreviations in requests for raw. {cookie} is the session cookie.
var inRaw = strings.NewReplacer(
	"\r\n", "\r\n", "\n", "\r\n",
	"{as user}", "HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n",
	"{as user, open}", "HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n",
	"{as stranger}", "HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n",
)

// raw sends a request as it is, but for the abbreviations, on a connection of its own, and returns the first response.
func (b *browser) raw(text string) (answer, net.Conn, *bufio.Reader) {
	b.w.t.Helper()
	conn := b.dial()
	text = inRaw.Replace(text)
	text = strings.ReplaceAll(text, "{host}", strings.TrimPrefix(b.w.srv.URL, "https://"))
	text = strings.ReplaceAll(text, "{cookie}", sessionCookie+"="+b.cookie(sessionCookie))
	if _, err := io.WriteString(conn, text); err != nil {
		b.w.t.Fatal(err)
	}
	method, _, _ := strings.Cut(text, " ")
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		b.w.t.Fatalf("%.80q: %v", text, err)
	}
	if resp.StatusCode == http.StatusSwitchingProtocols || resp.Header.Get("Content-Type") == "text/event-stream" {
		return answer{Response: resp}, conn, r
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.w.t.Fatalf("%.80q: body: %v", text, err)
	}
	return answer{resp, string(body)}, conn, r
}

func (b *browser) dial() net.Conn {
	b.w.t.Helper()
	pool := b.w.srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	conn, err := tls.Dial("tcp", b.w.srv.Listener.Addr().String(), &tls.Config{RootCAs: pool, ServerName: "example.com"})
	if err != nil {
		b.w.t.Fatal(err)
	}
	b.w.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		b.w.t.Fatal(err)
	}
	return conn
}

// receivedBy decodes an answer of the echo.
func receivedBy(t testing.TB, a answer) received {
	t.Helper()
	var got received
	if err := json.Unmarshal([]byte(a.body), &got); a.StatusCode != http.StatusOK || err != nil {
		t.Fatalf("not from the app: %s %v %.300s", a.Status, err, a.body)
	}
	return got
}
