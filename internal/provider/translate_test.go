package provider

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/norang-login/norang/internal/errcode"
)

// An error may match several of a client's: keys are not available because of a rate limit.
func TestTheFirstKindOfAnErrorCounts(t *testing.T) {
	t.Parallel()
	limited, away, input := errors.New("rate limited"), errors.New("away"), errors.New("invalid input")
	tr := Translator{
		Provider: "acme",
		Lookup:   func(string) (errcode.Entry, bool) { return errcode.Entry{}, false },
		Read:     func(error) ClientError { return ClientError{} },
		Kinds:    []Meaning{{limited, RateLimited}, {away, Unavailable}},
		Native:   []Meaning{{input, BadRequest}},
	}
	for _, c := range []struct {
		err          error
		want, native Kind
	}{
		{limited, RateLimited, RateLimited},
		{fmt.Errorf("%w: %w", away, limited), RateLimited, RateLimited},
		{fmt.Errorf("%w: %w", away, context.Canceled), Unavailable, Unavailable},
		{context.DeadlineExceeded, Unavailable, Unavailable},
		{input, InvalidAnswer, BadRequest},
		{errors.New("another"), InvalidAnswer, InvalidAnswer},
	} {
		for range 10 {
			if got, native := tr.Failure(c.err).Kind, tr.NativeFailure(c.err).Kind; got != c.want || native != c.native {
				t.Fatalf("%v: %v and %v, want %v and %v", c.err, got, native, c.want, c.native)
			}
		}
	}
}
