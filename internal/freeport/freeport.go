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
)

var given = struct {
	sync.Mutex
	ports map[int]bool
}{ports: map[int]bool{}}

// Pick returns a port of 127.0.0.1 on which nobody listens, and never the same one twice in one process.
func Pick(t testing.TB) string {
	t.Helper()
	given.Lock()
	defer given.Unlock()
	for range count {
		port := lowest + rand.IntN(count)
		if given.ports[port] {
			continue
		}
		name := strconv.Itoa(port)
		ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", name))
		if err != nil {
			continue // somebody has it
		}
		ln.Close()
		given.ports[port] = true
		return name
	}
	t.Fatal("no free port")
	return ""
}
