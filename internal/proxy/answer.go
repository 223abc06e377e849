package proxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/norang-login/norang/internal/problem"
)

// answer is the response to the client.
type answer struct {
	http.ResponseWriter
	exchange *exchange // nil until the request is passed on
	status   int
}

// WriteHeader sends the app's header as it is: net/http would add a Content-Type of its own.
func (a *answer) WriteHeader(code int) {
	if a.exchange != nil {
		h := a.Header()
		if code < http.StatusOK {
			a.exchange.proxy.dropOwnCookies(h)
			if code != http.StatusSwitchingProtocols {
				dropHopByHop(h)
			}
		} else if _, ok := h["Content-Type"]; !ok {
			h["Content-Type"] = nil
		}
	}
	if code >= http.StatusOK {
		a.status = code
		if e := a.exchange; e != nil && e.body != nil && !e.body.done.Load() && e.in.ProtoMajor == 1 {
			// The rest of the body may never be read, and must not be taken for the next request.
			a.Header().Set("Connection", "close")
		}
	}
	a.ResponseWriter.WriteHeader(code)
}

// Write counts as activity.
func (a *answer) Write(b []byte) (int, error) {
	if a.exchange == nil {
		return a.ResponseWriter.Write(b)
	}
	a.exchange.touch()
	n, err := a.ResponseWriter.Write(b)
	a.exchange.touch()
	return n, err
}

// Hijack is for WebSockets, which only the proxy can close.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(a.ResponseWriter).Hijack()
	if err != nil || a.exchange == nil {
		return conn, rw, err
	}
	a.status = http.StatusSwitchingProtocols
	ws := &webSocket{Conn: conn, exchange: a.exchange}
	a.exchange.becomes(ws)
	return ws, rw, nil
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// modify removes norang's cookies and what must not be a trailer from the app's response, and makes an event stream one
// that can be ended.
func (p *Proxy) modify(res *http.Response) error {
	p.dropOwnCookies(res.Header)
	if res.StatusCode != http.StatusSwitchingProtocols && res.ContentLength < 0 {
		dropTrailers(res)
		res.Body = &trailing{res.Body, func() { dropTrailers(res) }}
	}
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if kind == "text/event-stream" && res.StatusCode != http.StatusSwitchingProtocols {
		s := &eventStream{ReadCloser: res.Body}
		res.Body = s
		exchangeOf(res.Request).becomes(s)
	}
	return nil
}

// dropOwnCookies removes norang's cookies from a header of the app (RP-09). A browser also reads a cookie without a
// name, "=name=value", as one.
func (p *Proxy) dropOwnCookies(h http.Header) {
	lines := h["Set-Cookie"]
	var kept []string
	for _, line := range lines {
		pair, _, _ := strings.Cut(line, ";")
		name, _, _ := strings.Cut(strings.TrimLeft(pair, "= \t"), "=")
		if !p.kernel.Cookies.Owns(name) {
			kept = append(kept, line)
		}
	}
	switch {
	case len(kept) == len(lines):
		return
	case len(kept) == 0:
		delete(h, "Set-Cookie")
	default:
		h["Set-Cookie"] = kept
	}
	p.noted.Do(func() { p.kernel.Log().Warn("the app tried to set a cookie of norang's, which was removed") })
}

// Why a request is cut off.
var (
	errInactive = errors.New("no byte for too long")
	errEnded    = errors.New("the session has ended")
	errSlow     = errors.New("too many slow uploads from this address")
)

// failed answers a request that the app did not answer.
func (p *Proxy) failed(w http.ResponseWriter, out *http.Request, err error) {
	e := exchangeOf(out)
	cause := context.Cause(out.Context())
	ours := errors.Is(cause, errEnded) || errors.Is(cause, errSlow) || errors.Is(cause, errInactive)
	if e.hijacked() || e.in.Context().Err() != nil && !ours {
		panic(http.ErrAbortHandler) // the client has gone
	}
	if ours && e.in.ProtoMajor == 1 {
		w.Header().Set("Connection", "close") // cut has ended the connection for reading
	}
	switch {
	case e.delivered() && !undialled(err):
		p.refuse(w, e.in, problem.Wrap(problem.AppUnanswered, errors.Join(cause, err)))
	case errors.Is(cause, errEnded):
		p.refuse(w, e.in, problem.Wrap(problem.SessionNone, cause))
	case errors.Is(cause, errSlow), e.body != nil && (e.body.failed.Load() || e.body.waiting.Load()):
		p.refuse(w, e.in, problem.Wrap(problem.RequestBad, fmt.Errorf("request body: %w", errors.Join(cause, err))))
	default:
		p.refuse(w, e.in, problem.Wrap(problem.AppUnavailable, err))
	}
}

// undialled reports a request that never had a connection to the app.
func undialled(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// requestBody is the body on its way to the app.
type requestBody struct {
	io.ReadCloser
	exchange *exchange
	atEOF    func() // optional
	read     atomic.Int64
	waiting  atomic.Bool // for the client
	failed   atomic.Bool
	done     atomic.Bool

	mu     sync.Mutex // held by a Read
	closed bool
}

// close waits for the Read that is interrupted by a deadline, and lets no other one begin: the transport may still
// hold the body when the handler returns.
func (b *requestBody) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
}

// Read counts as activity.
func (b *requestBody) Read(buf []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	b.waiting.Store(true)
	n, err := b.ReadCloser.Read(buf)
	b.waiting.Store(false)
	b.read.Add(int64(n))
	b.exchange.touch()
	switch {
	case err == io.EOF:
		b.done.Store(true)
		if b.atEOF != nil {
			b.atEOF()
		}
	case err != nil:
		b.failed.Store(true)
	}
	return n, err
}

// eventStream is a response body that ends properly when it is told to: browsers then connect again.
type eventStream struct {
	io.ReadCloser
	ended atomic.Bool
}

// Read reads until the stream ends.
func (s *eventStream) Read(b []byte) (int, error) {
	n, err := s.ReadCloser.Read(b)
	if err != nil && s.ended.Load() {
		err = io.EOF
	}
	return n, err
}

func (s *eventStream) end(int) {
	s.ended.Store(true)
	_ = s.ReadCloser.Close() // ends the read
}
