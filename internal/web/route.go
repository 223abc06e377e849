package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/recovered"
)

// Access is the access level of a route. The zero value is invalid.
type Access int8

const (
	// Open admits everyone.
	Open Access = iota + 1
	// SignedIn needs a session, including that of a pending user.
	SignedIn
	// Active needs a session of an active user.
	Active
)

// Kind decides how a route reports failures and treats HEAD, and which checks run before its handler.
type Kind int8

const (
	// Document is a page for a user.
	Document Kind = iota + 1
	// Step is a GET with an effect, such as starting a sign-in; HEAD has none (LC-12).
	Step
	// JSON answers programs.
	JSON
	// Form is a POST that changes something. Its origin is checked before the handler runs.
	Form
	// Remote is called by a provider's servers or an app on a phone. It has no cookies, in or out; the handler verifies
	// the content.
	Remote
	// Relay is a POST from outside the site: a provider's callback, or the first request of a web view. No origin
	// check, cookie or language applies to it.
	Relay
	// Call is a POST by a script, of our own or of a listed origin; see checkFetch.
	Call
)

// Class selects the rate limit of a route. The zero value is invalid.
type Class int8

const (
	// Free is for routes that change nothing and make no outbound calls. Store reads for sessions that are not cached
	// are limited separately, see [Kernel.Lookup].
	Free Class = iota + 1
	// Starts limits starting a sign-in.
	Starts
	// Callbacks limits callbacks, which may call the provider.
	Callbacks
	// Changes limits what users change about themselves.
	Changes
	// SignOuts limits every kind of sign-out.
	SignOuts
	// Hooks limits calls by a provider's servers.
	Hooks
	// Tokens limits access tokens.
	Tokens
	// Natives limits sign-ins by a provider's SDK, which may call the provider.
	Natives
	// Servers limits calls of the server API.
	Servers
	// classes is the number of classes, the zero value included.
	classes
)

// Handler answers a request or returns an error, which the kernel turns into a problem response.
type Handler = func(http.ResponseWriter, *Request) error

// Route is a row of the route table.
type Route struct {
	Method string
	Path   string // a http.ServeMux pattern; "{prefix}" at its start is replaced by the configured prefix
	Access Access
	Kind   Kind
	Class  Class
	Handle Handler

	// Label names the path in metrics; default Path. Configured paths need one.
	Label string
	// Client returns what a request counts for instead of its address; ok is false for the address.
	Client func(*Request) (client netip.Addr, ok bool)
	// Fetch lets scripts of listed origins call it and read the response.
	Fetch bool
	// Encoded lets the wildcards of Path be percent-encoded: they are free text, such as the user of "ref:a/b".
	Encoded bool
	// AnyHost serves the path under any host name, for health checks.
	AnyHost bool
	// Direct, at most one, serves GET requests for Path before every check. Handle still serves HEAD.
	Direct http.HandlerFunc
}

// Page is a row for a page.
func Page(a Access, path string, h Handler) Route {
	return Route{Method: http.MethodGet, Path: path, Access: a, Kind: Document, Class: Free, Handle: h}
}

// Action is a row for a form.
func Action(a Access, c Class, path string, h Handler) Route {
	return Route{Method: http.MethodPost, Path: path, Access: a, Kind: Form, Class: c, Handle: h}
}

// Trip is a row for a GET with an effect.
func Trip(a Access, c Class, path string, h Handler) Route {
	return Route{Method: http.MethodGet, Path: path, Access: a, Kind: Step, Class: c, Handle: h}
}

// Program is a row that answers programs.
func Program(path string, h Handler) Route {
	return Route{Method: http.MethodGet, Path: path, Access: Open, Kind: JSON, Class: Free, Handle: h}
}

// Script is a row that scripts call.
func Script(a Access, c Class, path string, h Handler) Route {
	return Route{Method: http.MethodPost, Path: path, Access: a, Kind: Call, Class: c, Handle: h}
}

// Server is a row of the server API: without cookies; the handler checks the key.
func Server(method, path string, h Handler) Route {
	return Route{Method: method, Path: path, Access: Open, Kind: Remote, Class: Servers, Handle: h, Encoded: true}
}

// Fetched is r, open to scripts of listed origins.
func (r Route) Fetched() Route {
	r.Fetch = true
	return r
}

// Limited is r with a limit class.
func (r Route) Limited(c Class) Route {
	r.Class = c
	return r
}

