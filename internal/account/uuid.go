package account

import (
	"encoding/hex"
	"io"
	"time"
)

// NewUUID returns a UUIDv7 as text, for rows that need an id which sorts by time and is not secret.
func NewUUID(now time.Time, random io.Reader) (string, error) { return uuid7(now, random) }

// uuid7 makes a UUIDv7 (RFC 9562 section 5.7): 48 bits of milliseconds, the version, and 74 random bits.
func uuid7(now time.Time, random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[6:]); err != nil {
		return "", err
	}
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (8 * (5 - i)))
	}
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	var t [36]byte
	hex.Encode(t[0:8], b[0:4])
	hex.Encode(t[9:13], b[4:6])
	hex.Encode(t[14:18], b[6:8])
	hex.Encode(t[19:23], b[8:10])
	hex.Encode(t[24:36], b[10:16])
	t[8], t[13], t[18], t[23] = '-', '-', '-', '-'
	return string(t[:]), nil
}
