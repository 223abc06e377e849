package web

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

// Config is what [New] needs. Fields are required unless their comment says otherwise.
type Config struct {
	URL    *url.URL // the public address: scheme and host
	Prefix string   // "/auth"
	// Alone reports that norang has no app behind it, which then also serves "/" and "/login".
	Alone bool
	// Service is the service's display name.
	Service string
	// Owned lists the paths outside Prefix that norang serves; a trailing slash covers everything below.
	Owned []string

	// Providers are named in texts; default none.
	Providers *provider.Set
	Returns   *returnurl.Policy
	Sessions  *session.Sessions
	Pages     *page.Renderer
	Keys      *seal.Keyring
	Metrics   *metrics.Registry

	// CookieDomain shares the session cookie with sub-domains; optional.
	CookieDomain string
	// TrustedProxies are the peers whose X-Forwarded-* headers are believed; default none.
	TrustedProxies []netip.Prefix
	// Limits are the rate limits; the zero value is the defaults.
	Limits Limits

	// AccessLog logs every response at level info; default none.
	AccessLog bool

	Log *slog.Logger     // default slog.Default()
	Now func() time.Time // default time.Now
}

// Kernel serves the mounted routes. It holds no state of a single request.
type Kernel struct {
	Site    Site
	Cookies Cookies
	Proxies Proxies
	Returns *returnurl.Policy
	Metrics *metrics.Registry

	sessions *session.Sessions
	pages    *page.Renderer
	csrf     csrf
	limits   limiters
	report   *reporter
	ids      requestIDs
	table    table
}

// table is the route table once it is mounted.
type table struct {
	mux     *http.ServeMux
	rows    []Route
	errors  Errors
	owned   []string
	anyHost []string // paths served under any host name
	acting  []string // patterns of GET requests that do something
	encoded []string // patterns whose wildcards may be percent-encoded
	// direct serves GET directPath before everything else.
	directPath string
	direct     http.HandlerFunc
	// unmatched and misdirected answer what no route does, by method; see methodLabel.
	unmatched, misdirected map[string]http.HandlerFunc
	repeats                *repeats
}

