package app

import (
	"context"
	"time"
)

const (
	sweepEvery  = time.Minute
	remindEvery = 6 * time.Hour
)

// maintain deletes expired rows, and first erases users whom an older copy of the database has brought back.
func (a *App) maintain(ctx context.Context) {
	replayed := false
	every(ctx, sweepEvery, func(ctx context.Context) {
		replayed = replayed || a.replayErasures(ctx)
		if _, err := a.db.SweepAll(ctx, a.cfg.Now().UTC()); err != nil && ctx.Err() == nil {
			a.cfg.Log.Warn("expired rows not deleted", "err", err)
		}
	})
}

// replayErasures reports whether the register of erasures has been replayed. It is tried again later if not, for
// example because the disk is full.
func (a *App) replayErasures(ctx context.Context) bool {
	n, err := a.db.Replay(ctx, a.cfg.Now().UTC())
	switch {
	case err != nil && ctx.Err() == nil:
		a.cfg.Log.Warn("register of erasures not replayed", "err", err)
	case n > 0:
		a.cfg.Log.Warn("erased users found in the database and erased again", "users", n)
	}
	return err == nil
}

// remindOfMarketing queues an event for each consent to advertising that has to be reconfirmed. Several replicas may
// do this.
func (a *App) remindOfMarketing(ctx context.Context) {
	every(ctx, remindEvery, func(ctx context.Context) {
		if _, err := a.consents.Remind(ctx); err != nil && ctx.Err() == nil {
			a.cfg.Log.Warn("marketing reconfirmation events not queued", "err", err)
		}
	})
}
