// Package proxytest examines a reverse proxy from outside: it sends requests through the public address to an echo that
// takes the app's place, and compares what arrives with what an app may be sent.
package proxytest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/fcgi"
	"strings"
	"sync"
	"time"
)

// idHeader names the probe of a request.
const idHeader = "Proxy-Test-Id"

// arrival is a request as it arrived. FastCGI and uwsgi have no header names, only variables.
type arrival struct {
	method, uri string
	header      http.Header
}

// echo answers in place of the app, in HTTP, FastCGI or uwsgi. It remembers the requests of its own probes, and answers
// 404 to all others, who learn nothing.
type echo struct {
	secret string // in every id
	mu     sync.Mutex
	seen   map[string]arrival
}

// serve answers on ln until it is closed.
func (e *echo) serve(ln net.Listener) {
	plain, fast := newQueue(ln), newQueue(ln)
	srv := &http.Server{Handler: e, ReadHeaderTimeout: probeTimeout}
	go func() { _ = srv.Serve(plain) }()
	go func() { _ = fcgi.Serve(fast, e) }()
	defer func() { plain.Close(); fast.Close(); srv.Close() }()
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		go e.dispatch(conn, plain, fast)
	}
}

// dispatch tells the protocol by the first byte: a FastCGI record begins with its version 1, a uwsgi packet with its
// modifier 0, HTTP with a letter.
func (e *echo) dispatch(conn net.Conn, plain, fast *queue) {
	_ = conn.SetReadDeadline(time.Now().Add(probeTimeout))
	r := bufio.NewReader(conn)
	first, err := r.Peek(1)
	switch {
	case err != nil:
		conn.Close()
	case first[0] == 0:
		_ = e.uwsgi(conn, r) // the proxy is gone if this fails
		conn.Close()
	case first[0] == 1:
		fast.put(peeked{conn, r})
	default:
		plain.put(peeked{conn, r})
	}
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	uri := r.RequestURI
	if uri == "" {
		uri = r.URL.RequestURI() // FastCGI
	}
	if r.Host != "" {
		r.Header.Set("Host", r.Host)
	}
	if !e.record(arrival{r.Method, uri, r.Header}) {
		http.NotFound(w, r)
		return
	}
	_, _ = io.WriteString(w, "norang proxy test\n")
}

// record remembers the request of a probe, and reports whether it is one.
func (e *echo) record(a arrival) bool {
	id := a.header.Get(idHeader)
	if !strings.HasPrefix(id, e.secret) {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen[id] = a
	return true
}

// arrived returns the request of a probe.
func (e *echo) arrived(id string) (arrival, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a, ok := e.seen[id]
	return a, ok
}

// uwsgi answers a packet (https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html): four bytes, then pairs of strings
// with their lengths.
func (e *echo) uwsgi(w io.Writer, r io.Reader) error {
	head := make([]byte, 4)
	if _, err := io.ReadFull(r, head); err != nil {
		return err
	}
	body := make([]byte, binary.LittleEndian.Uint16(head[1:]))
	if _, err := io.ReadFull(r, body); err != nil {
		return err
	}
	next := func() (string, error) {
		if len(body) < 2 {
			return "", io.ErrUnexpectedEOF
		}
		n := int(binary.LittleEndian.Uint16(body))
		if len(body) < 2+n {
			return "", io.ErrUnexpectedEOF
		}
		text := string(body[2 : 2+n])
		body = body[2+n:]
		return text, nil
	}
	a := arrival{header: http.Header{}}
	for len(body) > 0 {
		name, err := next()
		value, err2 := next()
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		switch header, ok := strings.CutPrefix(name, "HTTP_"); {
		case ok:
			a.header.Add(strings.ReplaceAll(header, "_", "-"), value)
		case name == "REQUEST_METHOD":
			a.method = value
		case name == "REQUEST_URI":
			a.uri = value
		}
	}
	status, text := "404 Not Found", ""
	if e.record(a) {
		status, text = "200 OK", "norang proxy test\n"
	}
	_, err := fmt.Fprintf(w, "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s",
		status, len(text), text)
	return err
}

// peeked is a connection whose first byte has been read.
type peeked struct {
	net.Conn
	r *bufio.Reader
}

func (c peeked) Read(b []byte) (int, error) { return c.r.Read(b) }

// queue is a listener for connections that another one has accepted.
type queue struct {
	net.Listener
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newQueue(of net.Listener) *queue {
	return &queue{Listener: of, conns: make(chan net.Conn), done: make(chan struct{})}
}

func (q *queue) put(c net.Conn) {
	select {
	case q.conns <- c:
	case <-q.done:
		c.Close()
	}
}

// Accept implements [net.Listener].
func (q *queue) Accept() (net.Conn, error) {
	select {
	case c := <-q.conns:
		return c, nil
	case <-q.done:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener]. The connections' own listener stays open.
func (q *queue) Close() error {
	q.once.Do(func() { close(q.done) })
	return nil
}
