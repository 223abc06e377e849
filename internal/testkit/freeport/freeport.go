// Package freeport finds ports for programs that tests start, and that must know theirs beforehand. Who can listen on
// port 0 does that instead.
package freeport

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
)

// The ports lie below those that systems give out by themselves (Linux from 32768, others from 49152): one of those may
// go to a listener or a connection of another test before the program has it, which then talks to a stranger.
const (
	lowest = 10000
	count  = 10000
	// claims is how far above a port the UDP port is that a process holds while the port is its own.
	claims = 20000
)

var given = struct {
	sync.Mutex
	ports map[int]net.PacketConn
}{ports: map[int]net.PacketConn{}}

// Pick returns a port of 127.0.0.1 on which nobody listens. Nobody is given it twice, neither in this process nor in
// another one that picks its ports here while this one lives: tests of several packages run beside each other, and a port
// is free between Pick and the start of the program, and whenever the program is started again.
func Pick(t testing.TB) string {
	t.Helper()
	given.Lock()
	defer given.Unlock()
	for range count {
		port := lowest + rand.IntN(count)
		if given.ports[port] != nil {
			continue
		}
		claim, err := net.ListenPacket("udp", address(port+claims)) // held until this process ends
		if err != nil {
			continue // another process was given it
		}
		ln, err := net.Listen("tcp", address(port))
		if err != nil {
			claim.Close()
			continue // somebody has it
		}
		ln.Close()
		given.ports[port] = claim
		return strconv.Itoa(port)
	}
	t.Fatal("no free port")
	return ""
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
