package proxies

import (
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/listening"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestProxiesOverAUnixSocket: each proxy reaches norang over a Unix socket by what "norang proxy" prints. With "unix"
// among the trusted proxies norang knows the browser's address; without it, it does not believe the proxy.
func TestProxiesOverAUnixSocket(t *testing.T) {
	t.Parallel()
	for _, p := range proxies {
		for _, trusted := range []bool{true, false} {
			name := p.name + " trusted"
			if !trusted {
				name = p.name + " not trusted"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, func(c *norang.Config) {
					c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
					if trusted {
						c.TrustedProxies = []netip.Prefix{norang.UnixPeers()}
					}
				})
				w.listenOnSocket()
				p.start(w)
				b := w.browser()
				b.signIn(kakaotest.PersonaRyan, "/")
				id, _ := b.session()
				if got := b.received(b.request("GET", "/board", nil)).Headers["REMOTE_USER"]; len(got) != 1 || got[0] != id {
					t.Errorf("the app sees %q, want %s", got, id)
				}
				sessions, err := w.svc.Users().Sessions(t.Context(), "id:"+id)
				if err != nil || len(sessions) != 1 {
					t.Fatal(sessions, err)
				}
				if got := sessions[0].Address; trusted != (got == "127.0.0.1") || !trusted && got != "" {
					t.Errorf("address of the sign-in: %q", got)
				}
			})
		}
	}
}

// listenOnSocket serves norang on a Unix socket too.
func (w *world) listenOnSocket() {
	w.t.Helper()
	dir, err := os.MkdirTemp("", "n-") // paths of sockets are limited
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { os.RemoveAll(dir) })
	w.socket = "unix:" + filepath.Join(dir, "s")
	ln, err := listening.Open(w.t.Context(), w.socket)
	if err != nil {
		w.t.Fatal(err)
	}
	srv := &http.Server{Handler: w.svc.Routes(), MaxHeaderBytes: 64 << 10}
	go func() { _ = srv.Serve(ln) }() // ends with Close
	w.t.Cleanup(func() { srv.Close() })
}
