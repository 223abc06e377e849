package login

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/provider"
)

// The stages of a callback besides those at the provider.
const (
	stageWait  = "wait"  // for a place among the callbacks in progress
	stageClaim = "claim" // of the attempt
	stageStore = "store" // the transaction that writes the result
)

// Stages are the names that Config.Stage gets.
func Stages() []string {
	all := []string{stageWait, stageClaim, stageStore}
	for _, s := range provider.Stages() {
		all = append(all, string(s))
	}
	return all
}

// stage begins a stage, which the caller ends by calling end.
func stage(f *Flow, name string) (end func()) {
	began := time.Now()
	return func() { f.cfg.Stage(name, time.Since(began)) }
}

// timed is ctx for a provider, whose stages are observed.
func timed(ctx context.Context, f *Flow) context.Context {
	return provider.WithStages(ctx, func(s provider.Stage, took time.Duration) { f.cfg.Stage(string(s), took) })
}
