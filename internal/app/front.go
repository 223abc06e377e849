package app

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/norang-login/norang/internal/proxy"
	"github.com/norang-login/norang/internal/web/forward"
)

// front serves requests on their way to an app. Forward guards its handlers.
type front struct {
	Forward  *forward.Feature
	proxy    *proxy.Proxy // nil without Config.Upstream
	draining atomic.Bool
}

// wireProxy puts the service in front of the app, if one is configured.
func (w *wiring) wireProxy() {
	if w.cfg.Upstream == "" {
		return
	}
	upstream, _ := url.Parse(w.cfg.Upstream)         // checked
	public, _ := proxy.ParsePaths(w.cfg.PublicPaths) // checked
	w.proxy = proxy.New(proxy.Config{
		Kernel: w.Web, Identify: w.Forward.Identify, Peek: w.sessions.Peek, Upstream: upstream, Public: public,
	})
	w.background = append(w.background, w.proxy.Run)
}

// Handler serves norang's own routes, and the app behind the reverse proxy.
func (a *App) Handler() http.Handler {
	if a.proxy != nil {
		return a.proxy
	}
	return a.Web
}

// Drain prepares the shutdown: the service is no longer ready, and streams of the app are closed.
func (a *App) Drain() {
	a.draining.Store(true)
	if a.proxy != nil {
		a.proxy.Drain()
	}
}

// ready reports whether requests should be sent here.
func (a *App) ready(ctx context.Context) error {
	if a.draining.Load() {
		return errors.New("shutting down")
	}
	return a.db.Ping(ctx)
}
