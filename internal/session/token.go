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
	stampLen  = 4  // unix seconds, big endian, of the minting
	randomLen = 32 // 256 bits from the system's generator
	tokenLen  = stampLen + randomLen
)

// Token is what the browser holds: who has it is signed in. It prints as "[redacted]"; [Token.Reveal] is for the
// cookie alone. The zero Token is no token.
//
// It begins with its second of birth so that its [Key] sorts by time: rows of new sessions then lie side by side on
// disk, which doubles the rate of sign-ins in a table of 20 million. The stamp is no secret and proves nothing.
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

// strictText is made once: Strict copies the whole table, at every request.
var strictText = base64.RawURLEncoding.Strict()

// Parse reads a cookie's value. It is strict: one spelling for each token, so that no two cookie values are one
// session.
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

// FromBytes is the reverse of [Token.Bytes].
func FromBytes(b []byte) (Token, bool) {
	if len(b) != tokenLen {
		return Token{}, false
	}
	return Token{[tokenLen]byte(b)}, true
}

// Reveal is the cookie's value: 48 characters of base64url.
func (t Token) Reveal() string { return base64.RawURLEncoding.EncodeToString(t.b[:]) }

// Bytes is the token itself, for sealing.
func (t Token) Bytes() []byte { return t.b[:] }

// IsZero reports whether t is no token.
func (t Token) IsZero() bool { return t == Token{} }

// Key is what the store knows of the token.
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

// Key finds a session in the store: the token's time stamp and the SHA-256 of the whole token. Whoever reads the
// store cannot make a cookie of it (SE-06).
type Key [KeyLen]byte

// KeyFromBytes reads a key back from a row.
func KeyFromBytes(b []byte) (Key, error) {
	if len(b) != KeyLen {
		return Key{}, fmt.Errorf("session: key of %d bytes instead of %d", len(b), KeyLen)
	}
	return Key(b), nil
}