// New makes a kernel without routes; see [Kernel.Mount].
func New(cfg Config) (*Kernel, error) {
	if cfg.URL == nil || cfg.Returns == nil || cfg.Sessions == nil || cfg.Pages == nil || cfg.Keys == nil ||
		cfg.Metrics == nil {
		return nil, errors.New("web: a required field of Config is missing")
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	limits, err := newLimiters(cfg.Limits, cfg.Now)
	if err != nil {
		return nil, err
	}
	limits.limited = cfg.Metrics.Limited
	site := Site{
		URL: cfg.URL, Prefix: cfg.Prefix, Alone: cfg.Alone, Service: cfg.Service, Providers: cfg.Providers,
		wrapped: &atomic.Bool{},
	}
	k := &Kernel{
		Site: site, Cookies: NewCookies(cfg.URL, cfg.CookieDomain),
		Proxies: cfg.TrustedProxies, Returns: cfg.Returns, Metrics: cfg.Metrics,
		sessions: cfg.Sessions, pages: cfg.Pages, csrf: csrf{site.Origin(), cfg.Keys.Signer("csrf")},
		limits: limits, report: newReporter(cfg.Log, cfg.Now), ids: newRequestIDs(),
		table: table{
			mux: http.NewServeMux(), errors: slices.Clone(kernelErrors), owned: cfg.Owned, repeats: newRepeats(cfg.Now),
		},
	}
	k.report.untrusted, k.report.access = k.Proxies.Warner(cfg.Log), cfg.AccessLog
	k.Metrics.LimitClasses(append(classNames[Starts:], "everybody", "unknown")...)
	k.table.mux.Handle("GET "+k.Site.Path("static/"), k.pages.Static())
	k.table.unmatched, k.table.misdirected = strays(k, "unmatched", k.noRoute), strays(k, "misdirected", k.otherHost)
	k.table.mux.HandleFunc("/", k.table.noMatch)
	// Paths of the app, such as /oauth/authorize, match the routes of providers too.
	cfg.Returns.RefuseActions(func(path string) bool { return k.Owns(path) && k.table.acts(path) })
	return k, nil
}

// acts reports whether a navigation to a path does something, or can only fail because the path is a form's.
func (t *table) acts(path string) bool {
	match := func(method string) string {
		_, pattern := t.mux.Handler(&http.Request{Method: method, URL: &url.URL{Path: path}})
		return pattern
	}
	get := match(http.MethodGet)
	return slices.Contains(t.acting, get) || get == "/" && match(http.MethodPost) != "/"
}

// Mount adds a feature's routes to the table, and the problems that answer its errors. It returns an error for a row
// that is incomplete, for paths that collide and for an error that another feature answers differently.
func (k *Kernel) Mount(routes []Route, answers ...ErrorRow) (err error) {
	defer func() {
		// ServeMux reports colliding patterns by a panic; these come from settings.
		if r := recover(); r != nil {
			err = fmt.Errorf("web: the configured paths collide: %v", r)
		}
	}()
	for _, r := range routes {
		if err := r.check(); err != nil {
			return err
		}
		at := k.Site.resolve(r.Path)
		if r.AnyHost {
			k.table.anyHost = append(k.table.anyHost, at)
		}
		if r.Direct != nil {
			if k.table.direct != nil {
				return fmt.Errorf("web: %s is a second direct route", r.Path)
			}
			k.table.directPath, k.table.direct = at, r.Direct
		}
		if r.Kind == Step && r.Class != Free {
			k.table.acting = append(k.table.acting, r.Method+" "+at)
		}
		k.table.mux.HandleFunc(r.Method+" "+at, k.handler(r))
		if r.Encoded {
			k.table.encoded = append(k.table.encoded, r.Method+" "+at)
		}
		if without, ok := strings.CutSuffix(at, "/"+exactMark); ok && without != "" {
			k.table.mux.HandleFunc(r.Method+" "+without, k.table.noMatch) // ServeMux would redirect to the path with the slash
		}
		k.table.rows = append(k.table.rows, r)
	}
	mountPreflights(k, routes)
	return k.table.errors.add(answers...)
}

// Routes are the mounted rows.
func (k *Kernel) Routes() []Route { return slices.Clone(k.table.rows) }

// ServeHTTP serves the mounted routes; every other path is a 404 page.
func (k *Kernel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.Cookies.adopt(r)
	plain := r.URL.RawPath == ""
	if r.URL.Path == k.table.directPath && r.Method == http.MethodGet && k.table.direct != nil && plain {
		k.table.direct(w, r)
		return
	}
	sw := &statusWriter{ResponseWriter: w}
	if !slices.Contains(k.table.anyHost, r.URL.Path) && !k.CheckHost(sw, r) {
		return
	}
	clean := r.URL.Path == "/" || path.Clean(r.URL.Path) == strings.TrimSuffix(r.URL.Path, "/")
	if !clean || r.URL.Path == k.Site.Path("static") || !plain && k.table.match(r) == "" {
		// ServeMux would redirect to a cleaned path. Only the exact path is served.
		k.table.noMatch(sw, r)
		return
	}
	k.table.mux.ServeHTTP(sw, r)
}

// CheckHost reports whether a request is for this service's host name. If not, it has answered it: with a redirect to
// that name, or with the problem host_unknown.
func (k *Kernel) CheckHost(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet && k.Site.sibling(r.Host) && Navigates(r) {
		_ = Redirect(w, k.Site.Origin()+r.URL.RequestURI()) // before a cookie is set for this name (RD-13)
		return false
	}
	if !k.Site.IsHost(r.Host) {
		k.table.misdirected[methodLabel(r.Method)](&statusWriter{ResponseWriter: w}, r)
		return false
	}
	if r.Method == http.MethodGet && r.Host != k.Site.URL.Host && k.Site.otherLoopback(r.Host) &&
		Navigates(r) && strings.Contains(r.Header.Get("Accept"), "text/html") {
		// The cookie of a sign-in would be set for this name, and the provider returns the user to the other one.
		_ = Redirect(w, k.Site.Origin()+r.URL.RequestURI())
		return false
	}
	return true
}

// Owns reports whether a path is norang's where there is an app behind it; every other path is the app's.
func (k *Kernel) Owns(path string) bool {
	if path == k.Site.Prefix || strings.HasPrefix(path, k.Site.Prefix+"/") {
		return true
	}
	for _, p := range k.table.owned {
		exact, isExact := strings.CutSuffix(p, exactMark)
		if path == exact || !isExact && strings.HasSuffix(p, "/") && strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// exactMark ends a pattern that does not match the paths below it (http.ServeMux).
const exactMark = "{$}"

// Exact is the pattern of one path, also if it ends with a slash.
func Exact(path string) string {
	if strings.HasSuffix(path, "/") {
		return path + exactMark
	}
	return path
}

// Wrap serves norang's own paths and passes everything else to app, which from now on has "/" and "/login".
func (k *Kernel) Wrap(app http.Handler) http.Handler {
	k.Site.wrapped.Store(true)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if k.Owns(r.URL.Path) {
			k.ServeHTTP(w, r)
			return
		}
		app.ServeHTTP(w, r)
	})
}

// methods are the methods that metrics tell apart.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	http.MethodConnect, http.MethodOptions, http.MethodTrace,
}

