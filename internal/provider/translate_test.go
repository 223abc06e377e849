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

// The kind decides what the user reads, whether a call is repeated and whether the operator is told of a wrong setting.
func TestFailureReadsWhatTheClientSays(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	known := map[string]bool{"KOE101": true, "KOE010": true}
	for name, c := range map[string]struct {
		err          error
		says         ClientError
		want, native Kind
		code         string
	}{
		"nothing":        {errors.New("x"), ClientError{}, InvalidAnswer, InvalidAnswer, ""},
		"a listed error": {away, ClientError{}, Unavailable, Unavailable, ""},
		"a code": {
			errors.New("x"), ClientError{Codes: []string{"", "KOE101"}}, Misconfigured, Misconfigured, "KOE101",
		},
		"two codes": {
			errors.New("x"), ClientError{Codes: []string{"KOE010", "KOE101"}}, Misconfigured, Misconfigured, "KOE010",
		},
		"an unknown code": {errors.New("x"), ClientError{Codes: []string{"?"}}, InvalidAnswer, InvalidAnswer, ""},
		"a code of a listed error": {
			away, ClientError{Codes: []string{"KOE101"}}, Unavailable, Unavailable, "KOE101",
		},
		"settings":          {away, ClientError{Misconfigured: true}, Misconfigured, Misconfigured, ""},
		"settings, cut off": {context.Canceled, ClientError{Misconfigured: true}, Misconfigured, Misconfigured, ""},
		"too late":          {context.DeadlineExceeded, ClientError{}, Unavailable, Unavailable, ""},
		"cut off":           {context.Canceled, ClientError{}, Unavailable, Unavailable, ""},
		"cut off, with a code": {
			context.Canceled, ClientError{Codes: []string{"KOE101"}}, Unavailable, Unavailable, "KOE101",
		},
		"a token": {errors.New("x"), ClientError{Token: &IDTokenError{}}, InvalidAnswer, Gone, ""},
		"a token and a listed error": {
			away, ClientError{Token: &IDTokenError{}}, InvalidAnswer, Gone, "",
		},
		"a token of the future": {
			errors.New("x"), ClientError{Token: &IDTokenError{Clock: true, Early: true}}, ClockSkew, ClockSkew, "",
		},
		"an old token": {errors.New("x"), ClientError{Token: &IDTokenError{Clock: true}}, ClockSkew, Gone, ""},
		"a token of another app": {
			errors.New("x"), ClientError{Token: &IDTokenError{Audience: true}}, InvalidAnswer, OtherAudience, "",
		},
		"a token without a nonce": {
			errors.New("x"), ClientError{Token: &IDTokenError{NoNonce: true}}, InvalidAnswer, NonceMissing, "",
		},
	} {
		tr := Translator{
			Lookup:  func(code string) (errcode.Entry, bool) { return errcode.Entry{Code: code}, known[code] },
			Explain: func(string) *Explanation { return nil },
			Read:    func(error) ClientError { return c.says },
			Kinds:   []Meaning{{away, Unavailable}},
		}
		if got := tr.Failure(c.err); got.Kind != c.want || got.Code != c.code {
			t.Errorf("%s: %v %q, want %v %q", name, got.Kind, got.Code, c.want, c.code)
		}
		if got := tr.NativeFailure(c.err); got.Kind != c.native || got.Code != c.code {
			t.Errorf("%s from an app: %v %q, want %v", name, got.Kind, got.Code, c.native)
		}
	}
}
