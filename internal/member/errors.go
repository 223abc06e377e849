package member

import "errors"

var (
	// ErrNotPending: the user has joined already, or is disabled or gone.
	ErrNotPending = errors.New("member: user is not pending")
	// ErrNotActive: the user is no member, or not yet.
	ErrNotActive = errors.New("member: user is not active")
)
