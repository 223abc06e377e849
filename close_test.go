package norang_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/norangtest"
)

// callers counts the open connections on which a path was requested.
type callers struct {
	mu   sync.Mutex
	path string
	open map[net.Conn]bool
	seen int
}

type callerKey struct{}

// listen serves h on a port and counts who calls path.
func (c *callers) listen(t *testing.T, path string, handler func(url string) http.Handler) (url string) {
	t.Helper()
	c.path, c.open = path, map[net.Conn]bool{}
	srv := httptest.NewUnstartedServer(nil)
	url = "http://" + srv.Listener.Addr().String()
	h := handler(url)
	srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == c.path {
			c.mu.Lock()
			c.open[r.Context().Value(callerKey{}).(net.Conn)] = true
			c.seen++
			c.mu.Unlock()
		}
		h.ServeHTTP(w, r)
	})
	srv.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, callerKey{}, conn)
	}
	srv.Config.ConnState = func(conn net.Conn, s http.ConnState) {
		if s == http.StateClosed {
			c.mu.Lock()
			delete(c.open, conn)
			c.mu.Unlock()
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	return url
}

func (c *callers) count() (open, seen int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open), c.seen
}

// TestCloseLeavesNoConnections: they would hold goroutines for up to a minute, which a test of the app reports as
// leaked.
func TestCloseLeavesNoConnections(t *testing.T) {
	t.Parallel()
	var tokens, joins, pages callers
	var emu *kakaotest.Server
	tokens.listen(t, "/oauth/token", func(url string) http.Handler {
		var err error
		if emu, err = kakaotest.New(kakaotest.Config{BrowserURL: url}); err != nil {
			t.Fatal(err)
		}
		return emu
	})
	hook := joins.listen(t, "/join", func(string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"allow":true}`)
		})
	})
	upstream := pages.listen(t, "/page", func(string) http.Handler { return http.NotFoundHandler() })
	svc := norangtest.New(t, norangtest.Emulate(emu, norang.Config{
		Upstream: upstream, JoinHookURL: hook + "/join", AllowPrivateHooks: true,
		EventsSecrets: []string{"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="},
	}))
	res, err := norangtest.SignIn(t, svc, kakaotest.PersonaRyan).Client(svc.Routes()).Get("/page")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if err := svc.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*callers{"Kakao": &tokens, "the join hook": &joins, "the app": &pages} {
		open, seen := c.count()
		for end := time.Now().Add(2 * time.Second); open > 0 && time.Now().Before(end); open, seen = c.count() {
			time.Sleep(5 * time.Millisecond)
		}
		if open > 0 || seen == 0 {
			t.Errorf("%s: %d connections left, %d calls", name, open, seen)
		}
	}
}
