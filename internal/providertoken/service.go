package providertoken

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
)

const (
	// freshEnough is what an access token must have left to be handed out without a thought, usable what it must have left
	// to be handed out at all. In between somebody refreshes it and everybody else goes on with it.
	refreshBefore = 10 * time.Minute
	minRemaining  = 30 * time.Second
	// refreshTime bounds one refresh with everything that belongs to it: two calls of the provider and our transaction.
	// grantLease is longer, so that a lease runs out only under a holder who was killed or put to sleep.
	refreshTimeout = 15 * time.Second
	refreshLease   = 30 * time.Second
	// grantWait is how long somebody waits for another's refresh, grantPoll how often they look.
	refreshWait  = 10 * time.Second
	pollInterval = 100 * time.Millisecond
	// retryRefresh is how long nobody tries again after a refresh that failed (Kakao allows 30 an hour for a person).
	retryRefresh = 10 * time.Second
	maxRetry     = 10 * time.Minute
	// maxGrants is how many of a person's grants are tried before they count as having none.
	maxRecords = 3
)

// What a caller can tell apart by errors.Is. All come wrapped in a *problem.Error.
var (
	// ErrOff: this service keeps no tokens.
	ErrOff = errors.New("providertoken: tokens of the provider are not kept")
	// ErrNone: there are no tokens of this person that work. They have to sign in again.
	ErrNone = errors.New("providertoken: no usable tokens: the person has to sign in again")
	// ErrUnavailable: the token has run out and the provider cannot make a new one just now.
	ErrUnavailable = errors.New("providertoken: the provider makes no new token just now")
)

// Config is what [New] needs; all of it is required but what says otherwise.
type Config struct {
	Store     Store
	Ending    EndingStore
	Sealing   SealingStore
	LinkEnded LinkEndedHandler
	Sealer    *provider.TokenSealer
	Providers *provider.Set
	// Off says that no tokens are kept (any more): those that are left are ended.
	Off  bool
	Wake func()           // tells the job runner that something was queued; optional
	Now  func() time.Time // default time.Now
	Log  *slog.Logger     // default slog.Default()
}

// LinkEndedHandler is called when the provider says that a user is no longer linked; withdrawal.Service implements it.
type LinkEndedHandler interface {
	LinkEnded(ctx context.Context, k account.Key, at time.Time) error
}

// Service uses the provider's tokens that were kept, and looks after them.
type Service struct {
	cfg Config

	mu        sync.Mutex
	stopping  bool
	refreshes sync.WaitGroup
}

// New makes a Grants.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Ending == nil || cfg.Sealing == nil || cfg.LinkEnded == nil || cfg.Sealer == nil {
		return nil, errors.New("providertoken: Store, Ending, Sealing, LinkEnded and Vault are required")
	}
	g := &Service{cfg: cfg}
	if g.cfg.Wake == nil {
		g.cfg.Wake = func() {}
	}
	if g.cfg.Now == nil {
		g.cfg.Now = time.Now
	}
	if g.cfg.Log == nil {
		g.cfg.Log = slog.Default()
	}
	return g, nil
}

// SetWake names who is to be told that something was queued. Call it before the first use.
func (s *Service) SetWake(wake func()) { s.cfg.Wake = wake }

// AccessToken is a token that works now, as far as anybody here knows.
type AccessToken struct {
	Token     provider.Secret
	ExpiresAt time.Time
	Scope     []string // nil if the provider did not say
	Key       account.Key
}

// Token gives an access token of an active member, refreshed if it has run out. It is the newest sign-in's; if that one is
// not accepted any more, the next one's.
//
// Errors are *problem.Error, in whose chain stand ErrOff, ErrNone or ErrUnavailable.
func (s *Service) Token(ctx context.Context, id account.ID) (AccessToken, error) {
	return s.token(ctx, id, "")
}

