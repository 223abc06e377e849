package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/export"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
)

// Own reads what a person may see of themself, each with a bound.
type Own interface {
	// SessionsOf lists the sessions that live at a time, the last used first.
	SessionsOf(ctx context.Context, id account.ID, at time.Time, limit int) ([]session.Session, error)
	// History reads the person's part of the audit log, the newest first.
	History(ctx context.Context, id account.ID, offset, limit int) ([]audit.Event, error)
	export.Store
}

const (
	// logPage is how many events a page of the log has, and maxLogPage how many pages can be asked for: a person who
	// looks for more asks for an export.
	logPage    = 20
	maxLogPage = 50
)

func (s *Server) devicesURL(n page.Flash) string {
	q := url.Values{}
	if n != page.FlashNone {
		q.Set("notice", string(n))
	}
	return withQuery(s.prefix+"/account/sessions", q)
}

// devices lists where a person is signed in.
func (s *Server) devices(w http.ResponseWriter, r *request) error {
	return s.showDevices(w, r, http.StatusOK, s.frame(r, s.formToken(r.token)))
}

func (s *Server) showDevices(w http.ResponseWriter, r *request, status int, f page.Frame) error {
	now := s.now()
	all, err := s.own.SessionsOf(r.Context(), r.who.User.ID, now, session.MaxPerPerson)
	if err != nil {
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	v := page.DevicesOf(f, now, r.who.Session, all)
	return s.render(w, status, &v)
}

// endDevices ends one of the person's sessions (action=one) or all but the one in hand (action=others). Ending all is the
// sign-out with everywhere=1.
func (s *Server) endDevices(w http.ResponseWriter, r *request) error {
	if err := s.checkToken(r); err != nil {
		return err
	}
	switch r.PostForm.Get("action") {
	case "one":
		return s.endDevice(w, r, r.PostForm.Get("id"))
	case "others":
		return s.endOthers(w, r)
	}
	return problem.New(problem.RequestBad)
}

func (s *Server) endDevice(w http.ResponseWriter, r *request, id string) error {
	if id == r.who.Session.ID {
		if err := s.end(w, r, r.who, false); err != nil {
			return err
		}
		return s.done(w, r, s.signInURL("", "signed_out"))
	}
	err := s.sessions.EndDevice(r.Context(), r.who, id, s.from(r))
	switch {
	case errors.Is(err, session.ErrNone):
		// Also the answer to an id of somebody else's: the page is the same as for one's own that has ended (SE-11).
		if !navigates(r.Request) {
			return problem.New(problem.NotFound)
		}
		f := s.frame(r, s.formToken(r.token))
		f.Path, f.Flash = s.devicesURL(page.FlashNone), page.FlashDeviceAbsent
		return s.showDevices(w, r, http.StatusNotFound, f)
	case err != nil:
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	return s.done(w, r, s.devicesURL(page.FlashDeviceEnded))
}

// endOthers also gives the session in hand a new token. Where another tab was quicker, this one's token is dead and
// nothing is left to do: the list says how things stand, to whoever still has a session.
func (s *Server) endOthers(w http.ResponseWriter, r *request) error {
	t, _, err := s.sessions.EndOthers(r.Context(), r.who, s.from(r))
	switch {
	case errors.Is(err, session.ErrNone):
		return s.done(w, r, s.devicesURL(page.FlashNone))
	case err != nil:
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	s.setSession(w, t, r.who)
	return s.done(w, r, s.devicesURL(page.FlashOthersEnded))
}

// done sends a person on, and tells a script that there is no more to say.
func (s *Server) done(w http.ResponseWriter, r *request, target string) error {
	if !navigates(r.Request) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	redirect(w, target)
	return nil
}

// securityLog shows a person their part of the audit log, page by page.
func (s *Server) securityLog(w http.ResponseWriter, r *request) error {
	n := 1
	if text := r.query().Get("page"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 || n > maxLogPage {
			return problem.New(problem.NotFound)
		}
	}
	// One more than is shown says whether there is another page.
	events, err := s.own.History(r.Context(), r.who.User.ID, (n-1)*logPage, logPage+1)
	if err != nil {
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	v := page.Log{Frame: s.frame(r, ""), Now: s.now(), Newer: n - 1}
	if len(events) > logPage {
		events = events[:logPage]
		if n < maxLogPage {
			v.Older = n + 1
		}
	}
	v.Entries = page.LogOf(r.who.User.ID, events)
	return s.render(w, http.StatusOK, &v)
}
