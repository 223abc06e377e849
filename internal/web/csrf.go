package web

import (
	"net/http"
	"strings"

	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
)

// fromUs is what the browser itself says about where a request was made.
type fromUs int8

const (
	unsaid fromUs = iota // a browser older than both headers, or no browser
	ours
	foreign
)

// madeBy judges Sec-Fetch-Site before Origin: it cannot be forged by a page, and knows same-site from same-origin. A
// sandboxed page's "Origin: null" is foreign (SO-03).
func (s *Server) madeBy(r *http.Request) fromUs {
	switch site := r.Header.Values("Sec-Fetch-Site"); {
	case len(site) == 1 && site[0] == "same-origin":
		return ours
	case len(site) > 0:
		return foreign // cross-site, same-site (a sub-domain is not us), none (no form is sent that way)
	}
	switch origin := r.Header.Values("Origin"); {
	case len(origin) == 1 && origin[0] == s.origin:
		return ours
	case len(origin) > 0:
		return foreign
	}
	return unsaid
}

// checkOrigin is the first of two checks of every change; it needs no session and costs nothing.
func (s *Server) checkOrigin(r *request) error {
	if s.madeBy(r.Request) == foreign {
		return problem.New(problem.CSRFRefused)
	}
	return nil
}

// formToken goes into every form: it proves that the page with the form was ours and was made for this very session.
func (s *Server) formToken(t session.Token) string {
	k := t.Key()
	return s.csrf.Sign(k[:])
}

// checkToken is the second check: the form's field, or the header of a fetch.
func (s *Server) checkToken(r *request) error {
	got := r.Header.Get("X-Norang-CSRF")
	if got == "" {
		got = r.PostForm.Get("csrf")
	}
	k := r.token.Key()
	if r.token.IsZero() || !s.csrf.Verify(k[:], got) {
		return problem.New(problem.CSRFRefused)
	}
	return nil
}

// checkSignout is the lighter rule for the two sign-outs: what the browser says suffices; only where it says nothing the
// token decides (SO-04). Being signed out by a stranger is a nuisance, not a loss.
func (s *Server) checkSignout(r *request) error {
	if s.madeBy(r.Request) == ours {
		return nil
	}
	return s.checkToken(r)
}

// clickedHere reports whether a GET is a person's own click on a link of ours, and nothing else: not an image, not a
// redirect from elsewhere, not a prefetch (SO-01).
func clickedHere(r *http.Request) bool {
	h := r.Header
	return h.Get("Sec-Fetch-Site") == "same-origin" && h.Get("Sec-Fetch-Mode") == "navigate" &&
		h.Get("Sec-Fetch-Dest") == "document" && h.Get("Sec-Fetch-User") == "?1" &&
		h.Get("Sec-Purpose") == "" && !strings.Contains(h.Get("Purpose"), "prefetch")
}
