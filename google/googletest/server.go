package googletest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// TB is the part of *testing.T and *testing.B that [Start] uses.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// Server is an emulator: an http.Handler that serves all of Google's hosts and the control pages for any Host
// header, because their paths do not collide.
type Server struct {
	w   *world
	mux *http.ServeMux

	mu      sync.Mutex // guards servers
	servers []*http.Server
	addr    string
	closed  chan struct{}
	once    sync.Once
}

// Start runs an emulator on a free port of 127.0.0.1 until the test ends.
func Start(t TB) *Server {
	t.Helper()
	return StartWith(t, Config{})
}

// StartWith is [Start] with a configuration. An empty BrowserURL becomes the address that is listened on.
func StartWith(t TB, cfg Config) *Server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("googletest: %v", err)
		return nil
	}
	if cfg.BrowserURL == "" {
		cfg.BrowserURL = "http://" + ln.Addr().String()
	}
	s, err := New(cfg)
	if err != nil {
		ln.Close()
		t.Fatalf("googletest: %v", err)
		return nil
	}
	s.addr = ln.Addr().String()
	s.Serve(ln)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Logf("googletest: closing: %v", err)
		}
	})
	return s
}

// New returns an emulator that does not listen; mount it as an http.Handler, or call Serve. The error names everything
// that is wrong with the configuration.
func New(cfg Config) (*Server, error) {
	cfg, err := withDefaults(cfg)
	if err != nil {
		return nil, err
	}
	s := &Server{w: newWorld(cfg), mux: http.NewServeMux(), closed: make(chan struct{})}
	for _, e := range endpoints() {
		s.mux.HandleFunc(e.path, s.handle(e))
	}
	s.mux.HandleFunc("/", s.handle(endpoint{name: "", answer: func(*call) answer {
		return oauthError(http.StatusNotFound, "not_found", "Not Found", "Google has nothing at this path")
	}}))
	s.mux.Handle("GET /{$}", http.RedirectHandler("/-/", http.StatusFound))
	mountControl(s)
	return s, nil
}

// Serve answers on ln until Close.
func (s *Server) Serve(ln net.Listener) {
	h := &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: log.New(io.Discard, "", 0),
	}
	s.mu.Lock()
	s.servers = append(s.servers, h)
	s.mu.Unlock()
	go func() { _ = h.Serve(ln) }() // ends with Close
}

// Close stops listening, ends hanging responses and gives other requests half a second to finish.
func (s *Server) Close() error {
	s.once.Do(func() { close(s.closed) })
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	var faults []error
	for _, h := range s.servers {
		if h.Shutdown(ctx) != nil {
			faults = append(faults, h.Close())
		}
	}
	s.servers = nil
	return errors.Join(faults...)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// URL is the base URL that the browser uses, in place of https://accounts.google.com, and the issuer.
func (s *Server) URL() string { return s.w.cfg.BrowserURL }

// APIURL is the base URL that the service's server uses, in place of https://oauth2.googleapis.com,
// https://openidconnect.googleapis.com and https://www.googleapis.com.
func (s *Server) APIURL() string { return s.w.cfg.ServerURL }

// Addr is the host and port that [Start] listens on; empty for a server made by [New].
func (s *Server) Addr() string { return s.addr }

// Now is the time of the emulator's clock.
func (s *Server) Now() time.Time {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	return s.w.now()
}

// Advance moves the emulator's clock forward. A negative d is ignored.
func (s *Server) Advance(d time.Duration) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.offset += max(d, 0)
}

// Reset restores the configured state, with empty logs.
func (s *Server) Reset() {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.reset()
	s.w.log.clear()
	s.w.sent.clear()
}

// App returns the application.
func (s *Server) App() App {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	return cloneApp(s.w.app)
}

// UpdateApp changes the settings of the application. An invalid change has no effect.
func (s *Server) UpdateApp(change func(*App)) error {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	a := cloneApp(s.w.app)
	change(&a)
	a = appDefaults(a)
	if err := checkApp(a); err != nil {
		return err
	}
	s.w.app = a
	return nil
}

// Accounts returns the accounts.
func (s *Server) Accounts() []Account {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	var all []Account
	for _, a := range s.w.accounts {
		all = append(all, *a)
	}
	return all
}

// AddAccount adds an account or replaces the one with its id.
func (s *Server) AddAccount(a Account) error {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if a.Subject == "" {
		a.Subject = derivedSubject(a.ID)
	}
	if err := checkAccount(a); err != nil {
		return err
	}
	for _, other := range s.w.accounts {
		if other.ID != a.ID && other.Subject == a.Subject {
			return fmt.Errorf("account %s has the subject of %s", a.ID, other.ID)
		}
	}
	if old := s.w.account(a.ID); old != nil {
		*old = a
		return nil
	}
	if len(s.w.accounts) >= 1000 {
		return errors.New("more than 1000 accounts")
	}
	s.w.accounts = append(s.w.accounts, &a)
	return nil
}

// Grant is what an account has agreed to: the app is among its third-party connections.
type Grant struct {
	Account       string    `json:"account"`
	Subject       string    `json:"subject"`
	Scopes        []string  `json:"scopes"`
	Since         time.Time `json:"since"`
	RefreshTokens int       `json:"refresh_tokens"` // live ones
}

// Grants lists the grants, by account.
func (s *Server) Grants() []Grant {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	all := []Grant{}
	for _, a := range s.w.accounts {
		g := s.w.grants[a.ID]
		if g == nil {
			continue
		}
		out := Grant{Account: a.ID, Subject: a.Subject, Since: g.since}
		for _, t := range g.refresh {
			if !t.dead {
				out.RefreshTokens++
			}
		}
		for _, scope := range knownScopes {
			if g.scopes[scope] {
				out.Scopes = append(out.Scopes, scope)
			}
		}
		all = append(all, out)
	}
	return all
}

// Subject returns the sub of an account; "" if it is unknown.
func (s *Server) Subject(account string) string {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if a := s.w.account(account); a != nil {
		return a.Subject
	}
	return ""
}

// Unlink ends a grant as the user does at "third-party connections": the tokens die and the event tokens-revoked is
// sent, once. It waits for the receiver's answer. False if there was no grant.
func (s *Server) Unlink(ctx context.Context, account string) bool {
	s.w.mu.Lock()
	ok := s.w.endGrant(account)
	s.w.mu.Unlock()
	if ok {
		s.SendEvent(ctx, account, EventSend{Type: TokensRevoked})
	}
	return ok
}

// KillTokens ends an account's refresh tokens without an event and without ending the grant, as the limit of 100 does.
func (s *Server) KillTokens(account string) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if g := s.w.grants[account]; g != nil {
		for _, t := range g.refresh {
			t.dead = true
		}
		g.refresh = nil
	}
}

// ownHosts are the hosts of the control pages besides loopback.
func (s *Server) ownHosts() []string {
	own := slices.Clone(s.w.cfg.AllowedHosts)
	for _, base := range []string{s.w.cfg.BrowserURL, s.w.cfg.ServerURL} {
		if u, err := url.Parse(base); err == nil {
			own = append(own, u.Host)
		}
	}
	return own
}
