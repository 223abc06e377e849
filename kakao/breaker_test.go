package kakao

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections stay in memory, so that the time of a synctest bubble goes on while both sides
// wait.
type pipes chan net.Conn

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	p <- theirs
	return ours, nil
}

func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p; ok {
		return c, nil
	}
	return nil, io.EOF
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// slowly returns a client with two connections to a Kakao that takes as long as told, and a function that makes n calls
// at once and returns the number that failed. It is called in a synctest bubble.
func slowly(t *testing.T, takes time.Duration) (*Client, func(n int) int64) {
	t.Helper()
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(takes):
		case <-r.Context().Done():
		}
		answer(w, 200, `{"id":3141592653589}`)
	})}
	conns := make(pipes)
	go server.Serve(conns)
	transport := NewTransport()
	transport.DialContext, transport.MaxConnsPerHost, transport.MaxIdleConnsPerHost = conns.dial, 2, 2
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	c, err := New(Config{
		ClientID: "rest-key", APIURL: "http://" + conns.Addr().String(), HTTPClient: &http.Client{Transport: transport},
		Timeout: 2 * time.Second, BreakFor: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, func(n int) int64 {
		var failed atomic.Int64
		var calls sync.WaitGroup
		for range n {
			calls.Go(func() {
				if _, err := c.UserMe(t.Context(), testToken, UserMeOptions{}); err != nil {
					failed.Add(1)
				}
			})
		}
		calls.Wait()
		return failed.Load()
	}
}

// A slow Kakao is not a broken one: calls that waited for one of our own connections do not open the breaker.
func TestO15_WaitingForAConnectionDoesNotOpenTheBreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, call := slowly(t, 600*time.Millisecond)
		if failed := call(24); failed < int64(DefaultBreakAfter)*2 {
			t.Fatalf("only %d calls failed: the connections sufficed", failed)
		}
		if ok, _ := c.api.Breaker.Allow(); !ok {
			t.Error("breaker is open")
		}
		if failed := call(2); failed != 0 {
			t.Errorf("%d of 2 calls failed afterwards", failed)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		hung, call := slowly(t, time.Minute)
		for range DefaultBreakAfter { // two of each three are with Kakao
			call(3)
		}
		if ok, _ := hung.api.Breaker.Allow(); ok {
			t.Error("breaker is closed although Kakao does not answer")
		}
	})
}
