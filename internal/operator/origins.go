package operator

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/returnurl"
)

// Origins is what this package needs of the preview origins. Every method is one transaction.
type Origins interface {
	// AddOrigin stores an origin, or the new end of one that is there, with the access record. It returns what is
	// stored. returnurl.ErrPreviews if there are too many.
	AddOrigin(ctx context.Context, o returnurl.Preview, by audit.Actor) (returnurl.Preview, error)
	// Origins lists the origins that are live at a time, the oldest first.
	Origins(ctx context.Context, at time.Time) ([]returnurl.Preview, error)
	// RemoveOrigin deletes an origin by its id or as it is stored, with the access record; false if there is none.
	RemoveOrigin(ctx context.Context, which string, by audit.Actor, at time.Time) (bool, error)
}

// AddOrigin adds a preview origin, or sets a new end for one that is there. Its pages may receive users who return
// from a sign-in, and its scripts may read the session, as those of the configured origins.
// [returnurl.ErrPreviewOrigin], [returnurl.ErrPreviewSuffix], [returnurl.ErrPreviewKnown], [returnurl.ErrPreviewLife],
// [returnurl.ErrPreviews].
func (s *base) AddOrigin(ctx context.Context, text string, life time.Duration) (o returnurl.Preview, err error) {
	now := s.now()
	o = returnurl.Preview{CreatedAt: now, ExpiresAt: now.Add(life)}
	if life < 24*time.Hour || life > returnurl.MaxPreviewLife {
		return o, returnurl.ErrPreviewLife
	}
	if o.Origin, err = s.cfg.Returns.CheckPreview(text); err != nil {
		return o, err
	}
	if o.ID, err = account.NewUUID(now, rand.Reader); err != nil {
		return o, err
	}
	if o, err = s.cfg.Origins.AddOrigin(ctx, o, s.cfg.Actor); err != nil {
		return o, err
	}
	s.cfg.OriginsChanged(ctx)
	return o, nil
}

// ListOrigins lists the live preview origins, the oldest first.
func (s *base) ListOrigins(ctx context.Context) ([]returnurl.Preview, error) {
	all, err := s.cfg.Origins.Origins(ctx, s.now())
	if err != nil {
		return nil, err
	}
	if err := s.record(ctx, audit.Access{Kind: audit.OriginList, Outcome: audit.Done}); err != nil {
		return nil, err
	}
	return all, nil
}

// RemoveOrigin removes a preview origin, given by its id or as it is listed. [returnurl.ErrNoPreview].
func (s *base) RemoveOrigin(ctx context.Context, which string) error {
	removed, err := s.cfg.Origins.RemoveOrigin(ctx, which, s.cfg.Actor, s.now())
	if err != nil {
		return err
	}
	s.cfg.OriginsChanged(ctx)
	if !removed {
		return returnurl.ErrNoPreview
	}
	return nil
}
