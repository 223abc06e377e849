package store

import (
	"errors"
	"syscall"

	sqlite3 "modernc.org/sqlite/lib"
)

// ErrFull: the disk is full. Nothing was written in part; a PostgreSQL server that crashed because its log was full
// (PANIC) may have written all of it.
var ErrFull = errors.New("store: the disk is full")

// fullError is ErrFull with the original error.
type fullError struct {
	err  error
	what string // what did not fit
}

func (e *fullError) Error() string        { return e.what + e.err.Error() }
func (e *fullError) Unwrap() error        { return e.err }
func (e *fullError) Is(target error) bool { return target == ErrFull }

// markFull turns every error about a full disk into ErrFull.
func markFull(err error) error {
	switch {
	case err == nil || errors.Is(err, ErrFull):
		return err
	case sqliteCode(err) == sqlite3.SQLITE_IOERR_SHMSIZE: // "disk I/O error" to SQLite
		return &fullError{err, "no space for the shared memory of the database: "}
	case sqliteCode(err) == sqlite3.SQLITE_FULL, errors.Is(err, syscall.ENOSPC), errors.Is(err,
		syscall.EDQUOT), pgCode(err) == "53100":
		return &fullError{err, ""}
	}
	return err
}
