package cli

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"

	"github.com/norang-login/norang/internal/listening"
)

// firstPassed is the descriptor of the first socket that a service manager passes (sd_listen_fds(3)).
const firstPassed = 3

// sockets are the listeners that a service manager has opened for this process. They stay open while the service is
// restarted, so that no connection is refused.
type sockets struct {
	c      *terminal
	passed []net.Listener // main, ops
}

// countPassed is the number of sockets that LISTEN_FDS names; 0 if there are none for this process.
func countPassed(c *terminal) int {
	n, err := strconv.Atoi(variable(c.environ, "LISTEN_FDS"))
	if err != nil || variable(c.environ, "LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return 0
	}
	return n
}

// passedSockets takes over the sockets of systemd's socket activation; none without it.
func passedSockets(c *terminal) (*sockets, error) {
	s := &sockets{c: c}
	n := countPassed(c)
	if n == 0 {
		return s, nil
	}
	if n < 1 || n > 2 {
		return nil, c.usage(c.pick("LISTEN_FDS가 %d입니다. 소켓은 서비스용 하나와, 있으면 운영용 하나여야 합니다.",
			"LISTEN_FDS must be 1 (the service) or 2 (and its operations listener), got %d", n), "")
	}
	for fd := firstPassed; fd < firstPassed+n; fd++ {
		file := os.NewFile(uintptr(fd), fmt.Sprint("socket ", fd))
		ln, err := net.FileListener(file)
		file.Close() // FileListener has its own copy
		if err != nil {
			listening.CloseAll(s.passed)
			return nil, fmt.Errorf("socket %d of LISTEN_FDS: %w", fd, err)
		}
		s.passed = append(s.passed, passedOn{ln})
	}
	return s, nil
}

// listen returns the next socket that was passed, otherwise one of its own.
func (s *sockets) listen(setting, address string) (net.Listener, error) {
	if len(s.passed) > 0 {
		ln := s.passed[0]
		s.passed = slices.Delete(s.passed, 0, 1)
		return ln, nil
	}
	return s.c.listen(setting, address)
}
