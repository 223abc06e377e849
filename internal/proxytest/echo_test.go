package proxytest

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Strangers who find the test path while it exists learn nothing there and leave nothing.
func TestOP21_EchoAnswersOnlyItsOwnRequests(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	e := &echo{secret: "secret", seen: map[string]arrival{}}
	go e.serve(ln)
	for id, want := range map[string]int{"": 404, "guess": 404, "secret7": 200} {
		address := "http://" + ln.Addr().String() + "/auth/proxy-test/"
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(idHeader, id)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if _, seen := e.arrived(id); resp.StatusCode != want || seen != (want == 200) {
			t.Errorf("id %q: %s, remembered %t", id, resp.Status, seen)
		}
	}
}

// An address that does not lead to the echo is no clean result.
func TestOP21_UnreachedEchoIsAnError(t *testing.T) {
	t.Parallel()
	elsewhere, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	go func() { _ = http.Serve(elsewhere, http.NotFoundHandler()) }() // ends with the listener
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Run(t.Context(), Config{
		URL: &url.URL{Scheme: "http", Host: elsewhere.Addr().String()}, Prefix: "/auth", Path: "/auth/proxy-test/",
		Listener: ln,
	})
	if !errors.Is(err, ErrNotReached) {
		t.Errorf("got %v", err)
	}
	if conn, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		conn.Close()
		t.Error("the echo still listens")
	}
}

// The error of a request names the whole address.
func TestUnreachableAddressIsNamedWithItsHost(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, err = Run(t.Context(), Config{
			URL: &url.URL{Scheme: scheme, Host: "127.0.0.1:1"}, Prefix: "/auth", Path: "/auth/proxy-test/", Listener: ln,
		})
		if err == nil || !strings.Contains(err.Error(), `"`+scheme+`://127.0.0.1:1/auth/proxy-test/`) {
			t.Errorf("got %v", err)
		}
	}
}
