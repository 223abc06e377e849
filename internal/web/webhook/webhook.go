package webhook

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/web"
)

const (
	// totalTime bounds a call: a provider may give up after three seconds and not send the notice again.
	totalTime = 2500 * time.Millisecond
	// readTime bounds reading its body, so that a slow sender holds nothing but a connection (WH-14).
	readTime = time.Second
	// maxRest bounds what is read of a body after the notice, in bytes; the connection of a longer one is closed.
	maxRest = 64 << 10
)

// Receiver stores verified notices.
type Receiver interface {
	// Receive stores a notice once, however often it is sent.
	Receive(context.Context, *provider.Notice) error
}

// Config is what [New] needs.
type Config struct {
	Kernel    *web.Kernel
	Providers *provider.Set
	Receiver  Receiver
}

// Feature is the mounted feature.
type Feature struct {
	kernel    *web.Kernel
	providers *provider.Set
	receiver  Receiver
	count     func(provider, outcome string)
	behind    atomic.Bool // the log says already that the local clock is behind
}

// New builds the handler.
func New(cfg Config) *Feature {
	var names []string
	for _, p := range cfg.Providers.All() {
		if _, ok := p.(provider.Notifier); ok {
			names = append(names, p.Info().Name)
		}
	}
	count := cfg.Kernel.Metrics.Notices(names)
	return &Feature{kernel: cfg.Kernel, providers: cfg.Providers, receiver: cfg.Receiver, count: count}
}

// Routes are the feature's rows of the route table.
func (f *Feature) Routes() []web.Route {
	row := func(method string) web.Route {
		return web.Route{
			Method: method, Path: "{prefix}/webhooks/{provider}/{hook}",
			Access: web.Open, Kind: web.Remote, Class: web.Hooks, Handle: f.receive,
		}
	}
	return []web.Route{row(http.MethodGet), row(http.MethodPost)}
}

// receive verifies a notice before it is stored and stores it before it is answered (WH-05); a job handles it later.
//
// The request's Authorization header may be the app's admin key, and the query names a user: neither is ever logged.
func (f *Feature) receive(w http.ResponseWriter, r *web.Request) error {
	p, ok := provider.Capability[provider.Notifier](f.providers, r.PathValue("provider"))
	if !ok {
		return problem.New(problem.NotFound)
	}
	ctx, cancel := context.WithTimeout(r.Context(), totalTime)
	defer cancel()
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(readTime))
	name := r.PathValue("hook")
	n, known, err := p.ReadNotice(name, r.WithContext(ctx))
	if wasRead(r.Body) {
		// A deadline that passes while the notice is stored would end the context of every later request on this connection.
		_ = conn.SetReadDeadline(time.Time{})
	} else {
		w.Header().Set("Connection", "close") // or net/http waits for the rest of a body that was refused unread
	}
	if !known {
		return problem.New(problem.NotFound)
	}
	if err == nil {
		err = f.store(ctx, n)
	}
	if err == nil && n != nil && n.HighSeverity {
		f.kernel.Log().WarnContext(r.Context(), "the provider suspects an account takeover",
			"provider", n.Key.Provider, "what", n.What)
	}
	if err != nil {
		f.count(r.PathValue("provider"), metrics.NoticeRejected)
		f.reject(r, name, err)
		p.RefuseNotice(w, err)
		return nil
	}
	if n != nil && !n.OccurredAt.IsZero() && !n.OccurredAt.After(f.kernel.Now()) {
		f.behind.Store(false)
	}
	f.count(r.PathValue("provider"), metrics.NoticeStored)
	p.AcceptNotice(name, w)
	return nil
}

// wasRead reads the rest of a body within the deadline, and reports whether that was its end.
func wasRead(body io.Reader) bool {
	_, err := io.CopyN(io.Discard, body, maxRest)
	return errors.Is(err, io.EOF)
}

// reject logs a notice that was rejected. One from the future is genuine and is answered with 503: the local clock is
// behind, and the log says so once, until it is right again.
func (f *Feature) reject(r *web.Request, hook string, err error) {
	switch {
	case !provider.Is(err, provider.ClockSkew):
		f.kernel.Warn(r, "webhook rejected", err, "hook", hook)
	case f.behind.CompareAndSwap(false, true):
		f.kernel.Warn(r, "webhooks from the future rejected", err, "hook", hook)
	}
}

var errTimeout = errors.New("not stored in time")

// store stores a notice and stops waiting at the deadline. A write that is still under way may succeed although the
// sender got another answer; if it sends the notice again, it is the same one.
func (f *Feature) store(ctx context.Context, n *provider.Notice) error {
	done := make(chan error, 1)
	go func() { done <- f.receiver.Receive(ctx, n) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errTimeout
	}
}
