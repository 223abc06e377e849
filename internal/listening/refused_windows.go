package listening

import (
	"errors"
	"syscall"
)

// refused reports that no process listens: WSAECONNREFUSED.
func refused(err error) bool { return errors.Is(err, syscall.Errno(10061)) }
