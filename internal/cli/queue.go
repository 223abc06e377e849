package cli

import (
	"context"
	"net"
	"os"
	"syscall"
	"time"
)

const (
	// handshakeTime is how long handshakes that have begun may take to end in the queue of a listener.
	handshakeTime = 5 * time.Millisecond
	// queueTime bounds the wait for the queue to become empty.
	queueTime = 5 * time.Second
)

// passedOn is a listener whose socket stays open in another process, which answers what is in its queue.
type passedOn struct{ net.Listener }

// emptyQueue waits until every connection in the listener's queue is accepted. The kernel completes handshakes by
// itself, and resets the connections in the queue when the socket is closed. A proxy may have sent a POST on one of
// them, which it does not repeat. On Linux no handshake begins meanwhile; the client's system tries again a second
// later, when the listener is closed, and is refused. A Unix socket is removed first, so that no client finds it.
func emptyQueue(ctx context.Context, ln net.Listener) {
	socket, ok := ln.(syscall.Conn)
	if !ok {
		return // passedOn, or not of the network
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, queueTime)
	defer cancel()
	if unix, ok := ln.(interface{ SetUnlinkOnClose(bool) }); ok {
		unix.SetUnlinkOnClose(false) // the next process may have made another by then
		_ = os.Remove(ln.Addr().String())
	} else if ignoreHandshakes(raw) == nil {
		pause(ctx, handshakeTime)
	}
	for queued(raw) && ctx.Err() == nil {
		pause(ctx, time.Millisecond)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
