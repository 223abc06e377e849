package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// signoutLife is how long a person may look at the provider's sign-out page.
const signoutLife = 20 * time.Minute

// signout ends this session here, or with everywhere=1 every session of the person.
func (s *Server) signout(w http.ResponseWriter, r *request) error {
	p, err := s.principal(w, r)
	if err != nil {
		return err
	}
	if p != nil {
		if err := s.checkSignout(r); err != nil {
			return err
		}
		if err := s.end(w, r, p, r.PostForm.Get("everywhere") == "1"); err != nil {
			return err
		}
	} else if s.madeBy(r.Request) == ours {
		s.dropAttempts(w, r) // another tab has changed the token meanwhile, perhaps
	}
	if !navigates(r.Request) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	redirect(w, s.signInURL("", "signed_out"))
	return nil
}

// providerSignout ends the session and goes on to the provider's own sign-out.
func (s *Server) providerSignout(w http.ResponseWriter, r *request) error {
	p, out, err := s.signOuter(w, r)
	if err != nil {
		return err
	}
	if p != nil {
		if err := s.checkSignout(r); err != nil {
			return err
		}
	} else if s.madeBy(r.Request) != ours && navigates(r.Request) {
		// Nobody is signed in here, and nobody's page asked: there is nothing to end and no reason to go anywhere.
		redirect(w, s.signInURL("", "signed_out"))
		return nil
	}
	return s.leave(w, r, p, out)
}

// providerSignoutByLink is the same for a plain link on our own pages, as the tutorial has it. Any other GET (an image,
// another site's link, a prefetch) gets a page with one button and changes nothing (SO-01).
func (s *Server) providerSignoutByLink(w http.ResponseWriter, r *request) error {
	p, out, err := s.signOuter(w, r)
	if err != nil {
		return err
	}
	if !clickedHere(r.Request) {
		token := ""
		if p != nil {
			token = s.formToken(r.token)
		}
		return s.render(w, http.StatusOK, &page.Signout{Frame: s.frame(r, token), Kakao: true})
	}
	return s.leave(w, r, p, out)
}

func (s *Server) signOuter(w http.ResponseWriter, r *request) (*session.Principal, provider.SignOuter, error) {
	out, ok := provider.Capability[provider.SignOuter](s.providers, r.PathValue("provider"))
	if !ok {
		return nil, nil, problem.New(problem.NotFound)
	}
	p, err := s.principal(w, r)
	return p, out, err
}

// leave ends the session first and only then goes to the provider: our own sign-out never waits for theirs.
func (s *Server) leave(w http.ResponseWriter, r *request, p *session.Principal, out provider.SignOuter) error {
	if p != nil {
		if err := s.end(w, r, p, false); err != nil {
			return err
		}
	} else {
		s.dropAttempts(w, r)
	}
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return problem.Wrap(problem.Internal, err)
	}
	state := base64.RawURLEncoding.EncodeToString(b[:])
	name := s.cookies.signout()
	s.cookies.set(w, name, s.signouts.Seal([]byte(state), name), signoutLife)
	target := out.SignOutURL(provider.SignOutRequest{State: state})
	if !navigates(r.Request) {
		return writeJSON(w, http.StatusOK, map[string]string{r.PathValue("provider") + "_logout_url": target})
	}
	redirect(w, target)
	return nil
}

// end ends the session (or all of the person's) in the store, and then the cookies.
func (s *Server) end(w http.ResponseWriter, r *request, p *session.Principal, everywhere bool) error {
	key := p.Session.Key
	e := session.Revocation{Key: &key, Actor: string(p.User.ID), Reason: session.ReasonHere, Client: s.from(r)}
	if everywhere {
		e.Key, e.UserID, e.Reason = nil, p.User.ID, session.ReasonEverywhere
	}
	if _, err := s.sessions.End(r.Context(), e); err != nil {
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	s.cookies.drop(w, s.cookies.session)
	s.dropAttempts(w, r)
	s.stayOut(w, r)
	s.cookies.drop(w, s.cookies.join())
	s.cookies.drop(w, s.cookies.declined())
	// Pages with a person's data must not come back by the browser's memory. "cookies" would wipe the app's as well.
	w.Header().Set("Clear-Site-Data", `"cache"`)
	return nil
}

// dropAttempts ends what other tabs have begun. The cookie of an attempt holds the token of the session that came of it, and
// gives it to whoever loads the callback's address once more: a session that two tabs began at the same moment, or one that
// got another token while its person signed out, would come back by the browser's history (SE-09).
func (s *Server) dropAttempts(w http.ResponseWriter, r *request) {
	for _, name := range slices.Sorted(maps.Keys(s.cookies.held(r.Request))) {
		s.cookies.drop(w, s.cookies.attempt(name))
	}
}

// signoutReturn is where the provider's sign-out page comes back to. It changes nothing: the session ended before the
// browser left. The state says whether this browser left from here; what the provider did there it does not tell, so
// neither do we.
func (s *Server) signoutReturn(w http.ResponseWriter, r *request) error {
	name := s.cookies.signout()
	sealed := s.cookies.one(r.Request, name)
	notice := ""
	if want, err := s.signouts.Open(sealed, name); err == nil {
		got := r.query()["state"]
		if len(got) == 1 && subtle.ConstantTimeCompare(want, []byte(got[0])) == 1 {
			notice = "signed_out"
			s.cookies.drop(w, name)
		}
	}
	redirect(w, s.signInURL("", notice))
	return nil
}

// shortLogin is the short form of the sign-in page's address.
func (s *Server) shortLogin(w http.ResponseWriter, r *request) error {
	target := s.prefix + "/login"
	if r.URL.RawQuery != "" && !strings.ContainsAny(r.URL.RawQuery, "\r\n") {
		if q, err := url.ParseQuery(r.URL.RawQuery); err == nil {
			target = withQuery(target, q)
		}
	}
	redirect(w, target)
	return nil
}
