package login

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

// Route is a provider with the addresses that belong to it here.
type Route struct {
	Provider provider.Provider
	// RedirectURI is the callback as it is registered at the provider, to the letter. It comes from configuration and
	// never from a request (CI-06).
	RedirectURI string
	// Scopes are the consent items that a request may name.
	Scopes []string
}

// Config is what [New] needs. What does not say otherwise is required.
type Config struct {
	Routes   []Route
	Store    Store
	Sessions *session.Sessions
	Keys     *seal.Keyring
	Returns  *ReturnPolicy
	// JoinRequired says whether new people pass the join page.
	JoinRequired bool
	// Admission judges a proof of somebody who is not a member yet. Optional; it then counts instead of JoinRequired.
	Admission func(*provider.Result) account.Admission
	// Vault seals the provider's tokens, to be kept; nil drops them once the person is known. Offline keeps them also
	// beyond the session.
	TokenSealer *provider.TokenSealer
	Offline     bool
	// Rejoin is what becomes of people who left and come back; default account.RejoinNew. Blind is needed for
	// account.RejoinBlocked, see account.Parting.
	Rejoin account.Rejoin
	Blind  func(account.Key) []byte
	// PendingLife is how long a person may take to join, default 24 hours.
	PendingLife time.Duration
	// MaxInFlight bounds the callbacks that are at work at once, default 256. Four times as many may wait for a moment;
	// all others are told to try again, at once (DO-09). See queue.go.
	MaxInFlight int
	Now         func() time.Time // default time.Now
	Random      io.Reader        // default crypto/rand
	Log         *slog.Logger     // default slog.Default()
}

// Flow is the way through a login. It holds nothing of any single one.
type Flow struct {
	routes       map[string]Route
	store        Store
	sessions     *session.Sessions
	sealer       *seal.Sealer
	judge        *ReturnPolicy
	joinRequired bool
	admission    func(*provider.Result) account.Admission
	pendingLife  time.Duration
	tokenSealer  *provider.TokenSealer
	offline      bool
	returns      *seal.Sealer
	rejoin       account.Rejoin
	blind        func(account.Key) []byte
	inFlight     chan struct{}
	waiting      chan struct{} // places to wait, for one in inFlight or for another callback's end
	now          func() time.Time
	random       io.Reader
	log          *slog.Logger
}

// New makes a Flow; every fault of cfg is reported at once.
func New(cfg Config) (*Flow, error) {
	var faults []error
	if cfg.Store == nil || cfg.Sessions == nil || cfg.Keys == nil || cfg.Returns == nil || len(cfg.Routes) == 0 {
		return nil, errors.New("login: Routes, Store, Sessions, Keys and Judge are required")
	}
	f := &Flow{
		routes: map[string]Route{}, store: cfg.Store, sessions: cfg.Sessions, judge: cfg.Returns,
		sealer: cfg.Keys.Sealer(sealPurpose), joinRequired: cfg.JoinRequired, admission: cfg.Admission, pendingLife: cfg.PendingLife,
		tokenSealer: cfg.TokenSealer, offline: cfg.Offline, returns: cfg.Keys.Sealer("returning"), rejoin: cfg.Rejoin,
		now: cfg.Now, random: cfg.Random, log: cfg.Log,
	}
	for _, r := range cfg.Routes {
		name := r.Provider.Info().Name
		if _, twice := f.routes[name]; twice {
			faults = append(faults, fmt.Errorf("login: provider %q twice", name))
		}
		if r.RedirectURI == "" {
			faults = append(faults, fmt.Errorf("login: provider %q has no redirect URI", name))
		}
		f.routes[name] = r
	}
	switch f.rejoin {
	case "":
		f.rejoin = account.RejoinNew
	case account.RejoinNew, account.RejoinRestore:
	case account.RejoinBlocked:
		if f.blind = cfg.Blind; f.blind == nil {
			faults = append(faults, errors.New("login: RejoinBlocked needs Blind"))
		}
	default:
		faults = append(faults, fmt.Errorf("login: unknown policy %q for people who come back", f.rejoin))
	}
	if f.pendingLife <= 0 {
		f.pendingLife = account.PendingLife
	}
	if cfg.MaxInFlight <= 0 {
		cfg.MaxInFlight = 256
	}
	f.inFlight = make(chan struct{}, cfg.MaxInFlight)
	f.waiting = make(chan struct{}, rounds*cfg.MaxInFlight)
	if f.now == nil {
		f.now = time.Now
	}
	if f.random == nil {
		f.random = rand.Reader
	}
	if f.log == nil {
		f.log = slog.Default()
	}
	return f, errors.Join(faults...)
}

// newSession is the row of a session that begins now, complete but for whose it is.
func (f *Flow) newSession(a *attempt, authTime, now time.Time) (session.Session, error) {
	id, err := account.NewUUID(now, f.random)
	if err != nil {
		return session.Session{}, err
	}
	limits := f.sessions.Limits(a.Remember)
	if authTime.IsZero() || authTime.After(now) {
		authTime = now
	}
	return session.Session{
		ID: id, Key: a.Token.Key(), CreatedAt: now, AuthTime: authTime, SeenAt: now,
		IdleExpiresAt: now.Add(limits.Idle), ExpiresAt: now.Add(limits.Life), Remember: a.Remember,
	}, nil
}
