package profile

import (
	"net/http"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/internal/withdrawal"
)

// Trips starts round trips to the provider.
type Trips interface {
	// BeginAgain redirects the principal to their provider; only the same user may come back.
	BeginAgain(http.ResponseWriter, *web.Request, login.StartRequest) error
	// Prepare sets the attempt cookie and returns the provider's address.
	Prepare(http.ResponseWriter, *web.Request, login.StartRequest) (url string, err error)
}

// SignOut ends sessions.
type SignOut interface {
	// End ends a session in the store and in the browser.
	End(http.ResponseWriter, *web.Request, *session.Principal) error
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

	Providers *provider.Set // link tickets are redeemed with the first one
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
	signer := cfg.Keys.Signer("csrf")
	merging := &merging{kernel: k, service: cfg.Linking, proofs: cfg.Keys.Sealer("merge")}
	again := reauth{kernel: k, trips: cfg.Trips, providers: cfg.Providers, recent: cfg.Withdrawal.Recent}
	return &Feature{
		Consents: &Consents{
			kernel: k, service: cfg.Consents, links: cfg.Linking, trips: cfg.Trips, require: cfg.Require,
			declines: declines{kernel: k, sealer: cfg.Keys.Sealer("declined")},
		},
		Links: &Links{
			kernel: k, service: cfg.Linking, providers: cfg.Providers, trips: cfg.Trips, merging: merging,
			proofs: cfg.Keys.Sealer("fresh proof"), oldApp: cfg.OldApp,
		},
		kernel:    k,
		devices:   &devices{kernel: k, store: cfg.Store, sessions: cfg.Sessions, signOut: cfg.SignOut},
		log:       &securityLog{kernel: k, store: cfg.Store},
		merging:   merging,
		tickets:   &tickets{kernel: k, service: cfg.Linking, providers: cfg.Providers, trips: cfg.Trips, forms: signer},
		exporting: &exporting{kernel: k, store: cfg.Store, reauth: again},
		withdrawing: &withdrawing{
			kernel: k, service: cfg.Withdrawal, links: cfg.Linking, reauth: again, signOut: cfg.SignOut,
			names: cfg.Keys.Sealer("left"), restorable: cfg.Restorable, keptMonths: cfg.KeptMonths,
		},
	}
}

// Errors are the problems that answer the errors of consents and linking.
func Errors() web.Errors {
	return web.Errors{
		{Err: consent.ErrRequired, Code: problem.RequestBad},
		{Err: consent.ErrUnknownTerm, Code: problem.RequestBad},
		{Err: consent.ErrNotRevocable, Code: problem.RequestBad},
		{Err: linking.ErrLastIdentity, Code: problem.LinkLast},
		{Err: linking.ErrNotMergeable, Code: problem.LinkMergeGone},
		{Err: linking.ErrRefConflict, Code: problem.LinkRefConflict},
		{Err: linking.ErrTicket, Code: problem.LinkTicket},
		{Err: account.ErrLastOperator, Code: problem.ConsoleLast},
	}
}

// Routes are the feature's rows of the route table.
func (f *Feature) Routes() []web.Route {
	user := web.Active
	return []web.Route{
		web.Page(user, "{prefix}/account", f.account),
		web.Page(user, "{prefix}/account/sessions", f.devices.list),
		web.Action(user, web.Changes, "{prefix}/account/sessions", f.devices.end),
		web.Page(user, "{prefix}/account/log", f.log.show),
		web.Page(user, "{prefix}/account/links", f.Links.list),
		web.Action(user, web.Changes, "{prefix}/account/links", f.Links.remove),
		web.Trip(user, web.Starts, "{prefix}/account/links/confirm", f.Links.confirm),
		web.Trip(user, web.Starts, "{prefix}/account/links/add", f.Links.add),
		web.Page(user, "{prefix}/account/merge", f.merging.form),
		web.Action(user, web.Changes, "{prefix}/account/merge", f.merging.merge),
		web.Page(user, "{prefix}/account/consents", f.Consents.list).Limited(web.Changes), // may call the provider
		web.Action(user, web.Changes, "{prefix}/account/consents", f.Consents.change),
		web.Page(user, "{prefix}/consent", f.Consents.form).Limited(web.Starts), // may call the provider
		web.Action(user, web.Changes, "{prefix}/consent", f.Consents.answer),
		web.Page(user, "{prefix}/consent/required", f.Consents.required),
		web.Trip(user, web.Starts, "{prefix}/consent/start", f.Consents.start),
		web.Page(user, "{prefix}/account/export", f.exporting.form),
		web.Action(user, web.Changes, "{prefix}/account/export", f.exporting.download),
		web.Trip(user, web.Starts, "{prefix}/account/export/confirm", f.exporting.confirm),
		web.Page(user, "{prefix}/account/withdraw", f.withdrawing.form),
		web.Action(web.Open, web.Changes, "{prefix}/account/withdraw", f.withdrawing.withdraw),
		web.Trip(user, web.Starts, "{prefix}/account/withdraw/confirm", f.withdrawing.confirm),
		web.Page(web.Open, "{prefix}/left", f.withdrawing.done),
		web.Page(web.Open, "{prefix}/link/{ticket}", f.tickets.form).Limited(web.Starts),
		web.Action(web.Open, web.Starts, "{prefix}/link/{ticket}", f.tickets.begin),
	}
}

// account shows what is known about the user.
func (f *Feature) account(w http.ResponseWriter, r *web.Request) error {
	all, err := f.Links.service.Identities(r.Context(), r.Principal.User.ID)
	if err != nil {
		return err
	}
	v := page.AccountOf(r.FormFrame(), r.Principal)
	v.Linked = linkedOf(r.Principal, all)
	return f.kernel.Render(w, http.StatusOK, &v)
}
