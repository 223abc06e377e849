package profile

import (
	"cmp"
	"encoding/binary"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

const linksPath = "account/links"

// Links adds and removes the identities with which a user signs in. It asks for a fresh proof first, a sign-in at the
// provider at most [login.RelinkMaxAge] ago, because the browser may have been left open. The proof waits in a sealed
// cookie that is bound to the session.
type Links struct {
	kernel    *web.Kernel
	service   *linking.Service
	trips     Trips
	merging   *merging
	proofs    *seal.Sealer
	oldApp    string
	providers *provider.Set
}

func (l *Links) cookie() string { return l.kernel.Cookies.Name("fresh") }

// proofContext binds the proof to the session by its public id, which does not change with its token.
func (l *Links) proofContext(p *session.Principal) string { return l.cookie() + "\x00" + p.Session.ID }

// keepProof remembers when the user signed in at the provider.
func (l *Links) keepProof(w http.ResponseWriter, p *session.Principal) {
	left := login.RelinkMaxAge - l.kernel.Now().Sub(p.Session.AuthTime)
	if left <= 0 {
		return
	}
	at := binary.BigEndian.AppendUint64(nil, uint64(p.Session.AuthTime.UnixMilli()))
	l.kernel.Cookies.Set(w, l.cookie(), l.proofs.Seal(at, l.proofContext(p)), max(left, time.Second))
}

// hasProof reports whether there is a fresh proof.
func (l *Links) hasProof(r *web.Request) bool {
	at, err := l.proofs.Open(l.kernel.Cookies.Get(r.Request, l.cookie()), l.proofContext(r.Principal))
	if err != nil || len(at) != 8 {
		return false
	}
	age := l.kernel.Now().Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(at))))
	return age <= login.RelinkMaxAge
}

// inApp reports the browser of the provider's own app, in which the provider does not ask for credentials again, so
// that no proof can be had.
func (l *Links) inApp(r *web.Request, name string) bool {
	info, ok := l.providers.Info(name)
	return ok && info.InApp(r.UserAgent())
}

// provesFreshness reports whether a provider can give a fresh proof.
func (l *Links) provesFreshness(name string) bool {
	info, ok := l.providers.Info(name)
	return ok && info.ProvesFreshness
}

func (l *Links) url(n page.Flash) string { return l.kernel.Site.NoticeURL(linksPath, string(n)) }

// list shows the identities with which the user can sign in.
func (l *Links) list(w http.ResponseWriter, r *web.Request) error {
	return l.show(w, r, http.StatusOK, page.FlashNone)
}

func (l *Links) show(w http.ResponseWriter, r *web.Request, status int, n page.Flash) error {
	all, err := l.service.Identities(r.Context(), r.Principal.User.ID)
	if err != nil {
		return err
	}
	f := r.FormFrame()
	f.Path = l.url(page.FlashNone)
	if n != page.FlashNone {
		f.Flash = n
	}
	v := page.LinksOf(f, l.kernel.Now(), r.Principal.Identity, all)
	v.Fresh, v.InApp, v.Renumbered = l.hasProof(r), l.inApp(r, r.Principal.Identity.Provider), l.renumbered(all)
	if v.Unprovable = !l.provesFreshness(r.Principal.Identity.Provider); v.Unprovable {
		if i := slices.IndexFunc(all, func(i account.Identity) bool { return l.provesFreshness(i.Provider) }); i >= 0 {
			v.Prover = all[i].Provider
		}
	}
	return l.kernel.Render(w, status, &v)
}

// linkedOf are the providers of a user's identities, each once, that of the session first.
func linkedOf(p *session.Principal, all []account.Identity) []string {
	names := []string{p.Identity.Provider}
	for _, i := range all {
		if !slices.Contains(names, i.Provider) {
			names = append(names, i.Provider)
		}
	}
	return names
}

// confirm is the round trip by which the user gives the fresh proof.
func (l *Links) confirm(w http.ResponseWriter, r *web.Request) error {
	return l.begin(w, r, login.StartRequest{Purpose: login.Reauth})
}

// add is the round trip by which the user proves the identity to add. It needs a fresh proof of an identity they have
// (AL-09), and its callback counts only in the session that started it (LC-07).
//
// The provider parameter names the identity's provider; the default is the one of this session.
func (l *Links) add(w http.ResponseWriter, r *web.Request) error {
	name := r.Query().Get("provider")
	if _, ok := l.providers.Get(name); name != "" && !ok {
		return problem.New(problem.NotFound)
	}
	if !l.hasProof(r) {
		all, err := l.service.Identities(r.Context(), r.Principal.User.ID)
		if err != nil {
			return err
		}
		if name != "" || !l.renumbered(all) {
			return web.Redirect(w, l.url(page.FlashNone)) // which says what to do first
		}
	}
	return l.begin(w, r, login.StartRequest{Provider: name, Purpose: login.Link, Detail: r.Principal.Session.ID})
}

