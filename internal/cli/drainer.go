package cli

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// door is what a server's connections go in and out by. A proxy in front keeps connections for later; if they were
// closed all at once, a request that is being sent on one of them at that moment would be lost, and proxies repeat no
// POST. So for a last call every answer says that its connection ends with it, and what is closed after that has not
// been used for as long.
type drainer struct {
	srv     *http.Server
	open    atomic.Int64
	closing atomic.Bool
	idle    chan struct{} // hears of it when the last one has gone

	accepting sync.WaitGroup // those who take connections in
}

// newDoor puts a door before srv, which does not serve yet.
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

// close lets all who are connected finish, and takes nobody more. What is under way longer than that, the server's
// Shutdown waits for. Calling that at once would lose requests: once it has begun, net/http drops a request that it
// reads on a connection that it had taken before, and does not wait at all for one that it has accepted but not yet
// noted.
func (d *drainer) close(ctx context.Context, listeners []net.Listener, patience time.Duration) {
	d.closing.Store(true)
	d.wait(ctx, patience)
	closeAll(listeners)
	d.accepting.Wait()
	d.srv.SetKeepAlivesEnabled(false) // closes those on which nothing came all the while
	d.wait(ctx, patience)
}

// wait returns when nobody is connected any more, at the latest after patience or with ctx.
func (d *drainer) wait(ctx context.Context, patience time.Duration) {
	over := time.NewTimer(patience)
	defer over.Stop()
	for d.open.Load() > 0 {
		select {
		case <-d.idle: // or it was once: whoever came since is counted
		case <-over.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
