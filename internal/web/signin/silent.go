package signin

import (
	"net/http"
	"net/url"
	"time"

	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/web"
)

// silent signs in users who open a link in a provider's own app: they are signed in at the
// provider already, so the app's browser is sent there and back without a page. The rules:
//
//   - At most once in the life of the browser; after a failure the user has the button.
//   - Never after a sign-out, until the user presses the button.
//   - It creates no user and does not lead to the join page (account.Resolve).
//   - Every failure ends on the sign-in page, without an error: the user did nothing.
//   - No window is ever opened.
//
// The quiet cookie prevents loops; without it, a parameter of the sign-in page does, for browsers that drop the cookie.
type silent struct {
	kernel    *web.Kernel
	trips     *RoundTrips
	providers *provider.Set
}

const (
	// silentParam in the sign-in page's query says that a silent sign-in was tried.
	silentParam = "silent"
	// Values of the quiet cookie: tried, until the browser closes; signed out, for quietLife.
	quietTried, quietOut = "tried", "out"
	quietLife            = 365 * 24 * time.Hour
)

// appProvider is the provider in whose app the browser runs; "" for every other browser. A forged User-Agent gains a
// redirect.
func (s *silent) appProvider(r *web.Request) string {
	for _, p := range s.providers.All() {
		if info := p.Info(); info.InApp(r.UserAgent()) {
			return info.Name
		}
	}
	return ""
}

// begin sends the browser to the provider if a silent sign-in may be tried; it returns false if the page is to be
// shown.
func (s *silent) begin(w http.ResponseWriter, r *web.Request, returnTo string) bool {
	name, dest := s.appProvider(r), r.Header.Get("Sec-Fetch-Dest")
	if name == "" || r.Method != http.MethodGet || !r.Navigates() || dest != "" && dest != "document" {
		return false
	}
	cookies, quiet := s.kernel.Cookies, s.cookie()
	if _, _, present := cookies.Token(r.Request); present {
		s.stayOut(w, r) // the session may have been ended from another device
		return false
	}
	q := r.Query()
	if q.Has(silentParam) || q.Has("notice") || len(r.CookiesNamed(quiet)) > 0 || s.kernel.Count(r, web.Starts) != nil {
		return false
	}
	to, err := s.trips.Prepare(w, r, login.StartRequest{
		Provider: name, ReturnTo: []string{returnTo}, Intent: provider.Silent, Remember: true, Purpose: login.Silent,
	})
	if err != nil {
		s.kernel.Warn(r, "silent sign-in not started", err)
		return false
	}
	cookies.Set(w, quiet, quietTried, 0)
	_ = web.Redirect(w, to)
	return true
}

// failed leads to the sign-in page. The reason is only logged.
func (s *silent) failed(w http.ResponseWriter, r *web.Request, done login.Finished, p problem.Problem) (bool, error) {
	s.kernel.Report(r, "silent sign-in failed", p)
	q := url.Values{silentParam: {"0"}}
	if done.ReturnTo != "" {
		q.Set("return_to", done.ReturnTo)
	}
	return true, web.Redirect(w, web.WithQuery(s.kernel.Site.Path("login"), q))
}

func (s *silent) cookie() string { return s.kernel.Cookies.Name("quiet") }

// allow allows silent sign-in again after the user pressed the button.
func (s *silent) allow(w http.ResponseWriter, r *web.Request) {
	if len(r.CookiesNamed(s.cookie())) > 0 {
		s.kernel.Cookies.Drop(w, s.cookie())
	}
}

// stayOut prevents silent sign-in until the user presses the button.
func (s *silent) stayOut(w http.ResponseWriter, r *web.Request) {
	if s.appProvider(r) != "" {
		s.kernel.Cookies.Set(w, s.cookie(), quietOut, quietLife)
	}
}
