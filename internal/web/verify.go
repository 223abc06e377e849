package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
)

// IdentityHeaders are the names that only norang may set towards an app. Every 2xx of verify has all of them, empty if
// there is nothing to say, so that a proxy overwrites whatever the client sent (FA-02).
var IdentityHeaders = []string{
	"Remote-User", "X-Norang-Ref", "Remote-Name", "Remote-Email", "X-Norang-Provider", "X-Norang-Subject", "X-Norang-Status",
}

// statusHeader is where X-Norang-Status stands among them.
const statusHeader = 6

// maxHeaderName is the longest Remote-Name, in bytes after percent-encoding.
const maxHeaderName = 540

// noStore is shared by all answers; nobody writes into it.
var noStore = []string{"no-store"}

// serveVerify is the row of verify without what only pages need. It is asked for every request of the app behind, so it
// looks at nothing but the one cookie, and writes headers that were made when the session was read.
func (s *Server) serveVerify(w http.ResponseWriter, hr *http.Request) {
	began := time.Now()
	h := w.Header()
	h["Cache-Control"] = noStore
	status := http.StatusOK
	t, ok, _ := s.cookies.tokenOf(hr)
	if values := s.wire(t, ok); len(values) == len(IdentityHeaders) && values[statusHeader] == string(account.Active) {
		writeIdentity(h, values)
		w.WriteHeader(http.StatusOK)
	} else if p, err := s.signedIn(hr); err == nil && p != nil && p.User.Status == account.Active {
		setIdentity(h, p)
		w.WriteHeader(http.StatusOK)
	} else {
		sw := &statusWriter{ResponseWriter: w}
		s.notVerified(sw, &request{Request: hr, kind: program, id: s.ids.next()}, p, err)
		status = sw.status
	}
	s.verified.Done(status, time.Since(began))
}

// wire is what was made of a session in memory when it was read; nil if there is none.
func (s *Server) wire(t session.Token, ok bool) []string {
	if !ok {
		return nil
	}
	return s.sessions.Wire(t)
}

// notVerified is every answer but 200.
func (s *Server) notVerified(w http.ResponseWriter, r *request, p *session.Principal, err error) {
	r.lang = i18n.Match(r.Header.Get("Accept-Language"), "")
	s.commonHeaders(w.Header(), program)
	// A program gets its 401 also where a proxy asks for redirects (FA-16), and a page of ours is no way on for somebody
	// who is suspended.
	if err == nil && r.query().Get("redirect") == "1" && navigates(r.Request) && (p == nil || p.User.Status == account.Pending) {
		redirect(w, s.wayIn(r, p))
		return
	}
	switch {
	case errors.Is(err, problem.LimitTooMany):
		limited := problem.From(err)
		limited.Status = http.StatusForbidden // nginx turns a 429 of its sub-request into 500
		s.answer(w, r, limited)
		return
	case err != nil:
	case p == nil:
		err = problem.New(problem.SessionNone)
	default:
		w.Header().Set("X-Norang-Status", string(p.User.Status))
		err = statusProblem(p.User.Status)
	}
	s.fail(w, r, err)
}

// verify answers a proxy's question: 200 with identity headers, 401 nobody, 403 with X-Norang-Status for people who are
// known and may not pass, 5xx only if the store is down. With ?redirect=1 it sends the browser to the right page instead,
// for proxies that pass such an answer on.
func (s *Server) verify(w http.ResponseWriter, r *request) error {
	s.serveVerify(w, r.Request)
	return nil
}

// signedIn is principal without setting cookies: the answer goes to a proxy or to an app, not to a browser.
func (s *Server) signedIn(r *http.Request) (*session.Principal, error) {
	t, ok, _ := s.cookies.tokenOf(r)
	if !ok {
		return nil, nil
	}
	p, err := s.lookup(r, t)
	if errors.Is(err, session.ErrNone) {
		return nil, nil
	}
	return p, err
}

// setIdentity writes all identity headers.
func setIdentity(h http.Header, p *session.Principal) {
	values := p.Wire
	if len(values) != len(IdentityHeaders) {
		values = IdentityValues(p)
	}
	writeIdentity(h, values)
}

// writeIdentity writes values as the headers of that order. One slice serves them all; net/http only reads it.
func writeIdentity(h http.Header, values []string) {
	for i, name := range IdentityHeaders {
		h[name] = values[i : i+1 : i+1]
	}
}

// IdentityValues are the values of [IdentityHeaders], made once for a session.
func IdentityValues(p *session.Principal) []string {
	email := ""
	if p.Identity.Profile.EmailState == account.EmailVerified {
		email = p.Identity.Profile.Email
	}
	values := []string{
		string(p.User.ID), p.User.Ref, account.DisplayName(p.User, p.Identity), email,
		p.Identity.Provider, p.Identity.Subject, string(p.User.Status),
	}
	for i, v := range values {
		values[i] = headerText(v)
	}
	return values
}

// headerText makes any text a header value of printable ASCII by percent-encoding (FA-12); what needs none stays as it
// is. A percent sign is encoded as well, so that decoding gives the text back.
func headerText(s string) string {
	plain := true
	for _, c := range []byte(s) {
		plain = plain && c > 0x20 && c < 0x7f && c != '%'
	}
	if plain {
		return s
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range s {
		n := b.Len()
		for _, x := range []byte(string(c)) {
			if x > 0x20 && x < 0x7f && x != '%' {
				b.WriteByte(x)
				continue
			}
			b.WriteByte('%')
			b.WriteByte(hex[x>>4])
			b.WriteByte(hex[x&15])
		}
		if b.Len() > maxHeaderName {
			return b.String()[:n] // cut between characters
		}
	}
	return b.String()
}

// wayIn is the page for somebody who may not pass yet, with the way back if a trusted proxy says where they wanted to go.
func (s *Server) wayIn(r *request, p *session.Principal) string {
	back := url.Values{}
	if to := s.forwardedURL(r.Request); to != "" {
		if clean, ok := s.judge.Clean(to); ok {
			back.Set("return_to", clean)
		}
	}
	if p != nil && p.User.Status == account.Pending {
		return s.origin + withQuery(s.prefix+"/join", back)
	}
	return s.origin + withQuery(s.prefix+"/login", back)
}

// forwardedURL is the address that a trusted proxy was asked for, "" if there is none to believe (FA-06). It is judged
// before it is used, like any other return address. What is wrong with the proxy's configuration is logged once, by name:
// the person is signed in all the same and only loses the way back (FA-10).
func (s *Server) forwardedURL(r *http.Request) string {
	if !s.trusts(peer(r)) {
		if r.Header.Get("X-Forwarded-Uri") != "" || r.Header.Get("X-Forwarded-Host") != "" {
			s.untrusted.Do(func() {
				s.log.Warn("forwarded headers ignored: the peer is not in NORANG_TRUSTED_PROXIES", "peer", peer(r).String())
			})
		}
		return ""
	}
	var values [3]string
	for i, name := range [...]string{"X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Uri"} {
		v := r.Header.Values(name)
		if len(v) != 1 || v[0] == "" {
			s.incomplete.Do(func() {
				s.log.Warn("a proxy must send each forwarded header once, or people are not led back", "header", name, "values", len(v))
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
