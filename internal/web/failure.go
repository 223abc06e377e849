package web

import (
	"cmp"
	"net/http"
	"path"
	"regexp"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
)

// Fail turns an error into a response: a page for a user, a problem body (RFC 9457) for a program. Neither holds the
// error's text; the log does, with the request id that both show.
func (k *Kernel) Fail(w http.ResponseWriter, r *Request, err error) {
	k.Answer(w, r, k.table.errors.ProblemOf(err))
}

// Answer is Fail for a problem that the caller has adjusted.
func (k *Kernel) Answer(w http.ResponseWriter, r *Request, p problem.Problem) {
	sends := r.Method != http.MethodGet && r.Method != http.MethodHead
	if sends && r.WantsPage() && (p.Code == problem.SessionNone || p.Code == problem.JoinRequired) {
		p = problem.From(problem.Wrap(problem.SessionNotSent, p.Err)) // a redirect would lose the form (FA-28)
		r.Retry = r.Back()
	}
	r.logFailure(p)
	in := problem.Instance{
		Lang: r.Lang, Words: r.words(p), LoginURL: k.Site.Path("login"),
	}
	if !r.WantsPage() {
		w.Header().Set("X-Request-Id", r.ID)
		p.Write(w, in)
		return
	}
	// A user who needs a session for the page is taken to where they get one.
	switch {
	case p.Code == problem.SessionNone:
		_ = Redirect(w, k.Site.SignInURL(r.Back(), ""))
		return
	case p.Code == problem.JoinRequired:
		_ = Redirect(w, k.Site.JoinURL(r.Back()))
		return
	case p.Code == problem.ConsentRequired && p.Location != "":
		_ = Redirect(w, p.Location)
		return
	}
	v := problemPage(r, p, in.Words, p.Detail(r.Lang, in.Words))
	v.Location, v.ReturnTo = p.Location, cmp.Or(r.Retry, r.ReturnTo(r.Query()))
	v.Hint = p.Hint(r.Lang) // shown in development only
	p.SetHeaders(w.Header(), r.Lang)
	if err := k.Render(w, p.Status, v); err != nil {
		k.Log().ErrorContext(r.Context(), "problem page not rendered", "request_id", r.ID, "err", err)
		p.Write(w, in)
	}
}

// FailWith shows a problem page with the given texts instead of the problem's own; an empty title is the problem's.
func (k *Kernel) FailWith(w http.ResponseWriter, r *Request, err error, title, detail string) error {
	p := k.table.errors.ProblemOf(err)
	r.logFailure(p)
	p.SetHeaders(w.Header(), r.Lang)
	v := problemPage(r, p, r.words(p), detail)
	v.Title = cmp.Or(title, v.Title)
	return k.Render(w, p.Status, v)
}

// words are what the texts of a problem may name: the provider of the problem, else of the session.
func (r *Request) words(p problem.Problem) problem.Words {
	name := p.Provider
	if name == "" && r.Principal != nil {
		name = r.Principal.Identity.Provider
	}
	site := r.kernel.Site
	return problem.Words{Service: site.Service, RequestID: r.ID, Provider: site.Provider(name)}
}

func problemPage(r *Request, p problem.Problem, w problem.Words, detail string) *page.Problem {
	v := &page.Problem{
		Frame: r.Frame(""), Title: p.Title(r.Lang, w), Detail: detail, Code: string(p.Code),
		Action: string(p.Action), ActionLabel: p.Label(r.Lang),
	}
	if p.Code == problem.NotFound {
		v.Code = "" // a mistyped address is nothing to ask the operator about
	}
	return v
}

// Refuse answers a request to the app that may not reach it, with the error that why returns.
func (k *Kernel) Refuse(w http.ResponseWriter, hr *http.Request, why func(*Request) error) {
	r := k.NewRequest(hr, Document)
	r.Lang = i18n.Match(hr.Header.Get("Accept-Language"), k.Cookies.Get(hr, k.Cookies.Name("lang")))
	commonHeaders(k, w.Header(), Document)
	err := why(r)
	sends := hr.Method != http.MethodGet && hr.Method != http.MethodHead
	if !r.WantsPage() || Framed(hr) || hr.Header.Get("Upgrade") != "" ||
		sends && k.table.errors.ProblemOf(err).Code == problem.ConsentRequired {
		r.kind = JSON
	}
	k.Fail(w, r, err)
}

// logFailure writes the one log line of a failed request.
func (r *Request) logFailure(p problem.Problem) {
	r.kernel.report.problem(r, p.Level, "request failed", p, "method", clip(r.Method, maxMethodLogged),
		"path", r.kernel.Site.loggedPath(r.URL.Path), "status", p.Status)
}

// loggedPath is the part of a path that may be logged. A link ticket is a secret, also in a path that is not served
// because of its spelling ("/AUTH/link/…"), so anything that could be one is left out wherever it occurs (LI-08).
func (s Site) loggedPath(asked string) string {
	if secret := s.Path("link/"); strings.HasPrefix(path.Clean(asked), secret) {
		return secret + "…"
	}
	if users := s.Path("api/v1/users/"); strings.HasPrefix(path.Clean(asked), users) {
		return users + "…" // a ref may say who the user is
	}
	return clip(secretLike.ReplaceAllString(clip(asked, 8*maxPathLogged), "…"), maxPathLogged)
}

// secretLike matches tickets, codes and tokens (32 bytes or more in base64url), also with percent-encoded letters.
var secretLike = regexp.MustCompile(`[A-Za-z0-9_%=-]{40,}`)

// How much of a field is logged, in bytes: strangers choose the text (LI-03).
const (
	maxMethodLogged = 20
	maxFieldLogged  = 100
	maxPathLogged   = 200
	maxErrorLogged  = 1000
)

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// logged is an error as it may be logged, with an empty text if it is nil.
type logged struct{ error }

func (l logged) Error() string {
	if l.error == nil {
		return ""
	}
	return clip(l.error.Error(), maxErrorLogged)
}

func (l logged) Unwrap() error { return l.error }
