package navertest

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

// Server is an emulator: an http.Handler that serves nid.naver.com, openapi.naver.com and the control pages for any
// Host header, because their paths do not collide.
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
		t.Fatalf("navertest: %v", err)
		return nil
	}
	if cfg.BrowserURL == "" {
		cfg.BrowserURL = "http://" + ln.Addr().String()
	}
	s, err := New(cfg)
	if err != nil {
		ln.Close()
		t.Fatalf("navertest: %v", err)
		return nil
	}
	s.addr = ln.Addr().String()
	s.Serve(ln)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Logf("navertest: closing: %v", err)
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
		return errorAnswer(http.StatusNotFound, "404", "Not Found")
	}}))
	s.mux.Handle("GET /{$}", http.RedirectHandler("/-/", http.StatusFound))
	s.mountControl()
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

// URL is the base URL that the browser uses, in place of https://nid.naver.com.
func (s *Server) URL() string { return s.w.cfg.BrowserURL }

// APIURL is the base URL that the service's server uses, in place of https://openapi.naver.com and, for calls,
// https://nid.naver.com.
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

func cloneApp(a App) App {
	a.CallbackURLs, a.MobileCallbackURLs = slices.Clone(a.CallbackURLs), slices.Clone(a.MobileCallbackURLs)
	a.Items, a.Members = slices.Clone(a.Items), slices.Clone(a.Members)
	return a
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
	if a.UserID == "" {
		a.UserID = derivedID(a.ID)
	}
	if err := checkAccount(a); err != nil {
		return err
	}
	for _, other := range s.w.accounts {
		if other.ID != a.ID && other.UserID == a.UserID {
			return fmt.Errorf("account %s has the user id of %s", a.ID, other.ID)
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

// Link is the connection of an account with the application.
type Link struct {
	Account string    `json:"account"`
	UserID  string    `json:"user_id"`
	Agreed  []string  `json:"agreed"`
	Since   time.Time `json:"since"`
}

// Links lists the links, by account.
func (s *Server) Links() []Link {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	all := []Link{}
	for _, a := range s.w.accounts {
		l := s.w.links[a.ID]
		if l == nil {
			continue
		}
		out := Link{Account: a.ID, UserID: a.UserID, Since: l.since}
		for _, item := range itemIDs {
			if l.agreed[item] {
				out.Agreed = append(out.Agreed, item)
			}
		}
		all = append(all, out)
	}
	return all
}

// UserID returns the user id of an account in the application; "" if it is unknown.
func (s *Server) UserID(account string) string {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if a := s.w.account(account); a != nil {
		return a.UserID
	}
	return ""
}

// Unlink ends a link as the user does at "내정보 > 연결된 서비스 관리": the tokens die and the notice is sent, once. It
// waits for the receiver's answer. False if there was no link.
func (s *Server) Unlink(ctx context.Context, account string) bool {
	s.w.mu.Lock()
	ok := s.w.unlink(account)
	s.w.mu.Unlock()
	if ok {
		s.SendNotice(ctx, account, NoticeSend{})
	}
	return ok
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
