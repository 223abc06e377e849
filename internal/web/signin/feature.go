package signin

import (
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/login"
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
	Providers *provider.Set // the first one is used where nobody chooses
	Paths     []Paths
	Flow      *login.Flow
	Join      *join.Service
	Sessions  *session.Sessions
	Keys      *seal.Keyring
	// RejoinBlock is how long a user who withdrew may not join again, for the page that says so.
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
	paths     []Paths
}

// New builds the handlers.
func New(cfg Config) *Feature {
	k := cfg.Kernel
	first := cfg.Providers.All()[0].Info().Name
	trips := &RoundTrips{kernel: k, flow: cfg.Flow}
	silent := &silent{kernel: k, trips: trips, provider: first}
	joining := &joining{kernel: k, service: cfg.Join}
	arrival := &arrival{kernel: k, joining: joining, outcomes: map[login.Purpose]Outcome{
		login.Silent: {Failure: silent.failed},
	}}
	returning := &returning{
		kernel: k, flow: cfg.Flow, arrival: arrival, questions: cfg.Keys.Sealer("question"), forms: cfg.Keys.Signer("csrf"),
		block: cfg.RejoinBlock,
	}
	return &Feature{
		Trips:    trips,
		SignOut:  newSignOut(k, cfg.Sessions, cfg.Providers, cfg.Keys),
		pages:    &pages{kernel: k, silent: silent, known: cfg.Providers},
		callback: &callback{kernel: k, flow: cfg.Flow, arrival: arrival, returning: returning},
		joining:  joining, returning: returning, paths: cfg.Paths,
	}
}

// On sets what follows a callback with a purpose. Call it before the routes are served.
func (f *Feature) On(p login.Purpose, o Outcome) { f.callback.arrival.outcomes[p] = o }

// Routes are the feature's rows of the route table.
func (f *Feature) Routes() []web.Route {
	get, post := http.MethodGet, http.MethodPost
	rows := []web.Route{
		{Method: get, Path: "{prefix}/login", Access: web.Open, Kind: web.Document, Class: web.Free, Handle: f.pages.signIn},
		{Method: get, Path: "/oauth/{provider}", Access: web.Open, Kind: web.Step, Class: web.Starts, Handle: f.Trips.start},
		{Method: get, Path: "{prefix}/returning", Access: web.Open, Kind: web.Document, Class: web.Free, Handle: f.returning.form},
		{Method: post, Path: "{prefix}/returning", Access: web.Open, Kind: web.Form, Class: web.Callbacks, Handle: f.returning.answer},
		{Method: get, Path: "{prefix}/join", Access: web.SignedIn, Kind: web.Document, Class: web.Free, Handle: f.joining.form},
		{Method: post, Path: "{prefix}/join", Access: web.SignedIn, Kind: web.Form, Class: web.Changes, Handle: f.joining.submit},
	}
	for _, p := range f.paths {
		rows = append(rows, web.Route{
			Method: get, Path: p.Callback, Label: "{callback}", Access: web.Open, Kind: web.Step, Class: web.Callbacks,
			Handle: f.callback.of(p.Provider),
		})
	}
	if f.pages.kernel.Site.Alone {
		rows = append(rows,
			web.Route{Method: get, Path: "/{$}", Access: web.Open, Kind: web.Document, Class: web.Free, Handle: f.pages.home},
			web.Route{Method: get, Path: "/login", Access: web.Open, Kind: web.Step, Class: web.Free, Handle: f.pages.short},
		)
	}
	return append(rows, f.SignOut.routes(f.paths)...)
}
