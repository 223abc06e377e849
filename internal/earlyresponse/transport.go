// Package earlyresponse lets an HTTP client read the response of a server that answers before it has read the whole
// request and then closes the connection, as servers do that refuse an upload.
//
// net/http's transport gives up at the first failed write, whether or not the response has arrived: which one it sees
// first depends on scheduling. Browsers and nginx read on.
package earlyresponse

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"sync/atomic"
)

// Transport returns a RoundTripper that sends requests through t in HTTP/1.1. It changes t, which must not be used
// directly afterwards. In HTTP/2, a response ends the request by itself.
func Transport(t *http.Transport) http.RoundTripper {
	dial := t.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &conn{Conn: c}, nil
	}
	t.ForceAttemptHTTP2, t.TLSNextProto = false, map[string]func(string, *tls.Conn) http.RoundTripper{}
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	if t.TLSClientConfig != nil { // a clone of a Transport still offers HTTP/2 to the server
		t.TLSClientConfig = t.TLSClientConfig.Clone()
		t.TLSClientConfig.NextProtos = nil
	}
	return roundTripper{t}
}

type roundTripper struct{ *http.Transport }

// RoundTrip tells the connection when a request with a body begins on it. Requests that net/http repeats by itself need
// no such care and keep their price.
func (t roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	body := r.Body != nil && r.Body != http.NoBody
	repeats := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
	if !body && repeats && r.Header.Get("Upgrade") == "" {
		return t.Transport.RoundTrip(r)
	}
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		under := info.Conn
		if secured, ok := under.(*tls.Conn); ok {
			under = secured.NetConn()
		}
		if c, ok := under.(*conn); ok {
			c.begin(body)
		}
	}}
	return t.Transport.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
}

// What a connection does with a failed write.
const (
	report = iota // it fails
	begun         // it fails: net/http repeats a request of which nothing was sent
	sent          // it is hidden: the response may be there to read, and if not, the read fails
)

// conn hides failed writes once a part of a request with a body was sent.
type conn struct {
	net.Conn
	state  atomic.Int32
	failed atomic.Bool
}

func (c *conn) begin(body bool) {
	if body {
		c.state.Store(begun)
	} else {
		c.state.Store(report)
	}
}

// Write implements [net.Conn].
func (c *conn) Write(b []byte) (int, error) {
	if c.failed.Load() && c.state.Load() == sent {
		return len(b), nil
	}
	n, err := c.Conn.Write(b)
	if n > 0 {
		c.state.CompareAndSwap(begun, sent)
	}
	if err == nil || errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err // the last two are the client's own doing
	}
	c.failed.Store(true)
	if c.state.Load() == sent {
		return len(b), nil
	}
	return n, err
}
