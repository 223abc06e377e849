package app

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/admin"
	"github.com/norang-login/norang/internal/api"
	"github.com/norang-login/norang/internal/handoff"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/serverapi"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/internal/web/forward"
	"github.com/norang-login/norang/internal/web/profile"
	"github.com/norang-login/norang/internal/web/signin"
	"github.com/norang-login/norang/internal/web/webhook"
)

// wireWeb builds the HTTP kernel and mounts the features.
func (w *wiring) wireWeb(context.Context) (err error) {
	if w.Web, err = w.newKernel(); err != nil {
		return err
	}
	var names, outcomes []string
	for _, p := range w.providers.All() {
		names = append(names, p.Info().Name)
	}
	for _, code := range problem.Codes() {
		if kind, _, _ := strings.Cut(string(code), "."); slices.Contains([]string{"login", "provider", "store"}, kind) {
			outcomes = append(outcomes, string(code))
		}
	}
	w.metrics.Providers(names, outcomes)
	forwarding := forward.Config{Kernel: w.Web, Sessions: w.sessions, Ready: w.ready}
	if w.access.Asserts() {
		forwarding.Assert = w.access.Assertion
	}
	w.Forward = forward.New(forwarding)
	w.wireProxy()
	in := w.newSignIn()
	own := w.newProfile(in)
	w.Consents = own.Consents
	in.OnArrival(own.Consents.OnArrival)
	in.On(login.Link, signin.Outcome{Success: own.Links.Added, Failure: own.Links.Failed})
	in.On(login.Reauth, signin.Outcome{Success: own.Links.Confirmed, Failure: own.Links.Failed})
	in.On(login.Consent, signin.Outcome{Success: own.Consents.Returned, Failure: own.Consents.NotReturned})
	programs, err := w.newAPI()
	if err != nil {
		return err
	}
	servers := serverapi.New(serverapi.Config{
		Kernel: w.Web, Keys: w.db, Operate: w.Operate, Tokens: w.Tokens, Keyring: w.keyring,
		PerMinute: w.cfg.Limits.Servers.PerMinute, Sending: w.cfg.EventsURL != "",
	})
	hooks := webhook.New(webhook.Config{Kernel: w.Web, Providers: w.providers, Receiver: w.withdrawal})
	return errors.Join(
		w.Web.Mount(in.Routes(), signin.Errors()...),
		w.Web.Mount(own.Routes(), profile.Errors()...),
		w.Web.Mount(w.Forward.Routes()),
		w.Web.Mount(hooks.Routes()),
		w.Web.Mount(programs.Routes(), api.Errors()...),
		w.Web.Mount(servers.Routes()),
		w.wireConsole(own),
	)
}

func (w *wiring) newAPI() (*api.Feature, error) {
	links, err := handoff.ParseLinks(w.cfg.AppLinks)
	if err != nil {
		return nil, unusable("AppLinks", err)
	}
	codes, err := handoff.New(handoff.Config{
		Store: w.db, Sessions: w.sessions, Keys: w.keyring, Links: links, Now: w.cfg.Now, Random: w.cfg.Random,
	})
	return api.New(api.Config{Kernel: w.Web, Tokens: w.access, Handoff: codes}), err
}

func (w *wiring) newKernel() (*web.Kernel, error) {
	owned := api.Owned(w.access)
	for _, p := range w.paths() {
		owned = append(owned, ownedPaths(p)...)
	}
	return web.New(web.Config{
		URL: w.publicURL(), Prefix: w.cfg.Prefix, Alone: !w.cfg.Mounted, Service: w.cfg.Brand.Name, Owned: owned,
		Providers: w.providers,
		Returns:   w.returns, Sessions: w.sessions, Pages: w.pages, Keys: w.keyring, Metrics: w.metrics,
		CookieDomain: w.cfg.CookieDomain, TrustedProxies: w.cfg.TrustedProxies, Limits: w.cfg.Limits,
		AccessLog: w.cfg.AccessLog, Log: w.cfg.Log, Now: w.cfg.Now,
	})
}

// ownedPaths are the paths outside the prefix that a provider's routes need.
func ownedPaths(p signin.Paths) []string {
	below := "/oauth/" + p.Provider + "/"
	owned := []string{strings.TrimSuffix(below, "/"), below}
	for _, callback := range []string{p.Callback, p.SignOutCallback} {
		if callback != "" && !strings.HasPrefix(callback, below) {
			owned = append(owned, web.Exact(callback))
		}
	}
	return owned
}

// Paths are the paths that norang serves in front of an app, see norang.Config.Paths.
func Paths(cfg Config) []string {
	cfg.setDefaults()
	own := []string{cfg.Prefix, cfg.Prefix + "/"}
	if len(cfg.Audiences) > 0 || cfg.AssertionAudience != "" {
		own = append(own, api.WellKnown()...)
	}
	for _, b := range cfg.configured() {
		paths := signin.Paths{Provider: b.name}
		for i, r := range b.registered(&cfg) {
			if i == 0 {
				paths.Callback = pathOf(r.value)
			} else {
				paths.SignOutCallback = pathOf(r.value)
			}
		}
		own = append(own, ownedPaths(paths)...)
	}
	return own
}

// paths are where the providers' registered addresses are served.
func (w *wiring) paths() []signin.Paths {
	var all []signin.Paths
	for _, r := range w.loginRoutes() {
		name := r.Provider.Info().Name
		all = append(all, signin.Paths{Provider: name, Callback: pathOf(r.RedirectURI), SignOutCallback: w.signOutPath(name)})
	}
	return all
}

func (w *wiring) newSignIn() *signin.Feature {
	return signin.New(signin.Config{
		Kernel: w.Web, Providers: w.providers, Paths: w.paths(), Keys: w.keyring,
		IDToken: w.tokens.IDToken, Describe: w.Forward.Describe,
		Flow: w.flow, Join: w.joining, Sessions: w.sessions, RejoinBlock: w.withdrawal.BlockFor(),
		Failures: w.failures,
	})
}

func (w *wiring) newProfile(in *signin.Feature) *profile.Feature {
	return profile.New(profile.Config{
		Kernel: w.Web, Keys: w.keyring, Sessions: w.sessions, Store: w.db, Trips: in.Trips, SignOut: in.SignOut,
		Require:  w.Forward.Require,
		Consents: w.consents, Linking: w.linking, Withdrawal: w.withdrawal,
		Providers: w.providers, OldApp: w.cfg.Kakao.oldNamespace(),
		Restorable: account.Rejoin(w.cfg.Rejoin) == account.RejoinRestore, KeptMonths: months(w.cfg.LogKeep),
	})
}

// Ops is the handler of the operator's listener: liveness, readiness, metrics, and the console.
func (a *App) Ops() http.Handler {
	alive, ready := a.Forward.Probes()
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", alive)
	mux.Handle("GET /readyz", ready)
	mux.Handle("GET /metrics", a.metrics.Handler())
	if a.console != nil {
		mux.Handle(admin.Prefix+"/", a.console)
		for _, path := range []string{"GET /{$}", "GET " + admin.Prefix} {
			mux.Handle(path, http.RedirectHandler(admin.Prefix+"/", http.StatusSeeOther))
		}
	}
	return mux
}

// pathOf returns the path of a URL that has been checked.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Path
}

// months rounds a period up to months, for the withdrawal page.
func months(d time.Duration) int { return int((d-1)/(31*day)) + 1 }
