package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

// Config is what [New] needs; all of it but what says otherwise is required.
type Config struct {
	URL    *url.URL // the public address: scheme and host alone
	Prefix string   // "/auth"
	Alone  bool     // no app stands behind: "/" and "/login" are ours
	// Service is the name that people know the service by.
	Service string

	// CallbackPath and SignoutCallbackPath are the paths of the addresses that are registered at Kakao, whatever they
	// are: an existing service moves over without touching the console.
	CallbackPath        string
	SignoutCallbackPath string

	Providers *provider.Set
	Flow      *login.Flow
	Members   *join.Service
	Consents  *consent.Service
	Leaver    *withdrawal.Service
	Linker    *linking.Service
	// OldApp is the app of Kakao's whose numbers can no longer be proven; default none.
	OldApp   string
	Sessions *session.Sessions
	Judge    *login.ReturnPolicy
	Pages    *page.Renderer
	Keys     *seal.Keyring
	Metrics  *metrics.Registry

	// Restorable says that who left may take the account up again in the grace period that Leaver knows.
	Restorable bool
	// KeptMonths is for how long sign-in records are kept after somebody left; default 3.
	KeptMonths int
	// CookieDomain shares the session cookie with sub-domains; optional.
	CookieDomain string
	// TrustedProxies are the peers whose X-Forwarded-* are believed; default none.
	TrustedProxies []netip.Prefix
	// Limits say how often strangers may ask; the zero value is the defaults.
	Limits Limits
	// Own is the store, as far as a person may look into it.
	Own Own
	// Ready reports whether the store answers.
	Ready func(context.Context) error

	Log *slog.Logger     // default slog.Default()
	Now func() time.Time // default time.Now
}

// Server is norang's routes. It holds nothing of a single request.
type Server struct {
	url                 *url.URL
	origin              string // scheme://host
	prefix              string
	alone               bool
	service             string
	callbackPath        string
	signoutCallbackPath string
	providers           *provider.Set
	first               string // the provider whose callback path is configured

	flow     *login.Flow
	members  *join.Service
	consents *consent.Service
	leaver   *withdrawal.Service
	linker   *linking.Service
	sessions *session.Sessions
	judge    *login.ReturnPolicy
	pages    *page.Renderer
	metrics  *metrics.Registry
	csrf     *seal.Signer
	signouts *seal.Sealer
	lefts    *seal.Sealer
	proofs   *seal.Sealer
	returns  *seal.Sealer
	noes     *seal.Sealer
	merges   *seal.Sealer
	oldApp   string
	cookies  cookies
	trusted  []netip.Prefix
	limits   limiters
	own      Own
	ready    func(context.Context) error
	log      *slog.Logger
	now      func() time.Time
	ids      requestIDs
	mux      *http.ServeMux

	// Each is said once in the life of a process: whoever can cause it could fill the log.
	untrusted, incomplete sync.Once
	failing               *failing

	// features are the words of what RequireConsent guards, by key; replaced, never changed.
	features atomic.Pointer[map[string][2]string]

	verifyPath string
	keptMonths int
	restorable bool
	verified   *metrics.Route
}

// New builds the routes. Faults of the configuration are reported at once; routes that collide with each other (a
// callback at "/auth/login", say) are a fault, not a panic.
func New(cfg Config) (_ *Server, err error) {
	if cfg.URL == nil || cfg.Flow == nil || cfg.Members == nil || cfg.Consents == nil || cfg.Leaver == nil || cfg.Linker == nil || cfg.Sessions == nil || cfg.Judge == nil ||
		cfg.Pages == nil || cfg.Keys == nil || cfg.Metrics == nil || len(cfg.Providers.All()) == 0 || cfg.Ready == nil || cfg.Own == nil {
		return nil, errors.New("web: a required field of Config is missing")
	}
	s := &Server{
		url: cfg.URL, origin: cfg.URL.Scheme + "://" + cfg.URL.Host, prefix: cfg.Prefix, alone: cfg.Alone, service: cfg.Service,
		callbackPath: cfg.CallbackPath, signoutCallbackPath: cfg.SignoutCallbackPath,
		providers: cfg.Providers, first: cfg.Providers.All()[0].Info().Name,
		flow: cfg.Flow, leaver: cfg.Leaver, keptMonths: cfg.KeptMonths, restorable: cfg.Restorable, lefts: cfg.Keys.Sealer("left"), returns: cfg.Keys.Sealer("question"),
		linker: cfg.Linker, proofs: cfg.Keys.Sealer("fresh proof"), consents: cfg.Consents, noes: cfg.Keys.Sealer("declined"),
		members: cfg.Members, sessions: cfg.Sessions, judge: cfg.Judge, pages: cfg.Pages,
		merges: cfg.Keys.Sealer("merge"), oldApp: cfg.OldApp,
		metrics: cfg.Metrics, csrf: cfg.Keys.Signer("csrf"), signouts: cfg.Keys.Sealer("signout"),
		cookies: newCookies(cfg.URL.Scheme == "https", cfg.CookieDomain), trusted: cfg.TrustedProxies,
		own: cfg.Own, ready: cfg.Ready, log: cfg.Log, now: cfg.Now, ids: newRequestIDs(), mux: http.NewServeMux(),
		verifyPath: cfg.Prefix + "/verify", verified: cfg.Metrics.Route("GET {prefix}/verify"), failing: newFailing(),
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.keptMonths <= 0 {
		s.keptMonths = 3
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.limits, err = newLimiters(cfg.Limits, s.now); err != nil {
		return nil, err
	}
	defer func() {
		// ServeMux reports colliding patterns by a panic; here they come from settings and are told as such.
		if r := recover(); r != nil {
			err = fmt.Errorf("web: the configured paths collide: %v", r)
		}
	}()
	for _, r := range s.table() {
		s.mux.HandleFunc(s.pattern(r), s.adapt(r))
	}
	s.mux.Handle("GET "+s.prefix+"/static/", s.pages.Static())
	s.mux.HandleFunc("/", s.unmatched)
	return s, nil
}

func (s *Server) table() []route {
	if s.alone {
		return append(append([]route{}, routes...), aloneRoutes...)
	}
	return routes
}

// Owns reports whether a path is norang's where an app stands beside it: its prefix, the providers' addresses and the
// two callbacks. Everything else is the app's.
func (s *Server) Owns(path string) bool {
	return path == s.callbackPath || path == s.signoutCallbackPath ||
		strings.HasPrefix(path, s.prefix+"/") || path == s.prefix || strings.HasPrefix(path, "/oauth/") && s.ownsProvider(path)
}

func (s *Server) ownsProvider(path string) bool {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/oauth/"), "/")
	_, ok := s.providers.Get(name)
	return ok
}
