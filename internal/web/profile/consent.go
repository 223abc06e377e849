package profile

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// Consents asks users for further consents, lists them, and guards an app's features with them.
type Consents struct {
	kernel   *web.Kernel
	service  *consent.Service
	links    *linking.Service
	trips    Trips
	declines declines
	features features
	require  func(http.Handler) http.Handler
}

// lacks reduces an ask to what the user has not agreed to; false if nothing is left.
func (c *Consents) lacks(p *session.Principal, a ask) (ask, bool) {
	if a.term != "" {
		return a, !c.service.HasTerm(p, a.term)
	}
	a.scopes = c.service.MissingScopes(p, a.scopes)
	return a, len(a.scopes) > 0
}

// elsewhere reports whether an ask names an item for which the user's provider cannot be asked: only another provider
// has it. It counts as declined, because the user cannot give it.
func (c *Consents) elsewhere(p *session.Principal, a ask) bool {
	return slices.ContainsFunc(a.scopes, func(scope string) bool {
		return !c.service.CanRequest(p.Identity.Provider, scope)
	})
}

// url is the page that asks.
func (c *Consents) url(a ask, returnTo string) string {
	q := a.query()
	q.Set("return_to", returnTo)
	return web.WithQuery(c.kernel.Site.Path("consent"), q)
}

// startURL starts the round trip.
func (c *Consents) startURL(scopes []string, returnTo string) string {
	return web.WithQuery(c.kernel.Site.Path("consent/start"), url.Values{
		"scope": {strings.Join(scopes, ",")}, "return_to": {returnTo},
	})
}

// chooseURL is startURL for users who must pick another account at the provider first.
func (c *Consents) chooseURL(scopes []string, returnTo string) string {
	return c.startURL(scopes, returnTo) + "&choose=1"
}

// form asks for a consent. Users who have given or declined it in this session are sent straight back, so that an app
// may always redirect here (PV-01). again=1 asks once more, for the user's own click.
func (c *Consents) form(w http.ResponseWriter, r *web.Request) error {
	q := r.Query()
	a, err := c.readAsk(q)
	if err != nil {
		return err
	}
	returnTo := r.ReturnTo(q)
	left, lacking := c.lacks(r.Principal, a)
	if lacking && a.term == "" && c.service.LoadScopes(r.Context(), r.Principal) {
		p, err := c.kernel.Lookup(r.Request, r.Token)
		if err != nil {
			return err
		}
		r.Principal = p
		left, lacking = c.lacks(p, a)
	}
	switch {
	case !lacking:
		return web.Redirect(w, c.givenURL(returnTo))
	case !left.again && c.declines.has(r.Request, r.Principal, left), c.elsewhere(r.Principal, left):
		return web.Redirect(w, c.declinedURL(returnTo))
	}
	v := &page.Consent{Frame: r.FormFrame(), Feature: c.features.text(left.feature, r.Lang), ReturnTo: returnTo}
	v.Path = c.url(left, returnTo)
	if left.term != "" {
		t, _ := c.service.Term(left.term)
		v.Term = &page.JoinTerm{
			Tag: t.Tag, Version: t.Version, Title: t.Title(string(r.Lang)), URL: t.URL,
			Required: t.Required, Marketing: t.Marketing,
		}
	} else {
		v.Items, v.Scope, v.StartURL = left.scopes, strings.Join(left.scopes, ","), c.startURL(left.scopes, returnTo)
	}
	return c.kernel.Render(w, http.StatusOK, v)
}

// answer takes the form: agreement to a term, or "later".
func (c *Consents) answer(w http.ResponseWriter, r *web.Request) error {
	if err := r.CheckToken(); err != nil {
		return err
	}
	a, err := c.readAsk(r.PostForm)
	if err != nil {
		return err
	}
	returnTo := r.ReturnTo(r.PostForm)
	switch r.PostForm.Get("action") {
	case "later":
		c.declines.add(w, r.Request, r.Principal, a.marks())
		return web.Redirect(w, c.declinedURL(returnTo))
	case "agree":
		if a.term == "" {
			return problem.Wrap(problem.RequestBad, errors.New("consent items are agreed to at the provider"))
		}
		if err := c.decide(r, a.term, true, account.PlaceConsent); err != nil {
			return err
		}
		c.declines.remove(w, r.Request, r.Principal, a.marks())
		return web.Redirect(w, c.givenURL(returnTo))
	}
	return problem.New(problem.RequestBad)
}

