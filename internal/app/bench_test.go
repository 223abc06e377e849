package app_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// BenchmarkVerify measures the request that a proxy sends for every request of its own, without the network. A
// handler that only writes "hello" is the baseline.
func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	c := w.browser()
	c.signIn(kakaotest.PersonaRyan, "")
	if who := c.whoami(); !who.SignedIn {
		b.Fatal("not signed in")
	}
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) })
	for _, h := range []struct {
		name    string
		handler http.Handler
		status  int
	}{{"hello", hello, 200}, {"norang", w.app.Web, 200}} {
		b.Run(h.name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/auth/verify", nil)
			r.Header.Set("Cookie", sessionCookie+"="+c.cookie(sessionCookie))
			b.ReportAllocs()
			for b.Loop() {
				rec := discard{header: http.Header{}}
				h.handler.ServeHTTP(&rec, r)
				if rec.status != h.status {
					b.Fatalf("status %d", rec.status)
				}
			}
		})
	}
}

// BenchmarkVerifyOverHTTP measures the same over a kept connection. The allocations include those of net/http; the
// client makes none.
func BenchmarkVerifyOverHTTP(b *testing.B) {
	w := newWorld(b)
	c := w.browser()
	c.signIn(kakaotest.PersonaRyan, "")
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	for name, h := range map[string]http.Handler{"hello": hello, "norang": w.app.Web} {
		b.Run(name, func(b *testing.B) {
			srv := httptest.NewServer(h)
			defer srv.Close()
			conn, err := net.Dial("tcp", srv.Listener.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			ask := []byte(
				"GET /auth/verify HTTP/1.1\r\nHost: x\r\nCookie: " + sessionCookie + "=" + c.cookie(
					sessionCookie,
				) + "\r\n\r\n",
			)
			answers := bufio.NewReader(conn)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := conn.Write(ask); err != nil {
					b.Fatal(err)
				}
				if err := readAnswer(answers); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// readAnswer reads a 200 response with at most five bytes of body.
func readAnswer(r *bufio.Reader) error {
	line, err := r.ReadSlice('\n')
	if err != nil || !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
		return errors.Join(err, errors.New("no 200"))
	}
	body := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if bytes.HasPrefix(line, []byte("Content-Length: 5\r")) {
			body = 5
		}
		if len(line) <= 2 {
			_, err = r.Discard(body)
			return err
		}
	}
}

// BenchmarkToken measures POST /auth/token without the network, next to the bare ES256 signature that it contains.
func BenchmarkToken(b *testing.B) {
	w := newWorld(b, func(c *app.Config) { c.Audiences = []string{"https://api.example.com"} })
	c := w.browser()
	c.signIn(kakaotest.PersonaRyan, "")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("signature", func(b *testing.B) {
		sum := sha256.Sum256([]byte("hello"))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ecdsa.SignASN1(rand.Reader, key, sum[:]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("norang", func(b *testing.B) {
		cookie, host := sessionCookie+"="+c.cookie(sessionCookie), strings.TrimPrefix(w.srv.URL, "https://")
		b.ReportAllocs()
		for b.Loop() {
			r := &http.Request{
				Method: "POST", URL: &url.URL{Path: "/auth/token"}, Host: host, Body: http.NoBody, RemoteAddr: "192.0.2.1:1",
				Header: http.Header{"Cookie": {cookie}, "X-Norang-Csrf": {"1"}},
			}
			rec := discard{header: http.Header{}}
			w.app.Web.ServeHTTP(&rec, r)
			if rec.status != http.StatusOK {
				b.Fatalf("status %d", rec.status)
			}
		}
	})
}

// discard is a ResponseWriter that keeps only the status.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(s int)   { d.status = s }
func (d *discard) Write(p []byte) (int, error) {
	if d.status == 0 {
		d.status = 200
	}
	return len(p), nil
}
