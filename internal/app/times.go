package app

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/metrics"
)

// The outcomes of a call of the join hook in metrics.
const (
	hookAllowed = "allowed"
	hookRefused = "refused" // or the user is sent to the app
	hookFailed  = "failed"
)

// timedHook is h, measured; nil for nil.
func timedHook(r *metrics.Registry, h join.Hook) join.Hook {
	if h == nil {
		return nil
	}
	observe := r.JoinHook(hookAllowed, hookRefused, hookFailed)
	return func(ctx context.Context, q join.HookRequest) (join.HookDecision, error) {
		began, outcome := time.Now(), hookFailed // also if it panics
		defer func() { observe(outcome, time.Since(began)) }()
		d, err := h(ctx, q)
		switch {
		case err == nil && d.Allow:
			outcome = hookAllowed
		case err == nil:
			outcome = hookRefused
		}
		return d, err
	}
}
