package kakaotest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// TB is what [Start] needs of a *testing.T or *testing.B.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// Server is an emulator: an http.Handler that serves kauth, kapi and its own control pages on one address. Their paths do
// not collide, so no Host is ever matched.
type Server struct {
	updating  sync.Mutex // held by UpdateApp
	world     *world
	mux       *http.ServeMux
	mu        sync.Mutex
	servers   []*http.Server
	addr      string
	authority *Authority // nil without TLS
	closed    chan struct{}
	once      sync.Once
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
func start(t TB, cfg Config, ca *Authority) *Server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("kakaotest: %v", err)
		return nil
	}
	scheme := "http://"
	address := ln.Addr().String()
	if ca != nil {
		scheme, ln = "https://", tls.NewListener(ln, ca.ServerConfig())
	}
	if cfg.BrowserURL == "" {
		cfg.BrowserURL = scheme + address
	}
	s, err := New(cfg)
	if err != nil {
		ln.Close()
		t.Fatalf("kakaotest: %v", err)
		return nil
	}
	s.world.keys.pool = &testKeys
	s.serve(ln, nil)
	s.addr, s.authority = address, ca
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Logf("closing: %v", err)
		}
		s.world.keys.release()
	})
	return s
}

// Authority is the CA of an emulator on https; nil without TLS.
func (s *Server) Authority() *Authority { return s.authority }

// Addr is the address that [Start] listens on, host and port; "" for a server made by [New].
func (s *Server) Addr() string { return s.addr }

// New makes an emulator that does not listen: mount it where you like, it is an http.Handler. The error names every
// fault of the configuration at once.
func New(cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := checkUnique(cfg); err != nil {
		return nil, err
	}
	s := &Server{world: newWorld(cfg), mux: http.NewServeMux(), closed: make(chan struct{})}
	var faults []error
	for _, a := range cfg.Apps {
		faults = append(faults, s.world.checkAppAccounts(a))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	for _, e := range endpoints() {
		for _, m := range e.methods {
			s.mux.HandleFunc(m+" "+e.path, s.handler(&e))
		}
		s.mux.HandleFunc(e.path, s.handler(wrongMethod(e)))
	}
	s.mux.HandleFunc("/", s.handler(unknownPath()))
	s.control()
	return s, nil
}

// checkUnique finds ids and keys that stand twice.
func checkUnique(cfg Config) error {
	var faults []error
	seen := map[string]bool{}
	once := func(kind, v string) {
		if seen[kind+v] {
			faults = append(faults, fmt.Errorf("the %s %q stands twice", kind, v))
		}
		seen[kind+v] = true
	}
	for _, a := range cfg.Apps {
		once("app id ", fmt.Sprint(a.AppID))
		for _, k := range a.keys() {
			once("key ", k.Value)
		}
	}
	for _, a := range cfg.Accounts {
		once("account id ", a.ID)
		if a.UserID != 0 {
			once("user id ", fmt.Sprint(a.UserID))
		}
	}
	return errors.Join(faults...)
}

// serve answers on ln until Close. It sends the error of a listener that fails before that to failed, if there is room.
func (s *Server) serve(ln net.Listener, failed chan<- error) {
	h := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: quiet()}
	s.mu.Lock()
	s.servers = append(s.servers, h)
	s.mu.Unlock()
	go func() {
		if err := h.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			select {
			case failed <- err:
			default:
			}
		}
	}()
}

// Close stops listening, ends hanging answers and gives answers under way half a second.
func (s *Server) Close() error {
	var faults []error
	s.once.Do(func() {
		close(s.closed)
		s.world.out.close()
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, h := range s.servers {
			if h.Shutdown(ctx) != nil {
				faults = append(faults, h.Close())
			}
		}
	})
	return errors.Join(faults...)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// URL is the base address that the browser sees; kauth and kapi are both under it.
func (s *Server) URL() string { return s.world.cfg.BrowserURL }

// AuthURL is what replaces https://kauth.kakao.com for the browser; it equals [Server.URL].
func (s *Server) AuthURL() string { return s.world.cfg.BrowserURL }

// APIURL is what replaces https://kapi.kakao.com (and kauth for the service's server); it equals [Config.ServerURL].
func (s *Server) APIURL() string { return s.world.cfg.ServerURL }

// Issuer is the "iss" of the ID tokens.
func (s *Server) Issuer() string { return s.world.cfg.Issuer }

// App returns the default app as it stands now.
func (s *Server) App() App {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	return s.world.apps[s.world.appOrder0()].clone()
}

// AppByID returns an app as it stands now.
func (s *Server) AppByID(appID int64) (App, error) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	a, ok := s.world.apps[appID]
	if !ok {
		return App{}, s.world.checkApp(appID)
	}
	return a.clone(), nil
}

