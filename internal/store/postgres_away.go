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

// awayFor is how long after an attempt to connect that failed nobody makes another. A server that recovers from a crash
// turns everybody away and writes a line about each; with one for every request it would be the crowd that keeps it from
// coming back, and that fills what room the disk has left.
const awayFor = 100 * time.Millisecond

// away remembers that the server could not be connected to, so that not every request finds it out by itself. Connections
// that stand are none of its business.
type away struct{ last atomic.Pointer[awayError] }

// awayError is the answer for those who do not try.
type awayError struct {
	at  time.Time
	err error
}

func (e *awayError) Error() string { return fmt.Sprintf("not tried again yet: %v", e.err) }
func (e *awayError) Unwrap() error { return e.err }

// note remembers how an attempt to connect ended, nil excepted.
func (a *away) note(err error) {
	var tried *pgconn.ConnectError
	var spared *awayError
	if errors.As(err, &tried) && !errors.As(err, &spared) && !errors.Is(err, context.Canceled) {
		a.last.Store(&awayError{time.Now(), err})
	}
}

// beforeConnect spares the server an attempt that would fail as the last one did.
func (a *away) beforeConnect(context.Context, *pgx.ConnConfig) error {
	if last := a.last.Load(); last != nil && time.Since(last.at) < awayFor {
		return last
	}
	return nil
}