const otherMethod = "OTHER"

// methodLabel is a method as metrics name it: strangers invent methods, and a label lives as long as the process.
func methodLabel(method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return otherMethod
}

// strays makes the handlers of requests that no route serves, one for each label of [methodLabel].
func strays(k *Kernel, label string, h Handler) map[string]http.HandlerFunc {
	out := map[string]http.HandlerFunc{}
	for _, m := range append(slices.Clone(methods), otherMethod) {
		rt := Page(Open, label, h)
		rt.Method = m
		out[m] = k.handler(rt)
	}
	return out
}

// noMatch answers a request that no route serves.
func (t *table) noMatch(w http.ResponseWriter, r *http.Request) {
	t.unmatched[methodLabel(r.Method)](w, r)
}

// noRoute answers a request that no route matches: 405 if another method would match, else 404.
func (k *Kernel) noRoute(w http.ResponseWriter, r *Request) error {
	var allow []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		if k.table.match(&http.Request{Method: m, URL: r.URL, Host: r.Host}) != "" {
			allow = append(allow, m)
		}
	}
	if len(allow) > 0 && !slices.Contains(allow, r.Method) {
		w.Header().Set("Allow", strings.Join(allow, ", "))
		return problem.New(problem.MethodNotAllowed)
	}
	return problem.New(problem.NotFound)
}

// otherHost answers a request for another host name.
func (k *Kernel) otherHost(_ http.ResponseWriter, r *Request) error {
	return &problem.Error{Code: problem.HostUnknown, Location: k.Site.Origin() + "/", Err: fmt.Errorf(
		"request for host %q, this service is %q: a proxy in front must pass Host on",
		clip(r.Host, maxHostLogged), k.Site.URL.Host)}
}

// Render writes a page. The page is rendered completely before the first byte is sent.
func (k *Kernel) Render(w http.ResponseWriter, status int, v page.View) error {
	var b bytes.Buffer
	if err := k.pages.Render(&b, v); err != nil {
		return problem.Wrap(problem.Internal, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the client is gone if this fails
	return nil
}

// Now is the current time of the kernel's clock.
func (k *Kernel) Now() time.Time { return k.report.now() }

// Log is the kernel's logger.
func (k *Kernel) Log() *slog.Logger { return k.report.log }

// SetSession sends the session cookie. Its lifetime is the session's absolute limit, or the browser's if the user
// chose not to be remembered; the idle limit slides on the server only.
func (k *Kernel) SetSession(w http.ResponseWriter, t session.Token, p *session.Principal) {
	life := time.Duration(0)
	if p.Session.Remember {
		life = max(p.Session.ExpiresAt.Sub(k.Now()), time.Second)
	}
	k.Cookies.Set(w, k.Cookies.Session, t.Reveal(), life)
}
