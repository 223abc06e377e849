package web

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
)

// request is an HTTP request with what every handler wants to know of it.
type request struct {
	*http.Request
	id   string
	lang i18n.Lang
	kind kind
	// who is signed in; nil if nobody is. Filled in before handlers of signedIn and members, and by Server.who.
	who    *session.Principal
	token  session.Token
	looked bool
	// returnTo is where a sign-in that failed was to lead; "" if that stands in the query, or nowhere.
	returnTo string
}

// query reads the query as browsers write it: only "&" separates. net/url refuses a bare semicolon, which may well stand
// in a return address (/board;page=2).
func (r *request) query() url.Values {
	q, _ := url.ParseQuery(strings.ReplaceAll(r.URL.RawQuery, ";", "%3B")) // what cannot be read is left out
	return q
}

// requestIDs hands out ids that cost next to nothing: a random prefix of the process and a counter. They are shown on
// pages and stand in the log; they are no secret and prove nothing.
type requestIDs struct {
	prefix string
	n      *atomic.Uint64
}

func newRequestIDs() requestIDs {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return requestIDs{strings.ToLower(base32.StdEncoding.EncodeToString(b[:])) + "-", &atomic.Uint64{}}
}

func (ids requestIDs) next() string { return ids.prefix + strconv.FormatUint(ids.n.Add(1), 36) }

// maxForm bounds what a form may send, in bytes.
const maxForm = 64 << 10

// ServeHTTP serves norang's routes; what is none of them is a 404 page.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == s.verifyPath && r.Method == http.MethodGet {
		// Before the mux: this is asked for every request of the app behind, under whatever name that app has.
		s.serveVerify(w, r)
		return
	}
	sw := &statusWriter{ResponseWriter: w}
	if !s.knowsHost(r) {
		s.misdirected(sw, r)
		return
	}
	if path.Clean(r.URL.Path) != strings.TrimSuffix(r.URL.Path, "/") && r.URL.Path != "/" || r.URL.Path == s.prefix+"/static" {
		// ServeMux would redirect to its idea of the path; what is not written as we wrote it is not ours.
		s.unmatched(sw, r)
		return
	}
	s.mux.ServeHTTP(sw, r)
}

// unmatched answers what no row of the table is for: 405 if another method would be, else 404.
func (s *Server) unmatched(w http.ResponseWriter, hr *http.Request) {
	var allow []string
	for _, m := range []string{http.MethodGet, http.MethodPost} {
		probe := &http.Request{Method: m, URL: hr.URL, Host: hr.Host}
		if _, pattern := s.mux.Handler(probe); pattern != "" && pattern != "/" {
			allow = append(allow, m)
		}
	}
	rt := route{hr.Method, "unmatched", open, document, free, func(_ *Server, w http.ResponseWriter, _ *request) error {
		if len(allow) > 0 && !slices.Contains(allow, hr.Method) {
			w.Header().Set("Allow", strings.Join(allow, ", "))
			return problem.New(problem.MethodNotAllowed)
		}
		return problem.New(problem.NotFound)
	}}
	s.adapt(rt)(w, hr)
}

// adapt makes a handler of a row: it sets the headers that every answer has, checks method, access and origin, and turns
// the error into an answer.
func (s *Server) adapt(rt route) http.HandlerFunc {
	label := rt.method + " " + rt.path
	return func(w http.ResponseWriter, hr *http.Request) {
		began := time.Now()
		r := &request{Request: hr, kind: rt.kind, id: s.ids.next()}
		sw := w.(*statusWriter)
		defer func() {
			p := recover()
			if p != nil && p != http.ErrAbortHandler {
				s.log.Error("panic in a handler", "route", label, "request_id", r.id, "panic", p, "stack", string(debug.Stack()))
				if sw.status == 0 {
					s.fail(w, r, problem.New(problem.Internal))
				}
			}
			s.metrics.Request(label, sw.status, time.Since(began))
			if p == http.ErrAbortHandler {
				panic(p) // so that the server breaks the answer off where it is
			}
		}()
		s.commonHeaders(w.Header(), rt.kind)
		err := s.admit(w, r, rt)
		if err == nil {
			err = rt.handle(s, w, r)
		}
		if err != nil {
			s.fail(w, r, err)
		}
	}
}

func (s *Server) admit(w http.ResponseWriter, r *request, rt route) error {
	if rt.kind == hook {
		return s.count(r, rt.class) // open to all, and proven by what it says alone
	}
	r.lang = s.language(w, r)
	if rt.kind == step && r.Method != http.MethodGet {
		// A route of GET also runs for HEAD; a link scanner's HEAD must not spend somebody's code (LC-12).
		w.Header().Set("Allow", http.MethodGet)
		return problem.New(problem.MethodNotAllowed)
	}
	if err := s.count(r, rt.class); err != nil {
		return err // before anything of the request is read
	}
	if rt.kind == change {
		if err := s.readForm(w, r); err != nil {
			return err
		}
		if err := s.checkOrigin(r); err != nil {
			return err
		}
	}
	switch rt.access {
	case open:
		return nil
	case signedIn, members:
		p, err := s.principal(w, r)
		if err != nil {
			return err
		}
		if p == nil {
			return problem.New(problem.SessionNone)
		}
		if rt.access == members && p.User.Status != account.Active {
			return statusProblem(p.User.Status)
		}
		return nil
	}
	return problem.New(problem.Internal) // a row without an access level admits nobody
}

func statusProblem(st account.Status) error {
	switch st {
	case account.Pending:
		return problem.New(problem.JoinRequired)
	case account.Disabled:
		return problem.New(problem.LoginDisabled)
	}
	return problem.New(problem.LoginWithdrawn)
}

// readForm takes urlencoded forms and nothing else: what a cross-site page can send without asking (text/plain,
// multipart) is refused before anything looks into it (SO-06).
func (s *Server) readForm(w http.ResponseWriter, r *request) error {
	ct, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(ct), "application/x-www-form-urlencoded") && !(ct == "" && r.ContentLength == 0) {
		return problem.New(problem.RequestUnsupportedType)
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return problem.Wrap(problem.RequestTooLarge, err)
		}
		return problem.Wrap(problem.RequestBad, err)
	}
	return nil
}

// from is where the request came from, for the audit log and the list of devices.
func (s *Server) from(r *request) audit.Client {
	address := ""
	if a := s.clientAddr(r.Request); a.IsValid() {
		address = a.String()
	}
	return audit.Client{
		Address:   address,
		UserAgent: cleanAgent(r.UserAgent()),
		RequestID: r.id,
	}
}

func cleanAgent(ua string) string {
	ua = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ToValidUTF8(ua, ""))
	for len(ua) > audit.MaxUserAgent {
		ua = strings.ToValidUTF8(ua[:audit.MaxUserAgent], "")
	}
	return ua
}

// clientAddr is the address of the browser: the peer's, or what a trusted proxy says. The last address in
// X-Forwarded-For that is no trusted proxy counts, because everything before it was written by whoever is there.
func (s *Server) clientAddr(r *http.Request) netip.Addr {
	addr := peer(r)
	if !s.trusts(addr) {
		return addr
	}
	list := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(list) - 1; i >= 0; i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(list[i]))
		if err != nil {
			return addr
		}
		addr = a.Unmap()
		if !s.trusts(addr) {
			return addr
		}
	}
	return addr
}

func (s *Server) trusts(a netip.Addr) bool {
	for _, p := range s.trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func peer(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap() // ::ffff:10.0.0.1 is 10.0.0.1 (FA-07)
}
