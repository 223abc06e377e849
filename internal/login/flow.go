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
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

// Route is a provider with its addresses here.
type Route struct {
	Provider provider.Provider
	// RedirectURI is the callback exactly as registered at the provider. It comes from configuration, never from a
	// request (CI-06).
	RedirectURI string
	// Scopes are the consent items that a request may name.
	Scopes []string
}

// Config is what [New] needs. Fields are required unless their comment says otherwise.
type Config struct {
	Routes   []Route
	Store    Store
	Sessions *session.Sessions
	Keys     *seal.Keyring
	Returns  *returnurl.Policy
	// JoinRequired says whether new users pass the join page. Admission, if set, decides it from the claims instead.
	JoinRequired bool
	Admission    func(*provider.Result) account.Admission
	// TokenSealer seals the provider's tokens. With KeepTokens all are kept, with Offline beyond the session; without
	// it only those that a provider needs to unlink. Default nil: none are kept.
	TokenSealer         *provider.TokenSealer
	KeepTokens, Offline bool
	// Rejoin is what happens to withdrawn users who return; default account.RejoinNew. Blind is required for
	// account.RejoinBlocked, see account.WithdrawalPolicy.
	Rejoin account.Rejoin
	Blind  func(account.Key) []byte
	// PendingLife is how long a user may take to join, default 24 hours.
	PendingLife time.Duration
	// MaxInFlight bounds the callbacks that are handled at once, default 256. Four times as many may wait for a few
	// seconds; the response to any others asks to retry (DO-09). See queue.go.
	MaxInFlight int
	// Stage gets the time of each stage of a callback; default none. See Stages.
	Stage  func(stage string, took time.Duration)
	Now    func() time.Time // default time.Now
	Random io.Reader        // default crypto/rand
	Log    *slog.Logger     // default slog.Default()
}

// Flow signs users in. It holds no state of a single sign-in.
type Flow struct {
	cfg       Config
	routes    map[string]Route
	providers *provider.Set
	attempts  *seal.Sealer // of attempt cookies
	returns   *seal.Sealer // of questions to users who return
	profiles  *seal.Sealer // of unsigned profiles
	nonces    *seal.Signer // of nonces for apps
	marks     marker       // of states, see again
	stages    stages
	queue     *queue
}

// New checks cfg and returns a Flow. It reports every error at once.
func New(cfg Config) (*Flow, error) {
	if cfg.Store == nil || cfg.Sessions == nil || cfg.Keys == nil || cfg.Returns == nil || len(cfg.Routes) == 0 {
		return nil, errors.New("login: Routes, Store, Sessions, Keys and Returns are required")
	}
	cfg.setDefaults()
	f := &Flow{
		cfg: cfg, routes: make(map[string]Route, len(cfg.Routes)),
		attempts: cfg.Keys.Sealer(sealPurpose), returns: cfg.Keys.Sealer("returning"),
		profiles: cfg.Keys.Sealer("unsigned profile"), nonces: cfg.Keys.Signer("native nonce"),
		marks: marker{cfg.Keys.Signer("same browser")}, stages: cfg.Stage, queue: newQueue(&cfg),
	}
	var errs []error
	var all []provider.Provider
	for _, r := range cfg.Routes {
		name := r.Provider.Info().Name
		if r.RedirectURI == "" {
			errs = append(errs, fmt.Errorf("login: provider %q has no redirect URI", name))
		}
		f.routes[name], all = r, append(all, r.Provider)
	}
	var err error
	f.providers, err = provider.NewSet(all...)
	errs = append(errs, err)
	switch cfg.Rejoin {
	case account.RejoinNew, account.RejoinRestore:
	case account.RejoinBlocked:
		if cfg.Blind == nil {
			errs = append(errs, errors.New("login: RejoinBlocked needs Blind"))
		}
	default:
		errs = append(errs, fmt.Errorf("login: unknown rejoin policy %q", cfg.Rejoin))
	}
	return f, errors.Join(errs...)
}

func (c *Config) setDefaults() {
	if c.Rejoin == "" {
		c.Rejoin = account.RejoinNew
	}
	if c.Rejoin != account.RejoinBlocked {
		c.Blind = nil
	}
	if c.PendingLife <= 0 {
		c.PendingLife = account.PendingLife
	}
	if c.MaxInFlight <= 0 {
		c.MaxInFlight = 256
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Stage == nil {
		c.Stage = func(string, time.Duration) {}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
}

// newSession returns the session that a sign-in starts, without the ids of user and identity.
func (f *Flow) newSession(a *attempt, authTime, now time.Time) (session.Session, error) {
	id, err := account.NewUUID(now, f.cfg.Random)
	if err != nil {
		return session.Session{}, err
	}
	limits := f.cfg.Sessions.Limits(a.Remember)
	switch {
	case authTime.IsZero(), inTheFuture(authTime, now):
		authTime = now.Add(time.Millisecond) // see session.Session.AuthTimeKnown
	case authTime.After(now):
		authTime = now
	}
	return session.Session{
		ID: id, Key: a.Token.Key(), CreatedAt: now, AuthTime: authTime, SeenAt: now,
		IdleExpiresAt: now.Add(limits.Idle), ExpiresAt: now.Add(limits.Life), Remember: a.Remember,
	}, nil
}
