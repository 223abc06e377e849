package earlyresponse

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// scripted is a connection whose peer reads the first bytes of a request and then resets.
type scripted struct {
	net.Conn // nil: the other methods are not called
	accepts  atomic.Int64
	answer   io.Reader     // what can be read after the reset; nil if the reset discarded it
	readable chan struct{} // closed when the answer can be read
	closed   chan struct{}
	once     sync.Once
}

func (c *scripted) Write(b []byte) (int, error) {
	if c.accepts.Add(-int64(len(b))) < 0 {
		return 0, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
	}
	return len(b), nil
}

func (c *scripted) Read(b []byte) (int, error) {
	select {
	case <-c.readable:
	case <-c.closed:
		return 0, net.ErrClosed
	}
	if c.answer == nil {
		return 0, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	return c.answer.Read(b)
}

func (c *scripted) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (c *scripted) RemoteAddr() net.Addr { return &net.TCPAddr{} }
func (c *scripted) LocalAddr() net.Addr  { return &net.TCPAddr{} }

// upload is a body that tells when it has been read to its end, which needs all writes before to succeed.
type upload struct {
	io.Reader
	ended chan struct{}
}

func (u *upload) Read(b []byte) (int, error) {
	n, err := u.Reader.Read(b)
	if err == io.EOF {
		close(u.ended)
	}
	return n, err
}

func post(t *testing.T, rt http.RoundTripper, u *upload) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://app.test/", u)
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = 1 << 20
	return rt.RoundTrip(r)
}

// The peer answers 413 after the first bytes and resets. The answer becomes readable only when the client has tried to
// send everything, so a client that stops at the failed write never sees it.
func TestResponseIsReadAfterAFailedWrite(t *testing.T) {
	t.Parallel()
	for name, rt := range map[string]func(*http.Transport) http.RoundTripper{
		"early": Transport, "net/http": func(t *http.Transport) http.RoundTripper { return t },
	} {
		u := &upload{strings.NewReader(strings.Repeat("x", 1<<20)), make(chan struct{})}
		c := &scripted{
			answer:   strings.NewReader("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig"),
			readable: u.ended, closed: make(chan struct{}),
		}
		c.accepts.Store(100_000)
		res, err := post(t, rt(&http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) { return c, nil },
		}), u)
		if name == "net/http" {
			if err == nil {
				t.Error("net/http reads the answer by itself: this package is no longer needed")
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusRequestEntityTooLarge || string(body) != "big" || err != nil {
			t.Errorf("%s %q %v", res.Status, body, err)
		}
		res.Body.Close()
	}
}

// Without a response, the request fails: it does not wait for one that cannot come.
func TestResetWithoutAResponseIsAnError(t *testing.T) {
	t.Parallel()
	u := &upload{strings.NewReader(strings.Repeat("x", 1<<20)), make(chan struct{})}
	c := &scripted{readable: u.ended, closed: make(chan struct{})}
	c.accepts.Store(100_000)
	_, err := post(t, Transport(&http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return c, nil },
	}), u)
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v", err)
	}
}

// stale is a connection that can be made to fail, as one does that the server has closed while it was idle.
type stale struct {
	net.Conn
	dead atomic.Bool
}

func (c *stale) Write(b []byte) (int, error) {
	if c.dead.Load() {
		return 0, syscall.EPIPE
	}
	return c.Conn.Write(b)
}

// A request of which nothing was sent is sent again on a new connection, although it is a POST: its failed write must
// not be hidden.
func TestRequestOnAStaleConnectionIsSentAgain(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(body)
	}))
	defer server.Close()
	var dialed []*stale
	rt := Transport(&http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		dialed = append(dialed, &stale{Conn: c})
		return dialed[len(dialed)-1], nil
	}})
	client := &http.Client{Transport: rt}
	defer client.CloseIdleConnections()
	for _, text := range []string{"one", "two", "three"} {
		res, err := client.Post(server.URL, "text/plain", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if string(body) != text {
			t.Errorf("got %q", body)
		}
		if text == "two" {
			dialed[0].dead.Store(true)
		}
	}
	if len(dialed) != 2 {
		t.Errorf("%d connections", len(dialed))
	}
}

// Over TLS too, a server that resets after its answer is heard. It speaks HTTP/1.1, although it offers HTTP/2, and
// although the Transport was cloned, which makes it offer HTTP/2 as well.
func TestResponseOverTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
		_ = rw.Flush()
		under := conn.(interface{ NetConn() net.Conn }).NetConn()
		_ = under.(*net.TCPConn).SetLinger(0) // reset
		_ = under.Close()
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	certs := server.Client().Transport.(*http.Transport).TLSClientConfig
	rt := Transport((&http.Transport{TLSClientConfig: certs, ForceAttemptHTTP2: true}).Clone())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL,
		bufio.NewReader(strings.NewReader(strings.Repeat("x", 4<<20))))
	if err != nil {
		t.Fatal(err)
	}
	res, err := rt.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge || res.ProtoMajor != 1 {
		t.Errorf("%s %s", res.Proto, res.Status)
	}
}
