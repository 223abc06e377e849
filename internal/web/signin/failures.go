package signin

import (
	"cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// failureLog keeps sign-ins that fail, so that an operator finds them by the request id that the error page shows.
type failureLog struct {
	kernel   *web.Kernel
	recorder *failures.Recorder
}

// signIn keeps a round trip that failed. A browser without an attempt of this service leaves no row, nor does a silent
// sign-in, which has no error page, or a repeated callback.
func (f *failureLog) signIn(r *web.Request, provider string, done login.Finished, err error) {
	if !done.Holds || done.Repeated || done.Purpose == login.Silent {
		return
	}
	p := problem.From(err)
	f.add(r, p.Code, cmp.Or(p.Provider, provider), done.User)
}

// join keeps a user's failed attempt to join.
func (f *failureLog) join(r *web.Request, p *session.Principal, code problem.Code) {
	f.add(r, code, p.Identity.Provider, p.User.ID)
}

func (f *failureLog) add(r *web.Request, code problem.Code, provider string, user account.ID) {
	if f.recorder == nil {
		return
	}
	a := session.ParseAgent(r.UserAgent())
	f.recorder.Add(failures.Failure{
		At: f.kernel.Now().UTC(), RequestID: r.ID, Code: code, Provider: provider, Browser: a.Kind(), Device: a.Device(),
		UserID: user,
	})
}
