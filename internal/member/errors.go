package member

import "errors"

// ErrNotPending: the user has joined already, or is disabled or gone.
var ErrNotPending = errors.New("member: user is not pending")
