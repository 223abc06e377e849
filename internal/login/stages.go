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

// stages gets the time of each stage, see Config.Stage.
type stages func(stage string, took time.Duration)

// begin begins a stage, which the caller ends by calling end.
func (s stages) begin(name string) (end func()) {
	began := time.Now()
	return func() { s(name, time.Since(began)) }
}

// timed is ctx for a provider, whose stages are observed.
func (s stages) timed(ctx context.Context) context.Context {
	return provider.WithStages(ctx, func(stage provider.Stage, took time.Duration) { s(string(stage), took) })
}
