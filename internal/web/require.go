package web

import (
	"context"
	"net/http"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
)

type principalKey struct{}

// PrincipalFrom is who is signed in with the request that ctx belongs to, where Require or Optional let it through.
func PrincipalFrom(ctx context.Context) (*session.Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(*session.Principal)
	return p, ok
}

// Require lets active members through to next and nobody else: a person who is navigating is taken to where they can
// sign in or finish joining, a program gets a problem body.
func (s *Server) Require(next http.Handler) http.Handler {
	return s.guard(next, true)
}

// Optional lets everybody through to next, and tells it who is signed in if an active member is.
func (s *Server) Optional(next http.Handler) http.Handler {
	return s.guard(next, false)
}

func (s *Server) guard(next http.Handler, required bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		p, err := s.signedIn(hr)
		switch {
		case err == nil && p != nil && p.User.Status == account.Active:
			next.ServeHTTP(w, hr.WithContext(context.WithValue(hr.Context(), principalKey{}, p)))
			return
		case !required:
			// Also when the store is down: who is signed in is then unknown, which is what Optional promises to bear.
			next.ServeHTTP(w, hr)
			return
		case err == nil && p == nil:
			err = problem.New(problem.SessionNone)
		case err == nil:
			err = statusProblem(p.User.Status)
		}
		s.turnAway(w, hr, func(*request) error { return err })
	})
}

// turnAway answers a request of the app's that is not let through.
func (s *Server) turnAway(w http.ResponseWriter, hr *http.Request, why func(*request) error) {
	r := &request{Request: hr, kind: document, id: s.ids.next()}
	r.lang = s.language(w, r)
	s.commonHeaders(w.Header(), document)
	if (hr.Method != http.MethodGet && hr.Method != http.MethodHead) || !wantsPage(r) {
		r.kind = program // a form that was sent in vain is told so, not forwarded to a page that forgets it
	}
	s.fail(w, r, why(r))
}

// Wrap serves norang's own addresses and passes everything else to the app.
func (s *Server) Wrap(app http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Owns(r.URL.Path) {
			s.ServeHTTP(w, r)
			return
		}
		app.ServeHTTP(w, r)
	})
}
