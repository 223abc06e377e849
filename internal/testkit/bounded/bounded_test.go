package bounded

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
)

// recorder is a test that notes its failure.
type recorder struct {
	*testing.T
	said []string
}

func (r *recorder) Errorf(format string, _ ...any) { r.said = append(r.said, format) }

func TestTestFailsIfACallDoesNotReturn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{T: t}
		ctx := Context(r)
		<-ctx.Done()
		synctest.Wait()
		if len(r.said) != 1 || !strings.Contains(r.said[0], "had not returned") {
			t.Errorf("said %q", r.said)
		}
	})
}

func TestContextEndsWithTheTest(t *testing.T) {
	t.Parallel()
	var ctx context.Context
	t.Run("a test", func(t *testing.T) { ctx = Context(t) })
	if ctx.Err() != context.Canceled {
		t.Error(ctx.Err())
	}
}
