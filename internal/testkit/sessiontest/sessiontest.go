// Package sessiontest provides a session store without sessions for tests.
package sessiontest

import (
	"context"

	"github.com/norang-login/norang/internal/session"
)

// Empty is a session.Store that holds no session.
type Empty struct{}

// Principal always returns session.ErrNone.
func (Empty) Principal(context.Context, session.Key) (*session.Principal, error) {
	return nil, session.ErrNone
}

// Touch does nothing.
func (Empty) Touch(context.Context, []session.Touch) error { return nil }

// End reports that no session ended.
func (Empty) End(context.Context, session.Revocation) (int, error) { return 0, nil }

// Changes returns an empty feed.
func (Empty) Changes(context.Context, int64) ([]session.Change, int64, error) {
	return nil, 0, nil
}
