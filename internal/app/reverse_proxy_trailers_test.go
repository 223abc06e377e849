package app_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// hijacked answers with bytes as they are, once the request was read.
func hijacked(t *testing.T, w http.ResponseWriter, r *http.Request, response string) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		t.Error(err)
	}
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, strings.ReplaceAll(response, "\n", "\r\n")); err != nil {
		t.Error(err)
	}
}

// What does not pass as a header does not pass as a trailer, announced or not, nor in an informational response.
func TestRP09_TrailersAreFilteredAsHeadersAre(t *testing.T) {
	t.Parallel()
	const fields = "X-Sum: 7\nSet-Cookie: %[1]s=x; Path=/; Secure\nConnection: X-Hop\nKeep-Alive: timeout=5\n" +
		"Proxy-Authenticate: Basic\nUpgrade: h2c\nHost: evil.example\n"
	w, _ := inFrontOf(t, func(rw http.ResponseWriter, r *http.Request) {
		trailers := fmt.Sprintf(fields, sessionCookie)
		const head = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nConnection: close\n"
		switch r.URL.Path {
		case "/app/announced":
			hijacked(t, rw, r, head+"Trailer: X-Sum, Set-Cookie, Keep-Alive, Upgrade\n\n3\nabc\n0\n"+trailers+"\n")
		case "/app/unannounced":
			hijacked(t, rw, r, head+"\n3\nabc\n0\n"+trailers+"\n")
		case "/app/hints":
			hijacked(t, rw, r, "HTTP/1.1 103 Early Hints\nX-Hop: 1\nTe: x\nTrailer: X-Sum\nProxy-Connection: close\n"+
				"Set-Cookie: app=1\n"+trailers+"\nHTTP/1.1 200 OK\nContent-Length: 3\nConnection: close\n\nabc")
		case "/app/request":
			_, _ = io.Copy(io.Discard, r.Body)
			for name := range r.Trailer {
				rw.Header().Add("X-Got", name)
			}
		}
	})
	b := w.user()
	for _, path := range []string{"/app/announced", "/app/unannounced"} {
		a, _, _ := b.raw("GET " + path + " {as user}\n")
		if a.body != "abc" || len(a.Trailer) != 1 || a.Trailer.Get("X-Sum") != "7" {
			t.Errorf("%s: %q %v", path, a.body, a.Trailer)
		}
	}
	a, _, rest := b.raw("GET /app/hints {as user, open}\n")
	if a.StatusCode != http.StatusEarlyHints || len(a.Header) != 3 || a.Header.Get("X-Sum") != "7" ||
		!slices.Equal(a.Header["Set-Cookie"], []string{"app=1"}) || a.Header.Get("Host") == "" {
		t.Errorf("early hints: %s %v", a.Status, a.Header)
	}
	if final, err := http.ReadResponse(bufio.NewReader(rest), nil); err != nil || final.StatusCode != http.StatusOK {
		t.Errorf("after early hints: %v %v", final, err)
	}
	names := "X-Sum, Host, Cookie, Authorization, Proxy-Authorization, Keep-Alive, Upgrade, Te, X-Hop, Remote-User, " +
		"X_Norang_Forwarded, X-Forwarded-For, x-original-url"
	trailers := strings.ReplaceAll(names, ", ", ": x\n") + ": x\n"
	a, _, _ = b.raw("POST /app/request HTTP/1.1\nHost: {host}\nCookie: {cookie}\nConnection: close, x-hop\n" +
		"Transfer-Encoding: chunked\nTrailer: " + names + "\n\n3\nabc\n0\n" + trailers + "\n")
	if a.StatusCode != http.StatusOK || !slices.Equal(a.Header["X-Got"], []string{"X-Sum"}) {
		t.Errorf("trailers of the request: %s %v", a.Status, a.Header["X-Got"])
	}
}
