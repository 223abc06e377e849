package store

import (
	"errors"
	"syscall"

	sqlite3 "modernc.org/sqlite/lib"
)

// ErrFull: the disk has no room. Nothing was written by halves: what was to be written is not there, unless a PostgreSQL
// that found no room for its log crashed of it (PANIC), which may leave it there in full.
var ErrFull = errors.New("store: the disk is full")

// fullError is ErrFull in the words of whoever met it.
type fullError struct {
	err  error
	what string // what there was no room for, if err itself does not say that it is about room
}

func (e *fullError) Error() string        { return e.what + e.err.Error() }
func (e *fullError) Unwrap() error        { return e.err }
func (e *fullError) Is(target error) bool { return target == ErrFull }

// markFull makes an ErrFull of what says in some other way that there is no room.
func markFull(err error) error {
	switch {
	case err == nil || errors.Is(err, ErrFull):
		return err
	case sqliteCode(err) == sqlite3.SQLITE_IOERR_SHMSIZE: // "disk I/O error" to SQLite
		return &fullError{err, "no room for the shared memory beside the database: "}
	case sqliteCode(err) == sqlite3.SQLITE_FULL, errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), pgCode(err) == "53100":
		return &fullError{err, ""}
	}
	return err
}
