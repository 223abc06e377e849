package providertoken

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

const (
	// refreshTimeout bounds one refresh: two calls to the provider and our transaction. refreshLease is longer, so that a
	// lease expires only if its holder was killed or suspended.
	refreshTimeout = 15 * time.Second
	refreshLease   = 30 * time.Second
	// retryRefresh is the pause after a failed refresh (providers limit them to some 30 an hour per user), maxRetry the
	// longest one.
	retryRefresh = 10 * time.Second
	maxRetry     = 10 * time.Minute
)

// MaxWait is longer than a lease or a pause lasts. One that ends later was written by a clock that was ahead, and has
// no effect.
const MaxWait = 2 * maxRetry

// waits reports whether a lease or a pause has not ended.
func waits(until, now time.Time) bool { return now.Before(until) && until.Sub(now) <= MaxWait }

// The results of refresh that [Service.token] handles.
var (
	errLeased = errors.New("providertoken: another caller refreshes")
	errLost   = errors.New("providertoken: tokens were deleted or replaced")
)

// refresh refreshes tokens unless another caller does. It continues after ctx ends, because the provider may have
// replaced the refresh token, and its answer has to be stored.
func (s *Service) refresh(ctx context.Context, r Record, old provider.Tokens) (AccessToken, error) {
	refresher, ok := provider.Capability[provider.Refresher](s.cfg.Providers, r.Key.Provider)
	if !ok {
		return AccessToken{}, fmt.Errorf("%w: provider %q cannot refresh", ErrNone, r.Key.Provider)
	}
	if !s.begin() {
		return AccessToken{}, fmt.Errorf("%w: the service is stopping", ErrUnavailable)
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
		t, err := s.refreshNow(work, refresher, r, old)
		done <- result{t, err}
	}()
	select {
	case res := <-done:
		return res.token, res.err
	case <-ctx.Done():
		return AccessToken{}, errors.Join(ErrUnavailable, ctx.Err())
	}
}

// begin counts a refresh, so that a stop waits for it; false if the service is stopping.
func (s *Service) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.refreshes.Add(1)
	return true
}

func (s *Service) refreshNow(
	ctx context.Context, p provider.Refresher, r Record, old provider.Tokens,
) (AccessToken, error) {
	now := s.cfg.Now().UTC()
	until := now.Add(refreshLease)
	leased, err := s.cfg.Store.LeaseTokens(ctx, r, now, until)
	if err != nil {
		return AccessToken{}, session.Unavailable(err)
	}
	if !leased {
		return AccessToken{}, errLeased
	}
	r.LeaseUntil = until
	old.RefreshExpiresAt = r.RefreshExpiresAt
	next, err := p.Refresh(ctx, r.Key, old)
	if err != nil {
		return AccessToken{}, s.refused(ctx, r, err)
	}
	f := Refreshed{
		ID: r.ID, Version: r.Version,
		AccessExpiresAt: next.AccessExpiresAt, RefreshExpiresAt: next.RefreshExpiresAt,
	}
	if f.Sealed, f.KeyID, err = s.cfg.Sealer.Seal(r.Key, next); err != nil {
		return AccessToken{}, fmt.Errorf("providertoken: %w", err)
	}
	saved, err := s.cfg.Store.SaveTokens(ctx, f)
	switch {
	case err != nil:
		// A token that is not stored is not used: the next reader of the database must find what the provider accepts.
		return AccessToken{}, session.Unavailable(err)
	case !saved:
		s.abandon(ctx, r, next)
		return AccessToken{}, errLost
	}
	return AccessToken{Token: next.Access, ExpiresAt: next.AccessExpiresAt, Scope: next.Scope, Key: r.Key}, nil
}

// abandon ends tokens that arrived after their session had ended.
func (s *Service) abandon(ctx context.Context, r Record, t provider.Tokens) {
	ender, ok := provider.Capability[provider.TokenEnder](s.cfg.Providers, r.Key.Provider)
	if !ok {
		return
	}
	if err := ender.EndTokens(ctx, t); err != nil && !provider.Is(err, provider.Unsupported) {
		s.cfg.Log.WarnContext(ctx, "provider tokens of an ended session not revoked", "user", r.UserID, "err", err)
	}
}

// refused handles a failed refresh.
func (s *Service) refused(ctx context.Context, r Record, cause error) error {
	var pe *provider.Error
	if !errors.As(cause, &pe) {
		pe = &provider.Error{Kind: provider.Unknown, Err: cause}
		cause = pe
	}
	now := s.cfg.Now().UTC()
	switch pe.Kind {
	case provider.Gone, provider.NotLinked:
		return s.lose(ctx, r, pe.Code, now)
	case provider.InvalidAnswer, provider.ClockSkew:
		// The answer is about another identity, or cannot be verified. The stored tokens stay as they are (CI-12).
		s.cfg.Log.ErrorContext(ctx, "ALARM: invalid answer to a refresh, stored provider tokens unchanged",
			"user", r.UserID, "provider", r.Key.Provider, "err", cause)
		s.delay(ctx, r, now.Add(maxRetry))
	case provider.Unavailable, provider.RateLimited:
		s.delay(ctx, r, now.Add(min(max(pe.RetryAfter, retryRefresh), maxRetry)))
	default:
		// A key or secret that the provider does not accept: a repetition does not help.
		s.cfg.Log.ErrorContext(ctx, "provider token not refreshed", "user", r.UserID, "err", cause)
		s.delay(ctx, r, now.Add(retryRefresh))
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, cause)
}

func (s *Service) delay(ctx context.Context, r Record, until time.Time) {
	if err := s.cfg.Store.DelayRefresh(ctx, r, until); err != nil {
		s.cfg.Log.WarnContext(ctx, "refresh lease not released, it expires by itself", "user", r.UserID, "err", err)
	}
}

// lose deletes tokens that the provider refuses, unless they were replaced meanwhile, and returns errLost.
func (s *Service) lose(ctx context.Context, r Record, code string, now time.Time) error {
	if _, err := s.cfg.Store.DropTokens(ctx, Loss{Record: r, At: now, Reason: code, Check: true}); err != nil {
		return session.Unavailable(err)
	}
	s.cfg.Wake()
	return errLost
}
