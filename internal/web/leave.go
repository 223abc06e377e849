package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

// leftLife is how long a browser that left may look at how far its leaving is.
const leftLife = time.Hour

// withdrawForm says what leaving does, with one button that does it.
func (s *Server) withdrawForm(w http.ResponseWriter, r *request) error {
	return s.render(w, http.StatusOK, s.withdrawPage(r))
}

func (s *Server) withdrawPage(r *request) *page.Withdraw {
	v := &page.Withdraw{
		Frame: s.frame(r, s.formToken(r.token)), Who: *page.WhoOf(r.who), ID: s.lefts.Seal([]byte(r.who.User.ID), leaverContext(r.token)),
		Fresh: s.leaver.Recent(r.who.Session), KeptMonths: s.keptMonths,
		GraceDays: days(s.leaver.Grace()), BlockDays: days(s.leaver.BlockFor()), Restorable: s.restorable,
	}
	v.Path = s.prefix + "/account/withdraw"
	return v
}

// withdrawConfirm is the round through the provider of a member whose sign-in is too old to leave by.
func (s *Server) withdrawConfirm(w http.ResponseWriter, r *request) error {
	return s.confirm(w, r, s.prefix+"/account/withdraw")
}

// confirm sends a member through the provider once more, and back. The way there is a link, since the provider sends on to
// hosts of its own, where a form would be stopped by our own policy.
func (s *Server) confirm(w http.ResponseWriter, r *request, returnTo string) error {
	if !navigates(r.Request) {
		return &problem.Error{Code: problem.LoginNavigate, Err: errors.New("login fetched by a script"), Location: r.URL.RequestURI()}
	}
	started, err := s.flow.Start(login.StartRequest{
		Provider: r.who.Identity.Provider, ReturnTo: []string{returnTo},
		Remember: r.who.Session.Remember, Expect: r.who.User.ID, Held: s.cookies.held(r.Request),
	})
	if err != nil {
		return err
	}
	s.setAttempt(w, started)
	s.metrics.LoginStarted()
	redirect(w, started.URL)
	return nil
}

// withdraw lets the person go. It is open, because the second of two clicks comes without a session and must end as well
// as the first (SO-10).
func (s *Server) withdraw(w http.ResponseWriter, r *request) error {
	token, held, _ := s.cookies.tokenOf(r.Request)
	p, err := s.principal(w, r)
	if err != nil {
		return err
	}
	if p == nil {
		if !held {
			return problem.New(problem.SessionNone)
		}
		r.token = token // gone from the store, but the form's token still tells whether the form was ours
	}
	if err := s.checkToken(r); err != nil {
		return err
	}
	if p == nil {
		return s.leftAlready(w, r)
	}
	if p.User.Status != account.Active {
		return statusProblem(p.User.Status)
	}
	if !s.leaver.Recent(p.Session) {
		return s.render(w, http.StatusForbidden, s.withdrawPage(r))
	}
	err = s.leaver.Withdraw(r.Context(), p, s.from(r))
	if errors.Is(err, session.ErrNone) {
		return s.leftAlready(w, r)
	}
	if err != nil {
		return err
	}
	s.cookies.drop(w, s.cookies.session)
	s.stayOut(w, r)
	s.cookies.drop(w, s.cookies.join())
	w.Header().Set("Clear-Site-Data", `"cache"`)
	if _, err := s.leaver.UnlinkState(r.Context(), p.User.ID, true); err != nil {
		s.log.Warn("state of an unlinking unknown", "request_id", r.id, "err", err) // they have left all the same
	}
	s.goodbye(w, p.User.ID)
	return nil
}

// leaverContext binds the name in the form to the session that the form was made for, as its token is.
func leaverContext(t session.Token) string {
	k := t.Key()
	return "form\x00" + string(k[:])
}

// leftAlready answers a form that was sent again: the user whom it names has left, or somebody's session just ended. A
// session that has ended does not say any more whose it was, so only a name that was sealed into its own form is believed:
// how far somebody else's leaving is, is nobody's business (SE-11).
func (s *Server) leftAlready(w http.ResponseWriter, r *request) error {
	name, err := s.lefts.Open(r.PostForm.Get("user"), leaverContext(r.token))
	if err != nil {
		return problem.New(problem.SessionNone)
	}
	id := account.ID(name)
	if left, err := s.leaver.Withdrawn(r.Context(), id); err != nil || !left {
		return errors.Join(err, problem.New(problem.SessionNone))
	}
	s.goodbye(w, id)
	return nil
}

// goodbye leads to the page that says what happened. Who it was the browser keeps for us, sealed: there is no session
// that could.
func (s *Server) goodbye(w http.ResponseWriter, id account.ID) {
	name := s.cookies.left()
	s.cookies.set(w, name, s.lefts.Seal([]byte(id), name), leftLife)
	redirect(w, s.prefix+"/left")
}

// left says what happened, and how far the provider's side is.
func (s *Server) left(w http.ResponseWriter, r *request) error {
	name := s.cookies.left()
	id, err := s.lefts.Open(s.cookies.one(r.Request, name), name)
	if err != nil {
		redirect(w, s.signInURL("", ""))
		return nil
	}
	state, err := s.leaver.UnlinkState(r.Context(), account.ID(id), false)
	if err != nil {
		return err
	}
	until, err := s.leaver.PurgeAt(r.Context(), account.ID(id))
	if err != nil {
		return err
	}
	v := &page.Left{
		Frame: s.frame(r, ""), Until: until, Restorable: s.restorable, Waits: state == withdrawal.UnlinkPending, Failed: state == withdrawal.UnlinkFailed,
	}
	return s.render(w, http.StatusOK, v)
}
