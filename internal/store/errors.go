package store

import (
	"context"
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/internal/handoff"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

var (
	// ErrBusy: the queue was full, the caller's deadline passed first, or another process held the write lock too
	// long. Nothing was written; a later attempt is safe.
	ErrBusy = errors.New("busy")
	// ErrNotClaimed: the attempt to finish or fail does not exist or has ended.
	ErrNotClaimed = errors.New("store: attempt is not claimed")
	// ErrInUse: another service holds this database file.
	ErrInUse = errors.New("store: another norang serves this database file")
	// ErrNewerSchema: a newer program has migrated the database to a schema that this one cannot use (ST-11).
	ErrNewerSchema = errors.New("store: database belongs to a newer norang")
	// ErrSkipped: the database lacks a migration that is older than its newest one.
	ErrSkipped = errors.New("store: migrations were skipped")
	// ErrForeign: the file is another program's database.
	ErrForeign = errors.New("store: file belongs to another program")
	// ErrNetworkFile: SQLite's locks and shared memory do not work on network file systems.
	ErrNetworkFile = errors.New("store: SQLite database on a network file system")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("closed")
)

// Error is a failure of the database, as opposed to an answer about its rows. It is session.ErrUnavailable to
// errors.Is, so that packages that cannot import this one answer 503. Its text is for operators and contains no data
// of a row.
type Error struct {
	Op  string // "finish"
	Err error
}

func (e *Error) Error() string        { return "store: " + e.Op + ": " + e.Err.Error() }
func (e *Error) Unwrap() error        { return e.Err }
func (e *Error) Is(target error) bool { return target == session.ErrUnavailable }

// wrap turns everything but answers about rows into an Error, once.
func wrap(op string, err error) error {
	if _, wrapped := errors.AsType[*Error](err); wrapped {
		return err
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, session.ErrNone), errors.Is(err, join.ErrNotPending), errors.Is(err, consent.ErrNotActive),
		errors.Is(err, account.ErrNotFound), errors.Is(err, account.ErrRefTaken), errors.Is(err, ErrNotClaimed),
		errors.Is(err, errInvalid), errors.Is(err, jobs.ErrLost), errors.Is(err, linking.ErrLastIdentity),
		errors.Is(err, linking.ErrNotMergeable), errors.Is(err, linking.ErrRefConflict), errors.Is(err, withdrawal.ErrStale),
		errors.Is(err, handoff.ErrCode), errors.Is(err, account.ErrLastOperator), errors.Is(err, console.ErrHandoff),
		errors.Is(err, console.ErrNone), errors.Is(err, console.ErrNoMember), errors.Is(err, console.ErrNotActive):
		return err
	}
	return &Error{Op: op, Err: markDisk(err)}
}

// errInvalid: a mistake of the caller; a retry cannot help.
var errInvalid = errors.New("store: invalid")

// errLost: another transaction has changed a row that was read; the transaction starts over.
var errLost = errors.New("row changed meanwhile")

// busy is ErrBusy with the reason.
func busy(ctx context.Context) error {
	return errors.Join(ErrBusy, context.Cause(ctx))
}
