package signin

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// RoundTrips starts round trips to a provider: sealed attempt cookie, metrics and redirect.
type RoundTrips struct {
	kernel *web.Kernel
	flow   *login.Flow
}

// Begin redirects the browser to the provider. Only a navigating browser may be redirected. The way to a provider is
// always a link, never a form, see docs/decisions/sign-in-links.md.
func (t *RoundTrips) Begin(w http.ResponseWriter, r *web.Request, to login.StartRequest) error {
	if err := r.CheckNavigates(); err != nil {
		return err
	}
	if info := t.kernel.Site.Provider(to.Provider); info.RefusesWebViews && session.WebView(r.UserAgent()) {
		return problem.At(info.Name, problem.LoginWebView, errors.New("the browser of an app"))
	}
	url, err := t.Prepare(w, r, to)
	if err != nil {
		return err
	}
	return web.Redirect(w, url)
}

// BeginAgain is Begin for the principal, by default at the same provider; only the same user may come back.
func (t *RoundTrips) BeginAgain(w http.ResponseWriter, r *web.Request, to login.StartRequest) error {
	p := r.Principal
	if to.Provider == "" {
		to.Provider = p.Identity.Provider
	}
	to.Expect, to.Remember = p.User.ID, p.Session.Remember
	return t.Begin(w, r, to)
}

// Prepare sets the attempt cookie and returns the provider's address.
func (t *RoundTrips) Prepare(w http.ResponseWriter, r *web.Request, to login.StartRequest) (string, error) {
	to.Held = t.kernel.Cookies.Attempts(r.Request)
	started, err := t.flow.Start(to)
	if err != nil {
		return "", err
	}
	t.kernel.Cookies.DropAttempts(w, started.Drop)
	t.kernel.Cookies.SetAttempt(w, started.Name, started.Sealed, started.CookieLife)
	t.kernel.Metrics.LoginStarted()
	t.kernel.Metrics.SentToProvider(to.Provider, session.ParseAgent(r.UserAgent()))
	return started.URL, nil
}

// start serves GET /oauth/{provider}.
func (t *RoundTrips) start(w http.ResponseWriter, r *web.Request) error {
	if err := r.CheckNavigates(); err != nil {
		return err
	}
	q := r.Query()
	for _, name := range []string{"prompt", "login_hint", "scope", "remember"} {
		if len(q[name]) > 1 {
			return problem.Wrap(problem.RequestBad, errors.New("repeated parameter "+name))
		}
	}
	return t.Begin(w, r, login.StartRequest{
		Provider: r.PathValue("provider"), ReturnTo: t.cleaned(r, q), Prompt: q.Get("prompt"), Hint: q.Get("login_hint"),
		Scope: q.Get("scope"), Remember: remembers(q.Get("remember")),
	})
}

// cleaned is the return_to of a query; if it is given more than once, as it is, so that it is refused.
func (t *RoundTrips) cleaned(r *web.Request, q url.Values) []string {
	if given := q["return_to"]; len(given) != 1 {
		return given
	}
	return []string{r.ReturnTo(q)}
}

// remembers reads "stay signed in on this device", which is the default.
func remembers(v string) bool { return v != "0" && v != "false" && v != "off" }
