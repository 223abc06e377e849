package store

import (
	"errors"
	"syscall"

	sqlite3 "modernc.org/sqlite/lib"
)

// ErrFull: the disk is full. Nothing was written in part; a PostgreSQL server that crashed because its log was full
// (PANIC) may have written all of it.
var ErrFull = errors.New("store: the disk is full")

// ErrReadOnly: the file or its file system is read-only, or the PostgreSQL server is a standby. Nothing was written.
var ErrReadOnly = errors.New("store: the database is read-only")

// diskError is ErrFull or ErrReadOnly with the original error.
type diskError struct {
	err  error
	what string // what did not fit
	is   error
}

func (e *diskError) Error() string        { return e.what + e.err.Error() }
func (e *diskError) Unwrap() error        { return e.err }
func (e *diskError) Is(target error) bool { return target == e.is }

// markDisk turns every error about a full disk into ErrFull, and every one about a read-only one into ErrReadOnly.
func markDisk(err error) error {
	switch {
	case err == nil || errors.Is(err, ErrFull) || errors.Is(err, ErrReadOnly):
		return err
	case sqliteCode(err) == sqlite3.SQLITE_IOERR_SHMSIZE: // "disk I/O error" to SQLite
		return &diskError{err, "no space for the shared memory of the database: ", ErrFull}
	case sqliteCode(err) == sqlite3.SQLITE_FULL, errors.Is(err, syscall.ENOSPC), errors.Is(err,
		syscall.EDQUOT), pgCode(err) == "53100":
		return &diskError{err, "", ErrFull}
	case sqliteCode(err)&0xff == sqlite3.SQLITE_READONLY, errors.Is(err, syscall.EROFS), pgCode(err) == "25006":
		return &diskError{err, "", ErrReadOnly}
	}
	return err
}
