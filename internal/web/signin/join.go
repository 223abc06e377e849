package signin

import (
	"errors"
	"net/http"
	"slices"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// joining makes pending users active.
type joining struct {
	kernel   *web.Kernel
	service  *join.Service
	failures *failureLog
	last     lastUsed
}

// form asks a pending user what must be asked before they become active.
func (j *joining) form(w http.ResponseWriter, r *web.Request) error {
	returnTo := r.ReturnTo(r.Query())
	if r.Principal.User.Status != account.Pending {
		return web.Redirect(w, returnTo) // already active, perhaps by another tab
	}
	return j.show(w, r, http.StatusOK, returnTo, &join.Incomplete{})
}

func (j *joining) show(
	w http.ResponseWriter, r *web.Request, status int, returnTo string, missing *join.Incomplete,
) error {
	v := &page.Join{
		Frame: r.FormFrame(), ReturnTo: returnTo, AgeChecked: r.PostForm.Has("age"), AgeMissing: missing.Age,
		AgeOptional: j.service.AgeOptional(),
	}
	v.Path = j.kernel.Site.JoinURL(returnTo)
	if before := j.last.of(r); before != r.Principal.Identity.Provider {
		v.Before = before
	}
	claims := j.service.OpenClaims(j.carried(r), r.Token.Key())
	if claims != nil {
		v.Who = page.Who{Name: claims.Profile.Nickname, Picture: claims.Profile.Picture}
	}
	askAge, terms := j.service.Ask(claims)
	v.AskAge = askAge
	for _, t := range terms {
		v.Terms = append(v.Terms, page.JoinTerm{
			Tag: t.Tag, Version: t.Version, Title: t.Title(string(r.Lang)), URL: t.URL,
			Required: t.Required, Marketing: t.Marketing,
			Checked: r.PostForm.Has("term." + t.Tag), Missing: slices.Contains(missing.Tags, t.Tag),
		})
	}
	return j.kernel.Render(w, status, v)
}

// carried is the sealed profile that waits in the join cookie.
func (j *joining) carried(r *web.Request) string {
	return j.kernel.Cookies.Get(r.Request, j.kernel.Cookies.Name(web.CookieJoin))
}

func (j *joining) dropCarried(w http.ResponseWriter) {
	j.kernel.Cookies.Drop(w, j.kernel.Cookies.Name(web.CookieJoin))
}

// submit takes the form: the user becomes active, with a new session, and returns to where they came from.
func (j *joining) submit(w http.ResponseWriter, r *web.Request) error {
	if err := r.CheckToken(); err != nil {
		return err
	}
	returnTo := r.ReturnTo(r.PostForm)
	if r.PostForm.Get("action") == "cancel" {
		return j.decline(w, r, returnTo)
	}
	var agreed []string
	for _, t := range j.service.Terms() {
		// Only the version that was on the page is agreed to.
		if r.PostForm.Get("term."+t.Tag) == t.Version {
			agreed = append(agreed, t.Tag)
		}
	}
	joined, err := j.service.Join(r.Context(), join.Request{
		Session: r.Principal.Session, Key: r.Principal.Identity.Key, OfAge: r.PostForm.Has("age"), Agreed: agreed,
		Lang: string(r.Lang), Claims: j.carried(r), Actor: r.Actor(),
	})
	var missing *join.Incomplete
	if errors.As(err, &missing) {
		return j.show(w, r, http.StatusUnprocessableEntity, returnTo, missing)
	}
	return j.joined(w, r, r.Principal, joined, err, returnTo)
}

// decline deletes a pending user who does not want to join.
func (j *joining) decline(w http.ResponseWriter, r *web.Request, returnTo string) error {
	err := j.service.Decline(r.Context(), r.Principal.Session.Key, r.Actor())
	if err != nil && !errors.Is(err, join.ErrNotPending) {
		return err
	}
	if err == nil {
		j.kernel.DropSession(w, r.Request)
		j.dropCarried(w)
	}
	return web.Redirect(w, j.kernel.Site.SignInURL(returnTo, string(page.FlashNotJoined)))
}

// begin leads a pending user to the join page, or makes them active at once if there is nothing to ask.
func (j *joining) begin(w http.ResponseWriter, r *web.Request, done login.Finished, atOnce bool) error {
	if done.Claims != nil {
		carried, err := j.service.SealClaims(done.Claims, done.Token.Key())
		if err != nil {
			return problem.Wrap(problem.Internal, err)
		}
		if atOnce {
			return j.atOnce(w, r, done, carried)
		}
		j.carry(w, done, carried)
	}
	return web.Redirect(w, j.kernel.Site.JoinURL(done.ReturnTo))
}

func (j *joining) carry(w http.ResponseWriter, done login.Finished, carried string) {
	cookies := j.kernel.Cookies
	cookies.Set(w, cookies.Name(web.CookieJoin), carried, done.Principal.Session.ExpiresAt.Sub(j.kernel.Now()))
}

// nothingToAsk reports whether the join page would ask a pending user nothing, because only the app has to decide.
func (j *joining) nothingToAsk(done login.Finished) bool {
	if done.Principal.User.Status != account.Pending || done.Claims == nil || done.Purpose != login.SignIn {
		return false
	}
	age, terms := j.service.Ask(done.Claims)
	return !age && len(terms) == 0
}

// atOnce makes a user active without the join page. If the app cannot decide now, the user stays pending.
func (j *joining) atOnce(w http.ResponseWriter, r *web.Request, done login.Finished, carried string) error {
	joined, err := j.join(r, done, carried)
	var refused *join.Refused
	if err != nil && !errors.As(err, &refused) {
		j.kernel.SetSession(w, done.Token, done.Principal)
		j.carry(w, done, carried)
	}
	return j.joined(w, r, done.Principal, joined, err, done.ReturnTo)
}

func (j *joining) join(r *web.Request, done login.Finished, carried string) (*join.Result, error) {
	return j.service.Join(r.Context(), join.Request{
		Session: done.Principal.Session, Key: done.Principal.Identity.Key, Claims: carried, Lang: string(r.Lang),
		Actor: audit.User(done.Principal.User.ID, r.Client()),
	})
}

// joined answers the result of joining.
func (j *joining) joined(
	w http.ResponseWriter, r *web.Request, p *session.Principal, res *join.Result, err error, returnTo string,
) error {
	var refused *join.Refused
	var elsewhere *join.LinkRequired
	switch {
	case errors.As(err, &refused):
		j.kernel.DropSession(w, r.Request)
		j.dropCarried(w)
		j.failures.join(r, p, problem.JoinRefused)
		return j.refused(w, r, refused)
	case errors.As(err, &elsewhere):
		// The user stays pending: the app may send them back, or link them by a ticket.
		return web.Redirect(w, elsewhere.Location)
	case errors.Is(err, join.ErrNotPending):
		return web.Redirect(w, returnTo) // the form was sent twice
	case err != nil:
		j.failures.join(r, p, Errors().ProblemOf(err).Code)
		return err
	}
	j.kernel.Metrics.Joined()
	j.dropCarried(w)
	j.kernel.SetSession(w, res.Token, res.Principal)
	j.last.set(w, res.Principal.Identity.Provider)
	return web.Redirect(w, returnTo)
}

// refused shows the app's own text, if it gave one. The template escapes it.
func (j *joining) refused(w http.ResponseWriter, r *web.Request, no *join.Refused) error {
	err := problem.Wrap(problem.JoinRefused, no)
	if text := no.Message(string(r.Lang)); text != "" && r.WantsPage() {
		return j.kernel.FailWith(w, r, err, "", text)
	}
	return err
}
