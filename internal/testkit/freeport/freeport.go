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
		if !reserve(port) {
			continue
		}
		ln, err := net.Listen("tcp", address(port))
		if err != nil {
			given.ports[port].Close()
			delete(given.ports, port)
			continue // in use
		}
		ln.Close()
		return strconv.Itoa(port)
	}
	t.Fatal("no free port")
	return ""
}

// Reserve reserves a port above those of Pick and below the ephemeral range, for a test that needs certain ports. It
// reports false if this process or another one has reserved it. Whether something listens there is not checked.
func Reserve(port int) bool {
	given.Lock()
	defer given.Unlock()
	return port >= lowest+count && reserve(port)
}

func reserve(port int) bool {
	if given.ports[port] != nil {
		return false
	}
	claim, err := net.ListenPacket("udp", address(port+claims)) // held until the process ends
	if err != nil {
		return false // reserved by another process
	}
	given.ports[port] = claim
	return true
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
