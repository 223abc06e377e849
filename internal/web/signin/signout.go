package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
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

// stateLength is the length of the state of a sign-out, 16 random bytes in base64url.
const stateLength = 22

func (o *SignOut) routes(paths []Paths) []web.Route {
	rows := []web.Route{
		web.Action(web.Open, web.SignOuts, "{prefix}/signout", o.here).Fetched(),
		web.Trip(web.Open, web.SignOuts, "{prefix}/signout", o.page),
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
		end := o.End
		if r.PostForm.Get("everywhere") == "1" {
			end = o.endEverywhere
		}
		if err := end(w, r, p); err != nil {
			return err
		}
		o.kernel.Metrics.SignedOut()
	} else if r.SameOrigin() {
		o.dropAttempts(w, r) // another tab may have changed the token
	}
	return r.Done(w, o.after(o.returnTo(r.PostForm), page.FlashSignedOut))
}

// returnTo is the return URL of a sign-out; "" if there is none or it is refused, so that the user gets the message.
func (o *SignOut) returnTo(q url.Values) string {
	if given := q["return_to"]; len(given) == 1 {
		if to, ok := o.kernel.Returns.Clean(given[0]); ok {
			return to
		}
	}
	return ""
}

// after is where the user goes after a sign-out: the return URL, or else the sign-in page with a message.
func (o *SignOut) after(returnTo string, notice page.Flash) string {
	if returnTo != "" {
		return returnTo
	}
	return o.kernel.Site.SignInURL("", string(notice))
}

// page asks how to sign out. It changes nothing.
func (o *SignOut) page(w http.ResponseWriter, r *web.Request) error {
	p, err := r.SignedIn(w)
	if err != nil {
		return err
	}
	returnTo := o.returnTo(r.Query())
	if p == nil {
		return web.Redirect(w, o.after(returnTo, page.FlashNone))
	}
	return o.ask(w, r, p.Identity.Provider, returnTo)
}

// ask shows the page with the choices: of this service only, or of the provider too.
func (o *SignOut) ask(w http.ResponseWriter, r *web.Request, at, returnTo string) error {
	v := &page.Signout{Frame: r.FormFrame(), ReturnTo: returnTo}
	v.Provider = at
	v.Path = web.WithQuery(o.kernel.Site.Path("signout"), url.Values{"return_to": {returnTo}})
	w.Header().Set("Referrer-Policy", "same-origin") // else the forms would send "Origin: null"
	return o.kernel.Render(w, http.StatusOK, v)
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
		return web.Redirect(w, o.after(o.returnTo(r.PostForm), page.FlashSignedOut))
	}
	return o.leave(w, r, p, out, o.returnTo(r.PostForm))
}

// byLink is the same for a plain link on our own pages. Every other GET (an image, another site's link, a prefetch)
// gets the page with the choices and changes nothing (SO-01).
func (o *SignOut) byLink(w http.ResponseWriter, r *web.Request) error {
	p, out, err := o.find(w, r)
	if err != nil {
		return err
	}
	returnTo := o.returnTo(r.Query())
	if r.Clicked() {
		return o.leave(w, r, p, out, returnTo)
	}
	return o.ask(w, r, r.PathValue("provider"), returnTo)
}

// find returns the principal and the provider in the path, nil if the provider has no sign-out page.
func (o *SignOut) find(w http.ResponseWriter, r *web.Request) (*session.Principal, provider.SignOuter, error) {
	if _, ok := o.providers.Get(r.PathValue("provider")); !ok {
		return nil, nil, problem.New(problem.NotFound)
	}
	out, _ := provider.Capability[provider.SignOuter](o.providers, r.PathValue("provider"))
	p, err := r.SignedIn(w)
	return p, out, err
}

// leave ends the session before it goes to the provider: our sign-out does not depend on it. At a provider without a
// sign-out page, the session of this service is all that ends.
func (o *SignOut) leave(
	w http.ResponseWriter, r *web.Request, p *session.Principal, out provider.SignOuter, returnTo string,
) error {
	var to provider.SignOutRequest
	if p != nil {
		if p.Identity.Provider == r.PathValue("provider") {
			to.IDTokenHint = o.idToken(r.Context(), p)
		}
		if err := o.End(w, r, p); err != nil {
			return err
		}
		o.kernel.Metrics.SignedOut()
	} else {
		o.dropAttempts(w, r)
	}
	if out == nil {
		return r.Done(w, o.after(returnTo, page.FlashSignedOut))
	}
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return problem.Wrap(problem.Internal, err)
	}
	to.State = base64.RawURLEncoding.EncodeToString(b[:])
	name := o.kernel.Cookies.Name("signout")
	o.kernel.Cookies.Set(w, name, o.states.Seal([]byte(to.State+returnTo), name), stateLife)
	target := out.SignOutURL(to)
	if !r.Navigates() {
		return web.WriteJSON(w, http.StatusOK, map[string]string{r.PathValue("provider") + "_logout_url": target})
	}
	return web.Redirect(w, target)
}

// callback is where the provider's sign-out page returns to. The session has ended before; the state only tells
// whether this browser signed out here, and the cookie where it wanted to go. The provider does not say what happened
// there.
func (o *SignOut) callback(w http.ResponseWriter, r *web.Request) error {
	name := o.kernel.Cookies.Name("signout")
	want, err := o.states.Open(o.kernel.Cookies.Get(r.Request, name), name)
	got := r.Query()["state"]
	if err != nil || len(got) != 1 || len(got[0]) != stateLength || len(want) < stateLength ||
		subtle.ConstantTimeCompare(want[:stateLength], []byte(got[0])) != 1 {
		return web.Redirect(w, o.after("", page.FlashNone))
	}
	o.kernel.Cookies.Drop(w, name)
	returnTo := o.returnTo(url.Values{"return_to": {string(want[stateLength:])}}) // checked again (RD-04)
	return web.Redirect(w, o.after(returnTo, page.FlashSignedOut))
}

// End ends the session in the store and then in the browser.
func (o *SignOut) End(w http.ResponseWriter, r *web.Request, p *session.Principal) error {
	key := p.Session.Key
	return o.end(w, r, session.Revocation{
		Key: &key, Actor: audit.User(p.User.ID, r.Client()), Reason: session.ReasonHere,
	})
}

// endEverywhere is End for all sessions of the user.
func (o *SignOut) endEverywhere(w http.ResponseWriter, r *web.Request, p *session.Principal) error {
	return o.end(w, r, session.Revocation{
		UserID: p.User.ID, Actor: audit.User(p.User.ID, r.Client()), Reason: session.ReasonEverywhere,
	})
}

func (o *SignOut) end(w http.ResponseWriter, r *web.Request, e session.Revocation) error {
	if _, err := o.sessions.End(r.Context(), e); err != nil {
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	if _, _, bearer := web.Bearer(r.Request); bearer {
		return nil // no cookie of this browser belongs to the session
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
