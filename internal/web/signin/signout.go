package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// SignOut ends sessions, here and at the provider.
type SignOut struct {
	idToken   func(context.Context, *session.Principal) provider.Secret
	kernel    *web.Kernel
	sessions  *session.Sessions
	providers *provider.Set
	silent    *silent
	states    *seal.Sealer
}

// stateLife is how long a user may stay on the provider's sign-out page.
const stateLife = 20 * time.Minute

func (o *SignOut) routes(paths []Paths) []web.Route {
	rows := []web.Route{
		web.Action(web.Open, web.SignOuts, "{prefix}/signout", o.here).Fetched(),
		web.Action(web.Open, web.SignOuts, "/oauth/{provider}/signout", o.atProvider).Fetched(),
		web.Trip(web.Open, web.SignOuts, "/oauth/{provider}/signout", o.byLink),
	}
	for _, p := range paths {
		if p.SignOutCallback != "" {
			back := web.Trip(web.Open, web.SignOuts, web.Exact(p.SignOutCallback), o.callback)
			back.Label = "{signout-callback}"
			rows = append(rows, back)
		}
	}
	return rows
}

// here ends this session, or with everywhere=1 all sessions of the user.
func (o *SignOut) here(w http.ResponseWriter, r *web.Request) error {
	p, err := r.SignedIn(w)
	if err != nil {
		return err
	}
	if p != nil {
		if err := r.CheckSignOut(); err != nil {
			return err
		}
		if err := o.End(w, r, p, r.PostForm.Get("everywhere") == "1"); err != nil {
			return err
		}
		o.kernel.Metrics.SignedOut()
	} else if r.SameOrigin() {
		o.dropAttempts(w, r) // another tab may have changed the token
	}
	return r.Done(w, o.kernel.Site.SignInURL("", string(page.FlashSignedOut)))
}

// atProvider ends the session and goes on to the provider's sign-out page.
func (o *SignOut) atProvider(w http.ResponseWriter, r *web.Request) error {
	p, out, err := o.find(w, r)
	if err != nil {
		return err
	}
	if p != nil {
		if err := r.CheckSignOut(); err != nil {
			return err
		}
	} else if !r.SameOrigin() && r.Navigates() {
		// Without a session, a request of another site has no effect.
		return web.Redirect(w, o.kernel.Site.SignInURL("", string(page.FlashSignedOut)))
	}
	return o.leave(w, r, p, out)
}

// byLink is the same for a plain link on our own pages. Every other GET (an image, another site's link, a prefetch)
// gets a page with one button and changes nothing (SO-01).
func (o *SignOut) byLink(w http.ResponseWriter, r *web.Request) error {
	p, out, err := o.find(w, r)
	if err != nil {
		return err
	}
	if r.Clicked() {
		return o.leave(w, r, p, out)
	}
	token := ""
	if p != nil {
		token = r.FormToken()
	}
	v := &page.Signout{Frame: r.Frame(token), AtProvider: true}
	v.Provider = r.PathValue("provider")
	return o.kernel.Render(w, http.StatusOK, v)
}

// find returns the principal and the provider in the path.
func (o *SignOut) find(w http.ResponseWriter, r *web.Request) (*session.Principal, provider.SignOuter, error) {
	out, ok := provider.Capability[provider.SignOuter](o.providers, r.PathValue("provider"))
	if !ok {
		return nil, nil, problem.New(problem.NotFound)
	}
	p, err := r.SignedIn(w)
	return p, out, err
}

// leave ends the session before it goes to the provider: our sign-out does not depend on it.
func (o *SignOut) leave(w http.ResponseWriter, r *web.Request, p *session.Principal, out provider.SignOuter) error {
	var to provider.SignOutRequest
	if p != nil {
		if p.Identity.Provider == r.PathValue("provider") {
			to.IDTokenHint = o.idToken(r.Context(), p)
		}
		if err := o.End(w, r, p, false); err != nil {
			return err
		}
		o.kernel.Metrics.SignedOut()
	} else {
		o.dropAttempts(w, r)
	}
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return problem.Wrap(problem.Internal, err)
	}
	to.State = base64.RawURLEncoding.EncodeToString(b[:])
	name := o.kernel.Cookies.Name("signout")
	o.kernel.Cookies.Set(w, name, o.states.Seal([]byte(to.State), name), stateLife)
	target := out.SignOutURL(to)
	if !r.Navigates() {
		return web.WriteJSON(w, http.StatusOK, map[string]string{r.PathValue("provider") + "_logout_url": target})
	}
	return web.Redirect(w, target)
}

// callback is where the provider's sign-out page returns to. The session has ended before; the state only tells
// whether this browser signed out here. The provider does not say what happened there.
func (o *SignOut) callback(w http.ResponseWriter, r *web.Request) error {
	name := o.kernel.Cookies.Name("signout")
	notice := page.FlashNone
	if want, err := o.states.Open(o.kernel.Cookies.Get(r.Request, name), name); err == nil {
		got := r.Query()["state"]
		if len(got) == 1 && subtle.ConstantTimeCompare(want, []byte(got[0])) == 1 {
			notice = page.FlashSignedOut
			o.kernel.Cookies.Drop(w, name)
		}
	}
	return web.Redirect(w, o.kernel.Site.SignInURL("", string(notice)))
}

// End ends the session, or all sessions of the user, in the store and then in the browser.
func (o *SignOut) End(w http.ResponseWriter, r *web.Request, p *session.Principal, everywhere bool) error {
	key := p.Session.Key
	e := session.Revocation{Key: &key, Actor: audit.User(p.User.ID, r.Client()), Reason: session.ReasonHere}
	if everywhere {
		e.Key, e.UserID, e.Reason = nil, p.User.ID, session.ReasonEverywhere
	}
	if _, err := o.sessions.End(r.Context(), e); err != nil {
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	o.Forget(w, r)
	o.dropAttempts(w, r)
	o.kernel.Cookies.Drop(w, o.kernel.Cookies.Name(web.CookieDeclined))
	return nil
}

// Forget removes an ended session from the browser, with the cached pages that show the user's data. "cookies" would
// remove the app's as well.
func (o *SignOut) Forget(w http.ResponseWriter, r *web.Request) {
	o.kernel.DropSession(w, r.Request)
	o.silent.stayOut(w, r)
	o.kernel.Cookies.Drop(w, o.kernel.Cookies.Name(web.CookieJoin))
	w.Header().Set("Clear-Site-Data", `"cache"`)
}

// dropAttempts deletes the attempts of other tabs. An attempt cookie holds the token of its session and hands it to a
// reloaded callback: a session that began at the same moment would come back from the browser's history (SE-09).
func (o *SignOut) dropAttempts(w http.ResponseWriter, r *web.Request) {
	o.kernel.Cookies.DropAttempts(w, slices.Sorted(maps.Keys(o.kernel.Cookies.Attempts(r.Request))))
}
