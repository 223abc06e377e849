package freeport_test

import (
	"net"
	"strconv"
	"testing"

	"github.com/norang-login/norang/internal/testkit/freeport"
)

func TestPickReturnsEachPortOnce(t *testing.T) {
	t.Parallel()
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

func TestReserveReservesOnce(t *testing.T) {
	t.Parallel()
	port := 20000
	for !freeport.Reserve(port) {
		if port++; port == 21000 {
			t.Fatal("nothing to reserve")
		}
	}
	if freeport.Reserve(port) {
		t.Errorf("port %d twice", port)
	}
	picked, err := strconv.Atoi(freeport.Pick(t))
	if err != nil {
		t.Fatal(err)
	}
	if freeport.Reserve(picked) || freeport.Reserve(picked+1) {
		t.Error("reserved a port that Pick may return")
	}
}

// Another process does not get the port either.
func TestPickReservesPortsAcrossProcesses(t *testing.T) {
	t.Parallel()
	port, err := strconv.Atoi(freeport.Pick(t))
	if err != nil {
		t.Fatal(err)
	}
	other, err := net.ListenPacket("udp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port+20000)))
	if err == nil {
		other.Close()
		t.Errorf("another process could get port %d too", port)
	}
}
