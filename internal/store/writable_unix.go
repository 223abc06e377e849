//go:build unix

package store

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// writeAccess reports whether this process may write to a file or directory, without trying.
func writeAccess(path string) error {
	if err := unix.Access(path, unix.W_OK); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
