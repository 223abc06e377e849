package signin

import (
	"net/http"
	"net/netip"
	"net/url"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// Outcome is what follows a callback whose attempt had a certain purpose. A nil function leaves it to the ordinary
// sign-in.
type Outcome struct {
	// Success answers after the session cookie has been set.
	Success func(http.ResponseWriter, *web.Request, login.Finished) error
	// Failure reports whether it has answered.
	Failure func(http.ResponseWriter, *web.Request, login.Finished, problem.Problem) (answered bool, err error)
}

// callback finishes a round trip.
type callback struct {
	kernel    *web.Kernel
	trips     *RoundTrips
	relay     *relay
	arrival   *arrival
	returning *returning
	failures  *failureLog
}

// routes serve the callback path of a provider.
func (c *callback) routes(p provider.Info, path string) []web.Route {
	row := web.Trip(web.Open, web.Callbacks, web.Exact(path), func(w http.ResponseWriter, r *web.Request) error {
		return c.finish(w, r, p.Name, r.Query())
	})
	row.Label = "{callback}"
	row.Client = func(r *web.Request) (netip.Addr, bool) {
		id, ok := c.trips.flow.Attempt(login.FinishRequest{
			Provider: p.Name, Query: r.Query(), Held: c.kernel.Cookies.Attempts(r.Request),
		})
		return netip.AddrFrom16(id), ok
	}
	if p.CallbackMethod == http.MethodGet {
		return []web.Route{row}
	}
	row.Handle = func(w http.ResponseWriter, r *web.Request) error {
		params, err := c.relay.params(r)
		if err != nil {
			return err
		}
		if c.keep(w, r, p.Name, params) {
			return web.Redirect(w, web.WithQuery(r.URL.Path, url.Values{
				relayParam: {r.Query().Get(relayParam)}, keptParam: {"1"},
			}))
		}
		return c.finish(w, r, p.Name, params)
	}
	post := row
	post.Method, post.Kind, post.Handle = http.MethodPost, web.Relay, c.relay.post
	return []web.Route{row, post}
}

// keptParam marks the second GET of a callback, after [callback.keep].
const keptParam = "kept"

// keep stores the part of the profile that the provider sends once in the browser, and reports whether there is one.
// The GET is then repeated, so that the browser has it before the code is exchanged: even if this process dies then,
// the next sign-in has it.
func (c *callback) keep(w http.ResponseWriter, r *web.Request, provider string, params url.Values) bool {
	if r.Query().Has(keptParam) {
		return false
	}
	text := c.trips.flow.KeepUnsigned(login.FinishRequest{
		Provider: provider, Query: params, Held: c.kernel.Cookies.Attempts(r.Request),
	})
	if text != "" {
		c.kernel.Cookies.Set(w, c.kernel.Cookies.Name("profile"), text, login.UnsignedLife)
	}
	return text != ""
}

func (c *callback) finish(w http.ResponseWriter, r *web.Request, provider string, params url.Values) error {
	current, _, err := c.kernel.Token(r.Request)
	if err != nil {
		return err // before the code is spent
	}
	unsigned := c.kernel.Cookies.Name("profile")
	held := c.kernel.Cookies.Get(r.Request, unsigned)
	done, err := c.trips.flow.Finish(r.Context(), login.FinishRequest{
		Provider: provider, Query: params, Held: c.kernel.Cookies.Attempts(r.Request), Unsigned: held,
		Current: current, Client: r.Client(),
	})
	err = problem.Named(provider, err) // the texts are about the account at this provider
	if done.Returned {
		c.kernel.Metrics.ReturnedFromProvider(provider, session.ParseAgent(r.UserAgent()))
	}
	if err != nil && done.Unsigned != "" {
		c.kernel.Cookies.Set(w, unsigned, done.Unsigned, login.UnsignedLife)
	} else if held != "" {
		c.kernel.Cookies.Drop(w, unsigned)
	}
	if err != nil {
		c.failures.signIn(r, provider, done, err)
		return c.failed(w, r, provider, done, err)
	}
	return c.arrival.arrive(w, r, done)
}

func (c *callback) failed(
	w http.ResponseWriter, r *web.Request, provider string, done login.Finished, err error,
) error {
	p := problem.From(err)
	c.kernel.Metrics.LoginFinished(provider, string(p.Code))
	if failure := c.arrival.outcomes[done.Purpose].Failure; failure != nil {
		if answered, err := failure(w, r, done, p); answered || err != nil {
			return err
		}
	}
	if to := c.returning.question(w, done, p.Code); to != "" {
		return web.Redirect(w, to)
	}
	switch p.Code {
	case problem.LoginCancelled:
		// The user declined: back to the sign-in page with a quiet message (PF-12).
		return web.Redirect(w, c.kernel.Site.SignInURL(done.ReturnTo, string(page.FlashCancelled)))
	case problem.LoginInteraction:
		return web.Redirect(w, c.kernel.Site.SignInURL(done.ReturnTo, ""))
	}
	if to, ok := c.again(w, r, done); ok {
		return web.Redirect(w, to)
	}
	r.Retry = done.ReturnTo
	if p.Code == problem.LoginOtherBrowser && r.WantsPage() {
		title, detail := c.otherBrowser(r)
		return c.kernel.FailWith(w, r, err, title, detail)
	}
	return err
}

// again restarts a sign-in that came back without its attempt, if the flow asks for it. An attacker who sends a
// browser here gains no more than by a link to the start.
func (c *callback) again(w http.ResponseWriter, r *web.Request, done login.Finished) (to string, ok bool) {
	if done.Again == nil || !r.WantsPage() || r.CheckNavigates() != nil || c.kernel.Count(r, web.Starts) != nil {
		return "", false
	}
	to, err := c.trips.Prepare(w, r, *done.Again)
	if err != nil {
		c.kernel.Warn(r, "sign-in not started again", err)
		return "", false
	}
	return to, true
}

// otherBrowser is the title and text of the page for a callback without its attempt. Usually the user is in another
// browser. But a browser with other attempts began the sign-in again, and one without any cookie keeps none: it would
// see the advice to sign in again for ever.
func (c *callback) otherBrowser(r *web.Request) (title, detail string) {
	switch {
	case len(c.kernel.Cookies.Attempts(r.Request)) > 0:
		return i18n.T(r.Lang, "callback.begun_again.title"), i18n.T(r.Lang, "callback.begun_again")
	case !c.kernel.Cookies.Any(r.Request):
		return i18n.T(r.Lang, "callback.no_cookies.title"), i18n.T(r.Lang, "callback.no_cookies")
	}
	p := problem.Of(problem.LoginOtherBrowser)
	return p.Title(r.Lang, problem.Words{}), p.Detail(r.Lang, problem.Words{})
}

// arrival gives the browser its session and sends it on.
type arrival struct {
	kernel   *web.Kernel
	joining  *joining
	silent   *silent
	outcomes map[login.Purpose]Outcome
	next     func(p *session.Principal, returnTo string) string
}

func (a *arrival) arrive(w http.ResponseWriter, r *web.Request, done login.Finished) error {
	k := a.kernel
	k.Metrics.LoginFinished(done.Provider, "ok")
	if !done.Repeated {
		k.Metrics.SignedIn(done.Provider)
	}
	if done.New && done.Principal.User.Status != account.Pending {
		k.Metrics.Joined() // there was nothing to ask, hence no join page
	}
	failpoint.Hit("callback.before_answer")
	atOnce := a.joining.nothingToAsk(done)
	if !atOnce {
		k.SetSession(w, done.Token, done.Principal)
	}
	if done.Purpose != login.Silent {
		a.silent.allow(w, r)
	}
	// Keep the last provider of a pending user, who may leave when the join page names it.
	if done.Principal.User.Status != account.Pending {
		a.joining.last.set(w, done.Principal.Identity.Provider)
	}
	if success := a.outcomes[done.Purpose].Success; success != nil {
		return success(w, r, done)
	}
	if done.Principal.User.Status == account.Pending {
		return a.joining.begin(w, r, done, atOnce)
	}
	return web.Redirect(w, a.next(done.Principal, done.ReturnTo))
}
