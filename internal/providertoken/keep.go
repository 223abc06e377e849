package providertoken

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
)

const (
	// endTries bounds how often the provider is told that a grant has ended: its access token lives hours, and then there
	// is nothing left to end.
	endTries = 6
	// checkTries bounds how often it is asked about a link.
	checkTries = 12
	// keepBatch is how many grants are looked at in one step, keepPause the time between two steps, keepEvery how often it
	// begins anew: a replica that was restarted later may have sealed by its older key meanwhile.
	keepBatch = 100
	keepPause = 200 * time.Millisecond
	keepEvery = 10 * time.Minute
)

// Handlers are what a job runner needs to do the jobs about tokens.
func (s *Service) Handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{EndJob: s.endTokens, CheckLinkJob: s.checkLink}
}

// endGrant does an EndJob: the provider is told, and the tokens are forgotten, also if it cannot be told.
func (s *Service) endTokens(ctx context.Context, j jobs.Job) (string, error) {
	g, err := s.cfg.Ending.EndedTokens(ctx, j.Key)
	if err != nil {
		return "", err
	}
	if g == nil {
		return "gone", nil // with the identity
	}
	outcome, err := s.endAtProvider(ctx, g)
	if err != nil && j.Attempt < endTries {
		return "", err
	}
	if err != nil {
		outcome = "given up: " + err.Error()
	}
	return outcome, s.cfg.Ending.DeleteEndedTokens(ctx, g.ID)
}

func (s *Service) endAtProvider(ctx context.Context, g *Record) (string, error) {
	ender, ok := provider.Capability[provider.TokenEnder](s.cfg.Providers, g.Key.Provider)
	if !ok || !s.cfg.Now().Before(g.AccessExpiresAt) {
		// The refresh token may live on; nobody has it any more.
		return "expired", nil
	}
	t, err := s.cfg.Sealer.Open(g.Key, g.Sealed)
	if err != nil {
		return "cannot be opened", nil
	}
	if err := ender.EndTokens(ctx, t); err != nil {
		var pe *provider.Error
		if errors.As(err, &pe) && pe.RetryAfter > 0 {
			return "", jobs.After(err, pe.RetryAfter)
		}
		return "", err
	}
	return "ended", nil
}

// checkLink does a CheckLinkJob: of tokens that are void nobody knows why, and a webhook may have been lost (WH-06).
func (s *Service) checkLink(ctx context.Context, j jobs.Job) (string, error) {
	var k account.Key
	if err := json.Unmarshal([]byte(j.Payload), &k); err != nil {
		return "", jobs.Permanent(errors.New("payload cannot be read"))
	}
	links, ok := provider.Capability[provider.LinkChecker](s.cfg.Providers, k.Provider)
	if !ok {
		return "nobody to ask", nil
	}
	began := s.cfg.Now().UTC()
	linked, err := links.Linked(ctx, k)
	var pe *provider.Error
	switch {
	case errors.As(err, &pe) && pe.Temporary() && j.Attempt < checkTries:
		return "", err
	case err != nil:
		return "not answered: " + err.Error(), nil // no admin key, perhaps; a webhook may still tell
	case linked:
		return "linked", nil
	}
	return "not linked", s.cfg.LinkEnded.LinkEnded(ctx, k, began)
}

func joinGone(cause error) error { return errors.Join(ErrNone, cause) }

// Run looks after the kept tokens until ctx ends, and then waits for the refreshes under way: what older keys sealed is
// sealed anew, so that an old key can go, and what a service has that stopped keeping tokens is ended.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		var err error
		if s.cfg.Off {
			err = s.endAll(ctx)
		} else {
			_, err = s.Reseal(ctx)
		}
		if err != nil && ctx.Err() == nil {
			s.cfg.Log.Warn("kept tokens not looked after", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	s.mu.Lock()
	s.stopping = true
	s.mu.Unlock()
	s.refreshes.Wait()
}

func (s *Service) endAll(ctx context.Context) error {
	for {
		n, err := s.cfg.Ending.EndTokens(ctx, s.cfg.Now().UTC(), keepBatch)
		if n > 0 {
			s.cfg.Log.Info("kept tokens ended, because they are not to be kept", "count", n)
			s.cfg.Wake()
		}
		if err != nil || n < keepBatch || !pause(ctx) {
			return err
		}
	}
}

// Resealed is what a round of [Grants.Reseal] came to.
type Resealed struct {
	Done int      // now sealed by the current key
	Lost []string // keys that have sealed something and are not in the key file any more
}

// Reseal seals anew what older keys sealed, in small steps. When there is nothing more to do, keys other than the current
// one are not needed for tokens. Where all is in order it reads next to nothing, however many grants there are.
func (s *Service) Reseal(ctx context.Context) (Resealed, error) {
	var r Resealed
	keys, err := s.cfg.Sealing.SealingKeys(ctx)
	if err != nil {
		return r, err
	}
	for _, id := range keys {
		switch {
		case id == s.cfg.Sealer.KeyID():
		case !s.cfg.Sealer.HasKey(id):
			r.Lost = append(r.Lost, id)
		default:
			n, err := s.resealFrom(ctx, id)
			r.Done += n
			if err != nil {
				return r, err
			}
		}
	}
	if r.Done > 0 {
		s.cfg.Log.Info("kept tokens sealed anew by the current key", "count", r.Done)
	}
	if len(r.Lost) > 0 {
		s.cfg.Log.Error("kept tokens cannot be opened: their key is not in the key file any more; put it back, or these people have to sign in again", "key_ids", r.Lost)
	}
	return r, nil
}

// resealFrom seals anew what one key sealed, until nothing is left of it, or nothing of what is left opens.
func (s *Service) resealFrom(ctx context.Context, keyID string) (done int, err error) {
	for {
		all, err := s.cfg.Sealing.TokensByKey(ctx, keyID, keepBatch)
		if err != nil {
			return done, err
		}
		moved := 0
		for _, g := range all {
			text, fresh, err := s.cfg.Sealer.Reseal(g.Key, g.Sealed)
			if err != nil {
				s.cfg.Log.Error("a kept token cannot be opened by the key that sealed it", "user", g.UserID, "key_id", keyID)
				continue
			}
			ok, err := s.cfg.Sealing.ResealTokens(ctx, g, text, fresh)
			if err != nil {
				return done, err
			}
			if moved++; ok { // otherwise it was stored anew meanwhile, by the current key
				done++
			}
		}
		if len(all) < keepBatch || moved == 0 {
			return done, nil
		}
		if !pause(ctx) {
			return done, ctx.Err()
		}
	}
}

func pause(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(keepPause):
		return true
	}
}
