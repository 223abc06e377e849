package provider

import (
	"context"
	"time"
)

// Stage is a step of [Provider.Complete] whose time is measured.
type Stage string

// The stages of a sign-in at a provider. A provider without one of them does not report it.
const (
	Exchange Stage = "exchange"  // of the code for tokens
	IDToken  Stage = "id_token"  // verifying the ID token, with the keys if they have to be read
	UserInfo Stage = "user_info" // reading the user information
	Further  Stage = "further"   // every other call
)

// Stages are all stages.
func Stages() []Stage { return []Stage{Exchange, IDToken, UserInfo, Further} }

type stageKey struct{}

// WithStages returns a context in which the times of stages are reported to observe.
func WithStages(ctx context.Context, observe func(Stage, time.Duration)) context.Context {
	return context.WithValue(ctx, stageKey{}, observe)
}

// Begin begins a stage. The caller ends it by calling end, also after an error.
func Begin(ctx context.Context, s Stage) (end func()) {
	observe, ok := ctx.Value(stageKey{}).(func(Stage, time.Duration))
	if !ok {
		return func() {}
	}
	began := time.Now()
	return func() { observe(s, time.Since(began)) }
}
