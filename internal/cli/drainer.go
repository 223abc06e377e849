package cli

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/listening"
)

// drainer closes the connections of a server at shutdown without losing requests. A proxy keeps connections; if all
// were closed at once, a request being sent on one would be lost, and proxies do not repeat a POST. So during the drain
// time every response announces that its connection will close.
type drainer struct {
	srv     *http.Server
	open    atomic.Int64
	closing atomic.Bool
	idle    chan struct{} // receives when the last connection has closed

	accepting sync.WaitGroup // those who take connections in
}

// newDrainer adds a drainer to srv, which does not serve yet.
func newDrainer(srv *http.Server) *drainer {
	d := &drainer{srv: srv, idle: make(chan struct{}, 1)}
	inside := srv.Handler
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.closing.Load() {
			w.Header().Set("Connection", "close") // RFC 9112, section 9.6
		}
		inside.ServeHTTP(w, r)
	})
	srv.ConnState = d.count
	return d
}

func (d *drainer) count(_ net.Conn, s http.ConnState) {
	switch s {
	case http.StateNew:
		d.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		if d.open.Add(-1) == 0 {
			select {
			case d.idle <- struct{}{}:
			default:
			}
		}
	}
}

// close lets connections finish, then closes the listeners and waits again; Shutdown then waits for the rest. Calling
// Shutdown at once would lose requests: it drops a request read on an accepted connection, and does not wait for
// connections that are accepted but not yet registered.
func (d *drainer) close(ctx context.Context, listeners []net.Listener, patience time.Duration) {
	d.closing.Store(true)
	d.wait(ctx, patience)
	for _, ln := range listeners {
		emptyQueue(ctx, ln)
	}
	listening.CloseAll(listeners)
	d.accepting.Wait()
	d.srv.SetKeepAlivesEnabled(false) // closes those on which nothing came all the while
	d.wait(ctx, patience)
}

// wait returns when no connection is open, at the latest after patience or with ctx.
func (d *drainer) wait(ctx context.Context, patience time.Duration) {
	over := time.NewTimer(patience)
	defer over.Stop()
	for d.open.Load() > 0 {
		select {
		case <-d.idle: // perhaps before a new connection; the loop checks
		case <-over.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
