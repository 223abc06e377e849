package signin

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// Paths are where a provider's registered addresses are served.
type Paths struct {
	Provider        string
	Callback        string
	SignOutCallback string // "" if the provider has no sign-out page
}

// Config is what [New] needs.
type Config struct {
	Kernel    *web.Kernel
	Providers *provider.Set // the first one is the default
	Paths     []Paths
	Flow      *login.Flow
	Join      *join.Service
	Sessions  *session.Sessions
	Keys      *seal.Keyring
	// IDToken returns the ID token that was kept for a session, as a hint for the provider's sign-out page; "" if there is
	// none.
	IDToken func(context.Context, *session.Principal) provider.Secret
	// Describe is the JSON of a user and a session.
	Describe func(*session.Principal) any
	// Failures takes the sign-ins that fail, for the operator. Optional.
	Failures *failures.Recorder
	// RejoinBlock is how long users cannot join again after a withdrawal, for the page about it.
	RejoinBlock time.Duration
}

// Feature is the mounted feature.
type Feature struct {
	Trips   *RoundTrips
	SignOut *SignOut

	pages     *pages
	callback  *callback
	joining   *joining
	returning *returning
	native    *native
	providers *provider.Set
	paths     []Paths
}

// New builds the handlers.
func New(cfg Config) *Feature {
	k := cfg.Kernel
	trips := &RoundTrips{kernel: k, flow: cfg.Flow}
	silent := &silent{kernel: k, trips: trips, providers: cfg.Providers}
	failures := &failureLog{kernel: k, recorder: cfg.Failures}
	last := lastUsed{kernel: k, known: cfg.Providers}
	joining := &joining{kernel: k, service: cfg.Join, failures: failures, last: last}
	arrival := &arrival{kernel: k, joining: joining, silent: silent, outcomes: map[login.Purpose]Outcome{
		login.Silent: {Failure: silent.failed},
	}}
	returning := &returning{
		kernel: k, flow: cfg.Flow, arrival: arrival, failures: failures, block: cfg.RejoinBlock,
		questions: cfg.Keys.Sealer("question"), forms: cfg.Keys.Signer("csrf"),
	}
	relay := &relay{kernel: k, sealer: cfg.Keys.Sealer("callback form")}
	out := &SignOut{kernel: k, sessions: cfg.Sessions, providers: cfg.Providers, silent: silent, idToken: cfg.IDToken}
	out.states = cfg.Keys.Sealer("signout")
	return &Feature{
		Trips:   trips,
		SignOut: out,
		pages:   &pages{kernel: k, silent: silent, last: last},
		callback: &callback{
			kernel: k, trips: trips, relay: relay, arrival: arrival, returning: returning, failures: failures,
		},
		joining:   joining,
		returning: returning,
		native:    &native{kernel: k, flow: cfg.Flow, joining: joining, describe: cfg.Describe},
		providers: cfg.Providers,
		paths:     cfg.Paths,
	}
}

// On sets what follows a callback with a purpose. Call it before the routes are served.
func (f *Feature) On(p login.Purpose, o Outcome) { f.callback.arrival.outcomes[p] = o }

// OnArrival sets where a user goes after a sign-in. Call it before the routes are served.
func (f *Feature) OnArrival(next func(p *session.Principal, returnTo string) string) {
	f.callback.arrival.next = next
}

// Errors are the problems that answer the errors of joining.
func Errors() web.Errors {
	return web.Errors{
		{Err: join.ErrGone, Code: problem.JoinGone},
		{Err: join.ErrHook, Code: problem.JoinUnavailable},
		{Err: account.ErrRefTaken, Code: problem.JoinRefTaken},
	}
}

// Routes are the feature's rows of the route table.
func (f *Feature) Routes() []web.Route {
	rows := []web.Route{
		web.Page(web.Open, "{prefix}/login", f.pages.signIn),
		web.Trip(web.Open, web.Starts, "/oauth/{provider}", f.Trips.start),
		web.Page(web.Open, "{prefix}/returning", f.returning.form),
		web.Action(web.Open, web.Callbacks, "{prefix}/returning", f.returning.answer),
		web.Page(web.SignedIn, "{prefix}/join", f.joining.form),
		web.Action(web.SignedIn, web.Changes, "{prefix}/join", f.joining.submit),
	}
	rows = append(rows, f.native.routes()...)
	for _, p := range f.paths {
		if one, ok := f.providers.Get(p.Provider); ok {
			rows = append(rows, f.callback.routes(one.Info(), p.Callback)...)
		}
	}
	if f.pages.kernel.Site.Alone {
		rows = append(rows,
			web.Page(web.Open, "/{$}", f.pages.home),
			web.Trip(web.Open, web.Free, "/login", f.pages.short),
		)
	}
	return append(rows, f.SignOut.routes(f.paths)...)
}
