package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// awayFor is the pause after a failed attempt to connect. A server that recovers from a crash refuses every
// connection with a line in its log; one attempt per request would delay the recovery and fill the disk.
const awayFor = 100 * time.Millisecond

// away remembers the last failed attempt to connect, which does not affect open connections, and whether the last
// server was read-only.
type away struct {
	last     atomic.Pointer[awayError]
	readOnly atomic.Bool
}

// awayError is the error while no attempt is made.
type awayError struct {
	at  time.Time
	err error
}

func (e *awayError) Error() string { return fmt.Sprintf("not retried yet: %v", e.err) }
func (e *awayError) Unwrap() error { return e.err }

// note remembers a failed attempt to connect.
func (a *away) note(err error) {
	var tried *pgconn.ConnectError
	var spared *awayError
	if errors.As(err, &tried) && !errors.As(err, &spared) && !errors.Is(err, context.Canceled) {
		a.last.Store(&awayError{time.Now(), err})
	}
}

// beforeConnect fails without an attempt while the last failure is recent.
func (a *away) beforeConnect(context.Context, *pgx.ConnConfig) error {
	if last := a.last.Load(); last != nil && time.Since(last.at) < awayFor {
		return last
	}
	return nil
}
