//go:build !linux

package cli

import (
	"errors"
	"syscall"
)

func ignoreHandshakes(syscall.RawConn) error { return errors.ErrUnsupported }
