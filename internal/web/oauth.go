package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/problem"
)

// start sends the browser to the provider.
func (s *Server) start(w http.ResponseWriter, r *request) error {
	if !navigates(r.Request) {
		// A redirect would end at Kakao without CORS headers, which tells the developer nothing. This does.
		return &problem.Error{Code: problem.LoginNavigate, Err: errors.New("login fetched by a script"), Location: r.URL.RequestURI()}
	}
	q := r.query()
	for _, name := range []string{"prompt", "login_hint", "scope", "remember"} {
		if len(q[name]) > 1 {
			return problem.Wrap(problem.RequestBad, errors.New("parameter "+name+" stands twice"))
		}
	}
	started, err := s.flow.Start(login.StartRequest{
		Provider: r.PathValue("provider"), ReturnTo: q["return_to"], Prompt: q.Get("prompt"), Hint: q.Get("login_hint"),
		Scope: q.Get("scope"), Remember: remembers(q.Get("remember")), Held: s.cookies.held(r.Request),
	})
	if err != nil {
		return err
	}
	s.setAttempt(w, started)
	s.metrics.LoginStarted()
	redirect(w, started.URL)
	return nil
}

// remembers reads "stay signed in on this device": yes unless the person says no, as on any device of one's own.
func remembers(v string) bool { return v != "0" && v != "false" && v != "off" }

// callback is where the provider sends the browser back to.
func (s *Server) callback(w http.ResponseWriter, r *request) error {
	name := s.first
	token, _, _ := s.cookies.tokenOf(r.Request)
	done, err := s.flow.Finish(r.Context(), login.FinishRequest{
		Provider: name, Query: r.query(), Held: s.cookies.held(r.Request), Current: token, Client: s.from(r),
	})
	if err != nil {
		p := problem.From(err)
		s.metrics.LoginFinished(string(p.Code))
		if done.Purpose == login.Silent {
			s.notSilently(w, r, done, p)
			return nil
		}
		if to := s.linkFailure(w, done, p.Code); to != "" {
			redirect(w, to)
			return nil
		}
		if to := s.question(w, done, p.Code); to != "" {
			redirect(w, to)
			return nil
		}
		switch p.Code {
		case problem.LoginCancelled:
			if done.Purpose == login.Consent {
				return s.notConsented(w, r, done)
			}
			// Saying no is an ordinary end: back to where they were, with a quiet word (PF-12).
			redirect(w, s.signInURL(done.ReturnTo, "cancelled"))
			return nil
		case problem.LoginInteraction:
			redirect(w, s.signInURL(done.ReturnTo, ""))
			return nil
		}
		r.returnTo = done.ReturnTo // who tries again still gets there
		return err
	}
	return s.arrive(w, r, done)
}

// arrive gives the browser its session and sends it to where it wanted to be.
func (s *Server) arrive(w http.ResponseWriter, r *request, done login.Finished) error {
	name := s.first
	s.metrics.LoginFinished("ok")
	failpoint.Hit("callback.before_answer")
	atOnce := s.nothingToAsk(done)
	if !atOnce {
		s.setSession(w, done.Token, done.Principal)
	}
	s.asked(w, r, done.Purpose)
	s.cookies.set(w, s.cookies.last(), name, lastLife)
	if to := s.linkArrival(w, done); to != "" {
		redirect(w, to)
		return nil
	}
	if done.Principal.User.Status == account.Pending {
		if done.Claims != nil {
			carried, err := s.members.SealClaims(done.Claims, done.Token.Key())
			if err != nil {
				return problem.Wrap(problem.Internal, err)
			}
			if atOnce {
				return s.joinAtOnce(w, r, done, carried)
			}
			s.cookies.set(w, s.cookies.join(), carried, done.Principal.Session.ExpiresAt.Sub(s.now()))
		}
		redirect(w, s.prefix+"/join?return_to="+url.QueryEscape(done.ReturnTo))
		return nil
	}
	if done.Purpose == login.Consent {
		s.consented(w, r, done)
		return nil
	}
	redirect(w, done.ReturnTo)
	return nil
}

// signInURL is our sign-in page, or the home page where that is the same thing to a person.
func (s *Server) signInURL(returnTo, notice string) string {
	q := url.Values{}
	if notice != "" {
		q.Set("notice", notice)
	}
	if s.alone && (returnTo == "/" || returnTo == "") {
		return withQuery("/", q)
	}
	if returnTo != "" {
		q.Set("return_to", returnTo)
	}
	return withQuery(s.prefix+"/login", q)
}

func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
