package cli

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// kept is a connection as a proxy keeps them.
type kept struct {
	net.Conn
	r *bufio.Reader
}

func keep(t *testing.T, address string) *kept {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &kept{c, bufio.NewReader(c)}
}

// ask asks on the connection, and says whether the answer was its last.
func (c *kept) ask(t *testing.T) (last bool) {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: here\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Fatalf("a request on a connection that was kept: %v", err)
	}
	defer res.Body.Close()
	if b, err := io.ReadAll(res.Body); string(b) != "here" || err != nil {
		t.Fatalf("%q, %v", b, err)
	}
	return res.Close
}

var here = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") })

func serveHere(t *testing.T, lastCall time.Duration) (address string, stop func(), ended chan error) {
	t.Helper()
	ln := listenHere(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended = make(chan error, 1)
	go func() {
		ended <- serveUntil(
			ctx, quietLog(), patience, server{name: "main", listeners: []net.Listener{ln}, handler: here, drainTime: lastCall},
		)
	}()
	return ln.Addr().String(), cancel, ended
}

// A connection that a proxy keeps serves one more request, whose response announces its end. New connections are
// accepted meanwhile. The shutdown does not wait when no connection is open.
func TestDrainLetsConnectionsFinish(t *testing.T) {
	address, stop, ended := serveHere(t, time.Hour)
	c := keep(t, address)
	if c.ask(t) {
		t.Fatal("the last answer, before anybody asked for the end")
	}
	stop()
	for until := time.Now().Add(patience); ; {
		probe := keep(t, address)
		last := probe.ask(t)
		probe.Close()
		if last {
			break
		}
		if time.Now().After(until) {
			t.Fatal("answers do not say that they are the last on their connection")
		}
	}
	select {
	case err := <-ended:
		t.Fatalf("ended with a connection open: %v", err)
	default:
	}
	if !c.ask(t) {
		t.Error("the connection goes on")
	}
	if _, err := c.r.ReadByte(); err != io.EOF {
		t.Errorf("after the last answer: %v", err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("waits for nobody")
	}
}

// An idle connection does not delay the shutdown beyond the drain time.
func TestDrainTimeIsBounded(t *testing.T) {
	address, stop, ended := serveHere(t, 50*time.Millisecond)
	c := keep(t, address)
	c.ask(t)
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := c.r.ReadByte(); err != io.EOF {
		t.Errorf("the connection is still there: %v", err)
	}
}

// A client that was connected before the shutdown, but had not sent its request, is answered: net/http's own Shutdown
// would drop the request. The clock is fake, since net/http closes such connections within five seconds.
func TestDrainAnswersConnectedClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- serveUntil(
				ctx, quietLog(), patience,
				server{name: "main", listeners: []net.Listener{p}, handler: here, drainTime: time.Second},
			)
		}()
		conn := p.dial()
		c := &kept{conn, bufio.NewReader(conn)}
		synctest.Wait() // it is taken
		stop()
		time.Sleep(1500 * time.Millisecond)
		select {
		case <-p.done:
		default:
			t.Fatal("still takes connections")
		}
		if !c.ask(t) {
			t.Error("the connection goes on")
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