// renumbered reports a user all of whose identities belong to the app that the operator has replaced. They cannot
// give a fresh proof any more; without a new identity the account is lost with the session. See docs/app-changed.md.
func (l *Links) renumbered(all []account.Identity) bool {
	return l.oldApp != "" && len(all) > 0 &&
		!slices.ContainsFunc(all, func(i account.Identity) bool { return i.Namespace != l.oldApp })
}

func (l *Links) begin(w http.ResponseWriter, r *web.Request, to login.StartRequest) error {
	if err := r.CheckNavigates(); err != nil {
		return err
	}
	if l.inApp(r, cmp.Or(to.Provider, r.Principal.Identity.Provider)) {
		return web.Redirect(w, l.url(page.FlashNone)) // which says how to open another browser
	}
	to.Intent, to.ReturnTo = provider.Fresh, []string{l.url(page.FlashNone)}
	return l.trips.BeginAgain(w, r, to)
}

// Confirmed ends the round trip of a fresh proof.
func (l *Links) Confirmed(w http.ResponseWriter, _ *web.Request, done login.Finished) error {
	l.keepProof(w, done.Principal)
	return web.Redirect(w, done.ReturnTo)
}

// Added ends the round trip that added an identity.
func (l *Links) Added(w http.ResponseWriter, _ *web.Request, _ login.Finished) error {
	return web.Redirect(w, l.url(page.FlashLinkAdded))
}

// Failed ends either round trip if the user cancelled it or already has the identity. An identity of another account
// is shown as a problem, with the offer to merge.
func (l *Links) Failed(w http.ResponseWriter, _ *web.Request, done login.Finished, p problem.Problem) (bool, error) {
	cancelled := p.Code == problem.LoginCancelled || p.Code == problem.LoginInteraction
	if cancelled && done.ReturnTo != l.url(page.FlashNone) && done.Purpose == login.Reauth {
		return true, web.Redirect(w, done.ReturnTo) // the export or the withdrawal, which asks again
	}
	switch p.Code {
	case problem.LinkOwned:
		l.merging.offer(w, done)
	case problem.LoginCancelled, problem.LoginInteraction:
		return true, web.Redirect(w, l.url(page.FlashLinkCancelled))
	case problem.LinkAlreadyYours:
		return true, web.Redirect(w, l.url(page.FlashLinkYours))
	}
	return false, nil
}

// remove takes away one of the user's identities (action=unlink).
func (l *Links) remove(w http.ResponseWriter, r *web.Request) error {
	if err := r.CheckToken(); err != nil {
		return err
	}
	if r.PostForm.Get("action") != "unlink" {
		return problem.New(problem.RequestBad)
	}
	if !l.hasProof(r) {
		if !r.Navigates() {
			return problem.New(problem.LoginNotFresh)
		}
		return l.show(w, r, http.StatusForbidden, page.FlashNone)
	}
	next, err := l.service.Unlink(r.Context(), linking.UnlinkRequest{
		UserID: r.Principal.User.ID, Session: r.Principal.Session.Key, IdentityID: r.PostForm.Get("id"), Actor: r.Actor(),
	})
	switch {
	case errors.Is(err, account.ErrNotFound):
		// The same answer for another user's identity (SE-11).
		if !r.Navigates() {
			return problem.New(problem.NotFound)
		}
		return l.show(w, r, http.StatusNotFound, page.FlashLinkAbsent)
	case errors.Is(err, session.ErrNone):
		return r.Done(w, l.url(page.FlashNone)) // another tab was first
	case err != nil:
		return err
	case next == nil:
		l.kernel.DropSession(w, r.Request)
		l.kernel.Cookies.Drop(w, l.cookie())
		// The sign-in page must not point to the removed account, with which the user would join anew.
		l.kernel.Cookies.Drop(w, l.kernel.Cookies.Name(web.CookieLast))
		return r.Done(w, l.kernel.Site.SignInURL("", string(page.FlashLinkInUse)))
	}
	l.kernel.SetSession(w, next.Token, next.Principal)
	return r.Done(w, l.url(page.FlashLinkRemoved))
}
