package forward

import (
	"context"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// Config is what [New] needs.
type Config struct {
	Kernel   *web.Kernel
	Sessions *session.Sessions
	// Ready reports whether the store answers.
	Ready func(context.Context) error
	// Assert returns the value of [AssertionHeader]; nil for no such header.
	Assert func(*session.Principal) (string, error)
}

// Feature is the mounted feature.
type Feature struct {
	kernel   *web.Kernel
	sessions *session.Sessions
	ready    func(context.Context) error
	verified *web.Responses
	proxy    *forwarded
	assert   func(*session.Principal) (string, error)
}

const verifyPath = "{prefix}/verify"

// New builds the handlers.
func New(cfg Config) *Feature {
	return &Feature{
		kernel: cfg.Kernel, sessions: cfg.Sessions, ready: cfg.Ready, assert: cfg.Assert,
		verified: web.NewResponses(cfg.Kernel, "GET "+verifyPath),
		proxy:    &forwarded{trusted: cfg.Kernel.Proxies, log: cfg.Kernel.Log(), untrusted: cfg.Kernel.CheckProxy},
	}
}

// Routes are the feature's rows of the route table.
func (f *Feature) Routes() []web.Route {
	verify := web.Program(verifyPath, func(w http.ResponseWriter, r *web.Request) error {
		f.verify(w, r.Request)
		return nil
	})
	verify.Direct = f.verify // asked for every request of the app, under any host name
	alive, ready := web.Program("{prefix}/healthz", f.alive), web.Program("{prefix}/readyz", f.storeReady)
	alive.AnyHost, ready.AnyHost = true, true // health checks may know an address only
	return []web.Route{web.Program("{prefix}/session", f.session).Fetched(), verify, alive, ready}
}

// alive says that the process serves. It does not depend on the store: a restart repairs no database.
func (f *Feature) alive(w http.ResponseWriter, _ *web.Request) error {
	return web.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// storeReady says whether the store answers within two seconds. The reason for a failure is in the log only (OP-14).
func (f *Feature) storeReady(w http.ResponseWriter, r *web.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := f.ready(ctx); err != nil {
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	return web.WriteJSON(w, http.StatusOK, map[string]string{"status": "ready"})
}

// Probes are the health checks for another listener: /healthz and /readyz.
func (f *Feature) Probes() (alive, ready http.Handler) {
	return f.kernel.Serve(web.Program("ops healthz", f.alive)), f.kernel.Serve(web.Program("ops readyz", f.storeReady))
}
