package jobs

import (
	"encoding/binary"
	"errors"
	"io"
	"time"
)

// ErrLost reports that a claim has ended: another worker has claimed or settled the work. Nothing of this attempt was
// written.
var ErrLost = errors.New("claim lost")

// Backoff returns the wait after the nth failure in a row. It doubles from first to longest, less up to half at
// random, so that what failed together is not retried together.
func Backoff(first, longest time.Duration, n int64, random io.Reader) time.Duration {
	d := longest
	if shift := n - 1; shift < 30 && first<<shift < d {
		d = first << shift
	}
	var b [8]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return d
	}
	return d - time.Duration(binary.BigEndian.Uint64(b[:])%uint64(d/2+1))
}
