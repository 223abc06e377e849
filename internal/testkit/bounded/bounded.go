// Package bounded gives tests a context for calls that return only when their context ends, unless they fail: a
// command that is to refuse its flags serves for ever if it does not.
package bounded

import (
	"context"
	"testing"
	"time"
)

// patience is long because the machine may be busy. Nothing depends on its length.
const patience = 3 * time.Minute

// Context returns a context that ends with the test. If the test still runs after three minutes, it ends then and the
// test fails.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	failed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(failed)
		if ctx.Err() == context.DeadlineExceeded {
			t.Errorf("a call had not returned after %v and was canceled", patience)
		}
	})
	t.Cleanup(func() {
		if !stop() {
			<-failed
		}
		cancel()
	})
	return ctx
}
