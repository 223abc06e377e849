package signin

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/web"
)

// pages are the pages with the sign-in button.
type pages struct {
	kernel *web.Kernel
	silent *silent
	last   lastUsed
}

// home is the front page without an app behind norang.
func (g *pages) home(w http.ResponseWriter, r *web.Request) error {
	p, err := r.SignedIn(w)
	if err != nil {
		return err
	}
	v := &page.Home{Frame: r.Frame(""), LastUsed: g.last.of(r)}
	if p != nil && p.User.Status == account.Pending {
		return web.Redirect(w, g.kernel.Site.Path("join"))
	}
	if p != nil {
		v.CSRF = r.FormToken()
		v.SignedIn = page.WhoOf(p)
	} else {
		v.Provider = v.LastUsed
	}
	return g.kernel.Render(w, http.StatusOK, v)
}

// signIn is the sign-in page.
func (g *pages) signIn(w http.ResponseWriter, r *web.Request) error {
	returnTo := r.ReturnTo(r.Query())
	p, err := r.SignedIn(w)
	switch {
	case err != nil:
		return err
	case p != nil && p.User.Status == account.Active:
		return web.Redirect(w, returnTo)
	case p != nil && p.User.Status == account.Pending:
		return web.Redirect(w, g.kernel.Site.JoinURL(returnTo))
	case p == nil && g.silent.begin(w, r, returnTo):
		return nil
	}
	v := &page.SignIn{Frame: r.Frame(""), ReturnTo: returnTo, Remember: true, LastUsed: g.last.of(r)}
	v.Provider = v.LastUsed
	return g.kernel.Render(w, http.StatusOK, v)
}

// short is the short address of the sign-in page.
func (g *pages) short(w http.ResponseWriter, r *web.Request) error {
	target := g.kernel.Site.Path("login")
	if r.URL.RawQuery != "" && !strings.ContainsAny(r.URL.RawQuery, "\r\n") {
		if q, err := url.ParseQuery(r.URL.RawQuery); err == nil {
			target = web.WithQuery(target, q)
		}
	}
	return web.Redirect(w, target)
}