// check reports an incomplete row, and one that acts without a rate limit.
func (r Route) check() error {
	reason := ""
	switch {
	case r.Access < Open || r.Access > Active:
		reason = "no access level"
	case r.Kind < Document || r.Kind > Call:
		reason = "no kind"
	case r.Class <= 0 || r.Class >= classes:
		reason = "no limit class"
	case r.Handle == nil:
		reason = "no handler"
	case r.Method != http.MethodGet && r.Class == Free:
		reason = "changes something without a rate limit"
	case r.Kind == Step && r.Access == Open && r.Class == Free && r.Path != "/login": // which only redirects
		reason = "acts for strangers without a rate limit"
	case (r.Kind == Form || r.Kind == Relay || r.Kind == Call) != (r.Method == http.MethodPost) && r.Kind != Remote:
		reason = "kind does not fit the method"
	default:
		return nil
	}
	return fmt.Errorf("web: route %s %s: %s", r.Method, r.Path, reason)
}

// Serve serves one route outside the table, for another listener.
func (k *Kernel) Serve(rt Route) http.Handler {
	h := k.handler(rt)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h(&statusWriter{ResponseWriter: w}, r)
	})
}

// handler wraps a route's handler with the common headers, the checks, the problem response and the metrics.
func (k *Kernel) handler(rt Route) http.HandlerFunc {
	label := rt.Label
	if label == "" {
		label = rt.Path
	}
	label = rt.Method + " " + label
	responses := NewResponses(k, label)
	return func(w http.ResponseWriter, hr *http.Request) {
		began := time.Now()
		r := k.NewRequest(hr, rt.Kind)
		sw := w.(*statusWriter)
		defer func() {
			p := recover()
			if p != nil && p != http.ErrAbortHandler {
				k.report.problem(r, slog.LevelError, "panic in a handler",
					problem.From(problem.Wrap(problem.Internal, recovered.New(p))), "route", label)
				if sw.status == 0 {
					k.Fail(w, r, problem.New(problem.Internal))
				}
			}
			responses.Done(hr, r.ID, sw.status, began)
			if p == http.ErrAbortHandler {
				panic(p) // the server aborts the response
			}
		}()
		commonHeaders(k, w.Header(), rt.Kind)
		if rt.fetched() {
			AllowOrigin(k, w.Header(), hr)
		}
		if err := k.admit(w, r, rt); err != nil {
			k.Fail(w, r, err)
			return
		}
		if rt.Kind == Document || rt.Kind == Step || rt.Kind == Form {
			r.allowPreview(w.Header())
		}
		k.table.repeats.once(sw, r, rt, func() {
			err := permit(w, r, rt)
			if err == nil {
				err = rt.Handle(w, r)
			}
			if err != nil {
				k.Fail(w, r, err)
			}
		})
	}
}

// admit runs the checks of a route that need no session, the cheapest first.
func (k *Kernel) admit(w http.ResponseWriter, r *Request, rt Route) error {
	if rt.Kind == Remote || rt.Kind == Relay {
		r.Lang = i18n.Match(r.Header.Get("Accept-Language"), "")
		return k.Count(r, rt.Class) // the handler verifies the content
	}
	r.Lang = r.language(w)
	if rt.Kind == Step && r.Method != http.MethodGet {
		// A GET pattern also matches HEAD; a link scanner's HEAD must not spend an authorization code (LC-12).
		w.Header().Set("Allow", http.MethodGet)
		return problem.New(problem.MethodNotAllowed)
	}
	client := k.clientAddr(r.Request)
	if rt.Client != nil {
		if own, ok := rt.Client(r); ok {
			client, r.attempt = own, own
		}
	}
	if err := k.limits.count(client, rt.Class); err != nil {
		return err
	}
	return admitForm(w, r, rt)
}

// permit checks the access level of a route.
func permit(w http.ResponseWriter, r *Request, rt Route) error {
	if rt.Access == Open || rt.Kind == Remote || rt.Kind == Relay {
		return nil
	}
	p, err := r.SignedIn(w)
	switch {
	case err != nil:
		return err
	case p == nil:
		return problem.New(problem.SessionNone)
	case rt.Access == Active && p.User.Status != account.Active:
		return StatusProblem(p.User.Status)
	}
	return nil
}

// admitForm reads a form and checks where it comes from.
func admitForm(w http.ResponseWriter, r *Request, rt Route) error {
	if rt.Kind != Form && rt.Kind != Call {
		return nil
	}
	if err := r.ReadForm(w, maxForm); err != nil {
		return err
	}
	if rt.Kind == Call || rt.Fetch && r.Header.Get(csrfHeader) != "" {
		return checkFetch(r, rt)
	}
	if r.kernel.csrf.source(r.Request) == crossOrigin {
		return problem.New(problem.CSRFRefused)
	}
	return nil
}

// StatusProblem is the error for a user whose status does not admit them.
func StatusProblem(st account.Status) error {
	switch st {
	case account.Pending:
		return problem.New(problem.JoinRequired)
	case account.Disabled:
		return problem.New(problem.LoginDisabled)
	}
	return problem.New(problem.LoginWithdrawn)
}
