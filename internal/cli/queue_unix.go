//go:build unix

package cli

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// queued reports whether connections wait to be accepted.
func queued(raw syscall.RawConn) bool {
	n := 0
	err := raw.Control(func(fd uintptr) {
		var err error = unix.EINTR // by signals of the runtime
		for err == unix.EINTR {
			n, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		}
	})
	return err == nil && n > 0
}