// token is Token, for whoever has been told that refused does not work any more.
func (s *Service) token(ctx context.Context, id account.ID, refused provider.Secret) (AccessToken, error) {
	if s.cfg.Off {
		return AccessToken{}, problem.Wrap(problem.GrantOff, ErrOff)
	}
	wait := time.NewTimer(refreshWait)
	defer wait.Stop()
	// Each round either ends or has waited; the timer bounds them all.
	for lost := 0; lost < maxRecords; {
		all, err := s.cfg.Store.UsableTokens(ctx, id, s.cfg.Now(), 1)
		if err != nil {
			return AccessToken{}, problem.Wrap(problem.StoreUnavailable, err)
		}
		if len(all) == 0 {
			return AccessToken{}, problem.Wrap(problem.GrantNone, ErrNone)
		}
		g := all[0]
		tokens, err := s.cfg.Sealer.Open(g.Key, g.Sealed)
		if err != nil {
			s.cfg.Log.Error("kept tokens cannot be opened: their key is not in the key file any more", "user", id, "key_id", g.KeyID)
			return AccessToken{}, problem.Wrap(problem.GrantNone, errors.Join(ErrNone, err))
		}
		has := AccessToken{Token: tokens.Access, ExpiresAt: g.AccessExpiresAt, Scope: tokens.Scope, Key: g.Key}
		now := s.cfg.Now()
		left := g.AccessExpiresAt.Sub(now)
		if refused.Equal(tokens.Access.Reveal()) {
			left = 0
		}
		switch {
		case left > refreshBefore:
			return has, nil
		case now.Before(g.RetryAt):
			return orStill(has, left, problem.Wrap(problem.KakaoUnavailable, fmt.Errorf("%w: it has just failed", ErrUnavailable)))
		}
		var fresh AccessToken
		if err = errLeased; !now.Before(g.LeaseUntil) {
			fresh, err = s.refresh(ctx, g, tokens)
		}
		switch {
		case err == nil:
			return fresh, nil
		case errors.Is(err, errLost):
			lost++
			continue
		case !errors.Is(err, errLeased):
			return orStill(has, left, err)
		case left > minRemaining:
			return has, nil // somebody is at it; nobody has to wait
		}
		select {
		case <-ctx.Done():
			return AccessToken{}, problem.Wrap(problem.KakaoUnavailable, errors.Join(ErrUnavailable, ctx.Err()))
		case <-wait.C:
			return AccessToken{}, problem.Wrap(problem.KakaoUnavailable, fmt.Errorf("%w: another refresh has not ended", ErrUnavailable))
		case <-time.After(pollInterval):
		}
	}
	return AccessToken{}, problem.Wrap(problem.GrantNone, ErrNone)
}

// orStill is the token that is at hand if it still works, and err otherwise.
func orStill(has AccessToken, left time.Duration, err error) (AccessToken, error) {
	if left > minRemaining {
		return has, nil
	}
	return AccessToken{}, err
}

// What refresh can come to beside a token and a problem.
var (
	errLeased = errors.New("providertoken: somebody else refreshes")
	errLost   = errors.New("providertoken: the grant is gone or another one by now")
)

// refresh makes a new access token of a grant, if nobody else does. The work goes on when ctx ends, because the provider may
// have replaced the refresh token already: what it answered has to be stored.
func (s *Service) refresh(ctx context.Context, g Record, old provider.Tokens) (AccessToken, error) {
	refresher, ok := provider.Capability[provider.Refresher](s.cfg.Providers, g.Key.Provider)
	if !ok {
		return AccessToken{}, problem.Wrap(problem.GrantNone, fmt.Errorf("%w: provider %q gives none", ErrNone, g.Key.Provider))
	}
	if !s.begin() {
		return AccessToken{}, problem.Wrap(problem.KakaoUnavailable, fmt.Errorf("%w: this program is stopping", ErrUnavailable))
	}
	type result struct {
		token AccessToken
		err   error
	}
	done := make(chan result, 1)
	go func() {
		defer s.refreshes.Done()
		work, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTimeout)
		defer cancel()
		t, err := s.refreshNow(work, refresher, g, old)
		done <- result{t, err}
	}()
	select {
	case r := <-done:
		return r.token, r.err
	case <-ctx.Done():
		return AccessToken{}, problem.Wrap(problem.KakaoUnavailable, errors.Join(ErrUnavailable, ctx.Err()))
	}
}

// begin counts a refresh, so that a stop waits for it; false if the program is stopping.
func (s *Service) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.refreshes.Add(1)
	return true
}

