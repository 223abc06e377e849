package providertoken

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
)

// The errors of using tokens, besides session.ErrUnavailable.
var (
	// ErrOff: this service keeps no provider tokens.
	ErrOff = errors.New("providertoken: provider tokens are not kept")
	// ErrNone: the user has no usable tokens, and has to sign in again.
	ErrNone = errors.New("providertoken: no usable tokens, the user has to sign in again")
	// ErrUnavailable: the token has expired and cannot be refreshed now. A *provider.Error in the chain says why.
	ErrUnavailable = errors.New("providertoken: token cannot be refreshed now")
)

// Config is what [New] needs. Everything is required unless noted.
type Config struct {
	Store     Store
	Hints     HintStore
	Ending    EndingStore
	Sealing   SealingStore
	LinkEnded LinkEndedHandler
	Sealer    *provider.TokenSealer
	Providers *provider.Set
	// ResealJobs reseals the tokens that jobs hold and returns how many jobs it changed. Optional.
	ResealJobs func(context.Context) (int, error)
	// Off stops keeping tokens: those that are left are ended.
	Off  bool
	Wake func()           // tells the job runner that a job was queued; optional
	Now  func() time.Time // default time.Now
	Log  *slog.Logger     // default slog.Default()
}

// LinkEndedHandler is called when the provider says that a user is no longer linked; withdrawal.Service implements it.
type LinkEndedHandler interface {
	LinkEnded(ctx context.Context, k account.Key, at time.Time) error
}

// Service uses and maintains provider tokens.
type Service struct {
	cfg Config

	mu        sync.Mutex
	stopping  bool
	refreshes sync.WaitGroup // under way
}

// New returns a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Hints == nil || cfg.Ending == nil || cfg.Sealing == nil || cfg.LinkEnded == nil ||
		cfg.Sealer == nil {
		return nil, errors.New("providertoken: Store, Hints, Ending, Sealing, LinkEnded and Sealer are required")
	}
	s := &Service{cfg: cfg}
	if s.cfg.Wake == nil {
		s.cfg.Wake = func() {}
	}
	if s.cfg.Now == nil {
		s.cfg.Now = time.Now
	}
	if s.cfg.Log == nil {
		s.cfg.Log = slog.Default()
	}
	return s, nil
}

// SetWake sets Config.Wake. Call it before the first use.
func (s *Service) SetWake(wake func()) { s.cfg.Wake = wake }
