package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
)

// Who opens a link in KakaoTalk is signed in at Kakao already. Its browser is sent there and back without a page
// (prompt=none, which Kakao offers for this), and whoever is a member here is signed in by it. The rules:
//
//   - Once in the life of the browser: if it did not work, the person has a button.
//   - Never after signing out, in whatever way, until they press the button: signing out would be of no use otherwise.
//   - It makes nobody a member, and takes nobody on to the join page (account.Resolve).
//   - However it ends, the person sees the sign-in page, or where they wanted to go, and no error: they did nothing.
//   - No window is ever opened.
//
// Two things keep it from going round in circles: the cookie, and what stands in the address of the page that follows, for
// browsers that keep no such cookie.

const (
	// silentParam in the sign-in page's address says that it was tried.
	silentParam = "silent"
	// What the cookie says: it was tried, which holds until the browser closes; the person is out, which holds for long.
	quietTried, quietOut = "tried", "out"
	quietLife            = 365 * 24 * time.Hour
)

// inKakaoTalk reports whether the request comes from KakaoTalk's own browser. Its link preview says kakaotalk in small
// letters. Anybody may say so, and gains a redirect.
func inKakaoTalk(r *http.Request) bool { return strings.Contains(r.UserAgent(), "KAKAOTALK") }

// signsInSilently sends the browser to Kakao and back if nobody has to be asked for that; false if the page should be shown.
func (s *Server) signsInSilently(w http.ResponseWriter, r *request, returnTo string) bool {
	dest := r.Header.Get("Sec-Fetch-Dest")
	if !inKakaoTalk(r.Request) || r.Method != http.MethodGet || !navigates(r.Request) || dest != "" && dest != "document" {
		return false
	}
	if _, _, present := s.cookies.tokenOf(r.Request); present {
		// There was a session in this browser. It may have run out; it may also have been ended from another device.
		s.stayOut(w, r)
		return false
	}
	q := r.query()
	if q.Has(silentParam) || q.Has("notice") || len(r.CookiesNamed(s.cookies.quiet())) > 0 || s.count(r, starts) != nil {
		return false
	}
	started, err := s.flow.Start(login.StartRequest{
		Provider: s.first, ReturnTo: []string{returnTo}, Intent: provider.Silent, Remember: true, Purpose: login.Silent,
		Held: s.cookies.held(r.Request),
	})
	if err != nil {
		s.log.Warn("silent sign-in not begun", "request_id", r.id, "err", err)
		return false
	}
	s.cookies.set(w, s.cookies.quiet(), quietTried, 0)
	s.setAttempt(w, started)
	s.metrics.LoginStarted()
	redirect(w, started.URL)
	return true
}

// notSilently leads to the page with the button, whatever the reason was. The log has it.
func (s *Server) notSilently(w http.ResponseWriter, r *request, done login.Finished, p problem.Problem) {
	s.logProblem(r, p.Level, "silent sign-in came to nothing", p)
	q := url.Values{silentParam: {"0"}}
	if done.ReturnTo != "" {
		q.Set("return_to", done.ReturnTo)
	}
	redirect(w, withQuery(s.prefix+"/login", q))
}

// asked notes that the person pressed the button: from now on they may be signed in silently again.
func (s *Server) asked(w http.ResponseWriter, r *request, purpose login.Purpose) {
	if purpose != login.Silent && len(r.CookiesNamed(s.cookies.quiet())) > 0 {
		s.cookies.drop(w, s.cookies.quiet())
	}
}

// stayOut keeps the browser from being signed in silently until the person presses the button.
func (s *Server) stayOut(w http.ResponseWriter, r *request) {
	if inKakaoTalk(r.Request) {
		s.cookies.set(w, s.cookies.quiet(), quietOut, quietLife)
	}
}
