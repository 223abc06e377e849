package oauthclient

import (
	"context"
	"errors"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Retry makes a call within timeout, and once more after a pause of 50 to 150 ms if again permits it for its error, so
// that callers that failed together do not retry together. attempt gets the context with the deadline and the caller's.
func Retry[C, T any, E interface {
	comparable
	error
}](
	caller context.Context, timeout time.Duration, random func(int64) int64, call C,
	attempt func(ctx, caller context.Context, call C) (T, E), again func(E) bool,
) (T, error) {
	ctx, cancel := context.WithTimeout(caller, timeout)
	defer cancel()
	var none E
	v, err := attempt(ctx, caller, call)
	if err != none && again(err) {
		select {
		case <-ctx.Done():
			return v, err
		case <-time.After(50*time.Millisecond + time.Duration(random(int64(100*time.Millisecond)))):
		}
		v, err = attempt(ctx, caller, call)
	}
	if err != none {
		return v, err // a nil pointer must not become a non-nil error
	}
	return v, nil
}

// Failure is a call without a usable answer: a part of a client's error.
type Failure struct {
	Kind       error // one of Kinds
	Status     int   // 0 if there was no response
	RetryAfter time.Duration
	Cause      error
}

// Again reports whether a call that failed so may succeed at once: the provider was unreachable or reported a temporary
// error, without asking to wait.
func (f Failure) Again(unavailable error) bool {
	return f.Kind == unavailable && f.RetryAfter == 0 &&
		!errors.Is(f.Cause, context.Canceled) && !errors.Is(f.Cause, context.DeadlineExceeded)
}

// Kinds are a client's errors for calls without a usable answer.
type Kinds struct{ Unavailable, Malformed, InvalidInput error }

// Unsent is the failure of a call for which [Host.Send] returned an error.
func (k Kinds) Unsent(a Answer, err error) Failure {
	var open *OpenError
	switch {
	case errors.As(err, &open):
		return Failure{Kind: k.Unavailable, RetryAfter: open.Wait, Cause: err}
	case errors.Is(err, ErrBuild):
		return Failure{Kind: k.InvalidInput, Cause: err}
	case errors.Is(err, ErrTooLong):
		return Failure{Kind: k.Malformed, Status: a.Status, Cause: err}
	}
	return Failure{Kind: k.Unavailable, Status: a.Status, Cause: err}
}

// Unanswered returns the failure of a call that ended at another server than the provider's: a redirect, or the page of
// a proxy in between or of a maintenance. It returns false for an answer of the provider.
func (k Kinds) Unanswered(a Answer, now time.Time) (Failure, bool) {
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	switch {
	case a.Status >= 300 && a.Status < 400:
		return Failure{Kind: k.Malformed, Status: a.Status, Cause: errors.New("unexpected redirect")}, true
	case IsPage(kind, a.Body):
		return Failure{
			Kind: k.Unavailable, Status: a.Status, Cause: errors.New("a web page instead of JSON"),
			RetryAfter: a.RetryAfter(now),
		}, true
	}
	return Failure{}, false
}

// OK reports whether the status says success.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// Empty reports whether the body has nothing but white space.
func (a Answer) Empty() bool { return strings.TrimSpace(string(a.Body)) == "" }

// RetryAfter is how long the provider asks to wait, 0 if it does not.
func (a Answer) RetryAfter(now time.Time) time.Duration {
	return RetryAfter(a.Header.Get("Retry-After"), now)
}

// ErrorText are the parts of the text of a client's error.
type ErrorText struct {
	Client, Op string // package and call
	Status     int
	Code       string
	Cause      string // of the code, if it is documented
	Provider   string // who says Description
	// Description is the provider's message, for a code without a Cause.
	Description string
	Kind, Err   error
}

// String returns the operation, status, code, its cause, and the errors.
func (t ErrorText) String() string {
	var b strings.Builder
	b.WriteString(t.Client + ": " + t.Op)
	if t.Status != 0 {
		b.WriteString(": status " + strconv.Itoa(t.Status))
	}
	if t.Code != "" {
		b.WriteString(": " + t.Code)
	}
	if t.Cause != "" {
		b.WriteString(" (" + strings.TrimSuffix(t.Cause, ".") + ")")
	} else if t.Description != "" {
		b.WriteString(" (" + t.Provider + ": " + strconv.Quote(t.Description) + ")")
	}
	if t.Kind != nil {
		b.WriteString(": " + strings.TrimPrefix(t.Kind.Error(), t.Client+": "))
	}
	if t.Err != nil {
		b.WriteString(": " + t.Err.Error())
	}
	return b.String()
}

// NonNil returns those of the errors that are not nil, for Unwrap.
func NonNil(errs ...error) []error {
	var all []error
	for _, err := range errs {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

// Scrub removes the secrets of a request and control characters from a provider's message, and cuts it to 300 bytes.
func Scrub(text string, secrets []Secret) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s.Reveal(), Redacted)
		}
	}
	return Printable(text, 300)
}

// Param is a parameter of a callback.
type Param struct {
	Name  string
	Limit int // bytes
	Into  *string
}

// ReadParams reads parameters, in order. problem says which one occurs twice or is too long; those before it are read.
func ReadParams(q url.Values, params ...Param) (problem string) {
	for _, p := range params {
		switch values := q[p.Name]; {
		case len(values) > 1:
			// A proxy might have checked a different one of the values.
			return p.Name + " is repeated"
		case len(values) == 1 && len(values[0]) > p.Limit:
			return p.Name + " is too long"
		case len(values) == 1:
			*p.Into = values[0]
		}
	}
	return ""
}
