package emulator

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/norang-login/norang/providertest"
)

// What users of the emulators see, see providertest.
type (
	TB       = providertest.TB
	Scenario = providertest.Scenario
	Request  = providertest.Request
	Delivery = providertest.Delivery
)

// Config configures a [Server].
type Config struct {
	// Name is the package of the emulator, for messages: "exampletest". Required.
	Name string
	// BrowserURL is the base URL that the browser uses, without path; ServerURL the one that the service's server uses.
	// BrowserURL is required; the default of ServerURL is BrowserURL.
	BrowserURL, ServerURL string
	// AllowedHosts are additional Host values for the control pages.
	AllowedHosts []string
	// Now is the clock that [Server.Advance] adds to. Default time.Now.
	Now func() time.Time
	// Rand is the source of tokens and codes. Default crypto/rand.
	Rand io.Reader
	// RequestLog is the number of requests in the log. Default 1000.
	RequestLog int
	// Transport sends notices. Default http.DefaultTransport.
	Transport http.RoundTripper
	// Endpoints are the provider's addresses. Required.
	Endpoints []Endpoint
	// Keys makes the keys that sign. It is called before a request needs them: an RS256 key takes a tenth of a second,
	// and many seconds on a busy machine, where the service would give the request up. Default none.
	Keys func()
	// Error is the provider's answer to a fault with a code, such as a scripted one. Status is 0 if the scenario does
	// not say. Required.
	Error func(c *Call, status int, code string, message Text) Answer
	// Console is the page at /-/, to which logs are added. Required.
	Console func(c *Call) Page
	// OwnNotices is for an emulator with its own log of notices. Console and control API then show none.
	OwnNotices bool
	// Static are further files under /-/static/, in a folder "static". Default none.
	Static fs.FS
	// State are further members of the control API's state.
	State map[string]any
	// Control are further routes of the control API.
	Control []ControlRoute
	// Actions are those of the console's forms at /-/ and the name, Registers those of [Call.WrongAddress].
	Actions   map[string]Action
	Registers map[string]Register
	// Reset restores the provider's state. It runs with the lock held. Required.
	Reset func()
}

// Server is what the emulators of several providers share: clock, randomness, scenarios, request log, control pages and
// listening. It is an http.Handler for any Host header. The lock guards the provider's state too: handlers of endpoints
// run with it held.
type Server struct {
	cfg       Config
	mux       *http.ServeMux
	endpoints []string
	log       *Journal[Request]
	sent      *Journal[Delivery]
	run       *Listener
	control   *Control

	prepared sync.Once // calls Keys

	mu     sync.Mutex
	offset time.Duration // of the clock
	faults []*Scenario
}

// New returns a server that does not listen. The error names everything that is wrong with the configuration.
func New(cfg Config) (*Server, error) {
	cfg.ServerURL = cmp.Or(cfg.ServerURL, cfg.BrowserURL)
	faults := []error{CheckHosts("allowed_hosts", cfg.AllowedHosts), CheckRequestLog(cfg.RequestLog)}
	cfg.RequestLog = cmp.Or(max(cfg.RequestLog, 0), 1000)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Keys == nil {
		cfg.Keys = func() {}
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	for _, base := range []string{cfg.BrowserURL, cfg.ServerURL} {
		u, err := url.Parse(base)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" {
			faults = append(faults, Errorf("browser_url과 server_url은 http://host처럼 적습니다: %q",
				"BrowserURL and ServerURL must be like http://host, got %q", base))
		}
	}
	s := &Server{
		cfg: cfg, mux: http.NewServeMux(), sent: NewJournal[Delivery](1000, nil),
		log: NewJournal(cfg.RequestLog, func(r *Request) *int64 { return &r.ID }),
	}
	s.run = NewListener(s.mux, nil)
	for _, e := range cfg.Endpoints {
		if !slices.Contains(s.endpoints, e.Name) { // several paths may share a name
			s.endpoints = append(s.endpoints, e.Name)
		}
		s.mux.HandleFunc(e.Path, s.handle(e))
	}
	s.mux.HandleFunc("/", s.handle(Endpoint{Page: true, Answer: func(c *Call) Answer {
		return cfg.Error(c, http.StatusNotFound, "not_found", Text{"없는 주소입니다", "no such address"})
	}}))
	s.mux.Handle("GET /{$}", http.RedirectHandler("/-/", http.StatusFound))
	s.mountControl()
	return s, errors.Join(faults...)
}

// Start listens on a free port of 127.0.0.1 until the test ends. build makes the emulator for the address, which is
// BrowserURL unless browserURL is set, and returns its Server. It waits for the keys, because a test signs in at once.
func Start(t TB, name, browserURL string, build func(browserURL string) (*Server, error)) {
	t.Helper()
	StartListener(t, name, func(address string) (*Listener, error) {
		s, err := build(cmp.Or(browserURL, "http://"+address))
		if err != nil {
			return nil, err
		}
		s.prepared.Do(s.cfg.Keys)
		return s.run, nil
	})
}

// Serve answers on ln until Close.
func (s *Server) Serve(ln net.Listener) {
	s.prepare()
	s.run.Serve(ln)
}

// prepare makes the keys in the background.
func (s *Server) prepare() { s.prepared.Do(func() { go s.cfg.Keys() }) }

// Close stops listening, ends hanging responses and gives other requests half a second to finish.
func (s *Server) Close() error { return s.run.Close() }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.prepare() // the first request shows the page where a user signs in
	s.mux.ServeHTTP(w, r)
}

// URL is the base URL that the browser uses.
func (s *Server) URL() string { return s.cfg.BrowserURL }

// ServerURL is the base URL that the service's server uses.
func (s *Server) ServerURL() string { return s.cfg.ServerURL }

// Addr is the host and port that [Start] listens on; empty for a server made by [New].
func (s *Server) Addr() string { return s.run.Addr() }

// Now is the time of the emulator's clock.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Time()
}

// Time is Now for a caller that holds the lock.
func (s *Server) Time() time.Time { return s.cfg.Now().Add(s.offset) }

// Advance moves the emulator's clock forward. A negative d is ignored.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += max(d, 0)
}

// Reset restores the configured state, with empty logs.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset, s.faults = 0, nil
	s.cfg.Reset()
	s.log.Clear()
	s.sent.Clear()
}

// Locked runs f with the lock held.
func (s *Server) Locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Random returns text of n random bytes in base64url.
func (s *Server) Random(n int) string {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.cfg.Rand, b); err != nil {
		panic(s.cfg.Name + ": " + err.Error()) // the source of randomness is broken
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// Endpoints lists the names for [Scenario.Endpoint] and [Request.Endpoint].
func (s *Server) Endpoints() []string { return slices.Clone(s.endpoints) }

// Clip cuts text to limit bytes.
func Clip(s string, limit int) string {
	if len(s) > limit {
		s = clipUTF8(s[:limit])
	}
	return s
}
