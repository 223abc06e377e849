package operator

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/returnurl"
)

// OriginStore keeps the preview origins. Every method is one transaction.
type OriginStore interface {
	// AddOrigin stores an origin, or the new end of one that is there, with the access record. It returns what is
	// stored. returnurl.ErrPreviews if there are too many.
	AddOrigin(ctx context.Context, o returnurl.Preview, by audit.Actor) (returnurl.Preview, error)
	// Origins lists the origins that are live at a time, the oldest first.
	Origins(ctx context.Context, at time.Time) ([]returnurl.Preview, error)
	// RemoveOrigin deletes an origin by its id or as it is stored, with the access record; false if there is none.
	RemoveOrigin(ctx context.Context, which string, by audit.Actor, at time.Time) (bool, error)
}

// Origins manages the preview origins.
type Origins struct {
	caller  *Caller
	store   OriginStore
	changed func(context.Context)
}

// NewOrigins returns Origins for a caller. changed is called after a change, so that a running service forgets what it
// has cached.
func NewOrigins(c *Caller, store OriginStore, changed func(context.Context)) *Origins {
	return &Origins{c, store, changed}
}

// Add adds a preview origin that the service's policy allows, or sets a new end for one that is there. Its pages may
// receive users who return from a sign-in, and its scripts may read the session, as those of the configured origins.
// [returnurl.ErrPreviewOrigin], [returnurl.ErrPreviewSuffix], [returnurl.ErrPreviewKnown], [returnurl.ErrPreviewLife],
// [returnurl.ErrPreviews].
func (o *Origins) Add(
	ctx context.Context, policy *returnurl.Policy, text string, life time.Duration,
) (added returnurl.Preview, err error) {
	now := o.caller.now()
	added = returnurl.Preview{CreatedAt: now, ExpiresAt: now.Add(life)}
	if life < 24*time.Hour || life > returnurl.MaxPreviewLife {
		return added, returnurl.ErrPreviewLife
	}
	if added.Origin, err = policy.CheckPreview(text); err != nil {
		return added, err
	}
	if added.ID, err = account.NewUUID(now, rand.Reader); err != nil {
		return added, err
	}
	if added, err = o.store.AddOrigin(ctx, added, o.caller.actor); err != nil {
		return added, err
	}
	o.changed(ctx)
	return added, nil
}

// List lists the live preview origins, the oldest first.
func (o *Origins) List(ctx context.Context) ([]returnurl.Preview, error) {
	all, err := o.store.Origins(ctx, o.caller.now())
	if err != nil {
		return nil, err
	}
	if err := o.caller.record(ctx, audit.Access{Kind: audit.OriginList, Outcome: audit.Done}); err != nil {
		return nil, err
	}
	return all, nil
}

// Remove removes a preview origin, given by its id or as it is listed. [returnurl.ErrNoPreview].
func (o *Origins) Remove(ctx context.Context, which string) error {
	removed, err := o.store.RemoveOrigin(ctx, which, o.caller.actor, o.caller.now())
	if err != nil {
		return err
	}
	o.changed(ctx)
	if !removed {
		return returnurl.ErrNoPreview
	}
	return nil
}