func (c *Consents) decide(r *web.Request, tag string, agree bool, place string) error {
	return c.service.Decide(r.Context(), r.Principal, consent.Answer{
		Tag: tag, Version: r.PostForm.Get("version"), Agree: agree, Place: place,
	}, r.Actor())
}

// start sends the user to the provider for just these items. Another account at the provider is refused.
func (c *Consents) start(w http.ResponseWriter, r *web.Request) error {
	if err := r.CheckNavigates(); err != nil {
		return err
	}
	a, err := c.readAsk(r.Query())
	if err != nil {
		return err
	}
	if a.term != "" {
		return problem.Wrap(problem.RequestBad, errors.New("terms are agreed to here, not at the provider"))
	}
	returnTo := r.ReturnTo(r.Query())
	left, lacking := c.lacks(r.Principal, a)
	if !lacking {
		return web.Redirect(w, returnTo)
	}
	intent := provider.AskConsent
	if r.Query().Get("choose") == "1" {
		intent = provider.ChooseAccount
	}
	return c.trips.BeginAgain(w, r, login.StartRequest{
		ReturnTo: []string{returnTo}, Scope: strings.Join(left.scopes, ","),
		Purpose: login.Consent, Intent: intent, Detail: strings.Join(left.scopes, " "),
	})
}

// Returned ends a round trip for consent that the provider answered.
func (c *Consents) Returned(w http.ResponseWriter, r *web.Request, done login.Finished) error {
	a := ask{scopes: strings.Fields(done.Detail)}
	left, lacking := c.lacks(done.Principal, a)
	if lacking {
		c.declines.add(w, r.Request, done.Principal, left.marks())
		return web.Redirect(w, c.declinedURL(done.ReturnTo))
	}
	c.declines.remove(w, r.Request, done.Principal, a.marks())
	return web.Redirect(w, c.givenURL(done.ReturnTo))
}

// NotReturned ends a round trip that the user cancelled at the provider. Their session is unchanged. After the answer
// of another account the problem page leads to the provider's choice of accounts: without it, a browser that is signed
// in there with the other account could only answer with that one again.
func (c *Consents) NotReturned(
	w http.ResponseWriter, r *web.Request, done login.Finished, p problem.Problem,
) (bool, error) {
	switch p.Code {
	case problem.LoginCancelled:
	case problem.LoginOtherAccount:
		return false, &problem.Error{
			Code: p.Code, Provider: p.Provider, Err: p.Err,
			Location: c.chooseURL(strings.Fields(done.Detail), done.ReturnTo),
		}
	default:
		return false, nil
	}
	who, err := r.SignedIn(w)
	if err != nil {
		return false, err
	}
	if who != nil {
		c.declines.add(w, r.Request, who, ask{scopes: strings.Fields(done.Detail)}.marks())
	}
	return true, web.Redirect(w, c.declinedURL(done.ReturnTo))
}

// declinedParam tells an app that the user declined. An app that redirects everyone who lacks a consent needs it to
// avoid a loop.
const declinedParam = "norang_consent"

// declinedURL adds the parameter to a cleaned return URL, givenURL removes it.
func (c *Consents) declinedURL(returnTo string) string { return c.marked(returnTo, "declined") }
func (c *Consents) givenURL(returnTo string) string    { return c.marked(returnTo, "") }

func (c *Consents) marked(returnTo, value string) string {
	u, err := url.Parse(returnTo)
	if err != nil {
		return returnTo
	}
	u.RawQuery, u.ForceQuery = returnurl.SetParameter(u.RawQuery, declinedParam, value), false
	if to, ok := c.kernel.Returns.Clean(u.String()); ok {
		return to
	}
	return returnTo // too long with the parameter
}
