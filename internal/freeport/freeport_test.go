package freeport_test

import (
	"net"
	"testing"

	"github.com/norang-login/norang/internal/freeport"
)

func TestPickGivesEachPortOnce(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		port := freeport.Pick(t)
		if seen[port] {
			t.Fatalf("port %s twice", port)
		}
		seen[port] = true
		ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			t.Fatal(err)
		}
		ln.Close()
	}
}
