package navertest

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/emulator"
	"github.com/norang-login/norang/providertest"
)

// Types that the emulators of all providers share.
type (
	// TB is the part of *testing.T and *testing.B that [Start] uses.
	TB = providertest.TB
	// Scenario is a scripted fault. Code is a number of the API server ("024") or an OAuth error.
	Scenario = providertest.Scenario
	// Request is an entry of the request log.
	Request = providertest.Request
	// Delivery is a notice that was sent. There is no second attempt.
	Delivery = providertest.Delivery
)

//go:embed static
var staticFiles embed.FS

// Server is an emulator: an http.Handler that serves nid.naver.com, openapi.naver.com and the control pages for any
// Host header, because their paths do not collide. Its clock, scripted faults, logs and listening are those of
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
	emulator.Start(t, "navertest", cfg.BrowserURL, func(browserURL string) (_ *emulator.Server, err error) {
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
	w := &world{cfg: cfg}
	s := &Server{w: w}
	shared, err := emulator.New(emulator.Config{
		Name: "navertest", BrowserURL: cfg.BrowserURL, ServerURL: cfg.ServerURL, AllowedHosts: cfg.AllowedHosts,
		Now: cfg.Now, Rand: cfg.Rand, RequestLog: cfg.RequestLog, Transport: cfg.Transport, Endpoints: w.endpoints(),
		Keys:  func() { signingKey() },
		Error: w.fault, Console: s.console, Static: staticFiles, State: map[string]any{"items": itemIDs},
		Control: s.control(), Reset: w.reset,
		Actions:   map[string]emulator.Action{"unlink": s.unlinkButton},
		Registers: map[string]emulator.Register{"register": s.registerButton},
	})
	if err := errors.Join(wrong, err); err != nil {
		return nil, err
	}
	s.Server, w.Server = shared, shared
	s.w.Locked(w.reset)
	return s, nil
}

// APIURL is the base URL that the service's server uses, in place of https://openapi.naver.com and, for calls,
// https://nid.naver.com.
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

func cloneApp(a App) App {
	a.CallbackURLs, a.MobileCallbackURLs = slices.Clone(a.CallbackURLs), slices.Clone(a.MobileCallbackURLs)
	a.Items, a.Members = slices.Clone(a.Items), slices.Clone(a.Members)
	return a
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
	a.UserID = cmp.Or(a.UserID, derivedID(a.ID))
	if err := checkAccount(a); err != nil {
		return err
	}
	for _, other := range w.accounts {
		if other.ID != a.ID && other.UserID == a.UserID {
			return emulator.Errorf("계정 %s의 user_id가 %s의 것과 같습니다", "account %s has the user id of %s", a.ID, other.ID)
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

// Link is the connection of an account with the application.
type Link struct {
	Account string    `json:"account"`
	UserID  string    `json:"user_id"`
	Agreed  []string  `json:"agreed"`
	Since   time.Time `json:"since"`
}

// Links lists the links, by account.
func (s *Server) Links() (all []Link) {
	s.w.Locked(func() { all = s.w.list() })
	return all
}

func (w *world) list() []Link {
	all := []Link{}
	for _, a := range w.accounts {
		l := w.links[a.ID]
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
func (s *Server) UserID(account string) (id string) {
	s.w.Locked(func() {
		if a := s.w.account(account); a != nil {
			id = a.UserID
		}
	})
	return id
}

// Unlink ends a link as the user does at "내정보 > 연결된 서비스 관리": the tokens become invalid and the notice is sent, once. It
// waits for the receiver's answer. False if there was no link.
func (s *Server) Unlink(ctx context.Context, account string) (ok bool) {
	s.w.Locked(func() { ok = s.w.unlink(account) })
	if ok {
		s.SendNotice(ctx, account, NoticeSend{})
	}
	return ok
}
