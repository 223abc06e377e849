package profile

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/internal/withdrawal"
)

const withdrawPath = "account/withdraw"

// doneLife is how long a browser may look at the progress of its withdrawal.
const doneLife = time.Hour

// withdrawing closes accounts.
type withdrawing struct {
	kernel     *web.Kernel
	service    *withdrawal.Service
	links      *linking.Service
	reauth     reauth
	signOut    SignOut
	names      *seal.Sealer // of user ids, in the form and in the cookie
	restorable bool
	keptMonths int
}

// form says what withdrawing does, with one button that does it.
func (d *withdrawing) form(w http.ResponseWriter, r *web.Request) error {
	return d.show(w, r, http.StatusOK)
}

func (d *withdrawing) show(w http.ResponseWriter, r *web.Request, status int) error {
	p := r.Principal
	all, err := d.links.Identities(r.Context(), p.User.ID)
	if err != nil {
		return err
	}
	linked := linkedOf(p, all)
	v := &page.Withdraw{
		Frame: r.FormFrame(), Who: *page.WhoOf(p), ID: d.names.Seal(nameOf(p, linked), formContext(r.Token)),
		Linked: linked,
		Fresh:  d.reauth.done(r), KeptMonths: d.keptMonths,
		GraceDays: days(d.service.Grace()), BlockDays: days(d.service.BlockFor()), Restorable: d.restorable,
	}
	v.Path = d.kernel.Site.Path(withdrawPath)
	return d.kernel.Render(w, status, v)
}

func days(d time.Duration) int { return int(d / (24 * time.Hour)) }

// confirm is the round trip of a user whose sign-in is too old.
func (d *withdrawing) confirm(w http.ResponseWriter, r *web.Request) error {
	return d.reauth.begin(w, r, d.kernel.Site.Path(withdrawPath))
}

// withdraw closes the account. The route is open because the second of two clicks comes without a session and must
// end as well as the first (SO-10).
func (d *withdrawing) withdraw(w http.ResponseWriter, r *web.Request) error {
	token, held, err := d.kernel.Token(r.Request)
	if err != nil {
		return err
	}
	p, err := r.SignedIn(w)
	if err != nil {
		return err
	}
	if p == nil {
		if !held {
			return problem.New(problem.SessionNone)
		}
		r.Token = token // the session has ended, but the token still proves that the form was ours
	}
	if err := r.CheckToken(); err != nil {
		return err
	}
	if p == nil {
		return d.repeated(w, r)
	}
	if p.User.Status != account.Active {
		return web.StatusProblem(p.User.Status)
	}
	if !d.reauth.done(r) {
		return d.show(w, r, http.StatusForbidden)
	}
	all, err := d.links.Identities(r.Context(), p.User.ID)
	if err != nil {
		return err
	}
	err = d.service.Withdraw(r.Context(), withdrawal.Request{
		UserID: p.User.ID, Session: &p.Session.Key, Actor: r.Actor(),
	})
	if errors.Is(err, session.ErrNone) {
		return d.repeated(w, r)
	}
	if err != nil {
		return err
	}
	d.kernel.Metrics.Withdrew()
	d.signOut.Forget(w, r)
	if _, err := d.service.Unlinking(r.Context(), p.User.ID, true); err != nil {
		d.kernel.Warn(r, "unlink state not read", err)
	}
	return d.redirectDone(w, nameOf(p, linkedOf(p, all)))
}

// nameOf is the user id of a session and the providers of the user's identities, which pages after its end need.
func nameOf(p *session.Principal, linked []string) []byte {
	return []byte(string(p.User.ID) + " " + strings.Join(linked, " "))
}

// readName reverses nameOf. There is no provider in the name of an earlier version.
func readName(name []byte) (id account.ID, linked []string) {
	all := strings.Fields(string(name))
	if len(all) == 0 {
		return "", nil
	}
	return account.ID(all[0]), all[1:]
}

// formContext binds the user id in the form to the session, as the form's token is.
func formContext(t session.Token) string {
	k := t.Key()
	return "form\x00" + string(k[:])
}

// repeated answers a form that was sent again after its session ended. An ended session no longer tells whose it was,
// so only the id that was sealed into the form is believed: other users' withdrawals stay private (SE-11).
func (d *withdrawing) repeated(w http.ResponseWriter, r *web.Request) error {
	if name, err := d.names.Open(r.PostForm.Get("user"), formContext(r.Token)); err == nil {
		id, _ := readName(name)
		left, err := d.service.Withdrawn(r.Context(), id)
		if err != nil {
			return err
		}
		if left {
			return d.redirectDone(w, name)
		}
	}
	if r.Principal != nil && r.Navigates() {
		// The session ended while this request was at work. If another tab replaced it, the page asks again.
		return web.Redirect(w, d.kernel.Site.Path(withdrawPath))
	}
	return problem.New(problem.SessionNone)
}

// redirectDone leads to the page that says what happened. The browser keeps the name, sealed, because there is no
// session any more.
func (d *withdrawing) redirectDone(w http.ResponseWriter, name []byte) error {
	d.kernel.Cookies.Set(w, d.cookie(), d.names.Seal(name, d.cookie()), doneLife)
	if !d.restorable || d.service.Grace() == 0 {
		// There is no account to sign in to any more, so no provider to name to the next user who joins here.
		d.kernel.Cookies.Drop(w, d.kernel.Cookies.Name(web.CookieLast))
	}
	return web.Redirect(w, d.kernel.Site.Path("left"))
}

func (d *withdrawing) cookie() string { return d.kernel.Cookies.Name("left") }

// done says what happened, and how far the unlink at each provider is.
func (d *withdrawing) done(w http.ResponseWriter, r *web.Request) error {
	name, err := d.names.Open(d.kernel.Cookies.Get(r.Request, d.cookie()), d.cookie())
	if err != nil {
		return web.Redirect(w, d.kernel.Site.SignInURL("", ""))
	}
	id, linked := readName(name)
	state, err := d.service.Progress(r.Context(), id)
	if err != nil {
		return err
	}
	v := &page.Left{Frame: r.Frame(""), Until: state.PurgeAt, Restorable: d.restorable}
	open := state.Jobs()
	v.Failed, v.Waits = open.Dead > 0, open.Dead == 0 && open.Open > 0
	for _, provider := range linked {
		link := page.LeftLink{Provider: provider, Failed: !d.service.CanUnlink(provider)}
		for _, u := range state.Unlinks {
			link.Failed = link.Failed || u.Dead && u.Provider == provider
			link.Waits = link.Waits || u.Provider == provider
		}
		v.Links, v.Failed = append(v.Links, link), v.Failed || link.Failed
	}
	if len(linked) > 0 {
		v.Provider = linked[0]
	}
	return d.kernel.Render(w, http.StatusOK, v)
}
