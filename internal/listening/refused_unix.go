//go:build !windows

package listening

import (
	"errors"
	"syscall"
)

// refused reports that no process listens.
func refused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
