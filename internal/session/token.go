package session

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"time"
)

const (
	stampLen  = 4  // unix seconds of minting, big endian
	randomLen = 32 // 256 bits from the system's generator
	tokenLen  = stampLen + randomLen
)

// Token is the session token in the cookie: its holder is signed in. It prints as "[redacted]"; [Token.Reveal] is for
// the cookie. The zero Token is no token.
//
// It begins with the time of minting so that its [Key] sorts by time: new rows lie side by side on disk, which
// doubles the rate of sign-ins in a table of 20 million. The time is not secret and proves nothing.
type Token struct{ b [tokenLen]byte }

// Mint makes a new token. It fails only if random cannot be read.
func Mint(now time.Time, random io.Reader) (Token, error) {
	var t Token
	binary.BigEndian.PutUint32(t.b[:stampLen], uint32(now.Unix()))
	if _, err := io.ReadFull(random, t.b[stampLen:]); err != nil {
		return Token{}, fmt.Errorf("session: mint: %w", err)
	}
	return t, nil
}

// strictText is made once: Strict copies the whole table.
var strictText = base64.RawURLEncoding.Strict()

// Parse parses the value of a cookie. Each token has one spelling.
func Parse(cookie string) (Token, bool) {
	var t Token
	if len(cookie) != base64.RawURLEncoding.EncodedLen(tokenLen) {
		return Token{}, false
	}
	n, err := strictText.Decode(t.b[:], []byte(cookie))
	if err != nil || n != tokenLen {
		return Token{}, false
	}
	return t, true
}

// FromBytes is the inverse of [Token.Bytes].
func FromBytes(b []byte) (Token, bool) {
	if len(b) != tokenLen {
		return Token{}, false
	}
	return Token{[tokenLen]byte(b)}, true
}

// Reveal returns the value of the cookie: 48 characters of base64url.
func (t Token) Reveal() string { return base64.RawURLEncoding.EncodeToString(t.b[:]) }

// Bytes returns the token, for sealing.
func (t Token) Bytes() []byte { return t.b[:] }

// IsZero reports whether t is no token.
func (t Token) IsZero() bool { return t == Token{} }

// MintedAt is the time in the token, which its holder may have invented.
func (t Token) MintedAt() time.Time {
	return time.Unix(int64(binary.BigEndian.Uint32(t.b[:stampLen])), 0)
}

// Key is what the store keeps of the token.
func (t Token) Key() Key {
	var k Key
	copy(k[:stampLen], t.b[:stampLen])
	sum := sha256.Sum256(t.b[:])
	copy(k[stampLen:], sum[:])
	return k
}

// String keeps tokens out of logs and errors, as do GoString, LogValue and MarshalText.
func (Token) String() string               { return "[redacted]" }
func (Token) GoString() string             { return "session.Token([redacted])" }
func (Token) LogValue() slog.Value         { return slog.StringValue("[redacted]") }
func (Token) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }
func (Token) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, "[redacted]") }

// KeyLen is the length of a [Key] in bytes.
const KeyLen = stampLen + sha256.Size

// Key finds a session in the store: the time stamp of the token and its SHA-256. Reading the store does not give a
// cookie (SE-06).
type Key [KeyLen]byte

// KeyFromBytes reads a key from a row.
func KeyFromBytes(b []byte) (Key, error) {
	if len(b) != KeyLen {
		return Key{}, fmt.Errorf("session: key of %d bytes instead of %d", len(b), KeyLen)
	}
	return Key(b), nil
}
