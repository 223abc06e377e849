package kakaotest

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/norang-login/norang/internal/emulator"
	"github.com/norang-login/norang/providertest"
)

// TB is the part of *testing.T and *testing.B that [Start] uses.
type TB = providertest.TB

// Server is an emulator. It is an http.Handler that serves kauth, kapi and the control pages for any Host header,
// because their paths do not collide.
type Server struct {
	appAPI
	linkAPI
	faultAPI
	webhookAPI
	clockAPI

	world     *world
	mux       *http.ServeMux
	run       *emulator.Listener
	authority *Authority // nil without TLS
	prepared  sync.Once  // fills the key ring
}

// Start runs an emulator with the default app on a free port of 127.0.0.1 until the test ends.
func Start(t TB) *Server {
	t.Helper()
	return StartWith(t, Config{})
}

// StartWith is [Start] with a configuration. An empty BrowserURL becomes the address that is listened on.
func StartWith(t TB, cfg Config) *Server {
	t.Helper()
	return start(t, cfg, nil)
}

// start listens on a free port of 127.0.0.1, with https if there is a CA.
func start(t TB, cfg Config, ca *Authority) (s *Server) {
	t.Helper()
	emulator.StartListener(t, "kakaotest", func(address string) (*emulator.Listener, error) {
		scheme := "http://"
		if ca != nil {
			scheme = "https://"
		}
		cfg.BrowserURL = cmp.Or(cfg.BrowserURL, scheme+address)
		started, err := New(cfg)
		if err != nil {
			return nil, err
		}
		started.prepared.Do(func() { err = started.world.keys.fill(&testKeys) })
		if err != nil {
			return nil, err
		}
		t.Cleanup(started.world.keys.release) // after Close
		s = started
		s.secure(ca)
		return s.run, nil
	})
	return s
}

// secure makes the emulator listen on https if there is a CA.
func (s *Server) secure(ca *Authority) {
	if s.authority = ca; ca != nil {
		s.run.TLS = ca.ServerConfig()
	}
}

// New returns an emulator that does not listen; mount it as an http.Handler. The error names everything that is wrong
// with the configuration.
func New(cfg Config) (*Server, error) {
	cfg, err := withDefaults(cfg)
	if err != nil {
		return nil, err
	}
	if err := checkUnique(cfg); err != nil {
		return nil, err
	}
	w := newWorld(cfg)
	var faults []error
	for _, a := range cfg.Apps {
		faults = append(faults, w.accounts.checkApp(a))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	s := &Server{
		appAPI:     appAPI{w: w},
		linkAPI:    linkAPI{w},
		faultAPI:   faultAPI{w},
		webhookAPI: webhookAPI{w},
		clockAPI:   clockAPI{w},
		world:      w,
		mux:        http.NewServeMux(),
	}
	s.run = emulator.NewListener(s, w.out.stop)
	for _, e := range endpoints() {
		other := s.handler(otherMethod(e, cfg.Strict))
		for _, m := range e.accepted(cfg.Strict) {
			s.mux.HandleFunc(m+" "+e.path, s.handler(&e))
		}
		s.mux.HandleFunc("HEAD "+e.path, other) // ServeMux would take it for a GET, which makes codes
		s.mux.HandleFunc(e.path, other)
	}
	s.mux.HandleFunc("/", s.handler(unknownPath()))
	s.mux.Handle("GET /{$}", http.RedirectHandler("/-/", http.StatusFound))
	s.mountControl()
	return s, nil
}

// checkUnique reports duplicate ids and keys.
func checkUnique(cfg Config) error {
	var faults []error
	seen := map[string]bool{}
	once := func(kind emulator.Text, v string) {
		if seen[kind[1]+v] {
			faults = append(faults, emulator.Errorf("겹치는 %s: %s", "duplicate %s %s", kind, v))
		}
		seen[kind[1]+v] = true
	}
	for _, a := range cfg.Apps {
		once(emulator.Text{"앱 ID", "app id"}, fmt.Sprint(a.AppID))
		for _, k := range appKeys(a) {
			once(emulator.Text{"키", "key"}, k.Value)
		}
	}
	for _, a := range cfg.Accounts {
		once(emulator.Text{"계정 id", "account id"}, a.ID)
		if a.UserID != 0 {
			once(emulator.Text{"회원번호", "user id"}, fmt.Sprint(a.UserID))
		}
	}
	return errors.Join(faults...)
}

// Close stops listening, ends hanging responses and gives other requests half a second to finish.
func (s *Server) Close() error { return s.run.Close() }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.prepare() // the first request shows the page where a user signs in
	s.mux.ServeHTTP(w, r)
}

