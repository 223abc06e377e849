package forward

import (
	"net/http"

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
		p, err := web.ActiveUser(f.kernel, hr)
		if err != nil && required {
			f.kernel.Refuse(w, hr, func(*web.Request) error { return err })
			return
		}
		// Without a user also when the store is down. A user of another service in the same program is none of this one.
		next.ServeHTTP(w, hr.WithContext(web.WithPrincipal(hr.Context(), p)))
	})
}
