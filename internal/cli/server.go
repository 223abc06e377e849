package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"
)

// maxHeader bounds a request's headers; a sealed attempt and a session fit into a quarter of it. net/http adds 4 KiB.
const maxHeader = 16 << 10

// site is one handler on its listeners.
type server struct {
	name      string
	listeners []net.Listener
	handler   http.Handler
	// patient lets answers take as long as they like: the emulator is asked to hang at times.
	patient bool
	// before is called when the site is about to stop; may be nil.
	beforeStop func()
	// lastCall is how long it then goes on answering, at most: see door.
	drainTime time.Duration
}

// newServer sets every limit that net/http leaves open: without them one slow client holds a connection for ever.
func newHTTPServer(s server, log *slog.Logger) *http.Server {
	srv := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	if s.patient {
		srv.WriteTimeout, srv.MaxHeaderBytes = 0, 4*maxHeader
	}
	return srv
}

// errCut: requests were still under way when the time for finishing was over.
var errRequestsCut = errors.New("requests were cut off")

// serveUntil answers on all sites until ctx ends or one of them fails. Then each in turn lets its connections run out
// for as long as its last call is, takes no more of them and finishes the requests it has; what is not finished when
// grace is over is cut off, and that is the error.
func serveUntil(ctx context.Context, log *slog.Logger, grace time.Duration, sites ...server) error {
	failed := make(chan error, len(sites)*2)
	servers := make([]*http.Server, len(sites))
	doors := make([]*drainer, len(sites))
	for i, s := range sites {
		servers[i] = newHTTPServer(s, log)
		doors[i] = newDrainer(servers[i])
		for _, ln := range s.listeners {
			doors[i].accepting.Go(func() {
				if err := servers[i].Serve(ln); !doors[i].closing.Load() {
					failed <- fmt.Errorf("%s: %w", s.name, err)
				}
			})
		}
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	// The end of ctx is what starts the grace; it must not be over by it.
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	for i, srv := range servers {
		if sites[i].beforeStop != nil {
			sites[i].beforeStop()
		}
		doors[i].close(finish, sites[i].listeners, sites[i].drainTime)
		if srv.Shutdown(finish) != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", sites[i].name, errRequestsCut), srv.Close())
		}
	}
	return err
}

// signalEcho is how long after the first signal a second one is taken for its echo: timeout(1) and some process
// managers send each signal to the process and once more to its group.
const signalEcho = 500 * time.Millisecond

// untilSignal ends with SIGINT or SIGTERM. After that the signals do what they do to any program, so that a second one
// ends this one at once.
func untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, func() { time.AfterFunc(signalEcho, stop) })
	return ctx, stop
}

func closeAll(listeners []net.Listener) {
	for _, ln := range listeners {
		ln.Close() // what fails here was closed already
	}
}
