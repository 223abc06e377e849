package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// heldTCP and heldUnix accept no connection before they are released, as on a machine that is busy elsewhere.
type heldTCP struct {
	*net.TCPListener
	released chan struct{}
}

type heldUnix struct {
	*net.UnixListener
	released chan struct{}
}

func (l heldTCP) Accept() (net.Conn, error)  { <-l.released; return l.TCPListener.Accept() }
func (l heldUnix) Accept() (net.Conn, error) { <-l.released; return l.UnixListener.Accept() }

// A connection on which a proxy has sent a POST, and which waits in the queue of the listener when the server stops, is
// answered. Closing the listener would reset it.
func TestDrainAnswersQueuedConnections(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "n-") // the path of a socket has at most 103 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for network, address := range map[string]string{
		"tcp": "127.0.0.1:0", "unix": "unix:" + filepath.Join(dir, "s"),
	} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			ln, err := (&terminal{ctx: t.Context()}).listen("NORANG_LISTEN", address)
			if err != nil {
				t.Fatal(err)
			}
			released := make(chan struct{})
			release := sync.OnceFunc(func() { close(released) })
			t.Cleanup(release)
			address := ln.Addr().String()
			switch own := ln.(type) {
			case *net.TCPListener:
				ln = heldTCP{own, released}
			case *net.UnixListener:
				ln = heldUnix{own, released}
			}
			stopsWithQueue(t, ln, release, func(dialer net.Dialer) (net.Conn, error) { return dialer.Dial(network, address) })
		})
	}
}

func stopsWithQueue(t *testing.T, ln net.Listener, release func(), dial func(net.Dialer) (net.Conn, error)) {
	t.Helper()
	post, err := dial(net.Dialer{})
	if err != nil {
		t.Fatal(err)
	}
	defer post.Close()
	if _, err := io.WriteString(post, "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	ended := make(chan error, 1)
	go func() {
		ended <- serveUntil(ctx, quietLog(), patience,
			server{name: "main", listeners: []net.Listener{ln}, handler: here, drainTime: patience})
	}()
	// Without new connections the queue becomes empty: a client waits until the listener is closed, or finds no socket.
	for until := time.Now().Add(patience); ; {
		c, err := dial(net.Dialer{Timeout: 100 * time.Millisecond})
		var waits net.Error
		if errors.As(err, &waits) && waits.Timeout() || errors.Is(err, syscall.ENOENT) {
			break
		}
		if err != nil {
			t.Fatalf("the listener was closed with a connection in its queue: %v", err)
		}
		c.Close()
		if time.Now().After(until) {
			t.Fatal("connections are still taken")
		}
	}
	release()
	res, err := http.ReadResponse(bufio.NewReader(post), nil)
	if err != nil {
		t.Fatalf("the request in the queue: %v", err)
	}
	res.Body.Close()
	if !res.Close {
		t.Error("the connection goes on")
	}
	post.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if c, err := dial(net.Dialer{}); !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, syscall.ENOENT) {
		t.Errorf("a connection after the end: %v, %v", c, err)
	}
}

// A socket that systemd holds goes on to take connections for the next process.
func TestDrainLeavesInheritedSocketsAlone(t *testing.T) {
	t.Parallel()
	systemd := listenHere(t).(*net.TCPListener)
	defer systemd.Close()
	socket, err := systemd.File()
	if err != nil {
		t.Fatal(err)
	}
	passed, err := net.FileListener(socket)
	socket.Close()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	err = serveUntil(ctx, quietLog(), patience,
		server{name: "main", listeners: []net.Listener{passedOn{passed}}, handler: here})
	if err != nil {
		t.Fatal(err)
	}
	c := keep(t, systemd.Addr().String())
	defer c.Close()
	if err := systemd.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	next, err := systemd.Accept()
	if err != nil {
		t.Fatal(err)
	}
	next.Close()
}
