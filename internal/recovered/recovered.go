// Package recovered makes errors of panics. The logger of package tracecontext adds the stack to a line with such an
// error, so that those who pass it on need not.
package recovered

import (
	"fmt"
	"runtime/debug"
)

// Error is a panic. Its text has the value only: pages of the console and stored errors show it.
type Error struct {
	value any
	stack []byte
}

// New returns the error of what recover returned. Call it in the deferred function, where the stack is still that of
// the panic.
func New(value any) *Error { return &Error{value, debug.Stack()} }

// Catch is deferred itself: it stores a panic in *err.
func Catch(err *error) {
	if p := recover(); p != nil {
		*err = New(p)
	}
}

func (e *Error) Error() string { return fmt.Sprint("panic: ", e.value) }

// Stack is where the panic happened, by functions, files and lines; arguments are addresses and numbers.
func (e *Error) Stack() string { return string(e.stack) }
