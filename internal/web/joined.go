package web

import (
	"errors"
	"net/http"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
)

// joined answers what came of joining, from the form or, where nothing is asked, from the callback.
func (s *Server) joined(w http.ResponseWriter, r *request, j *join.Result, err error, returnTo string) error {
	var refused *join.Refused
	var elsewhere *join.LinkRequired
	switch {
	case errors.As(err, &refused):
		s.cookies.drop(w, s.cookies.session)
		s.cookies.drop(w, s.cookies.join())
		return s.refused(w, r, refused)
	case errors.As(err, &elsewhere):
		// They stay as they are: what the app finds out may bring them back to the join page, or link them by a ticket.
		redirect(w, elsewhere.Location)
		return nil
	case errors.Is(err, join.ErrNotPending):
		redirect(w, returnTo) // the form was sent twice
		return nil
	case err != nil:
		return err
	}
	s.metrics.Joined()
	s.cookies.drop(w, s.cookies.join())
	s.setSession(w, j.Token, j.Principal)
	redirect(w, returnTo)
	return nil
}

// refused shows the app's own words, if it said any. They are text, and the template escapes them.
func (s *Server) refused(w http.ResponseWriter, r *request, no *join.Refused) error {
	cause := problem.Wrap(problem.JoinRefused, no)
	words := no.Message(string(r.lang))
	if words == "" || !wantsPage(r) {
		return cause
	}
	p := problem.From(cause)
	s.logFailure(r, p)
	p.SetHeaders(w.Header(), r.lang)
	return s.render(w, p.Status, &page.Problem{
		Frame: s.frame(r, ""), Title: p.Title(r.lang), Detail: words, Code: string(p.Code),
		Action: string(p.Action), ActionLabel: p.Label(r.lang),
	})
}

// nothingToAsk reports a person who is no member yet only because the app decides on that.
func (s *Server) nothingToAsk(done login.Finished) bool {
	if done.Principal.User.Status != account.Pending || done.Claims == nil || done.Purpose != login.SignIn {
		return false
	}
	age, terms := s.members.Ask(done.Claims)
	return !age && len(terms) == 0
}

// joinAtOnce makes a member of somebody of whom nothing is asked. If the app cannot say yes or no now, they wait as those
// do who have the join page before them.
func (s *Server) joinAtOnce(w http.ResponseWriter, r *request, done login.Finished, carried string) error {
	j, err := s.members.Join(r.Context(), join.Request{
		Session: done.Principal.Session, Key: done.Principal.Identity.Key, Claims: carried, Lang: string(r.lang), Client: s.from(r),
	})
	var refused *join.Refused
	if err != nil && !errors.As(err, &refused) {
		s.setSession(w, done.Token, done.Principal)
		s.cookies.set(w, s.cookies.join(), carried, done.Principal.Session.ExpiresAt.Sub(s.now()))
	}
	return s.joined(w, r, j, err, done.ReturnTo)
}
