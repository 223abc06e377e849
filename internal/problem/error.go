package problem

import (
	"errors"
	"time"
)

// Error is a failure that knows what to tell a visitor. Err is for the operator's log alone; nothing of it is ever shown.
type Error struct {
	Code Code
	Err  error // what lies behind it, may be nil
	// RetryAfter overrides the table's wait; zero leaves it.
	RetryAfter time.Duration
	// Location is where a program should navigate ([LoginNavigate]): a path on our own origin.
	Location string
}

// New makes an Error of a code alone.
func New(code Code) *Error { return &Error{Code: code} }

// Wrap gives err a code. It returns nil if err is nil, as an error, so that "return problem.Wrap(code, f())" is safe.
func Wrap(code Code, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Code: code, Err: err}
}

// Error is for logs: the code, and what lies behind it.
func (e *Error) Error() string {
	if e.Err == nil {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.Err.Error()
}

// Unwrap gives what lies behind.
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

// From says what an error is to a visitor: the outermost code in its chain, or [Internal] if it has none or one that the
// table does not know. A nil error is [Internal] too: a handler that asks has lost its error on the way.
func From(err error) Problem {
	var (
		e    *Error
		code Code
	)
	switch {
	case errors.As(err, &e):
		p := lookup(e.Code)
		p.Err = err
		if e.RetryAfter > 0 {
			p.RetryAfter = e.RetryAfter
		}
		p.Location = e.Location
		return p
	case errors.As(err, &code):
		p := lookup(code)
		p.Err = err
		return p
	}
	p := lookup(Internal)
	p.Err = err
	return p
}
