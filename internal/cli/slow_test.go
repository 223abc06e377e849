package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are pipes in memory, so that a test's clock moves their deadlines.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	return ours
}

// slowly starts the main listener's server with a handler that reads the body, in a bubble.
func slowly(t *testing.T, run func(t *testing.T, p *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.ReadAll(r.Body); err != nil {
				w.WriteHeader(http.StatusRequestTimeout)
				return
			}
			_, _ = io.WriteString(w, "fine") // the test sees what arrives
		})
		go func() {
			ended <- serveUntil(
				ctx, quietLog(), time.Second, server{name: "main", listeners: []net.Listener{p}, handler: handler},
			)
		}()
		run(t, p)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// dribble writes text one byte every so often, until the other side hangs up. It reports how long that took.
func dribble(c net.Conn, text string, every time.Duration) time.Duration {
	began := time.Now()
	go func() { _, _ = io.Copy(io.Discard, c) }() // a pipe is full without a reader; ends with the connection
	for i := range len(text) {
		if _, err := c.Write([]byte{text[i]}); err != nil {
			break
		}
		time.Sleep(every)
	}
	c.Close()
	return time.Since(began)
}

// answered sends a request that nothing slows down, and returns how long the answer took.
func answered(t *testing.T, p *pipes) time.Duration {
	t.Helper()
	began := time.Now()
	c := p.dial()
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
		t.Error(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(res.Body); err != nil || string(b) != "fine" {
		t.Errorf("%q, %v", b, err)
	}
	return time.Since(began)
}

func TestDO01_SlowHeaders(t *testing.T) {
	slowly(t, func(t *testing.T, p *pipes) {
		var all sync.WaitGroup
		for range 500 {
			all.Go(func() {
				took := dribble(p.dial(), "GET / HTTP/1.1\r\nHost: "+strings.Repeat("x", 100), 5*time.Second)
				if took > 11*time.Second {
					t.Errorf("held its connection for %v", took)
				}
			})
		}
		synctest.Wait()
		if took := answered(t, p); took != 0 {
			t.Errorf("others waited %v", took)
		}
		all.Wait()
	})
}

func TestDO02_SlowBody(t *testing.T) {
	slowly(t, func(t *testing.T, p *pipes) {
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				head := "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
				c := p.dial()
				if _, err := io.WriteString(c, head); err != nil && !errors.Is(err, io.ErrClosedPipe) {
					t.Error(err)
				}
				if took := dribble(c, strings.Repeat("x", 1000), time.Second); took > 20*time.Second {
					t.Errorf("held its connection for %v", took)
				}
			})
		}
		synctest.Wait()
		if took := answered(t, p); took != 0 {
			t.Errorf("others waited %v", took)
		}
		all.Wait()
	})
}

// DO-08: the listener speaks HTTP/1.1 alone; HTTP/2 with its floods ends at the proxy in front. What begins in clear as
// HTTP/2 gets one answer in HTTP/1.1, and the connection ends.
func TestDO08_HTTP2IsNotSpoken(t *testing.T) {
	slowly(t, func(t *testing.T, p *pipes) {
		c := p.dial()
		defer c.Close()
		go func() { _, _ = io.WriteString(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") }() // it may hang up in the middle
		answer, _ := io.ReadAll(c)
		if strings.Count(string(answer), "HTTP/1.1 ") != 1 || !strings.Contains(string(answer), "Connection: close") {
			t.Errorf("%q", answer)
		}
		c = p.dial()
		defer c.Close()
		_, err := io.WriteString(
			c,
			"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"+
				"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
		)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || res.StatusCode == http.StatusSwitchingProtocols {
			t.Errorf("%v, %v", res, err)
		}
	})
}
