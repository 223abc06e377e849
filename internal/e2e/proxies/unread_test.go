package proxies

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// An app that keeps a connection on which it has left a body unread takes the body for the next request, which the
// proxy has never checked.
func TestRP10_BodyThatTheAppLeavesUnreadIsNoRequest(t *testing.T) {
	for _, p := range proxies[:2] {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			leavesBodiesUnread(t, p)
		})
	}
}

func leavesBodiesUnread(t *testing.T, p proxy) {
	w := newWorld(t)
	app, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { app.Close() })
	var paths seen
	go func() {
		for {
			c, err := app.Accept()
			if err != nil {
				return
			}
			go leaveBodies(c, &paths)
		}
	}()
	w.appAddr = app.Addr().String()
	p.start(w)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "/")

	const smuggled = "GET /smuggled HTTP/1.1\nHost: app\nRemote-User: victim\n\n"
	length := "Content-Length: " + strconv.Itoa(len(strings.ReplaceAll(smuggled, "\n", "\r\n")))
	for _, lines := range [][]string{
		{length},
		{length, "Connection: Upgrade", "Upgrade: websocket"},
		{"Transfer-Encoding: chunked"},
	} {
		body := smuggled
		if lines[0] != length {
			body = strconv.FormatInt(int64(len(strings.ReplaceAll(smuggled, "\n", "\r\n"))), 16) + "\n" + smuggled + "\n0\n\n"
		}
		resp, _ := b.raw(b.signedInRequest("/plain", lines...) + body)
		if resp.StatusCode != http.StatusNoContent {
			t.Errorf("%q: status %d", lines, resp.StatusCode)
		}
		resp, _ = b.raw(b.signedInRequest("/next"))
		if resp.StatusCode != http.StatusNoContent {
			t.Errorf("%q: the next request got %d", lines, resp.StatusCode)
		}
	}
	if all := paths.text(); strings.Contains(all, "/smuggled") || !strings.Contains(all, "/plain") {
		t.Errorf("the app got %s", all)
	}
}

// seen collects the paths of requests.
type seen struct {
	mu  sync.Mutex
	all []string
}

func (s *seen) add(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, path)
}

func (s *seen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.all, " ")
}

// leaveBodies answers every request that it finds on c and reads no body.
func leaveBodies(c net.Conn, paths *seen) {
	defer c.Close()
	for in := bufio.NewReader(c); ; {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		paths.add(r.URL.Path)
		if _, err := io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n"); err != nil || r.Close {
			return
		}
	}
}
