package store

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

var (
	// ErrBusy: the database had no time for this: the queue was full, or the caller's deadline passed before its turn,
	// or another process held the write lock too long. Nothing was written; trying again later is safe.
	ErrBusy = errors.New("busy")
	// ErrNotClaimed: the attempt to finish or fail is not there, or has come to an end already.
	ErrNotClaimed = errors.New("store: attempt is not claimed")
	// ErrInUse: another service holds this database file.
	ErrInUse = errors.New("store: another norang serves this database file")
	// ErrNewerSchema: the database was changed by a newer program, in a way that this one cannot live with (ST-11).
	ErrNewerSchema = errors.New("store: database is of a newer norang")
	// ErrForeign: the file is a database, but not one of norang's.
	ErrForeign = errors.New("store: file belongs to another program")
	// ErrNetworkFile: SQLite's locks and shared memory do not work on network file systems.
	ErrNetworkFile = errors.New("store: SQLite database on a network file system")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("closed")
)

// Error is a failure of the database, as opposed to an answer about the rows in it. It is session.ErrUnavailable to
// errors.Is, so that who cannot import this package answers 503. Its text is for operators and names no row's contents.
type Error struct {
	Op  string // "finish"
	Err error
}

func (e *Error) Error() string        { return "store: " + e.Op + ": " + e.Err.Error() }
func (e *Error) Unwrap() error        { return e.Err }
func (e *Error) Is(target error) bool { return target == session.ErrUnavailable }

// wrap makes an Error of everything that is not an answer in its own right.
func wrap(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, session.ErrNone), errors.Is(err, join.ErrNotPending), errors.Is(err, consent.ErrNotActive), errors.Is(err, account.ErrNotFound),
		errors.Is(err, account.ErrRefTaken), errors.Is(err, ErrNotClaimed), errors.Is(err, errInvalid),
		errors.Is(err, jobs.ErrLost), errors.Is(err, linking.ErrLastIdentity),
		errors.Is(err, linking.ErrNotMergeable), errors.Is(err, linking.ErrRefConflict), errors.Is(err, withdrawal.ErrStale):
		return err
	}
	return &Error{Op: op, Err: markFull(err)}
}

// errInvalid: the caller's fault, which no repetition cures.
var errInvalid = errors.New("store: invalid")

// errLost: a row is not as it was read, by somebody else's doing; the transaction begins anew.
var errLost = errors.New("row changed meanwhile")

// busy says why there was no time.
func busy(ctx context.Context) error {
	return errors.Join(ErrBusy, context.Cause(ctx))
}
