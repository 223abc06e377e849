package profile

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/export"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// Store reads what users may see about themselves, each list with a limit.
type Store interface {
	// SessionsOf lists the sessions that live at a time, the last used first.
	SessionsOf(ctx context.Context, id account.ID, at time.Time, limit int) ([]session.Session, error)
	// History reads the user's part of the audit log, the newest first.
	History(ctx context.Context, id account.ID, offset, limit int) ([]audit.Event, error)
	export.Store
}

const devicesPath = "account/sessions"

// devices lists and ends the user's sessions.
type devices struct {
	kernel   *web.Kernel
	store    Store
	sessions *session.Sessions
	signOut  SignOut
}

func (d *devices) list(w http.ResponseWriter, r *web.Request) error {
	return d.show(w, r, http.StatusOK, r.FormFrame())
}

func (d *devices) show(w http.ResponseWriter, r *web.Request, status int, f page.Frame) error {
	now := d.kernel.Now()
	all, err := d.store.SessionsOf(r.Context(), r.Principal.User.ID, now, session.MaxPerUser)
	if err != nil {
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	v := page.DevicesOf(f, now, r.Principal.Session, all)
	return d.kernel.Render(w, status, &v)
}

// end ends one session (action=one) or all but the current one (action=others). All of them end by the sign-out with
// everywhere=1.
func (d *devices) end(w http.ResponseWriter, r *web.Request) error {
	if err := r.CheckToken(); err != nil {
		return err
	}
	switch r.PostForm.Get("action") {
	case "one":
		return d.endOne(w, r, r.PostForm.Get("id"))
	case "others":
		return d.endOthers(w, r)
	}
	return problem.New(problem.RequestBad)
}

func (d *devices) endOne(w http.ResponseWriter, r *web.Request, id string) error {
	if id == r.Principal.Session.ID {
		if err := d.signOut.End(w, r, r.Principal); err != nil {
			return err
		}
		return r.Done(w, d.kernel.Site.SignInURL("", string(page.FlashSignedOut)))
	}
	err := d.sessions.EndDevice(r.Context(), r.Principal, id, r.Actor())
	switch {
	case errors.Is(err, session.ErrNone):
		// The same answer for another user's session as for one that has ended (SE-11).
		if !r.Navigates() {
			return problem.New(problem.NotFound)
		}
		f := r.FormFrame()
		f.Path, f.Flash = d.kernel.Site.Path(devicesPath), page.FlashDeviceAbsent
		return d.show(w, r, http.StatusNotFound, f)
	case err != nil:
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	return r.Done(w, d.kernel.Site.NoticeURL(devicesPath, string(page.FlashDeviceEnded)))
}

// endOthers also gives the current session a new token. If another tab did so first, this token is no longer valid and
// there is nothing left to do.
func (d *devices) endOthers(w http.ResponseWriter, r *web.Request) error {
	t, _, err := d.sessions.EndOthers(r.Context(), r.Principal, r.Actor())
	switch {
	case errors.Is(err, session.ErrNone):
		return r.Done(w, d.kernel.Site.Path(devicesPath))
	case err != nil:
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	d.kernel.SetSession(w, t, r.Principal)
	return r.Done(w, d.kernel.Site.NoticeURL(devicesPath, string(page.FlashOthersEnded)))
}

const (
	logPage    = 20 // events on a page of the log
	maxLogPage = 50 // an export has everything beyond
)

// securityLog shows the user's part of the audit log.
type securityLog struct {
	kernel *web.Kernel
	store  Store
}

func (l *securityLog) show(w http.ResponseWriter, r *web.Request) error {
	n := 1
	if text := r.Query().Get("page"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 || n > maxLogPage {
			return problem.New(problem.NotFound)
		}
	}
	// One event more than is shown tells whether there is another page.
	events, err := l.store.History(r.Context(), r.Principal.User.ID, (n-1)*logPage, logPage+1)
	if err != nil {
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	v := page.Log{Frame: r.Frame(""), Now: l.kernel.Now(), Newer: n - 1}
	if len(events) > logPage {
		events = events[:logPage]
		if n < maxLogPage {
			v.Older = n + 1
		}
	}
	v.Entries = page.LogOf(r.Principal.User.ID, events)
	return l.kernel.Render(w, http.StatusOK, &v)
}
