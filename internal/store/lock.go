package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// fileLock is a lock on a file next to the database. The operating system releases it when the process dies. The file
// stays: if it were deleted, two processes could lock two files of one name.
type fileLock struct{ f *os.File }

// errLocked: another process holds the lock.
var errLocked = errors.New("locked")

// lockFile takes the lock of a database, or returns ErrInUse at once.
func lockFile(path, database string) (*fileLock, error) {
	f, err := openBeside(path, database, os.O_RDWR)
	if err != nil {
		return nil, fmt.Errorf("store: lock file: %w", err)
	}
	err = tryLock(f)
	if err == nil {
		return &fileLock{f}, nil
	}
	_ = f.Close()
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("%w (%s)", ErrInUse, path)
	}
	return nil, fmt.Errorf("store: lock %s: %w", path, err)
}

// awaitLock waits for the lock.
func awaitLock(ctx context.Context, path, database string) (*fileLock, error) {
	for {
		l, err := lockFile(path, database)
		if !errors.Is(err, ErrInUse) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("store: waiting for %s: %w", path, context.Cause(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (l *fileLock) unlock() error { return l.f.Close() }
