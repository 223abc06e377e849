package cli

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// ignoreHandshakes makes a listener ignore SYN segments, and nothing else.
func ignoreHandshakes(raw syscall.RawConn) error {
	const (
		flags    = 13 // offset in the TCP header, at which the kernel runs the filters of TCP sockets
		syn, ack = 0x02, 0x10
	)
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: flags},
		{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: syn | ack},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: syn, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: 1<<32 - 1}, // keep the whole segment
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},         // drop it
	}
	var err error
	controlErr := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
			&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
	})
	return errors.Join(controlErr, err)
}
