package web

import (
	"cmp"
	"log/slog"
	"net/http"
	"path"
	"strings"

	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
)

// fail is the one place where an error becomes an answer: a page for a person, a problem body (RFC 9457) for a program.
// Neither ever holds the error's own text; the log does, once, with the request id that both show.
func (s *Server) fail(w http.ResponseWriter, r *request, err error) {
	s.answer(w, r, problem.From(err))
}

func (s *Server) answer(w http.ResponseWriter, r *request, p problem.Problem) {
	s.logFailure(r, p)
	in := problem.Instance{
		Lang: r.lang, Words: problem.Words{Service: s.service, RequestID: r.id}, LoginURL: s.prefix + "/login",
	}
	if !wantsPage(r) {
		w.Header().Set("X-Request-Id", r.id)
		p.Write(w, in)
		return
	}
	// Whoever is not signed in and asks for a page that needs it is taken to where they can.
	switch p.Code {
	case problem.SessionNone:
		redirect(w, s.signInURL(s.back(r), ""))
		return
	case problem.JoinRequired:
		redirect(w, s.joinURL(s.back(r)))
		return
	case problem.ConsentRequired:
		if p.Location != "" {
			redirect(w, p.Location)
			return
		}
	}
	p.SetHeaders(w.Header(), r.lang)
	v := &page.Problem{
		Frame: s.frame(r, ""), Title: p.Title(r.lang), Detail: p.Detail(r.lang, in.Words), Code: string(p.Code),
		Action: string(p.Action), ActionLabel: p.Label(r.lang), Location: p.Location, ReturnTo: cmp.Or(r.returnTo, s.returnTo(r.query())),
		Hint: p.Hint(r.lang), // shown in development only
	}
	if err := s.render(w, p.Status, v); err != nil {
		s.log.Error("problem page not rendered", "request_id", r.id, "err", err)
		p.Write(w, in)
	}
}

// logFailure is the one line that an operator has of a failure.
func (s *Server) logFailure(r *request, p problem.Problem) {
	level := p.Level
	if p.Code == problem.LimitTooMany || p.Code == problem.LimitCrowded {
		level = slog.LevelDebug // a counter says how many; a line for each would make a flood's log the next problem
	}
	s.logProblem(r, level, "request failed", p, "method", r.Method, "path", s.loggedPath(r.URL.Path), "status", p.Status)
}

// loggedPath is how much of an address may stand in the log. A link ticket's is a secret, also in an address that is not
// served because it is not written as we write it ("//auth/link/…"): the ticket in it is as good as ever.
func (s *Server) loggedPath(asked string) string {
	if secret := s.prefix + "/link/"; strings.HasPrefix(path.Clean(asked), secret) {
		return secret + "…"
	}
	return clip(asked, maxPathLogged)
}

const (
	// maxPathLogged and maxErrorLogged are how much of either goes into the log, in bytes: a stranger chooses the path,
	// and what they sent may stand in an error (LI-03).
	maxPathLogged  = 200
	maxErrorLogged = 1000
)

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// back is the page that was asked for, to return to after signing in; the default page if it was not asked for by GET.
func (s *Server) back(r *request) string {
	if r.Method != http.MethodGet {
		return "/"
	}
	to, _ := s.judge.Clean(r.URL.RequestURI())
	return to
}
