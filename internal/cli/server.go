package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// maxHeader bounds request headers; a sealed attempt and a session fit into a quarter of it. net/http adds 4 KiB.
const maxHeader = 16 << 10

// server is a handler with its listeners.
type server struct {
	name      string
	listeners []net.Listener
	handler   http.Handler
	// patient removes the write timeout, for the emulator, which can be made to hang.
	patient bool
	// largeHeaders accepts the headers of apps: proxies copy them into their question (FA-25), see also internal/proxy.
	largeHeaders bool
	// beforeStop is called before the shutdown; may be nil.
	beforeStop func()
	// drainTime is how long connections may drain, see drainer.
	drainTime time.Duration
}

// newHTTPServer sets every limit that net/http leaves open: without them a slow client holds a connection for ever.
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
	if s.largeHeaders {
		srv.MaxHeaderBytes = 4 * maxHeader
	}
	return srv
}

// errRequestsCut: requests were still running at the end of the grace period.
var errRequestsCut = errors.New("requests were cut off")

// serveUntil serves until ctx ends or a server fails. Then each server in turn drains its connections and finishes its
// requests. Requests that do not finish within grace are cut off, which is the error.
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

// signalEcho is how long a second signal counts as an echo of the first: timeout(1) and some process managers signal
// the process and its group.
const signalEcho = 500 * time.Millisecond

// untilSignal returns a context that ends with SIGINT, SIGTERM or one of more. A second signal then ends the program at
// once.
func untilSignal(ctx context.Context, more ...os.Signal) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, append(more, syscall.SIGINT, syscall.SIGTERM)...)
	context.AfterFunc(ctx, func() { time.AfterFunc(signalEcho, stop) })
	return ctx, stop
}

// ignoreHangup logs each SIGHUP, which would otherwise end the program without draining. Call the result at the end.
func ignoreHangup(log *slog.Logger) (end func()) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-hangups:
				log.Info("SIGHUP ignored",
					"hint", "new keys in the key file are read without it, other settings with a restart")
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(hangups); close(done) }
}
