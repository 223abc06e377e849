package providertoken

import (
	"context"
	"time"
)

const (
	// maintenanceBatch is how many tokens one step handles, maintenancePause the time between two steps. All is repeated
	// every maintenanceInterval: a replica that was restarted later may have sealed with an older key meanwhile.
	maintenanceBatch    = 100
	maintenancePause    = 200 * time.Millisecond
	maintenanceInterval = 10 * time.Minute
)

// Run reseals tokens under the current key, after ending them if tokens are no longer kept, until ctx ends. It then
// waits for refreshes under way.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(maintenanceInterval)
	defer tick.Stop()
	for ctx.Err() == nil {
		var err error
		if s.cfg.Off {
			err = s.endAll(ctx) // those that a provider needs to unlink stay
		}
		if err == nil {
			_, err = s.Reseal(ctx)
		}
		if err != nil && ctx.Err() == nil {
			s.cfg.Log.WarnContext(ctx, "provider token maintenance failed", "err", err)
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
		n, err := s.cfg.Ending.EndTokens(ctx, s.cfg.Now().UTC(), maintenanceBatch)
		if n > 0 {
			s.cfg.Log.InfoContext(ctx, "provider tokens ended, because they are no longer kept", "count", n)
			s.cfg.Wake()
		}
		if err != nil || n < maintenanceBatch || !pause(ctx) {
			return err
		}
	}
}

// Resealed is the result of [Service.Reseal].
type Resealed struct {
	Done int      // tokens and jobs that are now sealed under the current key
	Lost []string // ids of keys that have sealed tokens and are missing in the key file
}

// Reseal seals tokens of older keys under the current one, in small steps. Afterwards older keys are not needed for
// tokens. If there is nothing to do it reads very little.
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
	if s.cfg.ResealJobs != nil {
		n, err := s.cfg.ResealJobs(ctx)
		r.Done += n
		if err != nil {
			return r, err
		}
	}
	if r.Done > 0 {
		s.cfg.Log.InfoContext(ctx, "provider tokens resealed under the current key", "count", r.Done)
	}
	if len(r.Lost) > 0 {
		s.cfg.Log.ErrorContext(ctx, "provider tokens cannot be opened, their keys are missing in the key file: "+
			"restore the keys, or these users have to sign in again", "key_ids", r.Lost)
	}
	return r, nil
}

// resealFrom reseals the tokens of one key, until none is left or no more can be opened.
func (s *Service) resealFrom(ctx context.Context, keyID string) (done int, err error) {
	for {
		all, err := s.cfg.Sealing.TokensByKey(ctx, keyID, maintenanceBatch)
		if err != nil {
			return done, err
		}
		moved := 0
		for _, r := range all {
			sealed, newKeyID, err := s.cfg.Sealer.Reseal(r.Key, r.Sealed)
			if err != nil {
				s.cfg.Log.ErrorContext(ctx, "provider token not opened by the key that sealed it",
					"user", r.UserID, "key_id", keyID)
				continue
			}
			ok, err := s.cfg.Sealing.ResealTokens(ctx, r, sealed, newKeyID)
			if err != nil {
				return done, err
			}
			if moved++; ok { // otherwise the tokens were replaced meanwhile
				done++
			}
		}
		if len(all) < maintenanceBatch || moved == 0 {
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
	case <-time.After(maintenancePause):
		return true
	}
}
