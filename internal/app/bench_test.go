package app_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// BenchmarkVerify asks who is there, without the network: the question that a proxy asks for every request. The handler
// that only says hello stands beside it as the measure.
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
