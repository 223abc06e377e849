package forward

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// noStore and varyAll are shared by all responses; nothing writes to them. Caches that ignore the one may heed the
// other (FA-22).
var (
	noStore = []string{"no-store"}
	varyAll = []string{"*"}
)

// verify answers a proxy: 200 with identity headers, 401 without a session, 403 with X-Norang-Status for users who
// are not active, 5xx only if the store is down. With ?redirect=1 it redirects navigations to the sign-in page. With
// ?optional=1 it answers 200 with empty identity headers instead of everything else, for public pages of the app.
//
// It runs for every request of the app, so it reads nothing but the session cookie and writes header values that were
// built when the session was read.
func (f *Feature) verify(w http.ResponseWriter, hr *http.Request) {
	began := time.Now()
	h := w.Header()
	h["Cache-Control"], h["Vary"] = noStore, varyAll
	status := http.StatusOK
	var values []string
	if t, ok, _ := f.kernel.Cookies.Token(hr); ok {
		values = f.cached(t)
	}
	if values != nil {
		writeIdentity(h, values)
		w.WriteHeader(http.StatusOK)
	} else if p, err := f.kernel.SignedIn(hr); err == nil && p != nil && p.User.Status == account.Active {
		status = f.admit(w, hr, p)
	} else if strings.Contains(hr.URL.RawQuery, "optional=1") {
		writeIdentity(h, noIdentity)
		w.WriteHeader(http.StatusOK)
	} else {
		status = f.refuse(w, hr, p, err)
	}
	f.verified.Done(hr, "", status, began)
}

// admit answers 200 with the identity headers of p, and returns the status.
func (f *Feature) admit(w http.ResponseWriter, hr *http.Request, p *session.Principal) int {
	writeIdentity(w.Header(), valuesOf(p))
	if err := f.Assert(w.Header(), p); err != nil {
		Strip(w.Header())
		return f.refuse(w, hr, p, err)
	}
	w.WriteHeader(http.StatusOK)
	return http.StatusOK
}

// refuse answers everything but 200 and returns the status. With ?redirect=1 a person gets a page, or is taken to where
// they get a session; a program gets its 401 all the same (FA-16).
func (f *Feature) refuse(w http.ResponseWriter, hr *http.Request, p *session.Principal, err error) int {
	kind := web.JSON
	if strings.Contains(hr.URL.RawQuery, "redirect=1") && byPerson(hr) {
		kind = web.Step // a page; its address is the app's
	}
	r := f.kernel.NewRequest(hr, kind)
	r.Lang = i18n.Match(r.Header.Get("Accept-Language"), "")
	f.kernel.JSONHeaders(w.Header())
	helps := err == nil && (p == nil || p.User.Status == account.Pending) // signing in helps no disabled user
	if kind == web.Step && helps {
		if !f.proxy.sends(hr) {
			_ = web.Redirect(w, f.wayIn(r, p))
			return http.StatusSeeOther
		}
		err = problem.New(problem.SessionNotSent) // the redirect would lose the form (FA-28)
	}
	switch {
	case err != nil:
	case p == nil:
		err = problem.New(problem.SessionNone)
	default:
		w.Header().Set("X-Norang-Status", string(p.User.Status))
		err = web.StatusProblem(p.User.Status)
	}
	answer := problem.From(err)
	if answer.Code == problem.LimitTooMany {
		answer.Status = http.StatusForbidden // nginx turns a 429 of its sub-request into 500
	}
	f.kernel.Answer(w, r, answer)
	return answer.Status
}

// byPerson reports whether a browser shows the answer to a person. Without Fetch Metadata, as from older browsers, only
// a client that asks for HTML counts, since programs send no Accept or "*/*".
func byPerson(r *http.Request) bool {
	return web.Navigates(r) && !web.Framed(r) && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// wayIn is the sign-in or join page, with a return URL if a trusted proxy says which URL was requested.
func (f *Feature) wayIn(r *web.Request, p *session.Principal) string {
	site := f.kernel.Site
	back := url.Values{}
	if to := f.proxy.url(r.Request); to != "" {
		if clean, ok := f.kernel.Returns.Clean(to); ok {
			back.Set("return_to", clean)
		}
	}
	if p != nil && p.User.Status == account.Pending {
		return site.Origin() + web.WithQuery(site.Path("join"), back)
	}
	return site.Origin() + web.WithQuery(site.Path("login"), back)
}

// forwarded reads the headers of a reverse proxy. Each mistake in the proxy's configuration is logged once: any
// client could cause it and fill the log.
type forwarded struct {
	trusted    web.Proxies
	log        *slog.Logger
	untrusted  func(*http.Request) // warns
	incomplete sync.Once
}

// sends reports whether a trusted proxy was asked with a method that sends something to the app.
func (f *forwarded) sends(r *http.Request) bool {
	method := r.Header.Get("X-Forwarded-Method")
	return f.trusted.TrustsPeer(r) && method != "" && method != http.MethodGet && method != http.MethodHead
}

// url is the URL that a trusted proxy was asked for; "" if there is none to believe (FA-06). The caller checks it
// like every return URL. A mistake only costs the user the way back (FA-10).
func (f *forwarded) url(r *http.Request) string {
	if !f.trusted.TrustsPeer(r) {
		if r.Header.Get("X-Forwarded-Uri") != "" || r.Header.Get("X-Forwarded-Host") != "" {
			f.untrusted(r)
		}
		return ""
	}
	var values [3]string
	for i, name := range [...]string{"X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Uri"} {
		v := r.Header.Values(name)
		if len(v) != 1 || v[0] == "" || i < 2 && strings.Contains(v[0], ",") {
			f.incomplete.Do(func() {
				f.log.WarnContext(r.Context(), "duplicate or missing X-Forwarded-* header, return URL dropped",
					"header", name, "values", len(v))
			})
			return ""
		}
		values[i] = v[0]
	}
	if !strings.HasPrefix(values[2], "/") {
		return ""
	}
	return values[0] + "://" + values[1] + values[2]
}
