package profile

import (
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// reauth asks users to authenticate again before they export their data or withdraw, unless they have just done so:
// the browser may have been left open.
type reauth struct {
	kernel    *web.Kernel
	trips     Trips
	providers *provider.Set
	recent    func(time.Time) bool // whether a sign-in at that time is recent enough
}

// done reports whether the user authenticated at the provider recently. A new session is no proof of that, because the
// provider answers from a session of its own. Only where it cannot be asked for credentials does the sign-in count: at
// a provider that says no time, and in the browser of its app, which has no such prompt.
func (a reauth) done(r *web.Request) bool {
	return a.recent(provenAt(r.Principal.Session, a.provable(r)))
}

// provenAt is when the user of a session proved who they are; the zero time if the provider did not say. provable says
// that the provider can be asked for credentials. Joining and a hand-off keep the times of the sign-in.
func provenAt(s session.Session, provable bool) time.Time {
	switch {
	case !provable:
		return s.CreatedAt
	case s.AuthTimeKnown():
		return s.AuthTime
	}
	return time.Time{}
}

func (a reauth) provable(r *web.Request) bool {
	info, ok := a.providers.Info(r.Principal.Identity.Provider)
	return ok && info.ProvesFreshness && !info.InApp(r.UserAgent())
}

// begin is the round trip by which the user authenticates again; it ends at back.
func (a reauth) begin(w http.ResponseWriter, r *web.Request, back string) error {
	to := login.StartRequest{ReturnTo: []string{back}}
	if a.provable(r) {
		to.Intent, to.Purpose = provider.Fresh, login.Reauth
	}
	return a.trips.BeginAgain(w, r, to)
}

// SignedInAt is when the user of a request has proven who they are: the authentication at the provider, or where none
// can be proven the sign-in.
func (f *Feature) SignedInAt(r *web.Request) time.Time {
	return provenAt(r.Principal.Session, f.exporting.reauth.provable(r))
}

// SignInAgain is the round trip by which the user authenticates again; it ends at back.
func (f *Feature) SignInAgain(w http.ResponseWriter, r *web.Request, back string) error {
	return f.exporting.reauth.begin(w, r, back)
}