// prepare makes the signing keys in the background. The request that needs them reports the error, if there is one.
func (s *Server) prepare() {
	s.prepared.Do(func() { go func() { _ = s.world.keys.fill(nil) }() })
}

// URL is the base URL that the browser uses, for kauth as well as kapi.
func (s *Server) URL() string { return s.world.cfg.BrowserURL }

// AuthURL replaces https://kauth.kakao.com for the browser. It equals [Server.URL].
func (s *Server) AuthURL() string { return s.world.cfg.BrowserURL }

// APIURL replaces https://kapi.kakao.com, and https://kauth.kakao.com for the service's server. It equals
// [Config.ServerURL].
func (s *Server) APIURL() string { return s.world.cfg.ServerURL }

// Issuer is the iss of ID tokens.
func (s *Server) Issuer() string { return s.world.cfg.Issuer }

// Authority is the CA of an emulator on https; nil without TLS.
func (s *Server) Authority() *Authority { return s.authority }

// Addr is the host and port that [Start] listens on; empty for a server made by [New].
func (s *Server) Addr() string { return s.run.Addr() }

// Reset restores the configured state: apps, accounts, clock and scenarios, with empty logs. Signing keys stay,
// because clients may have cached them.
func (s *Server) Reset() {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.reset()
	s.world.log.Clear()
	s.world.out.clear()
}

// otherMethod answers CORS preflights, and methods that an endpoint does not have. Kakao documents no status for those;
// 405 is our choice.
func otherMethod(e endpoint, strict bool) *endpoint {
	allow := strings.Join(e.accepted(strict), ", ")
	inner := e
	e.handle = func(c *call) answer {
		if inner.cors() && c.r.Method == http.MethodOptions && c.r.Header.Get("Access-Control-Request-Method") != "" {
			return preflight(c.r, allow)
		}
		var a answer
		switch {
		case inner.page:
			a = c.koePage("KOE001")
		case inner.host == "kauth":
			a = kauthFail("KOE001", "method not allowed")
		default:
			a = c.kapiFail(-2, "method not allowed")
		}
		a.status = http.StatusMethodNotAllowed
		a.header.Set("Allow", allow)
		return a
	}
	return &e
}

// preflight allows a call from any origin.
func preflight(r *http.Request, methods string) answer {
	h := http.Header{"Access-Control-Allow-Methods": {methods}, "Access-Control-Max-Age": {"600"}}
	if names := r.Header.Get("Access-Control-Request-Headers"); names != "" {
		h.Set("Access-Control-Allow-Headers", names)
	}
	return answer{status: http.StatusOK, header: h, body: []byte{}}
}

// unknownPath answers paths outside Kakao Login: a KOE002 page, or -2 under kapi's prefixes.
func unknownPath() *endpoint {
	return &endpoint{name: "", page: true, host: "kauth", handle: func(c *call) answer {
		if p := c.r.URL.Path; strings.HasPrefix(p, "/v1/") || strings.HasPrefix(p, "/v2/") {
			a := c.kapiFail(-2, "not found")
			a.status = http.StatusNotFound
			return a
		}
		return c.koePage("KOE002")
	}}
}
