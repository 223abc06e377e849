package signin

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/web"
)

// silent signs in users who open a link in KakaoTalk: they are signed in at Kakao already, so its in-app browser is sent
// there and back without a page (prompt=none, which Kakao offers for this). The rules:
//
//   - At most once in the life of the browser; after a failure the user has the button.
//   - Never after a sign-out, until the user presses the button.
//   - It creates no user and leads nobody to the join page (account.Resolve).
//   - Every failure ends on the sign-in page, without an error: the user did nothing.
//   - No window is ever opened.
//
// The quiet cookie prevents loops, and a parameter of the sign-in page does for browsers that do not keep the cookie.
type silent struct {
	kernel   *web.Kernel
	trips    *RoundTrips
	provider string
}

const (
	// silentParam in the sign-in page's query says that a silent sign-in was tried.
	silentParam = "silent"
	// Values of the quiet cookie: tried, until the browser closes; signed out, for quietLife.
	quietTried, quietOut = "tried", "out"
	quietLife            = 365 * 24 * time.Hour
)

// inKakaoTalk reports KakaoTalk's in-app browser. Its link preview says kakaotalk in lower case. A forged header gains
// a redirect.
func inKakaoTalk(r *web.Request) bool { return strings.Contains(r.UserAgent(), "KAKAOTALK") }

// begin sends the browser to the provider if a silent sign-in may be tried; it returns false if the page should be shown.
func (s *silent) begin(w http.ResponseWriter, r *web.Request, returnTo string) bool {
	dest := r.Header.Get("Sec-Fetch-Dest")
	if !inKakaoTalk(r) || r.Method != http.MethodGet || !r.Navigates() || dest != "" && dest != "document" {
		return false
	}
	cookies := s.kernel.Cookies
	if _, _, present := cookies.Token(r.Request); present {
		// The browser had a session, which may have been ended from another device.
		stayOut(s.kernel, w, r)
		return false
	}
	quiet := cookies.Name("quiet")
	q := r.Query()
	if q.Has(silentParam) || q.Has("notice") || len(r.CookiesNamed(quiet)) > 0 || s.kernel.Count(r, web.Starts) != nil {
		return false
	}
	to, err := s.trips.Prepare(w, r, login.StartRequest{
		Provider: s.provider, ReturnTo: []string{returnTo}, Intent: provider.Silent, Remember: true, Purpose: login.Silent,
	})
	if err != nil {
		s.kernel.Log().Warn("silent sign-in not started", "request_id", r.ID, "err", err)
		return false
	}
	cookies.Set(w, quiet, quietTried, 0)
	_ = web.Redirect(w, to)
	return true
}

// failed leads to the sign-in page, whatever the reason; the log has it.
func (s *silent) failed(w http.ResponseWriter, r *web.Request, done login.Finished, p problem.Problem) (bool, error) {
	s.kernel.Report(r, "silent sign-in failed", p)
	q := url.Values{silentParam: {"0"}}
	if done.ReturnTo != "" {
		q.Set("return_to", done.ReturnTo)
	}
	return true, web.Redirect(w, web.WithQuery(s.kernel.Site.Path("login"), q))
}

// allowSilent allows silent sign-in again after the user pressed the button.
func allowSilent(k *web.Kernel, w http.ResponseWriter, r *web.Request) {
	if quiet := k.Cookies.Name("quiet"); len(r.CookiesNamed(quiet)) > 0 {
		k.Cookies.Drop(w, quiet)
	}
}

// stayOut prevents silent sign-in until the user presses the button.
func stayOut(k *web.Kernel, w http.ResponseWriter, r *web.Request) {
	if inKakaoTalk(r) {
		k.Cookies.Set(w, k.Cookies.Name("quiet"), quietOut, quietLife)
	}
}
