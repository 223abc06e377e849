package emulator

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Listener serves an emulator until Close.
type Listener struct {
	// TLS makes the emulator speak https; nil for http.
	TLS *tls.Config

	handler http.Handler
	stop    func()
	addr    string
	closed  chan struct{}
	failed  chan error

	mu      sync.Mutex
	servers []*http.Server
}

// NewListener returns a Listener for a handler. Close calls stop first, which may be nil.
func NewListener(h http.Handler, stop func()) *Listener {
	return &Listener{handler: h, stop: stop, closed: make(chan struct{}), failed: make(chan error, 1)}
}

// StartListener listens on a free port of 127.0.0.1 until the test ends. build makes the emulator for the address.
func StartListener(t TB, name string, build func(address string) (*Listener, error)) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("%s: %v", name, err)
		return
	}
	l, err := build(ln.Addr().String())
	if err != nil {
		ln.Close()
		t.Fatalf("%s: %v", name, err)
		return
	}
	l.addr = ln.Addr().String()
	l.Serve(ln)
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Logf("%s: closing: %v", name, err)
		}
	})
}

// Serve answers on ln until Close.
func (l *Listener) Serve(ln net.Listener) {
	if l.TLS != nil {
		ln = tls.NewListener(ln, l.TLS)
	}
	h := &http.Server{
		Handler: l.handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: log.New(io.Discard, "", 0), // every TLS handshake that a client breaks off
	}
	l.mu.Lock()
	l.servers = append(l.servers, h)
	l.mu.Unlock()
	go func() {
		if err := h.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			select {
			case l.failed <- err:
			default:
			}
		}
	}()
}

// Wait returns nil when ctx ends, or the error of an address that can no longer be listened on.
func (l *Listener) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-l.failed:
		return err
	}
}

// Close stops listening, ends hanging responses and gives other requests half a second to finish.
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.closed:
		return nil
	default:
	}
	close(l.closed)
	if l.stop != nil {
		l.stop()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	var faults []error
	for _, h := range l.servers {
		if h.Shutdown(ctx) != nil {
			faults = append(faults, h.Close())
		}
	}
	return errors.Join(faults...)
}

// Closed ends when Close is called.
func (l *Listener) Closed() <-chan struct{} { return l.closed }

// Addr is the host and port of [StartListener]; empty without it.
func (l *Listener) Addr() string { return l.addr }
