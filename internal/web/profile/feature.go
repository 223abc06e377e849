package profile

import (
	"net/http"

	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/internal/withdrawal"
)

// Trips starts round trips to the provider.
type Trips interface {
	// BeginAgain redirects the user who is signed in to their provider; only they may come back.
	BeginAgain(http.ResponseWriter, *web.Request, login.StartRequest) error
	// Prepare sets the attempt cookie and returns the provider's address.
	Prepare(http.ResponseWriter, *web.Request, login.StartRequest) (url string, err error)
}

// SignOut ends sessions.
type SignOut interface {
	// End ends a session, or all of the user's, in the store and in the browser.
	End(w http.ResponseWriter, r *web.Request, p *session.Principal, everywhere bool) error
	// Forget removes an ended session from the browser.
	Forget(http.ResponseWriter, *web.Request)
}

// Config is what [New] needs. Fields are required unless their comment says otherwise.
type Config struct {
	Kernel   *web.Kernel
	Keys     *seal.Keyring
	Sessions *session.Sessions
	Store    Store
	Trips    Trips
	SignOut  SignOut
	// Require guards a handler so that only active users reach it.
	Require func(http.Handler) http.Handler

	Consents   *consent.Service
	Linking    *linking.Service
	Withdrawal *withdrawal.Service

	// TicketProvider is the provider that link tickets are redeemed with.
	TicketProvider string
	// OldApp is the namespace of identities that can no longer be proven, see docs/app-changed.md; optional.
	OldApp string
	// Restorable reports whether a withdrawal can be undone in its grace period.
	Restorable bool
	// KeptMonths is how long sign-in records are kept after a withdrawal.
	KeptMonths int
}

// Feature is the mounted feature.
type Feature struct {
	Consents *Consents
	Links    *Links

	kernel      *web.Kernel
	devices     *devices
	log         *securityLog
	merging     *merging
	tickets     *tickets
	exporting   *exporting
	withdrawing *withdrawing
}

// New builds the handlers.
func New(cfg Config) *Feature {
	k := cfg.Kernel
	merging := &merging{kernel: k, service: cfg.Linking, proofs: cfg.Keys.Sealer("merge")}
	return &Feature{
		Consents: &Consents{
			kernel: k, service: cfg.Consents, trips: cfg.Trips, declines: declines{k, cfg.Keys.Sealer("declined")}, require: cfg.Require,
		},
		Links: &Links{
			kernel: k, service: cfg.Linking, trips: cfg.Trips, merging: merging, proofs: cfg.Keys.Sealer("fresh proof"), oldApp: cfg.OldApp,
		},
		kernel:  k,
		devices: &devices{kernel: k, store: cfg.Store, sessions: cfg.Sessions, signOut: cfg.SignOut},
		log:     &securityLog{kernel: k, store: cfg.Store},
		merging: merging,
		tickets: &tickets{
			kernel: k, service: cfg.Linking, trips: cfg.Trips, forms: cfg.Keys.Signer("csrf"), provider: cfg.TicketProvider,
		},
		exporting: &exporting{kernel: k, store: cfg.Store, trips: cfg.Trips, recent: cfg.Withdrawal.Recent},
		withdrawing: &withdrawing{
			kernel: k, service: cfg.Withdrawal, trips: cfg.Trips, signOut: cfg.SignOut, names: cfg.Keys.Sealer("left"),
			restorable: cfg.Restorable, keptMonths: cfg.KeptMonths,
		},
	}
}

// Routes are the feature's rows of the route table.
func (f *Feature) Routes() []web.Route {
	return []web.Route{
		show("{prefix}/account", f.account),
		show("{prefix}/account/sessions", f.devices.list),
		change("{prefix}/account/sessions", f.devices.end),
		show("{prefix}/account/links", f.Links.list),
		change("{prefix}/account/links", f.Links.remove),
		trip("{prefix}/account/links/confirm", f.Links.confirm),
		trip("{prefix}/account/links/add", f.Links.add),
		limited(show("{prefix}/account/consents", f.Consents.list), web.Changes), // may call the provider
		change("{prefix}/account/consents", f.Consents.change),
		limited(show("{prefix}/consent", f.Consents.form), web.Starts), // may call the provider
		change("{prefix}/consent", f.Consents.answer),
		trip("{prefix}/consent/start", f.Consents.start),
		show("{prefix}/account/merge", f.merging.form),
		change("{prefix}/account/merge", f.merging.merge),
		show("{prefix}/account/log", f.log.show),
		show("{prefix}/account/export", f.exporting.form),
		change("{prefix}/account/export", f.exporting.download),
		trip("{prefix}/account/export/confirm", f.exporting.confirm),
		show("{prefix}/account/withdraw", f.withdrawing.form),
		open(change("{prefix}/account/withdraw", f.withdrawing.withdraw)),
		trip("{prefix}/account/withdraw/confirm", f.withdrawing.confirm),
		open(show("{prefix}/left", f.withdrawing.done)),
		open(limited(show("{prefix}/link/{ticket}", f.tickets.form), web.Starts)),
		open(limited(change("{prefix}/link/{ticket}", f.tickets.begin), web.Starts)),
	}
}

type handle = func(http.ResponseWriter, *web.Request) error

// show is a page of an active user.
func show(path string, h handle) web.Route {
	return web.Route{Method: http.MethodGet, Path: path, Access: web.Active, Kind: web.Document, Class: web.Free, Handle: h}
}

// change is a form of an active user.
func change(path string, h handle) web.Route {
	return web.Route{Method: http.MethodPost, Path: path, Access: web.Active, Kind: web.Form, Class: web.Changes, Handle: h}
}

// trip starts a round trip for an active user.
func trip(path string, h handle) web.Route {
	return web.Route{Method: http.MethodGet, Path: path, Access: web.Active, Kind: web.Step, Class: web.Starts, Handle: h}
}

func open(r web.Route) web.Route {
	r.Access = web.Open
	return r
}

func limited(r web.Route, c web.Class) web.Route {
	r.Class = c
	return r
}

// account shows what is known about the user.
func (f *Feature) account(w http.ResponseWriter, r *web.Request) error {
	v := page.AccountOf(r.FormFrame(), r.Principal)
	return f.kernel.Render(w, http.StatusOK, &v)
}
