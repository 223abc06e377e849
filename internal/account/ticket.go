package account

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/norang-login/norang/internal/audit"
)

// TicketLife is how long a link ticket is valid.
const TicketLife = 10 * time.Minute

// TicketCode is a link ticket: its holder is treated as the app's user that it was issued for. It prints as
// "[redacted]"; [TicketCode.Reveal] is for the address that is handed over. The zero value is no ticket.
type TicketCode struct{ b [32]byte }

// NewTicketCode makes a ticket. It fails only if random cannot be read.
func NewTicketCode(random io.Reader) (TicketCode, error) {
	var c TicketCode
	if _, err := io.ReadFull(random, c.b[:]); err != nil {
		return TicketCode{}, fmt.Errorf("account: ticket: %w", err)
	}
	return c, nil
}

// ParseTicketCode parses the last part of the address; each ticket has one spelling.
func ParseTicketCode(text string) (TicketCode, bool) {
	var c TicketCode
	if len(text) != base64.RawURLEncoding.EncodedLen(len(c.b)) {
		return c, false
	}
	n, err := base64.RawURLEncoding.Strict().Decode(c.b[:], []byte(text))
	if err != nil || n != len(c.b) {
		return TicketCode{}, false
	}
	return c, true
}

// Reveal is the last part of the address: 43 characters of base64url.
func (c TicketCode) Reveal() string { return base64.RawURLEncoding.EncodeToString(c.b[:]) }

// Hash is what the store keeps of the ticket.
func (c TicketCode) Hash() TicketHash { return sha256.Sum256(c.b[:]) }

// String keeps tickets out of logs and errors, as do GoString, LogValue, MarshalText and Format.
func (TicketCode) String() string               { return "[redacted]" }
func (TicketCode) GoString() string             { return "account.TicketCode([redacted])" }
func (TicketCode) LogValue() slog.Value         { return slog.StringValue("[redacted]") }
func (TicketCode) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }
func (TicketCode) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, "[redacted]") }

// TicketHash is the SHA-256 of a ticket.
type TicketHash [sha256.Size]byte

// ParseTicketHash is the inverse of [TicketHash.String].
func ParseTicketHash(text string) (TicketHash, bool) {
	c, ok := ParseTicketCode(text) // the format is the same
	return TicketHash(c.b), ok
}

// String is the hash in base64url.
func (h TicketHash) String() string { return base64.RawURLEncoding.EncodeToString(h[:]) }

// TicketIssue is a ticket to be stored.
type TicketIssue struct {
	Hash      TicketHash
	Ref       string // the app's own number of the user; not ""
	At        time.Time
	ExpiresAt time.Time
	Actor     audit.Actor
}
