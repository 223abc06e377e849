package app

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/login"
	kakaoprovider "github.com/norang-login/norang/internal/provider/kakao"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/internal/web/forward"
	"github.com/norang-login/norang/internal/web/profile"
	"github.com/norang-login/norang/internal/web/signin"
	"github.com/norang-login/norang/internal/web/webhook"
)

// wireWeb builds the HTTP kernel and mounts the features.
func (a *App) wireWeb(_ context.Context, p *parts) (err error) {
	if a.Web, err = a.newKernel(p); err != nil {
		return err
	}
	a.Forward = forward.New(forward.Config{Kernel: a.Web, Sessions: a.sessions, Ready: a.db.Ping})
	in := a.newSignIn(p)
	own := a.newProfile(p, in)
	a.Consents = own.Consents
	in.On(login.Link, signin.Outcome{Success: own.Links.Added, Failure: own.Links.Failed})
	in.On(login.Reauth, signin.Outcome{Success: own.Links.Confirmed, Failure: own.Links.Failed})
	in.On(login.Consent, signin.Outcome{Success: own.Consents.Returned, Failure: own.Consents.NotReturned})
	hooks := webhook.New(webhook.Config{Kernel: a.Web, Providers: a.providers, Receiver: p.withdrawal})
	return errors.Join(
		a.Web.Mount(in.Routes()...),
		a.Web.Mount(own.Routes()...),
		a.Web.Mount(a.Forward.Routes()...),
		a.Web.Mount(hooks.Routes()...),
	)
}

func (a *App) newKernel(p *parts) (*web.Kernel, error) {
	var owned []string
	for _, p := range a.paths() {
		owned = append(owned, p.Callback, p.SignOutCallback, "/oauth/"+p.Provider, "/oauth/"+p.Provider+"/")
	}
	return web.New(web.Config{
		URL: a.publicURL(), Prefix: a.cfg.Prefix, Alone: !a.cfg.Mounted, Service: a.cfg.Brand.Name, Owned: owned,
		Providers: a.providers,
		Returns:   p.returns, Sessions: a.sessions, Pages: p.pages, Keys: p.keys, Metrics: a.metrics,
		CookieDomain: a.cfg.CookieDomain, TrustedProxies: a.cfg.TrustedProxies, Limits: a.cfg.Limits,
		Log: a.cfg.Log, Now: a.cfg.Now,
	})
}

// paths are where the providers' registered addresses are served.
func (a *App) paths() []signin.Paths {
	var all []signin.Paths
	for _, r := range a.loginRoutes() {
		p := signin.Paths{Provider: r.Provider.Info().Name, Callback: pathOf(r.RedirectURI)}
		if p.Provider == kakaoprovider.Name {
			p.SignOutCallback = pathOf(a.cfg.Kakao.SignoutRedirectURI)
		}
		all = append(all, p)
	}
	return all
}

func (a *App) newSignIn(p *parts) *signin.Feature {
	return signin.New(signin.Config{
		Kernel: a.Web, Providers: a.providers, Paths: a.paths(), Keys: p.keys,
		Flow: p.flow, Join: p.joining, Sessions: a.sessions, RejoinBlock: p.withdrawal.BlockFor(),
	})
}

func (a *App) newProfile(p *parts, in *signin.Feature) *profile.Feature {
	return profile.New(profile.Config{
		Kernel: a.Web, Keys: p.keys, Sessions: a.sessions, Store: a.db, Trips: in.Trips, SignOut: in.SignOut,
		Require:  a.Forward.Require,
		Consents: a.consents, Linking: p.linking, Withdrawal: p.withdrawal,
		Providers: a.providers, OldApp: a.cfg.Kakao.oldNamespace(),
		Restorable: account.Rejoin(a.cfg.Rejoin) == account.RejoinRestore, KeptMonths: months(a.cfg.LogKeep),
	})
}

// Ops is the handler of the operator's listener: liveness, readiness, metrics.
func (a *App) Ops() http.Handler {
	alive, ready := a.Forward.Probes()
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", alive)
	mux.Handle("GET /readyz", ready)
	mux.Handle("GET /metrics", a.metrics.Handler())
	return mux
}

// oldNamespace is the namespace of identities of the previous app, "" for none.
func (k Kakao) oldNamespace() string {
	if k.OldAppID == 0 {
		return ""
	}
	return strconv.FormatInt(k.OldAppID, 10)
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
func months(d time.Duration) int { return int((d + 31*day - 1) / (31 * day)) }