func (s *Service) refreshNow(ctx context.Context, p provider.Refresher, g Record, old provider.Tokens) (AccessToken, error) {
	now := s.cfg.Now().UTC()
	until := now.Add(refreshLease)
	leased, err := s.cfg.Store.LeaseTokens(ctx, g, now, until)
	if err != nil {
		return AccessToken{}, problem.Wrap(problem.StoreUnavailable, err)
	}
	if !leased {
		return AccessToken{}, errLeased
	}
	g.LeaseUntil = until
	old.RefreshExpiresAt = g.RefreshExpiresAt
	next, err := p.Refresh(ctx, g.Key, old)
	if err != nil {
		return AccessToken{}, s.refused(ctx, g, err)
	}
	f := Refreshed{ID: g.ID, Version: g.Version, AccessExpiresAt: next.AccessExpiresAt, RefreshExpiresAt: next.RefreshExpiresAt}
	if f.Sealed, f.KeyID, err = s.cfg.Sealer.Seal(g.Key, next); err != nil {
		return AccessToken{}, problem.Wrap(problem.Internal, err)
	}
	stored, err := s.cfg.Store.SaveTokens(ctx, f)
	switch {
	case err != nil:
		// Not stored is not used: whoever reads the database next must find what the provider accepts.
		return AccessToken{}, problem.Wrap(problem.StoreUnavailable, err)
	case !stored:
		s.abandon(ctx, g, next)
		return AccessToken{}, errLost
	}
	return AccessToken{Token: next.Access, ExpiresAt: next.AccessExpiresAt, Scope: next.Scope, Key: g.Key}, nil
}

// abandon ends tokens that came for a grant which ended meanwhile: nobody would know them any more.
func (s *Service) abandon(ctx context.Context, g Record, t provider.Tokens) {
	ender, ok := provider.Capability[provider.TokenEnder](s.cfg.Providers, g.Key.Provider)
	if !ok {
		return
	}
	if err := ender.EndTokens(ctx, t); err != nil {
		s.cfg.Log.Warn("tokens of a session that ended meanwhile live on at the provider", "user", g.UserID, "err", err)
	}
}

// refused says what follows from a refresh that brought nothing.
func (s *Service) refused(ctx context.Context, g Record, cause error) error {
	var pe *provider.Error
	if !errors.As(cause, &pe) {
		pe = &provider.Error{Kind: provider.Unknown, Err: cause}
	}
	now := s.cfg.Now().UTC()
	switch pe.Kind {
	case provider.Gone, provider.NotLinked:
		return s.lose(ctx, g, pe.Code, now)
	case provider.InvalidAnswer, provider.ClockSkew:
		// Somebody else's identity in the answer, or one that nobody can verify: whatever it is, it is not this person's
		// token, and the stored ones stay as they are (CI-12).
		s.cfg.Log.Error("ALARM: a refresh was answered with what must not be believed; the stored tokens are unchanged",
			"user", g.UserID, "provider", g.Key.Provider, "err", cause)
		s.delay(ctx, g, now.Add(maxRetry))
		return problem.Wrap(problem.KakaoInvalidAnswer, fmt.Errorf("%w: %w", ErrUnavailable, cause))
	case provider.Unavailable, provider.RateLimited:
		s.delay(ctx, g, now.Add(min(max(pe.RetryAfter, retryRefresh), maxRetry)))
		code := problem.KakaoUnavailable
		if pe.Kind == provider.RateLimited {
			code = problem.KakaoRateLimited
		}
		return &problem.Error{Code: code, Err: fmt.Errorf("%w: %w", ErrUnavailable, cause), RetryAfter: pe.RetryAfter}
	}
	// A key or secret that the provider does not accept: nothing about the person, and nothing that a repetition cures.
	s.cfg.Log.Error("tokens cannot be refreshed", "user", g.UserID, "err", cause)
	s.delay(ctx, g, now.Add(retryRefresh))
	return problem.Wrap(problem.Kakao(pe.Code), fmt.Errorf("%w: %w", ErrUnavailable, cause))
}

func (s *Service) delay(ctx context.Context, g Record, until time.Time) {
	if err := s.cfg.Store.DelayRefresh(ctx, g, until); err != nil {
		s.cfg.Log.Warn("lease of a grant not given back, it runs out by itself", "user", g.UserID, "err", err)
	}
}

// lose drops a grant that the provider refuses, unless somebody has stored it anew since; then that one counts.
func (s *Service) lose(ctx context.Context, g Record, code string, now time.Time) error {
	_, err := s.cfg.Store.DropTokens(ctx, Loss{Record: g, At: now, Reason: code, Check: true})
	if err != nil {
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	s.cfg.Wake()
	return errLost
}
