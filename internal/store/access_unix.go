//go:build unix

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// withDenied adds which file or directory the process may not use to an error of SQLite, which says only "unable to
// open database file". The files are not opened: closing one would release the locks of another connection of this
// process.
func withDenied(path string, err error) error {
	if err == nil || errors.Is(err, fs.ErrPermission) {
		return err
	}
	for _, needed := range []struct {
		path string
		mode uint32
	}{
		{filepath.Dir(path), unix.W_OK | unix.X_OK},
		{path, unix.R_OK | unix.W_OK},
		{path + "-wal", unix.R_OK | unix.W_OK},
		{path + "-shm", unix.R_OK | unix.W_OK},
	} {
		if denied := unix.Access(needed.path, needed.mode); denied == unix.EACCES || denied == unix.EROFS {
			return fmt.Errorf("%w: %w", err, &fs.PathError{Op: "access", Path: needed.path, Err: denied})
		}
	}
	return err
}
