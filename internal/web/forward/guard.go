package forward

import (
	"net/http"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/web"
)

// Require lets active users through to next. A navigating user is taken to the sign-in or join page; a program gets a
// problem body.
func (f *Feature) Require(next http.Handler) http.Handler { return f.guard(next, true) }

// Optional lets everyone through to next, with the principal in the context if an active user is signed in.
func (f *Feature) Optional(next http.Handler) http.Handler { return f.guard(next, false) }

func (f *Feature) guard(next http.Handler, required bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		Strip(hr.Header) // an app that passes requests on must not pass on what the client claims to be
		p, err := f.kernel.SignedIn(hr)
		switch {
		case err == nil && p != nil && p.User.Status == account.Active:
			next.ServeHTTP(w, hr.WithContext(web.WithPrincipal(hr.Context(), p)))
			return
		case !required:
			// Also when the store is down. A user of another service in the same program is none of this one.
			next.ServeHTTP(w, hr.WithContext(web.WithPrincipal(hr.Context(), nil)))
			return
		case err == nil && p == nil:
			err = problem.New(problem.SessionNone)
		case err == nil:
			err = web.StatusProblem(p.User.Status)
		}
		f.kernel.Refuse(w, hr, func(*web.Request) error { return err })
	})
}
