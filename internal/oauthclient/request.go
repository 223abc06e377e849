package oauthclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// NewTransport returns the default transport: 3 s to connect, 3 s for the TLS handshake, at most 64 connections per
// host, response headers of at most 64 KiB.
func NewTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = 3 * time.Second
	t.MaxConnsPerHost = 64
	// With fewer idle connections, connections would be closed after each response under load.
	t.MaxIdleConnsPerHost = t.MaxConnsPerHost
	t.IdleConnTimeout = 30 * time.Second
	t.MaxResponseHeaderBytes = 64 << 10
	return t
}

// NewHTTPClient returns the client for all calls, a copy of given if it is not nil. It follows no redirects and keeps
// no cookies.
func NewHTTPClient(given *http.Client) *http.Client {
	out := http.Client{}
	if given != nil {
		out = *given
	}
	if out.Transport == nil && given == nil {
		out.Transport = NewTransport()
	}
	// Following a redirect could send codes and keys to another host (SF-02).
	out.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	out.Jar = nil
	return &out
}

// Host is a server of a provider with its circuit breaker.
type Host struct {
	Base    string // base URL, without a trailing slash
	Breaker *Breaker
}

// NewHost returns a host whose breaker opens for a time after so many consecutive failures.
func NewHost(base string, now func() time.Time, breakAfter int, breakFor time.Duration) *Host {
	return &Host{Base: base, Breaker: NewBreaker(now, breakAfter, breakFor)}
}

// CountOpen returns how many of the hosts are not called at present because too many calls have failed.
func CountOpen(hosts ...*Host) (n int) {
	for _, h := range hosts {
		if h.Breaker.Open() {
			n++
		}
	}
	return n
}

// Answer is a response whose body was read.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // without a byte order mark
	Object Object // of a successful response, see [API.Do]
}

// Errors of [Host.Send].
var (
	// ErrBuild: the request could not be built; nothing was sent.
	ErrBuild = errors.New("cannot build the request")
	// ErrTooLong: the body is longer than allowed.
	ErrTooLong = errors.New("response too long")
)

// OpenError says that the circuit breaker is open; nothing was sent.
type OpenError struct{ Wait time.Duration }

// Error describes the error.
func (*OpenError) Error() string { return "circuit breaker is open after consecutive failures" }

// Send sends a request once and reads the body, of at most maxBody bytes after decompression. ctx has the deadline of
// the call, caller is the context of the caller. With an error that says that no whole response arrived, Status is
// that of the response, 0 if there was none.
func (h *Host) Send(
	ctx, caller context.Context, client *http.Client, maxBody int64, build func(context.Context) (*http.Request, error),
) (Answer, error) {
	if ok, wait := h.Breaker.Allow(); !ok {
		return Answer{}, &OpenError{wait}
	}
	health, began := Unknown, time.Now()
	defer func() { h.Breaker.Report(health) }()

	var wire wireClock
	req, err := build(wire.trace(ctx))
	if err != nil {
		return Answer{}, ErrBuild
	}
	resp, err := client.Do(req)
	if err != nil {
		health = healthOf(ctx, caller, began, wire.began(began))
		return Answer{}, WithoutURL(err)
	}
	defer resp.Body.Close()
	// Read one byte more than allowed, to detect longer bodies. The limit applies after decompression (PF-10).
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		health = healthOf(ctx, caller, began, wire.began(began))
		return Answer{Status: resp.StatusCode}, WithoutURL(err)
	}
	if health = Healthy; resp.StatusCode >= 500 {
		health = Unhealthy
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	a := Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}
	if int64(len(body)) > maxBody {
		return a, fmt.Errorf("%w: longer than %d bytes", ErrTooLong, maxBody)
	}
	return a, nil
}

// healthOf returns the health of a host after a call without response. A caller that cancels or has a deadline below a
// second must not open the breaker for other callers. Nor must a call that spent its time waiting for one of our own
// connections: the host had the call only since wire.
func healthOf(ctx, caller context.Context, began, wire time.Time) Health {
	err, now := caller.Err(), time.Now()
	if errors.Is(err, context.Canceled) || err != nil && now.Sub(began) < time.Second {
		return Unknown
	}
	if ctx.Err() != nil && wire.Sub(began) > now.Sub(began)/10 {
		return Unknown
	}
	return Unhealthy
}

// wireClock finds out when a request first reached for the network.
type wireClock struct {
	mu     sync.Mutex
	asked  bool // for a connection
	wireAt time.Time
}

func (w *wireClock) trace(ctx context.Context) context.Context {
	reached := func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.wireAt.IsZero() {
			w.wireAt = time.Now()
		}
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.asked = true
		},
		DNSStart:     func(httptrace.DNSStartInfo) { reached() },
		ConnectStart: func(string, string) { reached() },
		GotConn:      func(httptrace.GotConnInfo) { reached() },
	})
}

// began returns when the request reached for the network: now if it has not yet, start if the transport does not say.
func (w *wireClock) began(start time.Time) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !w.wireAt.IsZero():
		return w.wireAt
	case w.asked:
		return time.Now()
	}
	return start
}

// WithoutURL removes the URL from an error of net/http, because its query may contain a user id.
func WithoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// RetryAfter parses a Retry-After header (RFC 9110 section 10.2.3). The result is at most a day.
func RetryAfter(header string, now time.Time) time.Duration {
	if header == "" {
		return 0
	}
	wait := time.Duration(0)
	if n, err := strconv.ParseInt(header, 10, 32); err == nil {
		wait = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), 24*time.Hour)
}
