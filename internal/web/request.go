package web

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/tracecontext"
)

// Request is an HTTP request with what handlers need to know about it.
type Request struct {
	*http.Request
	ID   string
	Lang i18n.Lang
	// Principal and Token are set before handlers with [SignedIn] and [Active] access, and by [Request.SignedIn].
	Principal *session.Principal
	Token     session.Token
	// Retry is the return URL of a sign-in that failed; "" if the query holds it.
	Retry string

	kernel  *Kernel
	kind    Kind
	looked  bool       // the session has been looked up
	query   url.Values // parsed; nil before the first Query
	attempt netip.Addr // what the request counts for by [Route.Client]; invalid if it counts for its address
}

// NewRequest wraps a request that does not come through the route table.
func (k *Kernel) NewRequest(hr *http.Request, kind Kind) *Request {
	return &Request{Request: tracecontext.Request(hr), kernel: k, kind: kind, ID: k.ids.next()}
}

// Query parses the query as browsers write it: only "&" separates. net/url rejects a bare semicolon, which a return
// URL may contain ("/board;page=2"). All calls return the same values, which are not to be changed.
func (r *Request) Query() url.Values {
	if r.query == nil {
		r.query, _ = url.ParseQuery(strings.ReplaceAll(r.URL.RawQuery, ";", "%3B")) // invalid pairs are dropped
	}
	return r.query
}

// Client describes the client for the audit log and the list of devices.
func (r *Request) Client() audit.Client {
	address := ""
	if a := r.kernel.clientAddr(r.Request); a.IsValid() {
		address = a.String()
	}
	return audit.Client{Address: address, UserAgent: CleanAgent(r.UserAgent()), RequestID: r.ID}
}

// Actor is the user who makes the request.
func (r *Request) Actor() audit.Actor { return audit.User(r.Principal.User.ID, r.Client()) }

// Navigates reports whether the browser is navigating, as opposed to a fetch or a prefetch.
func (r *Request) Navigates() bool { return Navigates(r.Request) }

// CheckNavigates refuses requests by scripts. A script that is redirected to a provider fails there for want of CORS
// headers, without an explanation; the problem response explains it.
func (r *Request) CheckNavigates() error {
	if Framed(r.Request) {
		// A page that frames ours could start round trips that the user does not see (LC-13).
		return problem.Wrap(problem.CSRFRefused, errors.New("started inside a frame"))
	}
	if r.Navigates() {
		return nil
	}
	return &problem.Error{
		Code: problem.LoginNavigate, Err: errors.New("login fetched by a script"), Location: r.URL.RequestURI(),
	}
}

// WantsPage reports whether a failure is shown as a page, not as a problem body.
func (r *Request) WantsPage() bool {
	if r.kind == JSON || r.kind == Remote || r.kind == Call || bears(r.Request) {
		return false // a browser sends no bearer session when it navigates
	}
	return r.Navigates() && r.Header.Get("Accept") != "*/*" // as curl and scripts send it
}

// Frame is what every page has. csrf is "" on pages without a form.
func (r *Request) Frame(csrf string) page.Frame {
	f := page.Frame{Lang: r.Lang, CSRF: csrf, RequestID: r.ID}
	if r.Principal != nil {
		f.Provider = r.Principal.Identity.Provider
	}
	if r.Method == http.MethodGet && r.kind == Document {
		f.Path = r.URL.RequestURI()
		f.Flash = page.ParseFlash(r.Query().Get("notice"))
	} else if r.Retry != "" {
		f.Path = r.kernel.Site.SignInURL(r.Retry, "") // the language switch leads to the next try
	}
	if f.WebView = session.WebView(r.UserAgent()); f.WebView {
		f.Outside = session.Outside(r.UserAgent(), r.kernel.Site.Origin()+r.outside())
	}
	return f
}

// outside is the page to open in another browser: this one if it leads to a sign-in, else the sign-in page.
func (r *Request) outside() string {
	if r.Method == http.MethodGet && (r.URL.Path == "/" || r.URL.Path == r.kernel.Site.Path("login")) {
		return r.URL.RequestURI()
	}
	return r.kernel.Site.SignInURL(r.ReturnTo(r.Query()), "")
}

// FormFrame is Frame with the session's form token.
func (r *Request) FormFrame() page.Frame { return r.Frame(r.FormToken()) }

// ReturnTo is the cleaned return_to of a query or form; a repeated parameter counts as none.
func (r *Request) ReturnTo(q url.Values) string {
	raw := q["return_to"]
	if len(raw) != 1 {
		raw = []string{""}
	}
	to, ok := r.kernel.Returns.Clean(raw[0])
	if !ok && raw[0] != "" {
		r.kernel.report.returnDropped(raw[0])
	}
	return to
}

// Back is the return URL of a sign-in that a request needs: the requested page; for a step, the page above it, which
// leads to it; for a form, the page that sent it; else the default page.
func (r *Request) Back() string {
	if r.Method != http.MethodGet {
		to, _ := r.kernel.Returns.Clean(r.Referer())
		return to
	}
	if r.kind == Step {
		above := url.URL{Path: path.Dir(r.URL.Path), RawQuery: r.URL.RawQuery}
		to, _ := r.kernel.Returns.Clean(above.RequestURI())
		return to
	}
	target := r.RequestURI // as sent, which URL.RequestURI may spell differently
	if !strings.HasPrefix(target, "/") {
		target = r.URL.RequestURI()
	}
	to, _ := r.kernel.Returns.Clean(target)
	return to
}

// Done redirects a user to target and answers a script or an app with 204.
func (r *Request) Done(w http.ResponseWriter, target string) error {
	if !r.Navigates() || bears(r.Request) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return Redirect(w, target)
}

// requestIDs hands out cheap ids: a random prefix of the process and a counter. They are shown on pages and in the
// log, are not secret and prove nothing.
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

var requestIDForm = regexp.MustCompile(`^[a-z2-7]{8}-[1-9a-z][0-9a-z]{0,12}$`)

// IsRequestID reports whether text has the form of the ids of requests, which are in lower case.
func IsRequestID(text string) bool { return requestIDForm.MatchString(text) }

// maxForm bounds the body of a form, in bytes.
const maxForm = 64 << 10

// ReadForm parses a form of at most limit bytes into PostForm. It accepts urlencoded forms only: the other types that
// a cross-site page can send without a preflight (text/plain, multipart) are refused before the body is read (SO-06).
func (r *Request) ReadForm(w http.ResponseWriter, limit int64) error {
	ct, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	urlencoded := strings.EqualFold(strings.TrimSpace(ct), "application/x-www-form-urlencoded")
	if !urlencoded && (ct != "" || r.ContentLength != 0) {
		return problem.New(problem.RequestUnsupportedType)
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	if err := r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return problem.Wrap(problem.RequestTooLarge, err)
		}
		return problem.Wrap(problem.RequestBad, err)
	}
	return nil
}
