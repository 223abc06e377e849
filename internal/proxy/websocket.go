package proxy

import (
	"encoding/binary"
	"net"
	"sync"
	"time"
)

// closeTime is how long the client may take to answer a close frame.
const closeTime = 2 * time.Second

// webSocket is the client's connection. It follows the frames that the app sends, so that a close frame of norang's
// never lands inside one of them.
type webSocket struct {
	net.Conn
	exchange *exchange

	mu     sync.Mutex
	frames frames
	code   int  // of the close frame to send at the next end of a frame; 0 for none
	closed bool // it has been sent; the app's further bytes are dropped
}

// Read counts as activity.
func (c *webSocket) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.exchange.touch()
	return n, err
}

// Write passes the app's frames on.
func (c *webSocket) Write(b []byte) (written int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.exchange.touch()
	if c.closed {
		return len(b), nil
	}
	if c.code == 0 {
		for n := 0; n < len(b); {
			n += c.frames.advance(b[n:])
		}
		return c.Conn.Write(b)
	}
	n := c.frames.advance(b)
	if n, err := c.Conn.Write(b[:n]); err != nil {
		return n, err
	}
	c.close()
	return len(b), nil
}

// end sends a close frame as soon as the frame on its way is complete, and closes the connection.
func (c *webSocket) end(code int) {
	time.AfterFunc(closeTime, func() { _ = c.Conn.Close() })
	go func() { // Write may hold the lock while the client does not read
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.code == 0 {
			c.code = code
			c.close()
		}
	}()
}

// close sends the close frame if no frame is on its way. The caller holds mu.
func (c *webSocket) close() {
	if c.closed || !c.frames.complete() {
		return
	}
	c.closed = true
	// The connection is closed soon; an error now changes nothing.
	_, _ = c.Conn.Write([]byte{0x88, 2, byte(c.code >> 8), byte(c.code)})
}

// frames is a position in a sequence of frames (RFC 6455 section 5.2).
type frames struct {
	head [10]byte
	have int    // bytes of head
	left uint64 // bytes of the payload, and of its mask, that follow
}

func (f *frames) complete() bool { return f.have == 0 && f.left == 0 }

// advance takes in bytes up to the end of a frame, at most all of b, and returns their number.
func (f *frames) advance(b []byte) (n int) {
	for n < len(b) {
		if f.left > 0 {
			took := min(f.left, uint64(len(b)-n))
			f.left -= took
			n += int(took)
		} else {
			f.head[f.have] = b[n]
			f.have++
			n++
			if !f.headed() {
				continue
			}
		}
		if f.left == 0 {
			break
		}
	}
	return n
}

// headed reports whether the head is complete, and then starts the payload.
func (f *frames) headed() bool {
	if f.have < 2 {
		return false
	}
	length, size := uint64(f.head[1]&0x7f), 2
	switch length {
	case 126:
		size = 4
		length = uint64(binary.BigEndian.Uint16(f.head[2:]))
	case 127:
		size = 10
		length = binary.BigEndian.Uint64(f.head[2:])
	}
	if f.have < size {
		return false
	}
	if f.head[1]&0x80 != 0 {
		length += 4
	}
	f.have, f.left = 0, length
	return true
}
