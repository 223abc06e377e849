package providertoken

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

const (
	// refreshBefore is the remaining life below which an access token is refreshed, minRemaining the one below which it is
	// not handed out. In between, one caller refreshes it and the others use the old one.
	refreshBefore = 10 * time.Minute
	minRemaining  = 30 * time.Second
	// refreshWait bounds the wait for another caller's refresh, pollInterval is how often its result is looked for.
	refreshWait  = 10 * time.Second
	pollInterval = 100 * time.Millisecond
	// maxRecords is how many of a user's tokens are tried.
	maxRecords = 3
)

// AccessToken is a provider's access token for a user.
type AccessToken struct {
	Token     provider.Secret
	ExpiresAt time.Time
	Scope     []string // nil if the provider did not say
	Key       account.Key
}

// Token returns an access token of an active user at a provider, "" for that of the newest sign-in, refreshed if it has
// expired. It comes from the newest sign-in there, or from an earlier one if the provider no longer accepts that.
// [ErrOff], [ErrNone], [ErrUnavailable].
func (s *Service) Token(ctx context.Context, id account.ID, provider string) (AccessToken, error) {
	return s.token(ctx, id, provider, "")
}

// token is Token after the provider has refused an access token.
func (s *Service) token(
	ctx context.Context, id account.ID, at string, refused provider.Secret,
) (AccessToken, error) {
	if s.cfg.Off {
		return AccessToken{}, ErrOff
	}
	wait := time.NewTimer(refreshWait)
	defer wait.Stop()
	for lost := 0; lost < maxRecords; { // an iteration returns, loses a record or has waited
		all, err := s.cfg.Store.UsableTokens(ctx, id, at, s.cfg.Now(), 1)
		if err != nil {
			return AccessToken{}, session.Unavailable(err)
		}
		if len(all) == 0 {
			return AccessToken{}, ErrNone
		}
		r := all[0]
		tokens, err := s.cfg.Sealer.Open(r.Key, r.Sealed)
		if err != nil {
			s.cfg.Log.ErrorContext(ctx, "provider token not opened, its key is missing in the key file",
				"user", id, "key_id", r.KeyID)
			return AccessToken{}, errors.Join(ErrNone, err)
		}
		stored := AccessToken{Token: tokens.Access, ExpiresAt: r.AccessExpiresAt, Scope: tokens.Scope, Key: r.Key}
		now := s.cfg.Now()
		left := r.AccessExpiresAt.Sub(now)
		if refused.Equal(tokens.Access.Reveal()) {
			left = 0
		}
		switch {
		case left > refreshBefore:
			return stored, nil
		case waits(r.RetryAt, now):
			return orStored(stored, left, fmt.Errorf("%w: the last refresh has just failed", ErrUnavailable))
		case now.Before(tokens.RefreshNotBefore):
			return orStored(stored, left, fmt.Errorf("%w: the provider permits no refresh before %s", ErrUnavailable,
				tokens.RefreshNotBefore.UTC().Format(time.RFC3339)))
		}
		var fresh AccessToken
		if err = errLeased; !waits(r.LeaseUntil, now) {
			fresh, err = s.refresh(ctx, r, tokens)
		}
		switch {
		case err == nil:
			return fresh, nil
		case errors.Is(err, errLost):
			lost++
			continue
		case !errors.Is(err, errLeased):
			return orStored(stored, left, err)
		case left > minRemaining:
			return stored, nil
		}
		select {
		case <-ctx.Done():
			return AccessToken{}, errors.Join(ErrUnavailable, ctx.Err())
		case <-wait.C:
			return AccessToken{}, fmt.Errorf("%w: another refresh has not ended", ErrUnavailable)
		case <-time.After(pollInterval):
		}
	}
	return AccessToken{}, ErrNone
}

// orStored returns the stored token if it can still be used, and err otherwise.
func orStored(stored AccessToken, left time.Duration, err error) (AccessToken, error) {
	if left > minRemaining {
		return stored, nil
	}
	return AccessToken{}, err
}

// Use calls do with an access token of an active user at a provider, as [Service.Token] returns it, and acts on the
// provider's error in do's chain: if the token is void, it is refreshed and do called once more; if it is void again,
// the tokens are deleted; if the user is not linked, that is handled like a provider notice. The last two return
// ErrNone, all other errors of do are returned unchanged.
func (s *Service) Use(
	ctx context.Context, id account.ID, at string, do func(context.Context, provider.Secret) error,
) error {
	var refused provider.Secret
	for {
		began := s.cfg.Now().UTC()
		t, err := s.token(ctx, id, at, refused)
		if err != nil {
			return err
		}
		err = do(ctx, t.Token)
		if err == nil {
			return nil
		}
		c, ok := provider.Capability[provider.CallClassifier](s.cfg.Providers, t.Key.Provider)
		if !ok {
			return err
		}
		switch c.ClassifyCall(err) {
		case provider.NotLinked:
			// What the user did here since the call began is not affected.
			if failed := s.cfg.LinkEnded.LinkEnded(ctx, t.Key, began); failed != nil {
				return session.Unavailable(failed)
			}
			return errors.Join(ErrNone, err)
		case provider.Gone:
			if refused == "" {
				refused = t.Token
				continue
			}
			return s.drop(ctx, id, t, err)
		}
		return err
	}
}

// drop deletes the tokens that t came from, unless they were replaced meanwhile.
func (s *Service) drop(ctx context.Context, id account.ID, t AccessToken, cause error) error {
	all, err := s.cfg.Store.UsableTokens(ctx, id, t.Key.Provider, s.cfg.Now(), maxRecords)
	if err != nil {
		return session.Unavailable(err)
	}
	for _, r := range all {
		stored, err := s.cfg.Sealer.Open(r.Key, r.Sealed)
		if err != nil || stored.Access != t.Token {
			continue
		}
		if err := s.lose(ctx, r, "-401", s.cfg.Now().UTC()); err != errLost {
			return err
		}
		break
	}
	return errors.Join(ErrNone, cause)
}
