package googletest

import (
	"context"
	"embed"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/emulator"
	"github.com/norang-login/norang/providertest"
)

// Types that the emulators of all providers share.
type (
	// TB is the part of *testing.T and *testing.B that [Start] uses.
	TB = providertest.TB
	// Scenario is a scripted fault. Code is the OAuth error to respond with.
	Scenario = providertest.Scenario
	// Request is an entry of the request log.
	Request = providertest.Request
)

//go:embed static
var staticFiles embed.FS

// Server is an emulator: an http.Handler that serves all of Google's hosts and the control pages for any Host
// header, because their paths do not collide. Its clock, scripted faults, logs and listening are those of
// [providertest.Server].
type Server struct {
	providertest.Server
	w *world
}

// Start runs an emulator on a free port of 127.0.0.1 until the test ends.
func Start(t TB) *Server {
	t.Helper()
	return StartWith(t, Config{})
}

// StartWith is [Start] with a configuration. An empty BrowserURL becomes the address that is listened on.
func StartWith(t TB, cfg Config) (s *Server) {
	t.Helper()
	emulator.Start(t, "googletest", cfg.BrowserURL, func(browserURL string) (_ *emulator.Server, err error) {
		cfg.BrowserURL = browserURL
		if s, err = New(cfg); err != nil {
			return nil, err
		}
		return s.w.Server, nil
	})
	return s
}

// New returns an emulator that does not listen; mount it as an http.Handler, or call Serve. The error names everything
// that is wrong with the configuration.
func New(cfg Config) (*Server, error) {
	cfg, wrong := withDefaults(cfg)
	w := &world{cfg: cfg, sent: emulator.NewJournal[Delivery](1000, nil)}
	s := &Server{w: w}
	shared, err := emulator.New(emulator.Config{
		Name: "googletest", BrowserURL: cfg.BrowserURL, ServerURL: cfg.ServerURL, AllowedHosts: cfg.AllowedHosts,
		Now: cfg.Now, Rand: cfg.Rand, RequestLog: cfg.RequestLog, Transport: cfg.Transport, Endpoints: w.endpoints(),
		Keys:  func() { publishedKeys(0) },
		Error: w.fault, Console: s.console, OwnNotices: true, Static: staticFiles,
		State:   map[string]any{"events": EventTypes()},
		Control: s.control(), Reset: w.reset,
		Actions:   map[string]emulator.Action{"account": s.accountButton},
		Registers: map[string]emulator.Register{"register": s.registerButton},
	})
	if err := errors.Join(wrong, err); err != nil {
		return nil, err
	}
	s.Server, w.Server = shared, shared
	s.w.Locked(w.reset)
	return s, nil
}

// APIURL is the base URL that the service's server uses, in place of https://oauth2.googleapis.com,
// https://openidconnect.googleapis.com and https://www.googleapis.com.
func (s *Server) APIURL() string { return s.ServerURL() }

// App returns the application.
func (s *Server) App() (a App) {
	s.w.Locked(func() { a = cloneApp(s.w.app) })
	return a
}

// UpdateApp changes the settings of the application. An invalid change has no effect.
func (s *Server) UpdateApp(change func(*App)) (err error) {
	s.w.Locked(func() {
		a := cloneApp(s.w.app)
		change(&a)
		a = appDefaults(a)
		if err = checkApp(a, s.w.ids()); err == nil {
			s.w.app = a
		}
	})
	return err
}

// Accounts returns the accounts.
func (s *Server) Accounts() (all []Account) {
	s.w.Locked(func() {
		for _, a := range s.w.accounts {
			all = append(all, *a)
		}
	})
	return all
}

// AddAccount adds an account or replaces the one with its id.
func (s *Server) AddAccount(a Account) (err error) {
	s.w.Locked(func() { err = s.w.addAccount(a) })
	return err
}

func (w *world) addAccount(a Account) error {
	if a.Subject == "" {
		a.Subject = derivedSubject(a.ID)
	}
	if err := checkAccount(a); err != nil {
		return err
	}
	for _, other := range w.accounts {
		if other.ID != a.ID && other.Subject == a.Subject {
			return emulator.Errorf("계정 %s의 sub가 %s의 것과 같습니다", "account %s has the subject of %s", a.ID, other.ID)
		}
	}
	if old := w.account(a.ID); old != nil {
		*old = a
		return nil
	}
	if len(w.accounts) >= 1000 {
		return emulator.Errorf("계정은 1000개까지입니다", "more than 1000 accounts")
	}
	w.accounts = append(w.accounts, &a)
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
func (s *Server) Grants() (all []Grant) {
	s.w.Locked(func() { all = s.w.list() })
	return all
}

func (w *world) list() []Grant {
	all := []Grant{}
	for _, a := range w.accounts {
		g := w.grants[a.ID]
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
func (s *Server) Subject(account string) (sub string) {
	s.w.Locked(func() {
		if a := s.w.account(account); a != nil {
			sub = a.Subject
		}
	})
	return sub
}

// Unlink ends a grant as the user does at "third-party connections": the tokens become invalid and the event
// tokens-revoked is sent, once. It waits for the receiver's answer. False if there was no grant.
func (s *Server) Unlink(ctx context.Context, account string) (ok bool) {
	s.w.Locked(func() { ok = s.w.endGrant(account) })
	if ok {
		s.SendEvent(ctx, account, EventSend{Type: TokensRevoked})
	}
	return ok
}

// KillTokens ends an account's refresh tokens without an event and without ending the grant, as the limit of 100 does.
func (s *Server) KillTokens(account string) {
	s.w.Locked(func() {
		if g := s.w.grants[account]; g != nil {
			for _, t := range g.refresh {
				t.dead = true
			}
			g.refresh = nil
		}
	})
}
