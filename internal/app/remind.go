package app

import (
	"context"
	"time"
)

// remindEvery is how often it is looked whose consent to advertising has to be confirmed again: a matter of days.
const remindEvery = 6 * time.Hour

// remind tells the app of them, at the start and then now and again. Replicas do not mind each other.
func (a *App) remind(ctx context.Context) {
	tick := time.NewTicker(remindEvery)
	defer tick.Stop()
	for {
		if _, err := a.consents.Remind(ctx); err != nil && ctx.Err() == nil {
			a.cfg.Log.Warn("nobody was told whose consent to advertising is two years old", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
