// Package freeport finds ports for programs that must know theirs before they start. Use port 0 instead where
// possible.
package freeport

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
)

// The ports are below the ephemeral range (Linux from 32768, others from 49152), from which another test's listener
// or connection could get the same port.
const (
	lowest = 10000
	count  = 10000
	// claims is the offset from a port to the UDP port that the process holds to reserve it.
	claims = 20000
)

var given = struct {
	sync.Mutex
	ports map[int]net.PacketConn
}{ports: map[int]net.PacketConn{}}

// Pick returns a free TCP port of 127.0.0.1. No port is returned twice in this process, nor to another process that
// uses Pick while this one runs: the port is unused until the program starts and between restarts.
func Pick(t testing.TB) string {
	t.Helper()
	given.Lock()
	defer given.Unlock()
	for range count {
		port := lowest + rand.IntN(count)
		if given.ports[port] != nil {
			continue
		}
		claim, err := net.ListenPacket("udp", address(port+claims)) // held until the process ends
		if err != nil {
			continue // reserved by another process
		}
		ln, err := net.Listen("tcp", address(port))
		if err != nil {
			claim.Close()
			continue // in use
		}
		ln.Close()
		given.ports[port] = claim
		return strconv.Itoa(port)
	}
	t.Fatal("no free port")
	return ""
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