// Apps returns all apps, in the order in which they were registered.
func (s *Server) Apps() []App {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	apps := make([]App, 0, len(s.world.appOrder))
	for _, id := range s.world.appOrder {
		apps = append(apps, s.world.apps[id].clone())
	}
	return apps
}

// AddApp registers a further app, for example one for each test so that parallel tests share nothing. A zero AppID gets
// the next free one; what else is empty gets its default. It returns the app as registered.
func (s *Server) AddApp(a App) (App, error) {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.appOrder) >= maxApps {
		return App{}, fmt.Errorf("more than %d apps", maxApps)
	}
	for a.AppID == 0 {
		w.nextApp++
		if id := defaultAppID + 1000 + w.nextApp; w.apps[id] == nil {
			a.AppID = id
		}
	}
	a = a.withDefaults()
	if err := errors.Join(a.check(), w.checkAppAccounts(a)); err != nil {
		return App{}, err
	}
	if w.apps[a.AppID] != nil {
		return App{}, fmt.Errorf("the app id %d stands twice", a.AppID)
	}
	for _, k := range a.keys() {
		if _, taken := w.keyApp[k.Value]; taken {
			return App{}, fmt.Errorf("app %d: a %s key belongs to another app", a.AppID, k.Type)
		}
	}
	w.addApp(a)
	return a.clone(), nil
}

// AddAccount registers an account, or replaces the one with its id; links stay.
func (s *Server) AddAccount(a Account) error {
	if err := a.check(); err != nil {
		return err
	}
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.accounts[a.ID]; !known && len(w.accOrder) >= maxAccounts {
		return fmt.Errorf("more than %d accounts", maxAccounts)
	}
	w.addAccount(a)
	return nil
}

// Accounts returns all accounts, in the order in which they were registered.
func (s *Server) Accounts() []Account {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	out := make([]Account, 0, len(s.world.accOrder))
	for _, id := range s.world.accOrder {
		out = append(out, *s.world.accounts[id])
	}
	return out
}

// UpdateApp changes an app, as its owner would in Kakao's console; zero means the default app. The change is refused as a
// whole if the app is not known or would be faulty. change must not call UpdateApp itself.
func (s *Server) UpdateApp(appID int64, change func(*App)) error {
	w := s.world
	s.updating.Lock() // one change after the other, so that none is lost
	defer s.updating.Unlock()
	if appID == 0 {
		appID = w.appOrder0()
	}
	old, err := s.AppByID(appID)
	if err != nil {
		return err
	}
	a := old.clone()
	change(&a) // without the world's lock: it may well ask the server something
	a.AppID = appID
	a = a.withDefaults()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.apps[appID] == nil { // a reset came in between
		return w.checkApp(appID)
	}
	if err := errors.Join(a.check(), w.checkAppAccounts(a)); err != nil {
		return err
	}
	for _, k := range a.keys() {
		if owner, taken := w.keyApp[k.Value]; taken && owner != appID {
			return fmt.Errorf("app %d: the key %q belongs to app %d", appID, k.Value, owner)
		}
	}
	for _, k := range old.keys() {
		delete(w.keyApp, k.Value)
	}
	for _, k := range a.keys() {
		w.keyApp[k.Value] = appID
	}
	w.apps[appID] = &a
	return nil
}

// AddRedirectURI registers redirect URIs with the default app's REST and JavaScript keys. A URI that is no absolute http
// or https address panics: it is a fault of the test.
func (s *Server) AddRedirectURI(uris ...string) {
	s.mustUpdate(func(a *App) { a.RedirectURIs = appendNew(a.RedirectURIs, uris) })
}

// AddLogoutRedirectURI registers logout redirect URIs with the default app, likewise.
func (s *Server) AddLogoutRedirectURI(uris ...string) {
	s.mustUpdate(func(a *App) { a.LogoutRedirectURIs = appendNew(a.LogoutRedirectURIs, uris) })
}

func (s *Server) mustUpdate(change func(*App)) {
	if err := s.UpdateApp(0, change); err != nil {
		panic(err)
	}
}

func appendNew(to, more []string) []string {
	for _, v := range more {
		if !slices.Contains(to, v) {
			to = append(to, v)
		}
	}
	return to
}

// wrongMethod is an endpoint's answer to a method that it does not have. Kakao does not document it; 405 is our choice.
func wrongMethod(e endpoint) *endpoint {
	allow := strings.Join(e.methods, ", ")
	inner := e
	e.handle = func(c *call) answer {
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

// unknownPath answers what is no path of Kakao Login: KOE002 as a page, except under kapi's prefixes.
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
