package problem

import (
	"errors"
	"time"

	"github.com/norang-login/norang/internal/provider"
)

// Error is a failure with the code that its readers see. Err is for the log alone and never shown.
type Error struct {
	Code Code
	Err  error // the underlying error, may be nil
	// Provider is the name of the provider that the error concerns; "" if there is none.
	Provider string
	// Explanation is what a provider's own code means; nil if unknown.
	Explanation *provider.Explanation
	// RetryAfter replaces the wait of the table if it is not zero.
	RetryAfter time.Duration
	// Location is where a program should navigate ([LoginNavigate]): a path on our own origin.
	Location string
	// Reason tells a developer what is wrong with a request to the server API, in English. It is shown.
	Reason string
}

// New returns an Error with a code alone.
func New(code Code) *Error { return &Error{Code: code} }

// Wrap adds a code to err. It returns nil if err is nil, so that "return problem.Wrap(code, f())" is safe.
func Wrap(code Code, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Code: code, Err: err}
}

// Error returns the code and the underlying error, for logs.
func (e *Error) Error() string {
	if e.Err == nil {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.Err.Error()
}

// Unwrap returns the underlying error.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is find an Error by its code, given as a [Code] or as another *Error.
func (e *Error) Is(target error) bool {
	switch t := target.(type) {
	case Code:
		return e.Code == t
	case *Error:
		return e.Code == t.Code
	}
	return false
}

// From returns the Problem of the outermost code in the chain of err; [Internal] if there is none, or an unknown one,
// or if err is nil.
func From(err error) Problem {
	var (
		e    *Error
		code Code
	)
	switch {
	case errors.As(err, &e):
		p := lookup(e.Code, e.Explanation)
		p.Provider, p.Err = e.Provider, err
		if e.RetryAfter > 0 {
			p.RetryAfter = e.RetryAfter
		}
		p.Location = e.Location
		return p
	case errors.As(err, &code):
		p := lookup(code, nil)
		p.Err = err
		return p
	}
	p := lookup(Internal, nil)
	p.Err = err
	return p
}
