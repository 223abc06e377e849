package web

import (
	"encoding/binary"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// Who changes how an account can be entered proves first that they are its owner and not whoever found the browser open:
// by signing in at the provider anew, at most [login.FreshFor] ago. The proof is kept in a sealed cookie that is of no use
// beside another session.

func (c cookies) fresh() string { return c.host + "-fresh" }

// freshContext binds the proof to the session by its public id, which outlives the change of its token.
func (s *Server) freshContext(p *session.Principal) string {
	return s.cookies.fresh() + "\x00" + p.Session.ID
}

// vouch remembers when the person proved who they are.
func (s *Server) vouch(w http.ResponseWriter, p *session.Principal) {
	left := login.FreshFor - s.now().Sub(p.Session.AuthTime)
	if left <= 0 {
		return
	}
	at := binary.BigEndian.AppendUint64(nil, uint64(p.Session.AuthTime.UnixMilli()))
	s.cookies.set(w, s.cookies.fresh(), s.proofs.Seal(at, s.freshContext(p)), max(left, time.Second))
}

// isFresh reports whether they did so a moment ago, in the session in hand.
func (s *Server) isFresh(r *request) bool {
	at, err := s.proofs.Open(s.cookies.one(r.Request, s.cookies.fresh()), s.freshContext(r.who))
	if err != nil || len(at) != 8 {
		return false
	}
	age := s.now().Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(at))))
	return age <= login.FreshFor
}

// insideKakaoTalk reports the browser in which Kakao does not ask for the password again (prompt=login is not offered
// there), so that no proof can be had.
func insideKakaoTalk(r *request) bool {
	return session.ParseAgent(cleanAgent(r.UserAgent())).Browser == session.BrowserKakaoTalk
}

func (s *Server) linksURL(n page.Flash) string {
	q := url.Values{}
	if n != page.FlashNone {
		q.Set("notice", string(n))
	}
	return withQuery(s.prefix+"/account/links", q)
}

// links lists the ways in which a person can sign in.
func (s *Server) links(w http.ResponseWriter, r *request) error {
	return s.showLinks(w, r, http.StatusOK, page.FlashNone)
}

func (s *Server) showLinks(w http.ResponseWriter, r *request, status int, n page.Flash) error {
	all, err := s.linker.Identities(r.Context(), r.who.User.ID)
	if err != nil {
		return err
	}
	f := s.frame(r, s.formToken(r.token))
	f.Path = s.linksURL(page.FlashNone)
	if n != page.FlashNone {
		f.Flash = n
	}
	v := page.LinksOf(f, s.now(), r.who.Identity, all)
	v.Fresh, v.InKakaoTalk = s.isFresh(r), insideKakaoTalk(r)
	v.Renumbered = s.renumbered(all)
	return s.render(w, status, &v)
}

// linksConfirm is the round through the provider by which a person proves that it is still them. Like every way to the
// provider it is a link, see docs/decisions/sign-in-links.md.
func (s *Server) linksConfirm(w http.ResponseWriter, r *request) error {
	return s.toProvider(w, r, login.StartRequest{Purpose: login.Reauth})
}

// linksAdd is the round by which they prove what is to be added. It begins only with a fresh proof of the first
// (AL-09), and its answer counts only in the session that it began in (LC-07).
func (s *Server) linksAdd(w http.ResponseWriter, r *request) error {
	if !s.isFresh(r) {
		all, err := s.linker.Identities(r.Context(), r.who.User.ID)
		if err != nil {
			return err
		}
		if !s.renumbered(all) {
			redirect(w, s.linksURL(page.FlashNone)) // which says what to do first
			return nil
		}
	}
	return s.toProvider(w, r, login.StartRequest{Purpose: login.Link, Detail: r.who.Session.ID})
}

// renumbered reports somebody who has nothing but identities of an app that the operator has given up: what is asked of
// others, to prove one of them anew, they cannot do, and without the new number the account is lost with the session. It
// holds for the first identity of the new app alone, and only while the operator says so (docs/app-changed.md).
func (s *Server) renumbered(all []account.Identity) bool {
	return s.oldApp != "" && len(all) > 0 && !slices.ContainsFunc(all, func(i account.Identity) bool { return i.App != s.oldApp })
}

func (s *Server) toProvider(w http.ResponseWriter, r *request, to login.StartRequest) error {
	if !navigates(r.Request) {
		return &problem.Error{Code: problem.LoginNavigate, Err: errors.New("login fetched by a script"), Location: r.URL.RequestURI()}
	}
	if insideKakaoTalk(r) {
		redirect(w, s.linksURL(page.FlashNone)) // which says how to get out of there
		return nil
	}
	to.Provider, to.Intent = r.who.Identity.Provider, provider.Fresh
	to.ReturnTo, to.Held = []string{s.linksURL(page.FlashNone)}, s.cookies.held(r.Request)
	to.Expect, to.Remember = r.who.User.ID, r.who.Session.Remember
	started, err := s.flow.Start(to)
	if err != nil {
		return err
	}
	s.setAttempt(w, started)
	s.metrics.LoginStarted()
	redirect(w, started.URL)
	return nil
}

// linkArrival is where a callback leads whose attempt was about linking; "" for all others.
func (s *Server) linkArrival(w http.ResponseWriter, done login.Finished) string {
	switch done.Purpose {
	case login.Link:
		return s.linksURL(page.FlashLinkAdded)
	case login.Reauth:
		s.vouch(w, done.Principal)
		return done.ReturnTo
	}
	return ""
}

// linkFailure is where a callback leads whose attempt was about linking and came to an ordinary end; "" for all others.
func (s *Server) linkFailure(w http.ResponseWriter, done login.Finished, code problem.Code) string {
	if done.Purpose != login.Link && done.Purpose != login.Reauth {
		return ""
	}
	switch code {
	case problem.LinkOwned:
		s.offerMerge(w, done) // and go on to the page that says so
	case problem.LoginCancelled, problem.LoginInteraction:
		return s.linksURL(page.FlashLinkCancelled)
	case problem.LinkAlreadyYours:
		return s.linksURL(page.FlashLinkYours)
	}
	return ""
}

// changeLinks takes one of the person's identities away (action=unlink).
func (s *Server) changeLinks(w http.ResponseWriter, r *request) error {
	if err := s.checkToken(r); err != nil {
		return err
	}
	if r.PostForm.Get("action") != "unlink" {
		return problem.New(problem.RequestBad)
	}
	if !s.isFresh(r) {
		if !navigates(r.Request) {
			return problem.New(problem.LoginNotFresh)
		}
		return s.showLinks(w, r, http.StatusForbidden, page.FlashNone)
	}
	next, err := s.linker.Unlink(r.Context(), r.who, r.PostForm.Get("id"), s.from(r))
	switch {
	case errors.Is(err, account.ErrNotFound):
		// Also the answer to an id of somebody else's (SE-11).
		if !navigates(r.Request) {
			return problem.New(problem.NotFound)
		}
		return s.showLinks(w, r, http.StatusNotFound, page.FlashLinkAbsent)
	case errors.Is(err, session.ErrNone):
		return s.done(w, r, s.linksURL(page.FlashNone)) // another tab was quicker
	case err != nil:
		return err
	case next == nil:
		s.cookies.drop(w, s.cookies.session)
		s.cookies.drop(w, s.cookies.fresh())
		return s.done(w, r, s.signInURL("", string(page.FlashLinkRemoved)))
	}
	s.setSession(w, next.Token, next.Principal)
	return s.done(w, r, s.linksURL(page.FlashLinkRemoved))
}
